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

/// A value as one shell word; `None` if it can't be one safely, or names nothing (`*`, `/`, `..`).
fn shell_quote(value: &str) -> Option<String> {
    let hidden = |c: char| c.is_control() || is_invisible(c);
    if value.starts_with('-') || value.chars().any(hidden) || !value.chars().any(char::is_alphanumeric) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@+,=%^".contains(c);
    // `A=b` in front of a command is no argument, `=b` a path for some shells.
    let name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let assigns = value.split_once('=').is_some_and(|(before, _)| name(before));
    if value.chars().all(plain) && !assigns {
        return Some(value.to_owned());
    }
    if value.contains('\'') || value.contains('!') {
        return None;
    }
    Some(format!("'{value}'"))
}

/// Characters that show nothing, break a line or turn the reading direction around.
///
/// Source: Unicode 16, `DerivedCoreProperties.txt` (`Default_Ignorable_Code_Point`), the separators of lines and paragraphs, and the
/// controls of annotations and hieroglyphs.
#[inline]
pub fn is_invisible(c: char) -> bool {
    // Most characters are ASCII.
    c >= '\u{ad}'
        && matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1345f}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
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
            "ticks" => Some("`id`"),
            "quote" => Some("a'; rm -rf ~; '"),
            "dollar" => Some("$HOME"),
            "star" => Some("*"),
            "up" => Some("../.."),
            "assignment" => Some("LD_PRELOAD=/x.so"),
            "turned" => Some("a\u{202e}b"),
            "marker" => Some("{module}"),
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
        assert_eq!(fill_shell("rm {ticks}", known).as_deref(), Some("rm '`id`'"));
        assert_eq!(fill_shell("rm {dollar}", known).as_deref(), Some("rm '$HOME'"));
        assert_eq!(fill_shell("{assignment} x", known).as_deref(), Some("'LD_PRELOAD=/x.so' x"));
        for name in ["quote", "star", "up", "turned"] {
            assert_eq!(fill_shell(&format!("rm {{{name}}}"), known), None, "{name}");
        }
        assert_eq!(fill_shell("rm {marker}", known).as_deref(), Some("rm '{module}'"), "filled once");
        assert_eq!(fill("{marker}", known), "{module}", "filled once");
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
