//! What tools say last when all went well, and whose messages that settles.
//!
//! A log without a builder has no verdict: a compiler's error in its middle may be of an earlier run in the same file, of a check that the
//! build made on purpose, of a test that wants the error. Where the log ends with the tool's own good-bye, that was so.
//!
//! Sources: cargo, `src/cargo/core/compiler/job_queue/mod.rs` (`Finished … target(s) in`) and libtest (`test result: ok.`);
//! next.js, `packages/next/src/build/utils.ts` (`printTreeView`); vite, `packages/vite/src/node/build.ts` (`✓ built in`); webpack, `lib/stats/DefaultStatsPrinterPlugin.js`
//! (`compiled successfully in`); npm, `lib/utils/reify-output.js` and `lib/cli/exit-handler.js`; pip, `_internal/commands/install.py`;
//! mypy, `mypy/util.py` (`format_success`); ruff, `crates/ruff/src/printer.rs`; pytest, `_pytest/terminal.py` (`build_summary_stats_line`); jest, `packages/jest-reporters/src/SummaryReporter.ts`; go, `cmd/go/internal/test`;
//! CMake's makefile generator (`[100%] Built target`) and `Source/CTest/cmCTestTestHandler.cxx`; automake, `lib/am/check.am`;
//! PlatformIO, `platformio/run/cli.py`; dpkg, `scripts/dpkg-buildpackage.pl`; Bazel, `BuildEventServiceModule`; forge, `crates/script/src/broadcast.rs`.

use super::suspicious;

/// From this suspicion on, a line behind a good-bye takes it back.
pub const ALARM: i64 = 200;

/// Tools whose messages any program prints, also about what it then does without.
const ANYBODY: [&str; 11] = ["cli", "config", "curl", "fs", "git", "loader", "net", "sh", "vault", "wget", "spring"];

// Not npm, yarn and pnpm: they also say which of several packages failed, before the next one passes.
const JAVASCRIPT: &[&str] =
    &["angular", "bundler", "esbuild", "eslint", "next", "node", "prettier", "prisma", "tsc", "vite", "webpack"];
const YARN: &[&str] = &[
    "angular", "bundler", "esbuild", "eslint", "next", "node", "prettier", "prisma", "tsc", "vite", "webpack", "yarn",
    "cc", "make", "python",
];
const NPM: &[&str] = &["npm", "node", "cc", "make", "python", "yarn", "pnpm", "prisma"];
const PYTHON: &[&str] =
    &["pip", "python", "cc", "cargo", "rustc", "cmake", "make", "hatch", "poetry", "uv", "pytest", "mypy"];
// What the linters said that were told not to fail.
const LINTERS: &[&str] = &["python", "mypy", "pip"];
const RUST: &[&str] = &["cargo", "rustc", "cc", "cmake", "make", "protoc", "python"];
const NATIVE: &[&str] = &["cc", "cmake", "make", "protoc", "python"];
const JEST: &[&str] = &["jest", "mocha", "vitest", "node", "tsc", "prisma"];
// `context canceled` is a message of Go itself, which its programs print, too.
const GO: &[&str] = &["go", "cc", "buildkit"];

/// The good-bye of a tool.
#[derive(Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Its line.
    pub line: u64,
    settled: Settled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// The tool drove the whole build.
    All,
    /// What these tools and their helpers said.
    Of(&'static [&'static str]),
}

impl Farewell {
    /// Does it settle what a signature found before it?
    pub fn settles(&self, id: &str, tool: &str) -> bool {
        match self.settled {
            Settled::All => true,
            // A package that failed before one that passed, tests that passed without covering enough.
            Settled::Of(_) if id == "go/fail-line" || id.ends_with("/coverage-threshold") => false,
            Settled::Of(tools) => tools.contains(&tool) || ANYBODY.contains(&tool),
        }
    }
}

/// The good-bye among the last lines of a log, oldest first, where nothing behind it takes it back.
pub fn farewell(lines: &[(u64, &[u8])]) -> Option<Farewell> {
    for (at, (line, text)) in lines.iter().enumerate().rev() {
        let text = String::from_utf8_lossy(text);
        if let Some(settled) = good_bye(text.trim(), lines.get(at.wrapping_sub(1)).map(|(_, text)| *text)) {
            return Some(Farewell { line: *line, settled });
        }
        // `1 failing` is mocha's.
        if suspicious::score_above(text.as_bytes(), ALARM - 1).is_some() || text.trim_end().ends_with(" failing") {
            return None;
        }
    }
    None
}

