//! Whether what shows our output understands escape sequences.

/// A terminal does; TERM=dumb is looked at elsewhere.
#[cfg(not(windows))]
pub fn understands_escapes() -> bool {
    true
}

/// Makes the consoles of standard output and error understand escape sequences, those of a log that is passed through included, and
/// says whether they do: consoles before Windows 10 do not. The terminals of Git and MSYS are no consoles; they set TERM.
#[cfg(windows)]
pub fn understands_escapes() -> bool {
    use std::sync::OnceLock;
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        anstyle_query::windows::enable_ansi_colors() == Some(true) || anstyle_query::term_supports_ansi_color()
    })
}
