//! Finds buildx and calls it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::docker_config::{DockerConfig, GlobalOptions, program_on_path};
use crate::input::CHUNK;
use crate::pieces::Pieces;

/// How much of buildx's last words is kept for a complaint.
const LAST_WORDS: usize = 8 * 1024;

/// Why BuildKit's history can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Neither docker's plugin nor a buildx of its own.
    #[error("buildx is missing: there is neither docker's plugin (docker-buildx) nor a buildx on PATH")]
    BuildxMissing,
    /// This buildx has no `history`.
    #[error("this buildx is too old: it has no `history ls --format json` (buildx 0.20 and newer have). It says: {0}")]
    BuildxTooOld(String),
    /// The builder answers, but keeps no history.
    #[error("this builder keeps no history: its BuildKit is too old (0.12 and docker 24 keep one). It says: {0}")]
    BuildkitTooOld(String),
    /// No answer from the daemon.
    #[error("the builder can't be reached: {0}")]
    Unreachable(String),
    /// No builder of that name.
    #[error("{0}")]
    NoSuchBuilder(String),
    /// No such build in the history.
    #[error("{0}")]
    NoSuchRecord(String),
    /// buildx said something else.
    #[error("buildx failed: {0}")]
    Other(String),
}

/// A way to call buildx.
#[derive(Debug, Clone)]
pub struct Buildx {
    program: PathBuf,
    /// Words before buildx's own.
    leading: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

/// Options of docker that buildx alone understands through the environment.
const AS_ENVIRONMENT: &[(&str, &str, &str)] = &[
    ("--config", "--config", "DOCKER_CONFIG"),
    ("--context", "-c", "DOCKER_CONTEXT"),
    ("--host", "-H", "DOCKER_HOST"),
];

impl Buildx {
    /// Looks where docker looks for its plugin, then for `buildx` on PATH, then lets `docker` look.
    ///
    /// The plugin's file is called directly where it can be: that saves the start of `docker`.
    ///
    /// # Errors
    /// [`Trouble::BuildxMissing`].
    pub fn find(config: &DockerConfig, options: &GlobalOptions) -> Result<Buildx, Trouble> {
        let mut environment = Vec::new();
        for (long, short, variable) in AS_ENVIRONMENT {
            if let Some(value) = options.value(long).or_else(|| options.value(short)) {
                environment.push((*variable, value));
            }
        }
        let told = |name: &str| options.0.iter().any(|word| word.to_string_lossy().starts_with(name));
        let docker = || program_on_path(OsStr::new("docker"));
        if told("--tls") {
            // Only docker itself understands these.
            let program = docker().ok_or(Trouble::BuildxMissing)?;
            let leading = options.0.iter().cloned().chain(["buildx".into()]).collect();
            return Ok(Buildx { program, leading, environment: Vec::new() });
        }
        if let Some(program) = config.plugin("buildx").or_else(|| program_on_path(OsStr::new("buildx"))) {
            return Ok(Buildx { program, leading: Vec::new(), environment });
        }
        let program = docker().ok_or(Trouble::BuildxMissing)?;
        Ok(Buildx { program, leading: vec!["buildx".into()], environment })
    }

    fn command(&self, builder: Option<&str>, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.leading);
        if let Some(builder) = builder {
            command.arg("--builder").arg(builder);
        }
        command.args(words).envs(self.environment.iter().map(|(name, value)| (*name, value)));
        // With it buildx would take itself for a plugin that docker called.
        command.env_remove("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND").env("NO_COLOR", "1");
        command.stdin(Stdio::null());
        command
    }