fn good_bye(text: &str, before: Option<&[u8]>) -> Option<Settled> {
    use Settled::{All, Of};
    let starts = |words: &str| text.starts_with(words);
    let holds = |words: &str| text.contains(words);
    let bad = ["failed", "error", "Failed", "FAILED"].iter().any(|word| holds(word));
    Some(match text.chars().next()? {
        'F' if starts("Finished ") && holds(" target(s) in ") => Of(RUST),
        't' if starts("test result: ok. ") && holds(" 0 failed") => Of(RUST),
        '○' | 'ƒ' | 'λ' | '●' if holds("prerendered as static ") || holds("server-rendered on demand") => {
            Of(JAVASCRIPT)
        }
        '+' if starts("+ First Load JS shared by all") => Of(JAVASCRIPT),
        '✓' | '√' if starts("✓ built in ") || starts("√ built in ") => Of(JAVASCRIPT),
        '✓' | '√' if starts("✓ Built build") || starts("√ Built build") => All,
        'w' if starts("webpack ") && holds(" compiled ") && !bad && holds(" in ") => Of(JAVASCRIPT),
        'A' if starts("Application bundle generation complete.") => Of(JAVASCRIPT),
        '⚡' if starts("⚡ Done in ") => Of(JAVASCRIPT),
        'c' if starts("created ") && holds(" in ") && text.ends_with('s') => Of(JAVASCRIPT),
        'D' if starts("Done in ") && text.trim_end_matches('.').ends_with('s') && text.len() < 24 => Of(YARN),
        'D' if starts("Done in ") && holds(" using pnpm v") => Of(JAVASCRIPT),
        'n' if starts("npm verbose exit 0") || starts("npm info ok") || starts("npm verb exit 0") => Of(NPM),
        'f' if text == "found 0 vulnerabilities" => Of(NPM),
        'a' | 'c' | 'u' | 'r'
            if (starts("added ") || starts("changed ") || starts("up to date") || starts("removed "))
                && (holds(" package") || holds("up to date in")) =>
        {
            Of(NPM)
        }
        // `Successfully built 0123456789ab` is Docker's, which has a verdict of its own.
        'S' if starts("Successfully installed ") || (starts("Successfully built ") && !is_image(text)) => Of(PYTHON),
        // PlatformIO's, of one environment and of all.
        '=' if holds(" [SUCCESS] Took ") => All,
        '=' | '0'..='9' if is_platformio(text) => All,
        '=' | '0'..='9' if is_pytest(text) => Of(PYTHON),
        'O' if (text == "OK" || starts("OK (")) && before.is_some_and(|line| line.starts_with(b"Ran ")) => Of(PYTHON),
        // mypy, ruff.
        'S' if starts("Success: no issues found in ") => Of(LINTERS),
        'A' if text == "All checks passed!" => Of(LINTERS),
        'F' if starts("Found ") && text.ends_with(", 0 remaining).") => Of(LINTERS),
        'b' if starts("build succeeded") => Of(PYTHON),
        // A file that could not be loaded counts in the line above alone.
        'T' if (starts("Tests: ") || starts("Tests ")) && holds(" passed") && !bad => {
            let files = before.is_some_and(|line| !line.windows(6).any(|word| word == b"failed"));
            return files.then_some(Of(JEST));
        }
        '0'..='9' if is_mocha(text) => Of(JEST),
        '#' | 'ℹ' if text == "# fail 0" || text == "ℹ fail 0" => Of(JEST),
        'o' if starts("ok  \t") => Of(GO),
        '[' if starts("[100%] Built target ") => Of(NATIVE),
        // Before 3.20 CMake also says where it wrote to when it could not generate all.
        '-' if starts("-- Build files have been written to: ")
            && before.is_some_and(|line| line.starts_with(b"-- Generating done")) =>
        {
            Of(NATIVE)
        }
        '[' if starts("[success] Total time: ") => All,
        '1' if starts("100% tests passed, 0 tests failed out of ") => Of(NATIVE),
        '#' if text == "# ERROR: 0" || text == "# FAIL:  0" => Of(NATIVE),
        'd' if starts("dpkg-buildpackage: ") && holds(" upload") => All,
        'I' if starts("INFO: Build completed successfully, ") => All,
        'O' if starts("ONCHAIN EXECUTION COMPLETE & SUCCESSFUL") => All,
        '*' if text == "** BUILD SUCCEEDED **"
            || text == "** TEST SUCCEEDED **"
            || text == "** ARCHIVE SUCCEEDED **" =>
        {
            All
        }
        'B' if text == "BUILD SUCCESSFUL" => All,
        'N' if starts("NX   Successfully ran target") => All,
        '✔' if starts("✔  Deploy complete!") => All,
        _ => return None,
    })
}

