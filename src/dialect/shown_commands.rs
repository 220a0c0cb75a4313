//! The commands that npm, pnpm, yarn and their like show before they run them, where they end in `|| true` or its like: whoever wrote
//! that wanted no failure of it to count.
//!
//! Shapes: `> tsc || echo 'errors ignored'` (npm, pnpm), `$ tsc || true` (yarn). Sources: npm, `@npmcli/run-script`, `lib/run-script-pkg.js`;
//! yarn 1, `src/util/execute-lifecycle-script.js`. `set -x` shows only that `true` came next.

use super::{Builder, Scope};
use crate::pieces::Pieces;

/// So many bytes of a traced command are kept.
const TRACED: usize = 500;

#[derive(Default)]
pub(super) struct ShownCommands {
    /// The command that `set -x` showed last, and its line.
    traced: Option<(String, u64)>,
}

impl Builder for ShownCommands {
    fn name(&self) -> &'static str {
        "shown-commands"
    }

    /// Never takes the line: the command is noted, and the line stays what it is.
    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if scope.builds.ambient().is_some() {
            return false;
        }
        if let Some(command) = line.strip_prefix(b"+ ") {
            self.trace(command, scope);
            return false;
        }
        let command = line.strip_prefix(b"> ").or_else(|| line.strip_prefix(b"$ "));
        if let Some(command) = command {
            let command = String::from_utf8_lossy(command);
            scope.builds.saw_command(is_excused(&command).then(|| command.trim().to_owned()), scope.line());
        }
        false
    }
}

impl ShownCommands {
    /// What `set -x` shows: `+ rm cache`, and then `+ true` where the script reads `rm cache || true`.
    fn trace(&mut self, command: &[u8], scope: &mut Scope<'_>) {
        let before = self.traced.take();
        if matches!(command.trim_ascii(), b"true" | b":") {
            if let Some((command, line)) = before {
                scope.builds.saw_excused(&command, line, scope.line());
            }
            return;
        }
        let command = command.head(TRACED);
        self.traced = Some((String::from_utf8_lossy(command).into_owned(), scope.line()));
    }
}

/// Does the command pass whatever its parts do?
fn is_excused(command: &str) -> bool {
    let Some((_, instead)) = command.trim_end().rsplit_once("||") else { return false };
    let instead = instead.trim();
    let nothing = matches!(instead, "true" | ":" | "exit 0" | "(exit 0)" | "/bin/true" | "cd .");
    let words = ["echo ", "printf "].iter().any(|talk| instead.starts_with(talk));
    nothing || (words && !instead.contains("&&") && !instead.contains("exit "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excused() {
        for command in ["tsc || true", "tsc -p . || echo 'errors ignored'", "eslint . || :", "a && b || exit 0"] {
            assert!(is_excused(command), "{command}");
        }
        for command in [
            "tsc",
            "tsc || npm run fallback",
            "a || echo b && exit 1",
            "a || true && b",
            "echo '||' && tsc",
            "a || (echo no; exit 1)",
            "a || echo no; exit 1",
        ] {
            assert!(!is_excused(command), "{command}");
        }
    }
}
