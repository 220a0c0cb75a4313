//! Time stamps and marks at the start of every line: GitHub Actions, Azure Pipelines, `docker logs -t`.

use super::{Scope, Wrapper};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// `2026-11-21T10:11:12.1234567Z ` (seven digits), `##[group]`, `##[error]`.
#[derive(Default)]
pub(super) struct GithubActions {
    /// `gh run view --log` puts job and step before each line.
    columns: bool,
}

/// With which words the runners of GitHub and Azure end a step that failed.
const FAILURES: [&[u8]; 5] = [
    b"Process completed with exit code ",
    b"Bash exited with code '",
    b"PowerShell exited with code '",
    b"Cmd.exe exited with code '",
    b"The process '",
];

/// How they end a job that was canceled. Tools say the same without the mark, so that it must stay.
const CANCELED: [&[u8]; 2] = [b"The operation was canceled", b"The operation was cancelled"];

/// Its columns stand from the first line on; a log is not searched for them for ever.
const COLUMNS_BY: u64 = 500;

impl Wrapper for GithubActions {
    fn name(&self) -> &'static str {
        "github-actions"
    }

    fn at_rest(&self, number: u64) -> bool {
        number > COLUMNS_BY
    }

    fn strip<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        if self.columns
            && let Some(inside) = gh_run_view(line)
        {
            return Some(inside);
        }
        rfc3339(line).filter(|(fraction, _)| *fraction == 7).map(|(_, text)| text)
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        let searched = self.columns || scope.line() <= COLUMNS_BY;
        if let Some(inside) = searched.then(|| gh_run_view(line)).flatten() {
            self.columns = true;
            return Some(inside);
        }
        match line.first() {
            Some(b'0'..=b'9') => {
                let (fraction, rest) = rfc3339(line)?;
                if fraction != 7 {
                    return None;
                }
                Some(rest)
            }
            // A byte order mark stands before the first stamp of a downloaded log.
            Some(0xef) if line.starts_with(b"\xef\xbb\xbf") => Some(line.tail(3)),
            Some(b'#') => {
                let rest = line.strip_prefix(b"##[")?;
                let end = rest.iter().take(16).position(|b| *b == b']')?;
                let (mark, text) = (rest.head(end), rest.tail(end + 1));
                match mark {
                    b"error" if CANCELED.iter().any(|words| text.starts_with(words)) => {
                        let ambient = scope.builds.ambient();
                        scope.emit(ambient, LineRole::Output, line);
                        scope.consume();
                        Some(b"")
                    }
                    b"error" => {
                        if FAILURES.iter().any(|words| text.starts_with(words)) {
                            scope.builds.mark_job_failed(scope.line());
                        } else {
                            scope.builds.mark_error(scope.line());
                        }
                        Some(text)
                    }
                    b"warning" | b"debug" | b"command" | b"notice" => Some(text),
                    b"section" if text.starts_with(b"Starting: ") || text.starts_with(b"Finishing: ") => {
                        // A task of Azure Pipelines doesn't belong to what a builder did in the one before.
                        scope.builds.set_ambient(None);
                        scope.emit(None, LineRole::Structure, text);
                        scope.consume();
                        Some(b"")
                    }
                    b"section" => Some(text),
                    b"group" | b"endgroup" => {
                        scope.emit(None, LineRole::Structure, text);
                        scope.consume();
                        Some(b"")
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// `job TAB step TAB stamp text`, as `gh run view --log` prints; a byte order mark may stand before the first stamp.
fn gh_run_view(line: &[u8]) -> Option<&[u8]> {
    let head = line.head(300);
    let job = memchr::memchr(b'\t', head)?;
    let step = memchr::memchr(b'\t', head.tail(job + 1))? + job + 1;
    let rest = line.tail(step + 1);
    let rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    rfc3339(rest).filter(|(fraction, _)| *fraction == 7).map(|(_, text)| text)
}

/// RFC 3339 stamps with any other number of digits: `docker logs -t`, `kubectl logs --timestamps`, collectors, and what containerd and
/// CRI-O keep on a node: `2026-11-21T10:11:12.123456789Z stderr F text` (kubernetes/design-proposals-archive, "CRI: Dockershim and Log
/// Format").
pub(super) struct DockerLogs;

impl Wrapper for DockerLogs {
    fn name(&self) -> &'static str {
        "timestamps"
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], _scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        if !line.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        self.strip(line)
    }

    fn strip<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        let (fraction, rest) = rfc3339(line)?;
        Some(if fraction == 9 { without_stream(rest) } else { rest })
    }
}

/// What stands behind `stderr F `: the stream, and whether the line is whole. Or behind `[err]  `: what Railway takes for the line's
/// level (its command line prints logs so).
fn without_stream(text: &[u8]) -> &[u8] {
    if let [b'[', a, b, c, b']', rest @ ..] = text {
        let level = [b"inf", b"err", b"wrn", b"dbg"].contains(&&[*a, *b, *c]);
        return match rest {
            [b' ', b' ', rest @ ..] | [b' ', rest @ ..] | rest @ [] if level => rest,
            _ => text,
        };
    }
    let rest = text.strip_prefix(b"stderr ").or_else(|| text.strip_prefix(b"stdout "));
    match rest {
        Some([b'F' | b'P', b' ', rest @ ..]) => rest,
        Some(b"F") => &[],
        _ => text,
    }
}

/// The number of fractional digits of the RFC 3339 stamp at the start of the line, and what follows its blank.
pub(super) fn rfc3339(line: &[u8]) -> Option<(usize, &[u8])> {
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let head = line.get(..shape.len())?;
    let fits = head.iter().zip(shape).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b' '),
        _ => byte == want,
    });
    if !fits {
        return None;
    }
    let mut rest = line.tail(shape.len());
    let mut fraction = 0;
    if let [b'.' | b',', tail @ ..] = rest {
        fraction = tail.iter().take_while(|b| b.is_ascii_digit()).count();
        rest = tail.tail(fraction);
    }
    let zone = match rest {
        [b'Z', ..] => 1,
        [b'+' | b'-', a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|x| x.is_ascii_digit()) => 6,
        _ => return None,
    };
    match rest.get(zone) {
        None => Some((fraction, &[])),
        // A tab stands behind the stamps of Cloudflare Pages.
        Some(b' ' | b'\t') => Some((fraction, rest.tail(zone + 1))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_all_kinds_are_read() {
        assert_eq!(rfc3339(b"2026-11-21T10:11:12.1234567Z text"), Some((7, &b"text"[..])));
        assert_eq!(rfc3339(b"2026-11-21 10:11:12+01:00 text"), Some((0, &b"text"[..])));
        assert_eq!(rfc3339(b"2026-11-21 10:11 text"), None);
    }

    #[test]
    fn streams_of_a_node_go_away() {
        let strip = |line: &'static [u8]| DockerLogs.strip(line);
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789Z stderr F text"), Some(&b"text"[..]));
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789+01:00 stdout P "), Some(&b""[..]));
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789Z stderr Failed"), Some(&b"stderr Failed"[..]));
        assert_eq!(strip(b"2026-11-21T10:11:12Z stderr F text"), Some(&b"stderr F text"[..]));
    }

    #[test]
    fn levels_of_railway_go_away() {
        let strip = |line: &'static [u8]| DockerLogs.strip(line);
        assert_eq!(
            strip(b"2026-11-21T10:11:12.123456789Z [err]    File \"a.py\", line 4"),
            Some(&b"  File \"a.py\", line 4"[..])
        );
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789Z [inf]"), Some(&b""[..]));
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789Z [err]or"), Some(&b"[err]or"[..]));
        assert_eq!(strip(b"2026-11-21T10:11:12.123456789Z [error] text"), Some(&b"[error] text"[..]));
    }

    #[test]
    fn the_columns_of_gh_run_view_are_taken_off() {
        let line = b"build\tRun tests\t\xef\xbb\xbf2025-09-15T00:25:09.7580308Z FAILURE: Build failed";
        assert_eq!(gh_run_view(line), Some(&b"FAILURE: Build failed"[..]));
        assert_eq!(gh_run_view(b"ok  \texample.com/a\t0.003s"), None);
    }
}
