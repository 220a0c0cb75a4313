//! What makes two failures the same: a hash that stays over reruns, builders, versions of a tool, temporary paths and numbers of lines,
//! and differs where another thing failed.
//!
//! It is made of the signature and of the captures that the signature names as its identity. Tools and builders write the same value in
//! several ways (`go.sum` and `/go.sum`, `"os" imported and not used` and `imported and not used: "os"`), so the values are brought to
//! one form first.

use std::collections::BTreeMap;

use crate::model::Diagnosis;
use crate::signature::Signature;

/// The fingerprint of a cause.
pub(super) fn of_cause(signature: &Signature, captures: &BTreeMap<String, String>) -> String {
    let mut text = signature.id.clone();
    for name in &signature.identity {
        let value = captures.get(name).map_or("", String::as_str);
        text.push('\u{1f}');
        text.push_str(name);
        text.push('=');
        text.push_str(&match name.as_str() {
            "message" | "reason" | "error" => saying(value),
            "status" | "code" => code(value),
            _ => object(value),
        });
    }
    hash(&text)
}

/// That of the best cause; without one, of the first suspicious line.
pub(super) fn of_answer(answer: &Diagnosis) -> Option<String> {
    if let Some(cause) = answer.causes.first() {
        return Some(cause.fingerprint.clone());
    }
    let line = answer.suspicious.first()?;
    let words: Vec<String> = words(&line.evidence.text).collect();
    Some(hash(&words.join(" ")))
}

/// What somebody said, whatever the order of its words.
fn saying(text: &str) -> String {
    let mut words: Vec<String> = words(text).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// The words without quotes and punctuation, digits, folders and long hashes.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(|word| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation() && !matches!(c, '/' | '_' | '-'));
        let word = word.trim_end_matches('/').rsplit('/').next().unwrap_or(word);
        if word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return "x".to_owned();
        }
        let mut form = String::with_capacity(word.len());
        for c in word.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c.to_ascii_lowercase() };
            // A number is a number, however long.
            if c != '0' || !form.ends_with('0') {
                form.push(c);
            }
        }
        form
    })
}

/// `404` of `404 Not Found`.
fn code(text: &str) -> String {
    let number = text.split_whitespace().next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    number.map_or_else(|| object(text), str::to_owned)
}

/// A file, a module, a host: as it is, without quotes and without what only says where a path starts.
fn object(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ':' | ',' | ';'));
    let mut path = text;
    while let Some(rest) =
        path.strip_prefix("../").or_else(|| path.strip_prefix("./")).or_else(|| path.strip_prefix('/'))
    {
        path = rest;
    }
    let path = temporary(path).unwrap_or(path);
    path.to_ascii_lowercase()
}

/// What stands behind a folder that is made anew for each run: `tmp/go-build123/b001/x.o`.
fn temporary(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("tmp/").or_else(|| path.strip_prefix("var/tmp/"))?;
    let (folder, rest) = inside.split_once('/')?;
    folder.bytes().any(|byte| byte.is_ascii_digit()).then_some(rest)
}

/// The version of the fingerprint's making, then 64 bits of FNV-1a.
pub(crate) fn hash(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("1:{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_form() {
        assert_eq!(object("/go.sum"), object("go.sum"));
        assert_eq!(object("../shared"), object("/shared"));
        assert_eq!(object("tcp://docker:2375:"), object("tcp://docker:2375"));
        assert_eq!(object("CHMOD"), object("chmod"));
        assert_eq!(object("/tmp/go-build81/b001/x.o"), object("/tmp/go-build2/b001/x.o"));
        assert_ne!(object("/tmp/one"), object("/tmp/two"));
        assert_eq!(code("404 Not Found"), code("404"));
        assert_ne!(code("404 Not Found"), code("403"));
        assert_eq!(saying("\"os\" imported and not used"), saying("imported and not used: \"os\""));
        assert_eq!(saying("/src/a.c:12: no such thing"), saying("/build/x/a.c:9: no such thing"));
        assert_ne!(saying("undefined: Foo"), saying("undefined: Bar"));
    }
}
