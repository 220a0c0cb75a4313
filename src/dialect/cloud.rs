//! What the build services of clouds put before lines: Google Cloud Build, AWS CodeBuild, Tekton and `kubectl logs --prefix`,
//! DigitalOcean's App Platform (stamps and frames), Coolify, Heroku.
//!
//! Sources: logs that people published: googleapis/google-cloud-cpp issue 6336 (`Step #0: text`), selkies-project/selkies-vdi issue 12
//! (nested `Step #0 - "build": Step #37 - "x": `), tektoncd/pipeline issue 4597, coollabsio/coolify issues 3442 and 4816, and build logs
//! kept in repositories.

use super::prefix::{starts_like, without_fraction};
use super::{Builder, Scope, Wrapper};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// `Step #0 - "build": text`, `Step #0: text`.
pub(super) fn cloud_build(line: &[u8]) -> Option<&[u8]> {
    let rest = step_number(line.strip_prefix(b"Step #")?)?;
    let rest = match rest.strip_prefix(b" - \"") {
        Some(name) => name.tail(name.iter().take(120).position(|b| *b == b'"')? + 1),
        None => rest,
    };
    let text = rest.strip_prefix(b":")?;
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

fn step_number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| text.tail(digits))
}

/// `[Container] 2026/11/21 10:11:12.123456 text`.
pub(super) fn code_build(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[Container] ").or_else(|| line.strip_prefix(b"[Instance] "))?;
    let shape = b"dddd/dd/dd dd:dd:dd";
    let rest = starts_like(rest, shape).then(|| without_fraction(rest.tail(shape.len())))?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// `[build-push : step-push] text` of Tekton, `[pod/name/container] text` of `kubectl logs --prefix`.
pub(super) fn kubernetes(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[")?;
    let end = inside.iter().take(160).position(|b| *b == b']')?;
    let is_name =
        |word: &[u8]| !word.is_empty() && word.iter().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(b));
    let head = inside.head(end);
    let named = match memchr::memmem::find(head, b" : ") {
        Some(at) => is_name(head.head(at)) && is_name(head.tail(at + 3)),
        None => head.strip_prefix(b"pod/").is_some_and(|rest| is_name(rest) && rest.contains(&b'/')),
    };
    let text = named.then(|| inside.tail(end + 1))?;
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

/// `[web] [2025-01-20 13:43:14] │ text`, `[2023-04-10 15:38:22] │ text`, of DigitalOcean's App Platform.
pub(super) fn app_platform(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line.strip_prefix(b"[")?;
    if !rest.first()?.is_ascii_digit() {
        let end = rest.iter().take(80).position(|b| *b == b']')?;
        rest = rest.tail(end + 1).strip_prefix(b" [")?;
    }
    let shape = b"dddd-dd-dd dd:dd:dd";
    let rest = starts_like(rest, shape).then(|| rest.tail(shape.len()))?.strip_prefix(b"]")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    Some(match rest.strip_prefix("│".as_bytes()) {
        Some(framed) => framed.strip_prefix(b" ").unwrap_or(framed),
        None => rest,
    })
}

/// A frame of App Platform that printed nothing for so many lines is over.
const PATIENCE: u64 = 200;

/// `│ text` below `╭──────────── dockerfile build ───────────╼`: App Platform's frames, where its stamps were not copied.
#[derive(Default)]
pub(super) struct Frames {
    /// The last line of an open frame.
    last: Option<u64>,
}

impl Wrapper for Frames {
    fn name(&self) -> &'static str {
        "app-platform"
    }

    fn at_rest(&self, number: u64) -> bool {
        self.last.is_none_or(|last| number > last + PATIENCE)
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        if line.first() != Some(&0xe2) {
            return None;
        }
        let starts = |head: &str| line.starts_with(head.as_bytes());
        if starts("╭──") && line.trim_ascii_end().ends_with("╼".as_bytes()) {
            self.last = Some(scope.line());
        } else if starts("╰──") {
            self.last = None;
        } else if !self.at_rest(scope.line())
            && let Some(framed) = line.strip_prefix("│".as_bytes())
        {
            self.last = Some(scope.line());
            return Some(framed.strip_prefix(b" ").unwrap_or(framed));
        }
        None
    }
}

/// `2025-Jan-13 15:34:54.340450 text` of Coolify; a copy from its page has the stamp on a line of its own.
pub(super) fn coolify(line: &[u8]) -> Option<&[u8]> {
    let month = line.get(5..8)?;
    let shaped = starts_like(line, b"dddd-")
        && month.iter().all(u8::is_ascii_alphabetic)
        && starts_like(line.tail(8), b"-dd dd:dd:dd.dddddd");
    let rest = shaped.then(|| line.tail(27))?;
    match rest {
        [] => Some(rest),
        [b' ', text @ ..] => Some(text),
        _ => None,
    }
}

/// `remote: -----> Building`, `remote:        npm error code E404   `, `remote:  !     Push rejected`, of a push to Heroku or Dokku:
/// its output is indented by seven blanks and padded. What any other server says behind `remote: ` stays as it is.
pub(super) fn heroku(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"remote:")?;
    if rest.trim_ascii_start().is_empty() {
        return Some(&[]);
    }
    if rest.starts_with(b" -----> ") || rest.starts_with(b"  !  ") {
        return Some(rest.tail(1).trim_ascii_end());
    }
    rest.strip_prefix(b"        ").map(<[u8]>::trim_ascii_end)
}

