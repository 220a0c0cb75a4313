//! What runners of several packages put before each line of a package's output: turbo, pnpm, lerna, nx, yarn, concurrently.
//!
//! Shapes: `@acme/web:build: text` (turbo), `packages/app build: text` and `packages/app build$ tsc` (pnpm -r), `@acme/web: text` (lerna,
//! nx with `--output-style=stream`), `[@acme/web]: text` (yarn workspaces foreach), `[0] text` and `[api server] text` (concurrently). Sources:
//! vercel/turborepo, `crates/turborepo-ui/src/prefixed.rs`; pnpm, `cli/default-reporter/src/reporterForClient/reportLifecycleScripts.ts`;
//! lerna, `run-lifecycle`; concurrently, `src/logger.ts`, and runs of it; transloadit/uppy pull request 5889; logs kept in repositories.
//!
//! They run inside a step of a builder as often as on their own, so they are not wrappers around a log: they are taken off every line
//! of output. Half of all messages start with a word and a colon, so nothing is taken before a runner has said its own words, and then
//! only what was seen several times.

use super::prefix::SEARCHED;
use crate::pieces::Pieces;

/// A runner that printed no prefixed line for so long is over.
const PATIENCE: u64 = 2_000;
/// A prefix is believed when it was seen so often.
const SEEN: u32 = 3;
/// So many prefixes are remembered.
const NAMES: usize = 500;
/// Words in brackets that name no command.
const LEVELS: [&[u8]; 9] =
    [b"[info]", b"[warn]", b"[warning]", b"[error]", b"[debug]", b"[trace]", b"[fatal]", b"[notice]", b"[verbose]"];
/// Longest prefix looked at.
const NAME_LENGTH: usize = 120;

/// With which words runners begin. All but the first are told by their first byte, see [`herald`].
const HERALDS: [(&[u8], Runner); 9] = [
    ("• Packages in scope: ".as_bytes(), Runner::Turbo),
    ("• Running ".as_bytes(), Runner::Turbo),
    (b"Scope: ", Runner::Pnpm),
    (b"lerna notice cli ", Runner::Package),
    (b"lerna info ", Runner::Package),
    (b"NX   Running target", Runner::Package),
    (b"> concurrently ", Runner::Numbered),
    (b"$ concurrently ", Runner::Numbered),
    (b"[@", Runner::Bracketed),
];
/// Words before a colon that name no package.
const NO_PACKAGES: [&[u8]; 12] =
    [b"error", b"warning", b"warn", b"note", b"info", b"hint", b"help", b"debug", b"fatal", b"npm", b"lerna", b"file"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    Turbo,
    Pnpm,
    Package,
    Bracketed,
    Numbered,
    Named,
}

/// Takes the prefixes off.
#[derive(Default)]
pub(super) struct Tasks {
    /// Runners that have said something, and the line on which each was heard of last.
    runners: Vec<(Runner, u64)>,
    names: Vec<(Vec<u8>, u32)>,
    /// What the command line of concurrently calls its commands.
    announced: Vec<Vec<u8>>,
    used: bool,
}

/// Does a runner begin with this line?
pub(super) fn herald(line: &[u8]) -> bool {
    heralded(line).is_some()
}

fn heralded(line: &[u8]) -> Option<Runner> {
    let text = line.trim_ascii_start();
    if !matches!(text.first(), Some(0xe2 | b'S' | b'l' | b'N' | b'>' | b'$' | b'[')) {
        return None;
    }
    let text =
        if text.starts_with(b">  NX") || text.starts_with(b"> NX") { text.tail(1).trim_ascii_start() } else { text };
    let (_, runner) = HERALDS.iter().find(|(words, _)| text.starts_with(words))?;
    let fits = match runner {
        Runner::Turbo => text.ends_with(b" packages") || text.ends_with(b" package") || text.starts_with(HERALDS[0].0),
        Runner::Pnpm => text.ends_with(b" workspace projects") || text.ends_with(b" workspace project"),
        Runner::Bracketed => prefix(Runner::Bracketed, text).is_some(),
        _ => true,
    };
    fits.then_some(*runner)
}

