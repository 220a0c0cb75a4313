//! `{capture}` and `{capture|words to use instead}` in the sentences of a signature.

use crate::pieces::Pieces;

/// One piece of a parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text to print as it is.
    Text(&'t str),
    /// A capture's value, or the words to use when the log did not give it.
    Capture {
        /// The capture's name.
        name: &'t str,
        /// What to print when the capture is absent.
        fallback: Option<&'t str>,
    },
}

/// A template that cannot be read: where (byte offset) and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Byte offset in the template.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

/// Splits a template into its pieces. `{{` and `}}` stand for literal braces.
pub fn parse(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut at = 0;
    while let Some(brace) = rest.find(['{', '}']) {
        let (text, tail) = rest.split_at(brace);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        at += brace;
        if tail.starts_with("{{") || tail.starts_with("}}") {
            pieces.push(Piece::Text(tail.head(1)));
            rest = tail.tail(2);
            at += 2;
            continue;
        }
        if tail.starts_with('}') {
            return Err(TemplateError { at, message: "a lone '}' (write '}}' for a literal brace)".into() });
        }
        let Some(end) = tail.find('}') else {
            return Err(TemplateError { at, message: "'{' without its '}' (write '{{' for a literal brace)".into() });
        };
        let inner = tail.part(1..end);
        let (name, fallback) = match inner.split_once('|') {
            Some((name, words)) => (name, Some(words)),
            None => (inner, None),
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(TemplateError {
                at,
                message: format!("'{{{inner}}}' is not a capture's name (write '{{{{' for a literal brace)"),
            });
        }
        pieces.push(Piece::Capture { name, fallback });
        rest = tail.tail(end + 1);
        at += end + 1;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// A template without a log: its fallbacks, or the captures' names as plain words.
pub fn plain(template: &str) -> String {
    let Ok(pieces) = parse(template) else { return template.to_owned() };
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Capture { fallback: Some(words), .. } => words.to_owned(),
            Piece::Capture { name, fallback: None } => name.to_uppercase(),
        })
        .collect()
}

/// Fills a sentence. A capture that is neither known nor has a fallback leaves nothing behind
/// (the checker does not let such a template in).
pub fn fill<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let Ok(pieces) = parse(template) else { return template.to_owned() };
    let mut out = String::with_capacity(template.len() + 32);
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Capture { name, fallback } => {
                out.push_str(value(name).filter(|v| !v.is_empty()).or(fallback).unwrap_or(""));
            }
        }
    }
    out
}

/// Fills a shell command or a line of a file. Values come from a log that a stranger may have written, so
/// a value that is not plainly safe is quoted for a POSIX shell; one that even quoting cannot make
/// harmless (control characters, a leading dash, absent) makes the whole command unusable: `None`.
pub fn fill_shell<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let pieces = parse(template).ok()?;
    let mut out = String::with_capacity(template.len() + 32);
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Capture { name, fallback } => match value(name).filter(|v| !v.is_empty()) {
                Some(found) => {
                    // Inside a quoted part of the command a value can't be quoted once more: only plain ones pass.
                    let quoted = shell_quote(found)?;
                    if quoted != found && !ends_outside_quotes(&out) {
                        return None;
                    }
                    out.push_str(&quoted);
                }
                None => out.push_str(fallback?),
            },
        }
    }
    Some(out)
}

/// Does what stands behind this beginning of a command stand outside of all quotes? Behind a backslash it does not.
fn ends_outside_quotes(command: &str) -> bool {
    let mut open = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (None | Some('"'), '\\') if chars.next().is_none() => return false,
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
    }
    open.is_none()
}

/// A value as one shell word; `None` if it can't be one safely.
fn shell_quote(value: &str) -> Option<String> {
    if value.starts_with('-') || value.chars().any(|c| c.is_control() || is_invisible(c)) {
        return None;
    }
    let plain = |c: char| c.is_alphanumeric() || "_-./:@+,=%^".contains(c);
    if value.chars().all(plain) {
        return Some(value.to_owned());
    }
    if value.contains('\'') || value.contains('!') {
        return None;
    }
    Some(format!("'{value}'"))
}

/// Characters that show nothing or turn the reading direction around.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{00ad}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<&'static str> {
        match name {
            "module" => Some("example.com/m"),
            "evil" => Some("$(rm -rf ~)"),
            "dash" => Some("--config=x"),
            "line" => Some("a\nb"),
            _ => None,
        }
    }

    #[test]
    fn fills_captures_fallbacks_and_braces() {
        assert_eq!(fill("{module} at {host|the proxy}, {{x}}", known), "example.com/m at the proxy, {x}");
    }

    #[test]
    fn shell_values_are_quoted_or_refused() {
        assert_eq!(fill_shell("go get {module}", known).as_deref(), Some("go get example.com/m"));
        assert_eq!(fill_shell("rm {evil}", known).as_deref(), Some("rm '$(rm -rf ~)'"));
        assert_eq!(fill_shell("sh -c \"echo {evil}\"", known), None);
        assert_eq!(fill_shell("rm {dash}", known), None);
        assert_eq!(fill_shell("rm {line}", known), None);
        assert_eq!(fill_shell("rm {unknown}", known), None);
        assert_eq!(fill_shell("rm {unknown|file}", known).as_deref(), Some("rm file"));
    }

    #[test]
    fn quotes_inside_quotes_do_not_let_a_value_out() {
        for template in ["echo \"'\" '{evil}'", "echo '\"' \"{evil}\"", "echo \"\\\" {evil}\"", "echo \\{evil}"] {
            assert_eq!(fill_shell(template, known), None, "{template}");
        }
        assert_eq!(fill_shell("echo \"it's\" {evil}", known).as_deref(), Some("echo \"it's\" '$(rm -rf ~)'"));
    }

    #[test]
    fn mistakes_are_located() {
        assert_eq!(parse("ab {x").unwrap_err().at, 3);
        assert_eq!(parse("ab } c").unwrap_err().at, 3);
        assert!(parse("a {two words}").is_err());
    }
}
