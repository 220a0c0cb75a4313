//! Private keys, which fill many lines, and secrets that the end of a line cut in two: a terminal of some width did that.

use std::ops::Range;

use super::{MASK, is_unlike_words, spans, without};

/// How wide the lines of keys are: PEM, OpenSSH, PGP and others.
const WIDTHS: [usize; 4] = [64, 70, 72, 76];
/// So many lines are looked at for the rest of what a line's end cut.
const LONGEST: usize = 4;
/// A narrower screen breaks no line.
const NARROWEST: usize = 20;

fn is_base64(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// Is it a full line of a key, as it stands between its head and its foot?
fn is_body(text: &str) -> bool {
    let any = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    WIDTHS.contains(&text.len())
        && is_base64(text)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_digit)
}

/// A whole line that is nothing but a line of a key.
pub fn body(text: &str) -> Option<Range<usize>> {
    let line = text.trim();
    let start = text.len() - text.trim_start().len();
    is_body(line).then(|| start..start + line.len())
}

/// The key behind its head on one line, where the line feeds were written out; `hit` is `PRIVATE KEY` in the head.
pub fn key_on_one_line(text: &str, hit: Range<usize>) -> Option<Range<usize>> {
    let head = text.get(..hit.start)?;
    let begin = head.rfind("-----BEGIN ")?;
    // Between `BEGIN` and this there is only the kind of key.
    head.get(begin + "-----BEGIN ".len()..)?
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b' ')
        .then_some(())?;
    let rest = text.get(hit.end..)?;
    let dashes = rest.strip_prefix(" BLOCK").unwrap_or(rest).strip_prefix("-----")?;
    let start = text.len() - dashes.len();
    let length = dashes.find("-----END ").unwrap_or(dashes.len());
    let inside = dashes.get(..length)?.trim_end();
    let quoted = inside.trim_end_matches(['"', '\'', ',', '}']);
    (!quoted.is_empty()).then(|| start..start + quoted.len())
}

/// Is it the head of a private key whose foot is not there?
fn opens_key(text: &str) -> bool {
    text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") && !text.contains("-----END ")
}

fn closes_key(text: &str) -> bool {
    text.contains("-----END ") && text.contains("PRIVATE KEY")
}

/// Masks in lines that follow each other what is only seen in several: the lines of a private key, and secrets that the end of a
/// line cut in two. Gives what was masked.
pub fn mask_wrapped(lines: &mut [&mut String]) -> Vec<String> {
    let mut secrets = Vec::new();
    let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    keys(lines, &mut secrets);
    for (at, widths) in widths.windows(2).enumerate() {
        // The first line is as wide as the screen, so the second is no wider.
        let wide = widths.first().is_some_and(|width| *width >= NARROWEST) && widths.first() >= widths.last();
        // A long secret fills lines of its own.
        let mut more = String::new();
        for pair in lines.get(at + 1..).unwrap_or_default().windows(2).take(LONGEST) {
            let [full, next] = pair else { break };
            if full.contains(char::is_whitespace) {
                break;
            }
            more.push_str(next);
        }
        let Some([first, second]) = lines.get_mut(at..at + 2) else { break };
        let Some([one, two]) = cut_in_two(first, second, &more, wide) else { continue };
        let parts = [first.get(one.clone()).unwrap_or_default(), second.get(two.clone()).unwrap_or_default()];
        secrets.push(parts.concat());
        secrets.extend(parts.map(str::to_owned));
        **first = without(first, &[one]);
        if !two.is_empty() {
            **second = without(second, &[two]);
        }
    }
    // What follows the last line is not here: it may go on with what begins at its end.
    let full = widths.last().is_some_and(|width| *width >= NARROWEST && widths.iter().all(|other| other <= width));
    if let Some(line) = lines.last_mut().filter(|_| full)
        && let Some(span) = spans(line, true).into_iter().find(|span| span.end == line.len())
    {
        secrets.push(line.get(span.clone()).unwrap_or_default().to_owned());
        **line = without(line, &[span]);
    }
    secrets.retain(|secret| secret != MASK);
    secrets
}

/// Masks the lines of keys: those between head and foot, and those beside a full line.
fn keys(lines: &mut [&mut String], secrets: &mut Vec<String>) {
    let mut inside = false;
    let mut bodies: Vec<bool> = Vec::new();
    for line in lines.iter() {
        let known = line.trim() == MASK;
        bodies.push(
            !opens_key(line)
                && !closes_key(line)
                && (known || ((inside || bodies.last() == Some(&true)) && is_base64(line.trim()))),
        );
        inside = (inside || opens_key(line)) && !closes_key(line);
    }
    for at in (0..lines.len()).rev() {
        let above_foot = lines.get(at + 1).is_some_and(|next| closes_key(next));
        let Some((line, body)) = lines.get_mut(at).zip(bodies.get(at)) else { continue };
        let wanted = *body || (above_foot && is_base64(line.trim()));
        if wanted && line.trim() != MASK {
            secrets.push(line.trim().to_owned());
            let indent = line.len() - line.trim_start().len();
            let end = line.trim_end().len();
            **line = without(line, std::slice::from_ref(&(indent..end)));
        }
    }
}