impl Tasks {
    /// The name in output.
    pub(super) const NAME: &'static str = "task-runner";

    /// Was a prefix taken off?
    pub(super) fn seen(&self) -> bool {
        self.used
    }

    /// Is no runner at work, so that a line without its words is left alone?
    pub(super) fn at_rest(&self, number: u64) -> bool {
        self.runners.iter().all(|(_, last)| number > last + PATIENCE)
    }

    /// What is inside a line of output, and a number for the package that it is from; 0 where none is known.
    pub(super) fn inside<'l>(&mut self, line: &'l [u8], number: u64) -> (&'l [u8], u32) {
        // Deep in a log only what tells itself by its first byte is looked for.
        let close = number <= SEARCHED || !self.at_rest(number);
        if let Some(runner) = heralded(line).or_else(|| if close { own_words(line) } else { None }) {
            self.heard(runner, number);
            if runner == Runner::Numbered {
                self.announced = announced(line);
                self.heard(Runner::Named, number);
            }
        }
        if self.at_rest(number) {
            return (line, 0);
        }
        let shaped = self.runners.iter_mut().find_map(|(runner, last)| {
            let found = if number > *last + PATIENCE { None } else { prefix(*runner, line) };
            found.inspect(|_| *last = number)
        });
        if let Some((name, text)) = shaped {
            let strand = self.believed(name, text);
            self.used |= strand.is_some();
            return strand.map_or((line, 0), |strand| (text, strand));
        }
        (line, 0)
    }

    fn heard(&mut self, runner: Runner, number: u64) {
        match self.runners.iter_mut().find(|(known, _)| *known == runner) {
            Some((_, last)) => *last = number,
            None => self.runners.push((runner, number)),
        }
    }

    /// The number of the package, where the prefix is believed.
    fn believed(&mut self, name: &[u8], text: &[u8]) -> Option<u32> {
        let bracketed = name.starts_with(b"[");
        let named = match name {
            [b'[', b'@', ..] => false,
            [b'[', inside @ .., _] => !inside.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        let known = self.announced.iter().any(|known| known == name);
        if named && !known && LEVELS.iter().any(|level| level.eq_ignore_ascii_case(name)) {
            return None;
        }
        // Words that only the runner itself says of a package.
        let own = is_own(text) || known || (bracketed && !named) || name.contains(&b'@');
        let at = match self.names.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None if self.names.len() < NAMES => {
                self.names.push((name.to_owned(), 0));
                self.names.len() - 1
            }
            None => return None,
        };
        let (_, seen) = self.names.get_mut(at)?;
        *seen = if own { SEEN } else { seen.saturating_add(1) };
        (*seen >= SEEN).then_some(at as u32 + 1)
    }
}

/// The names that `concurrently -n web,api "npm:lint" …` gives its commands, in their brackets.
fn announced(line: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(line);
    let mut names: Vec<&str> = Vec::new();
    let option = [" -n ", " --names ", " --names="].iter().find_map(|option| text.split_once(option));
    if let Some((_, rest)) = option {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => rest.tail(1).split(quote).next(),
            None => rest.split(' ').next(),
        };
        names.extend(value.unwrap_or_default().split(',').map(str::trim));
    }
    for word in text.split([' ', '"', '\'']) {
        let script = ["npm:", "yarn:", "pnpm:", "bun:"].iter().find_map(|runner| word.strip_prefix(runner));
        names.extend(script.filter(|script| !script.contains('*')));
    }
    names.into_iter().filter(|name| !name.is_empty()).map(|name| format!("[{name}]").into_bytes()).take(NAMES).collect()
}

