//! What several tests need: the program with a clean environment, and the library in one call.
#![allow(dead_code, reason = "each test uses its own part")]

pub mod archives;
pub mod folds;
pub mod logs;
pub mod memory;
pub mod runner;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};

use whyfail::input::record::RecordFile;
use whyfail::{Diagnoser, Diagnosis, Matcher, SignatureDb};

static MATCHER: LazyLock<Arc<Matcher>> = LazyLock::new(|| Arc::new(Matcher::new(SignatureDb::built_in())));

/// The built-in signatures, made ready.
pub fn matcher() -> &'static Matcher {
    &MATCHER
}

/// A diagnoser with the built-in signatures.
pub fn diagnoser() -> Diagnoser {
    Diagnoser::new(Arc::clone(&MATCHER))
}

/// The diagnosis of a whole log.
pub fn diagnose(log: &[u8]) -> Diagnosis {
    let mut diagnoser = diagnoser();
    diagnoser.feed(log);
    diagnoser.finish()
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All logs of the corpus; none in the published package, which comes without it.
pub fn corpus() -> Vec<PathBuf> {
    recorded("log")
}

/// All build records of the corpus.
pub fn corpus_records() -> Vec<PathBuf> {
    recorded("dockerbuild")
}

/// The diagnoses of a file of build records.
pub fn diagnose_records(path: &Path) -> Vec<Diagnosis> {
    let file = RecordFile::open(path).expect("it is sound").expect("it is a build record");
    whyfail::cli::records::diagnose(&file, &path.display().to_string(), &MATCHER).expect("it is sound")
}

fn recorded(kind: &str) -> Vec<PathBuf> {
    let mut logs = Vec::new();
    let mut folders = vec![repository("corpus")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                // A project may hold a file with such a name of its own.
                if !path.ends_with("project") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == kind) {
                logs.push(path);
            }
        }
    }
    logs.sort();
    logs
}

/// A folder of its own for one test, which is home, configuration and working directory at once, so that nothing of
/// the machine's user takes part.
pub struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Sandbox(tempfile::tempdir().expect("a temporary folder"));
        // No `.whyfail` of a folder above takes part either.
        std::fs::create_dir(sandbox.path().join(".git")).expect("a mark of a repository");
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with its folders, and says where it is.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, content).expect("a file");
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// `whyfail` in this folder.
    pub fn whyfail(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whyfail"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path());
        command.env("XDG_CONFIG_HOME", self.path().join("config")).env("APPDATA", self.path().join("config"));
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `whyfail` to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.whyfail(arguments).output().expect("whyfail starts"))
    }

    /// Pipes `log` into `whyfail`.
    pub fn pipe(&self, log: impl AsRef<[u8]>, arguments: &[&str]) -> Ended {
        feed(self.whyfail(arguments), log.as_ref())
    }
}

/// Runs a command with `input` on its standard input.
pub fn feed(mut command: Command, input: &[u8]) -> Ended {
    use std::io::Write;
    let mut child = command.stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // The other side may end early: then the rest is of no use.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().expect("whyfail ends");
    writer.join().expect("the writer ends");
    Ended::from(output)
}

/// How `whyfail` ended and what it printed.
pub struct Ended {
    /// The exit status; -1 when a signal ended it.
    pub code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    pub out: String,
    pub err: String,
    /// Standard output, byte for byte.
    pub bytes: Vec<u8>,
    /// Standard error, byte for byte.
    pub err_bytes: Vec<u8>,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit status {}, signal {:?}\n--- standard output\n{}\n--- standard error\n{}\n---",
            self.code, self.signal, self.out, self.err
        )
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Ended {
            code: output.status.code().unwrap_or(-1),
            signal: signal_of(output.status),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
            err_bytes: output.stderr,
        }
    }
}

#[cfg(unix)]
fn signal_of(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_status: std::process::ExitStatus) -> Option<i32> {
    None
}

impl Ended {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }
}

/// The program ended with this status, said this on standard error and did not panic.
pub fn assert_ends(ended: &Ended, code: i32, message: &str) {
    assert_eq!(ended.code, code, "{ended:#?}");
    assert!(ended.err.contains(message), "no {message:?} in {ended:#?}");
    assert!(!ended.err.contains("panicked"), "{ended:#?}");
}

/// A failing log with a known cause.
pub const FAILED: &str = "\
#7 [2/2] RUN make
#7 0.3 /bin/sh: 1: make: not found
#7 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 127
ERROR: failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 127
";

/// A good log.
pub const GOOD: &str = "Step 1/1 : FROM busybox\n ---> 2d1f3f5b7a90\nSuccessfully built 2d1f3f5b7a90\n";

/// A field of a scenario that is one value or a list of which any is right.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(untagged)]
pub enum OneOf {
    One(String),
    Any(Vec<String>),
}

impl OneOf {
    /// Does one of the values fit?
    pub fn any(&self, fits: impl Fn(&str) -> bool) -> bool {
        match self {
            OneOf::One(value) => fits(value),
            OneOf::Any(values) => values.iter().any(|value| fits(value)),
        }
    }
}