/// `3 passed, 1 skipped in 0.12s`, also between signs of equality.
fn is_pytest(text: &str) -> bool {
    let text = text.trim_matches(|c| matches!(c, '=' | ' '));
    let Some((counts, _)) = text.split_once(" in ") else { return false };
    let mut counts = counts.split(", ").map(|count| count.split_once(' ').unwrap_or_default());
    counts.clone().any(|(_, what)| what == "passed")
        && counts.all(|(count, what)| count.parse::<u64>().is_ok() && !matches!(what, "failed" | "error" | "errors"))
}

/// `=== 1 succeeded in 00:00:13.918 ===`
fn is_platformio(text: &str) -> bool {
    let text = text.trim_matches(|c| matches!(c, '=' | ' '));
    text.split_once(" succeeded in ").is_some_and(|(count, time)| {
        count.bytes().all(|byte| byte.is_ascii_digit())
            && time.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.'))
    })
}

/// `12 passing (30ms)`
fn is_mocha(text: &str) -> bool {
    text.split_once(" passing (")
        .is_some_and(|(count, rest)| count.bytes().all(|byte| byte.is_ascii_digit()) && rest.ends_with(')'))
}

/// The short id of an image.
fn is_image(text: &str) -> bool {
    let id = text.rsplit(' ').next().unwrap_or_default();
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(log: &str) -> Option<Farewell> {
        let lines: Vec<(u64, &[u8])> =
            log.lines().enumerate().map(|(at, line)| (at as u64 + 1, line.as_bytes())).collect();
        farewell(&lines)
    }

    #[test]
    fn last_words_settle_what_their_tool_said() {
        let rust =
            of("error: could not compile\n    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.58s\n")
                .unwrap();
        assert_eq!(rust.line, 2);
        assert!(rust.settles("rustc/compile-error", "rustc") && rust.settles("fs/no-such-file", "fs"));
        assert!(!rust.settles("pytest/test-failed", "pytest") && !rust.settles("docker/step-failed", "docker"));
        let debian = of("dpkg-buildpackage: info: binary-only upload (no source included)\n").unwrap();
        assert!(debian.settles("pytest/test-failed", "pytest"));
        let go = of("ok  \texample.com/greet\t0.01s\n").unwrap();
        assert!(go.settles("go/test-failed", "go") && !go.settles("go/fail-line", "go"));
        let python = of("== 3 passed in 0.12s ==\n").unwrap();
        assert!(
            python.settles("pytest/test-failed", "pytest") && !python.settles("pytest/coverage-threshold", "pytest")
        );
    }

    #[test]
    fn shapes() {
        for text in [
            "○  (Static)  prerendered as static content",
            "✓ built in 1.23s",
            "webpack 5.90.0 compiled with 2 warnings in 812 ms",
            "added 57 packages, and audited 58 packages in 3s\n\nfound 0 vulnerabilities",
            "added 57 packages in 3s\n\n7 packages are looking for funding\n  run `npm fund` for details",
            "========== 3 passed, 1 skipped in 0.12s ==========",
            "5 passed, 1 xfailed, 2 warnings in 61.02s (0:01:01)",
            "Ran 3 tests in 0.001s\nOK (skipped=1)",
            "  12 passing (30ms)\n  1 pending",
            "Test Suites: 1 passed, 1 total\nTests:       5 passed, 5 total\nSnapshots:   0 total\nTime:        1 s\nRan all test suites.",
            "Successfully installed six-1.16.0",
            "[100%] Built target greet",
            "Success: no issues found in 1 source file",
            "Found 2 errors (2 fixed, 0 remaining).\nAll checks passed!",
            "===== [SUCCESS] Took 13.92 seconds =====\n\nEnvironment    Status    Duration\n-------------  --------  ------------\nesp32          SUCCESS   00:00:13.918\n===== 1 succeeded in 00:00:13.918 =====",
            "-- Generating done (0.1s)\n-- Build files have been written to: /src/build",
        ] {
            assert!(of(text).is_some(), "{text}");
        }
    }

    #[test]
    fn no_good_bye() {
        for text in [
            "webpack 5.90.0 compiled with 1 error in 812 ms",
            "========== 1 failed, 3 passed in 0.12s ==========",
            "3 passed, 1 error in 0.12s",
            "Test Suites: 1 passed, 1 total\nTests:       1 failed, 5 passed, 6 total",
            "Test Files  2 failed | 3 passed (5)\n     Tests  12 passed (12)\n  Start at  10:00:00",
            "Successfully built 0123456789ab",
            "OK",
            "  12 passing (30ms)\n  1 failing",
            "===== 1 failed, 2 succeeded in 00:00:13.918 =====",
            "  Cannot find source file:\n-- Build files have been written to: /src/build",
            "✓ built in 1.23s\nerror: the bundle is too large",
            "CMake Error at CMakeLists.txt:3 (add_executable):\n-- Build files have been written to: /src/build",
            "==================== 1 failed, 2 succeeded in 00:00:13.918 ====================",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