/// A line whose words name the runner, where the lines before it were lost: `web:build: cache miss, executing 5c0414e13537d0f4`.
fn own_words(line: &[u8]) -> Option<Runner> {
    [Runner::Turbo, Runner::Pnpm]
        .into_iter()
        .find(|runner| prefix(*runner, line).is_some_and(|(name, text)| is_own(text) || name.ends_with(b"$")))
}

fn is_own(text: &[u8]) -> bool {
    [&b"cache miss, executing "[..], b"cache hit, ", b"cache hit (", b"cache bypass, force executing "]
        .iter()
        .any(|words| text.starts_with(words))
}

/// The prefix and what stands behind it, where the line has the runner's shape.
fn prefix(runner: Runner, line: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = line.head(NAME_LENGTH);
    let (name, rest) = match runner {
        Runner::Turbo => {
            let end = ends_with_colon(head)?;
            let (package, task) = line.head(end).split_at(memchr::memchr(b':', line.head(end))?);
            // `main.go:3:4: x` and `std::string: x` are none.
            let fits =
                is_package(package) && task.tail(1).first()?.is_ascii_alphabetic() && task.tail(1).iter().all(is_task);
            (fits.then(|| line.head(end))?, line.tail(end + 1))
        }
        Runner::Pnpm => {
            let blank = memchr::memchr(b' ', head)?;
            let end = blank + head.tail(blank).iter().position(|b| matches!(b, b':' | b'$'))?;
            let script = head.get(blank + 1..end)?;
            let colon = head.tail(end).iter().take_while(|b| **b == b':' || is_task(b)).count();
            // A script may be called `build:css`.
            let end = if head.get(end) == Some(&b':') && colon > 1 { end + colon - 1 } else { end };
            let behind = matches!(line.get(end), Some(b':' | b'$')) && matches!(line.get(end + 1), None | Some(b' '));
            let fits = behind && is_path(head.head(blank)) && !script.is_empty() && script.iter().all(is_task);
            if !fits {
                return None;
            }
            if line.get(end) == Some(&b'$') {
                // The command itself: it says that this is a prefix, and stays whole.
                return Some((line.head(end + 1), line)).filter(|_| line.len() > end + 2);
            }
            (line.head(end), line.tail(end + 1))
        }
        Runner::Package => {
            let end = ends_with_colon(head)?;
            let name = line.head(end);
            let lower = name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"@/-_.".contains(b));
            let fits = lower && is_package(name) && !NO_PACKAGES.contains(&name) && !name.contains(&b':');
            (fits.then_some(name)?, line.tail(end + 1))
        }
        Runner::Bracketed => {
            let end = head.strip_prefix(b"[@")?.iter().position(|b| *b == b']')? + 2;
            let fits =
                is_package(line.part(1..end)) && line.part(1..end).contains(&b'/') && line.get(end + 1) == Some(&b':');
            (fits.then(|| line.head(end + 1))?, line.tail(end + 2))
        }
        Runner::Numbered => {
            let digits = head.strip_prefix(b"[")?.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
            let fits = digits > 0 && line.get(digits + 1) == Some(&b']');
            (fits.then(|| line.head(digits + 2))?, line.tail(digits + 2))
        }
        Runner::Named => {
            let end = head.strip_prefix(b"[")?.iter().position(|b| *b == b']')? + 2;
            ((end > 2).then(|| line.head(end))?, line.tail(end))
        }
    };
    match rest {
        [] => Some((name, rest)),
        [b' ', text @ ..] => Some((name, text)),
        _ => None,
    }
}

/// The place of the colon with which the first word ends.
fn ends_with_colon(head: &[u8]) -> Option<usize> {
    let end = head.iter().position(|b| *b == b' ').unwrap_or(head.len());
    matches!(head.head(end), [_, .., b':']).then(|| end - 1)
}

/// `web`, `@acme/web`, `//` (turbo's root).
fn is_package(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"@/-_.".contains(b))
}

fn is_task(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_:.#".contains(byte)
}