/// Steps of Google Cloud Build begin and end.
pub(super) struct CloudBuild;

impl Builder for CloudBuild {
    fn name(&self) -> &'static str {
        "cloud-build"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(rest) = line.strip_prefix(b"Starting Step #").or_else(|| line.strip_prefix(b"Finished Step #")) else {
            return false;
        };
        if !matches!(step_number(rest), Some([] | [b' ', b'-', ..])) {
            return false;
        }
        scope.builds.set_ambient(None);
        scope.emit(None, LineRole::Structure, line);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};
    use super::*;

    fn all(line: &str) -> Option<String> {
        [cloud_build, code_build, kubernetes, app_platform, coolify, heroku]
            .iter()
            .find_map(|inside| inside(line.as_bytes()))
            .map(|text| String::from_utf8_lossy(text).into_owned())
    }

    #[test]
    fn the_heads_go_away() {
        for (line, text) in [
            (
                "Step #0 - \"build-images\": Step 15/16 : RUN chmod +x /entrypoint.sh",
                "Step 15/16 : RUN chmod +x /entrypoint.sh",
            ),
            ("Step #2: error building image: x", "error building image: x"),
            ("Step #0 - \"build-images\":", ""),
            (
                "[Container] 2018/11/09 03:46:22 Phase complete: BUILD Success: false",
                "Phase complete: BUILD Success: false",
            ),
            ("[Container] 2026/11/21 10:11:12.123456 Running command docker build .", "Running command docker build ."),
            ("[build-push-image : build-push-image] INFO[0001] RUN xx", "INFO[0001] RUN xx"),
            ("[pod/web-7f/kaniko] text", "text"),
            ("[fulfillment] [2025-01-20 13:43:15] │ INFO[0000] Retrieving", "INFO[0000] Retrieving"),
            ("[2023-04-10 15:38:26] │ command exited with code 1", "command exited with code 1"),
            (
                "[2023-04-10 15:38:25] ╭──────────── dockerfile build ───────────╼",
                "╭──────────── dockerfile build ───────────╼",
            ),
            ("2025-Jan-13 15:34:54.340450 Starting deployment", "Starting deployment"),
            ("2025-Jan-22 17:08:45.029241", ""),
            ("remote:        npm ERR! missing script: start        ", "npm ERR! missing script: start"),
            ("remote: -----> Build failed", "-----> Build failed"),
            (
                "remote:  !     Push rejected, failed to compile Node.js app.",
                " !     Push rejected, failed to compile Node.js app.",
            ),
        ] {
            assert_eq!(all(line).as_deref(), Some(text), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_keep_theirs() {
        for line in [
            "Step 4 : RUN make",
            "Step #1 of the guide",
            "[Container] started",
            "[plugin:vite : x y] text",
            "[INFO] [2025-01-20] text",
            "[main] [2025-01-20T13:43:14] text",
            "2025-01-20 13:43:14.340450 text",
            "remote: Permission to example/app.git denied to bot.",
            "remote: Repository not found.",
        ] {
            assert_eq!(all(line), None, "{line}");
        }
    }

    #[test]
    fn frames_without_stamps() {
        let log =
            "│ a\n╭──────────── dockerfile build ───────────╼\n│ INFO[0000] x\n│\ntext\n│ b\n╰───────────╼\n│ c\n";
        assert_eq!(
            texts(log),
            [
                "│ a",
                "╭──────────── dockerfile build ───────────╼",
                "INFO[0000] x",
                "",
                "text",
                "b",
                "╰───────────╼",
                "│ c"
            ]
        );
        let late = format!("╭──────╼\n{}│ a\n", "text\n".repeat(700));
        assert_eq!(texts(&late).last().map(String::as_str), Some("│ a"));
        let deep = format!("{}╭──────╼\n│ a\n", "text\n".repeat(700));
        assert_eq!(texts(&deep).last().map(String::as_str), Some("a"));
    }

    #[test]
    fn a_step_of_cloud_build_ends_the_builders() {
        let log = b"Starting Step #0 - \"b\"\nStep #0 - \"b\": Step 1/1 : RUN make\nStep #0 - \"b\": make: not found\nFinished Step #0 - \"b\"\nERROR\n";
        let (lines, reader) = read(log);
        assert_eq!(lines[2..], ["3 1:1 O make: not found", "4 - S Finished Step #0 - \"b\"", "5 - O ERROR"]);
        assert_eq!(reader.dialects(), ["cloud-build", "docker-classic"]);
    }
}
