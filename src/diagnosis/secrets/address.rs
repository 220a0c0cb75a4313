//! Passwords and tokens in addresses: `scheme://user:password@host`, `https://token@host`. User and host stay.

use std::ops::Range;

use super::{is_placeholder, is_unlike_words};

/// A longer user is a token where it is unlike a word.
const TOKEN: usize = 20;

/// Adds what is secret in the address whose `://` is at `hit`; `cut`: the text goes on.
pub fn find(text: &str, hit: Range<usize>, cut: bool, found: &mut Vec<Range<usize>>) {
    let Some(rest) = text.get(hit.end..) else { return };
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|' | '\\');
    let whole = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
    let authority = whole.get(..whole.find(['/', '?', '#']).unwrap_or(whole.len())).unwrap_or_default();
    let info = match authority.rfind('@') {
        Some(at) => authority.get(..at),
        // A password with a slash that nobody escaped: what looks like a port is none.
        None => authority.split_once(':').filter(|_| !is_port(authority)).and_then(|_| whole.get(..whole.rfind('@')?)),
    };
    // Whether an @ follows is not known.
    let open =
        || Some(authority).filter(|_| cut && authority.len() == rest.len()).filter(|authority| !is_port(authority));
    let Some(info) = info.or_else(open) else { return };
    let host = whole.get(info.len() + 1..).unwrap_or_default();
    if host.starts_with("sha256:") || host.starts_with("sha512:") {
        // `image:tag@digest`
        return;
    }
    match info.split_once(':') {
        Some((user, password)) => {
            let start = hit.end + user.len() + 1;
            if !is_placeholder(password) && password != "x-oauth-basic" {
                found.push(start..start + password.len());
            }
            if user.len() >= TOKEN && is_unlike_words(user) {
                found.push(hit.end..hit.end + user.len());
            }
        }
        None if info.len() >= TOKEN && !is_placeholder(info) => found.push(hit.end..hit.end + info.len()),
        None => {}
    }
}

/// Is what stands behind the first colon a port?
fn is_port(authority: &str) -> bool {
    let port = |(host, port): (&str, &str)| host.starts_with('[') || port.bytes().all(|byte| byte.is_ascii_digit());
    authority.split_once(':').is_none_or(port)
}

#[cfg(test)]
mod tests {
    #[test]
    fn users_and_hosts_stay() {
        for (text, masked) in [
            ("https://bob:hunter22@git.example.org/x.git", "https://bob:[masked]@git.example.org/x.git"),
            ("redis://:p@ss@cache:6379/0", "redis://:[masked]@cache:6379/0"),
            ("'https://bob:a/b1@example.org/x': no", "'https://bob:[masked]@example.org/x': no"),
            ("https://0123456789abcdef0123@example.org/x", "https://[masked]@example.org/x"),
            (
                "https://0123456789abcdef0123:x-oauth-basic@example.org/x",
                "https://[masked]:x-oauth-basic@example.org/x",
            ),
        ] {
            assert_eq!(super::super::mask(text).0, masked);
        }
        for plain in [
            "https://example.org:8443/@scope/pkg",
            "http://[::1]:8080/@x",
            "ssh://git@example.org/x.git",
            "docker-image://alpine:3.18@sha256:0123",
            "https://user:$PASSWORD@example.org",
            "https://user:***@example.org",
            "https://example.org/path?mail=a@b.example",
            "https://user@example.org/x:y@z",
        ] {
            assert_eq!(super::super::mask(plain).0, plain);
        }
    }
}