/// `packages/app`, `apps/api`, `.`.
fn is_path(name: &[u8]) -> bool {
    is_package(name) && !name.starts_with(b"@") && (name.contains(&b'/') || name == b".")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};

    #[test]
    fn turbo() {
        let log = "• Packages in scope: @acme/db, web\n• Running build in 2 packages\nweb:build: cache miss, executing 5c0414e13537d0f4\n\
            @acme/db:build:css: > tsc\nweb:build: src/a.ts(3,4): error TS2304: x\nweb:build:\nerror: x\nmain.go:3:4: undefined: y\n";
        assert_eq!(
            texts(log)[2..],
            [
                "cache miss, executing 5c0414e13537d0f4",
                "> tsc",
                "src/a.ts(3,4): error TS2304: x",
                "",
                "error: x",
                "main.go:3:4: undefined: y"
            ]
        );
        assert_eq!(read(log.as_bytes()).1.dialects(), ["task-runner", "plain"]);
    }

    #[test]
    fn inside_a_step_of_a_builder() {
        let log = "#9 [build 4/5] RUN pnpm -r build\n#9 1.0 Scope: 2 of 3 workspace projects\n#9 1.1 packages/api build$ tsc -b\n\
            #9 1.2 packages/api build: one\n#9 1.2 packages/api build: two\n#9 1.3 packages/api build: src/a.ts(1,2): error TS2304: x\n\
            #9 1.4 packages/api build: Failed\n#9 1.5 packages/api unrelated words: x\n";
        assert_eq!(
            texts(log)[2..],
            [
                "packages/api build$ tsc -b",
                "packages/api build: one",
                "packages/api build: two",
                "src/a.ts(1,2): error TS2304: x",
                "Failed",
                "packages/api unrelated words: x"
            ]
        );
    }

    #[test]
    fn others() {
        let log = "lerna notice cli v8.1.2\nlerna info Executing command in 2 packages\n@acme/web: src/a.ts: x\nweb: 1\nweb: 2\nweb: 3\nerror: a\nerror: b\nerror: c\nerror: d\n";
        assert_eq!(
            texts(log)[2..],
            ["src/a.ts: x", "web: 1", "web: 2", "3", "error: a", "error: b", "error: c", "error: d"]
        );
        let log = "> concurrently \"a\" \"b\"\n\n[0] a\n[0] b\n[0] c\n[1] x\n[12/345] Building\n";
        assert_eq!(texts(log)[2..], ["a", "b", "c", "x", "[12/345] Building"]);
        let log = "> concurrently -n \"web,api server\" \"npm run a\" npm:lint\n[web] a\n[api server] b\n[lint] c\n[INFO] d\n[INFO] d\n[INFO] d\n\
            [cut] e\n[cut] f\n[cut] g\n[web]\n";
        assert_eq!(texts(log)[1..], ["a", "b", "c", "[INFO] d", "[INFO] d", "[INFO] d", "[cut] e", "[cut] f", "g", ""]);
        let log = "[@acme/web]: Process started\n[@acme/web]: src/a.ts(1,2): error\n";
        assert_eq!(texts(log), ["Process started", "src/a.ts(1,2): error"]);
    }

    #[test]
    fn nothing_without_a_runner() {
        let log = "error: a\nerror: b\nerror: c\nerror: d\nweb:build: a\nweb:build: b\nweb:build: c\nweb:build: d\n[0] x\n[0] y\n[0] z\n\
            key: 1\nkey: 2\nkey: 3\nkey: 4\nsrc/a.c f: 1\nScope: global\nlerna: a\n";
        assert_eq!(texts(log), log.lines().collect::<Vec<_>>());
    }

    #[test]
    fn a_runner_is_over_at_some_time() {
        let log =
            format!("• Running build in 2 packages\nweb:build: cache hit, x\n{}web:build: y\n", "text\n".repeat(2_100));
        assert_eq!(texts(&log).last().map(String::as_str), Some("web:build: y"));
    }
}
