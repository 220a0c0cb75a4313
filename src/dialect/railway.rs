//! Railway: a failed step of BuildKit is `✕ [stage-0 4/5] RUN npm ci`, and the verdict behind it has no head: `process "/bin/sh -c npm ci" did
//! not complete successfully: exit code: 1`.
//!
//! Steps stand there without numbers, so their output is nobody's. The code frame and what follows is BuildKit's own. Sources: logs that
//! people pasted from its page.

use super::builds::{Title, exit_code_after};
use super::{Builder, Scope};
use crate::model::{LineRole, StepOutcome};
use crate::pieces::Pieces;

pub(super) struct Railway;

impl Builder for Railway {
    fn name(&self) -> &'static str {
        "railway"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if let Some(title) = line.strip_prefix("✕ ".as_bytes()).filter(|title| is_title(title)) {
            let title = Title::of_vertex(String::from_utf8_lossy(title).trim_end());
            let known = scope.builds.find_by_name(&title.name);
            let step = known.unwrap_or_else(|| scope.builds.open(&format!("?{}", title.name), &title, scope.number));
            scope.builds.end(step, StepOutcome::Failed);
            scope.builds.mark_failed(scope.line());
            scope.emit(Some(step), LineRole::Structure, line);
            return true;
        }
        let failed = line.starts_with(b"process \"")
            && memchr::memmem::find(line, b"\" did not complete successfully: ").is_some();
        if !failed {
            return false;
        }
        scope.builds.mark_failed(scope.line());
        let step = scope.builds.last_failed();
        let code = exit_code_after(&String::from_utf8_lossy(line), "exit code: ");
        if let Some(step) = step {
            scope.builds.update(step, |s| s.exit_code = s.exit_code.or(code));
        }
        scope.emit(step, LineRole::Verdict, line);
        true
    }
}

/// `[stage-0 4/5] RUN npm ci`, `[4/5] RUN npm ci`, `[internal] load …`.
fn is_title(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"[") else { return false };
    let Some(end) = inside.iter().take(120).position(|b| *b == b']') else { return false };
    let head = inside.head(end);
    inside.tail(end + 1).starts_with(b" ") && (head == b"internal" || head.contains(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps, texts};

    #[test]
    fn a_failed_step() {
        let log = "npm error code EUSAGE\n✕ [stage-0  4/5] RUN npm ci \nprocess \"/bin/sh -c npm ci\" did not complete successfully: exit code: 1\n \n\nDockerfile:4\n\n\
            -------------------\n\n4 | >>> RUN npm ci\n";
        let (lines, reader) = read(log.as_bytes());
        assert_eq!(lines[0], "1 - O npm error code EUSAGE");
        assert!(lines[2].contains(" V process "), "{lines:?}");
        let step = reader.builds().steps().next().unwrap().1;
        assert_eq!((step.exit_code, step.command.as_deref(), step.file_line), (Some(1), Some("npm ci"), Some(4)));
        assert_eq!(steps(&reader).len(), 1);
        assert!(reader.builds().verdict().failed.is_some());
    }

    #[test]
    fn marks_of_others_stay() {
        let log = "✕ adds two numbers (3 ms)\n✕ [unit] adds\nprocess \"web\" did not start\n";
        assert_eq!(texts(log), log.lines().collect::<Vec<_>>());
        assert_eq!(read(log.as_bytes()).1.dialects(), ["plain"]);
    }
}