    fn not_started(&self, error: &io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::NotFound => Trouble::BuildxMissing,
            _ => Trouble::Other(format!("{}: {error}", self.program.display())),
        }
    }

    /// Calls buildx with a builder (its current one for `None`) and gives what it printed on standard output.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) fn call(&self, builder: Option<&str>, words: &[&str]) -> Result<Vec<u8>, Trouble> {
        let done = self.command(builder, words).output().map_err(|error| self.not_started(&error))?;
        if done.status.success() {
            return Ok(done.stdout);
        }
        Err(trouble(&String::from_utf8_lossy(&done.stderr)))
    }

    /// Calls buildx and hands on what it prints on standard error, piece by piece.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) fn stream(&self, builder: &str, words: &[&str], mut take: impl FnMut(&[u8])) -> Result<(), Trouble> {
        let mut command = self.command(Some(builder), words);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(|error| self.not_started(&error))?;
        // What is said last says what went wrong.
        let mut last = Vec::new();
        if let Some(mut stream) = child.stderr.take() {
            let mut buffer = vec![0u8; CHUNK];
            loop {
                match stream.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => {
                        take(buffer.head(count));
                        last.extend_from_slice(buffer.head(count));
                        let surplus = last.len().saturating_sub(LAST_WORDS);
                        last.drain(..surplus);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(Trouble::Other(error.to_string())),
                }
            }
        }
        let status = child.wait().map_err(|error| Trouble::Other(error.to_string()))?;
        if status.success() { Ok(()) } else { Err(trouble(&String::from_utf8_lossy(&last))) }
    }
}

/// What buildx complains about. Its words: docker/buildx, commands/history and builder; docker/cli, the plugin manager; gRPC.
fn trouble(complaint: &str) -> Trouble {
    let said = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    let line = complaint
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("ERROR:"))
        .or_else(|| complaint.lines().map(str::trim).find(|line| !line.is_empty()))
        .unwrap_or("nothing");
    let line = line.trim_start_matches("ERROR:").trim().to_owned();
    match () {
        // docker's own help, not buildx's: it does not know the word.
        () if said(&["is not a docker command", "Run 'docker --help' for more", "See 'docker --help'"]) => {
            Trouble::BuildxMissing
        }
        () if said(&["unknown command", "unknown flag", "unknown shorthand flag", "requires exactly 0 arguments"]) => {
            Trouble::BuildxTooOld(line)
        }
        () if said(&["Unimplemented", "unknown service moby.buildkit"]) => Trouble::BuildkitTooOld(line),
        () if said(&["no builder"]) => Trouble::NoSuchBuilder(line),
        () if said(&["no record found for ref", "no records found", "no completed build found"]) => {
            Trouble::NoSuchRecord(line)
        }
        () if said(&[
            "failed to connect to the docker API",
            "Cannot connect to the Docker daemon",
            "failed to dial",
            "connection refused",
            "connection error",
            "i/o timeout",
            "deadline exceeded",
            "failed to find driver",
            "no such host",
        ]) =>
        {
            Trouble::Unreachable(line)
        }
        () => Trouble::Other(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_told_apart() {
        let old = "docker: 'buildx' is not a docker command.\nSee 'docker --help'\n";
        assert!(matches!(trouble(old), Trouble::BuildxMissing));
        let unknown = "unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n";
        assert!(matches!(trouble(unknown), Trouble::BuildxMissing));
        let history =
            "unknown flag: --format\nSee 'docker buildx --help'.\n\nUsage:  docker buildx [OPTIONS] COMMAND\n";
        assert!(matches!(trouble(history), Trouble::BuildxTooOld(_)));
        let daemon = "ERROR: rpc error: code = Unimplemented desc = unknown method ListenBuildHistory for service moby.buildkit.v1.Control\n";
        assert!(matches!(trouble(daemon), Trouble::BuildkitTooOld(_)));
        let down = "ERROR: failed to connect to the docker API at unix:///nonexist.sock; check if the path is correct and if the daemon is running: dial unix /nonexist.sock: connect: no such file or directory\n";
        assert!(matches!(trouble(down), Trouble::Unreachable(_)));
        assert!(matches!(trouble("ERROR: no builder \"x\" found\n"), Trouble::NoSuchBuilder(_)));
        assert!(matches!(trouble(""), Trouble::Other(_)));
    }
}
