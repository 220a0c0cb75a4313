//! The last words of build tools that say of the whole build that it was good.
//!
//! Sources: Maven, `ExecutionEventLogger.java` (`BUILD SUCCESS`); Gradle, `BuildResultLogger.java` (`BUILD SUCCESSFUL in 3s`).

use super::{Builder, Scope};

pub(super) struct ToolMarks;

impl Builder for ToolMarks {
    fn name(&self) -> &'static str {
        "tool-marks"
    }

    /// Never takes the line: the mark is noted, and the line stays what it is.
    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if !matches!(line.first(), Some(b'[' | b'B')) || scope.builds.ambient().is_some() {
            return false;
        }
        let text = line.trim_ascii_end();
        let text = text.strip_prefix(b"[INFO] ").unwrap_or(text);
        if text == b"BUILD SUCCESS" || text.starts_with(b"BUILD SUCCESSFUL in ") {
            scope.builds.mark_succeeded(scope.line());
        }
        false
    }
}