/// The two parts of a secret that begins at the end of one line and goes on at the start of the next. `more` follows
/// where the second line is full, too; `wide`: a screen may have broken the first.
fn cut_in_two(first: &str, second: &str, more: &str, wide: bool) -> Option<[Range<usize>; 2]> {
    let tail = second.trim_start();
    let indent = second.len() - tail.len();
    let seam = first.len();
    // What was masked in the first line may have been only the first part; then it is no longer as wide as it was.
    if let Some(before) = first.strip_suffix(MASK) {
        return goes_on(before, tail).map(|length| [before.len()..seam, indent..indent + length]);
    }
    // Nothing that was cut ends with a blank.
    if !wide || tail.is_empty() || first.ends_with(char::is_whitespace) {
        return None;
    }
    let joined = format!("{first}{tail}{more}");
    let span = spans(&joined, false)
        .into_iter()
        .find(|span| span.start < seam && (seam < span.end || (span.end == seam && tail.starts_with(MASK))))?;
    // A port, and a name with an @ on the next line.
    let port = first.get(..span.start).is_some_and(|before| before.ends_with(':'))
        && first
            .get(span.start..)
            .is_some_and(|part| part.len() <= 5 && part.bytes().all(|byte| byte.is_ascii_digit()));
    let length = tail.len().min(span.end - seam);
    (!port).then(|| [span.start..seam, indent..indent + length])
}

/// Length of what goes on with a secret at the start of a line, where the line before ended inside it: a stretch that is unlike a
/// word, or all of the line.
fn goes_on(before: &str, tail: &str) -> Option<usize> {
    let length = tail.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.+/=~%".contains(byte)).count();
    let stretch = tail.get(..length)?;
    let random =
        stretch.bytes().any(|byte| byte.is_ascii_digit()) && stretch.bytes().any(|byte| byte.is_ascii_alphabetic());
    let counts = stretch.len() >= 2
        && (random || is_unlike_words(stretch))
        && !stretch.contains("://")
        && !before.ends_with("//");
    counts.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(lines: &[&str]) -> Vec<String> {
        let mut lines: Vec<String> = lines.iter().map(|line| super::super::mask(line).0).collect();
        let mut refs: Vec<&mut String> = lines.iter_mut().collect();
        mask_wrapped(&mut refs);
        lines
    }

    #[test]
    fn keys_are_masked_between_head_and_foot() {
        let full = "aB3".repeat(22);
        let full = full.get(..64).expect("ASCII");
        let head = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
        let foot = head.replace("BEGIN", "END");
        assert_eq!(masked(&[&head, full, "aB3dE=", &foot]), [head.as_str(), MASK, MASK, foot.as_str()]);
        assert_eq!(masked(&[full, "short", &foot, "next"]), [MASK, MASK, foot.as_str(), "next"]);
        assert_eq!(masked(&["short12", &foot]), [MASK, foot.as_str()]);
        assert_eq!(masked(&["error: no such file", &foot]), ["error: no such file", foot.as_str()]);
        assert_eq!(
            masked(&[&format!("KEY=\"{head}\\naB3dE\\n{foot}\" x")]),
            [format!("KEY=\"{head}[masked]{foot}\" x")]
        );
    }

    #[test]
    fn what_a_line_end_cut_is_masked_on_both_lines() {
        let token = ["gh", "p_", "0123456789abcdefghij", "ABCDEFGHIJ012345"].concat();
        let signed = ["ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.", &"aB3dE5gH".repeat(9)].concat();
        for secret in [token, signed] {
            let line = format!("remote: invalid credentials {secret} of the runner, see its page for more words");
            for width in 30..line.len() {
                let lines: Vec<&str> =
                    line.as_bytes().chunks(width).filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
                let shown = masked(&lines).join("\n");
                let left = secret.as_bytes().windows(12).any(|piece| shown.contains(&*String::from_utf8_lossy(piece)));
                assert!(!left, "{width}: {shown}");
                assert!(shown.contains("remote: invalid"), "{shown}");
            }
        }
        let lines = masked(&["fatal: unable to access 'https://bob:hunt", "er22@git.example.org/x.git/'"]);
        assert_eq!(lines, ["fatal: unable to access 'https://bob:[masked]", "[masked]@git.example.org/x.git/'"]);
    }

    #[test]
    fn lines_that_only_stand_together_stay() {
        for lines in [
            ["pulling from https://registry.example.org:443", "foo@1.2.3 is old"],
            ["error: the token is", "missing1234"],
            ["warning: TOKEN=", "a longer line than the first one is, 1"],
        ] {
            assert_eq!(masked(&lines), lines);
        }
    }
}
