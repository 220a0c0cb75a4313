//! Docker's client configuration: where it is, and what of it concerns builds.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::pieces::Pieces;

/// Options of the `docker` command itself, as they stand before a plugin's name: `docker --context prod whyfail last`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GlobalOptions(pub Vec<OsString>);

/// Global options of docker that take a value as the next word. Source: docker/cli, cli/flags/options.go and cli/cobra.go.
const WITH_VALUE: &[&str] =
    &["--config", "-c", "--context", "-H", "--host", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey"];

impl GlobalOptions {
    /// Splits the words of a plugin call into docker's own options and the rest, which starts at the first other word.
    pub fn split(words: &[OsString]) -> (GlobalOptions, &[OsString]) {
        let mut at = 0;
        while let Some(word) = words.get(at).and_then(|word| word.to_str()).filter(|word| word.starts_with('-')) {
            at += if WITH_VALUE.contains(&word) { 2 } else { 1 };
        }
        let at = at.min(words.len());
        (GlobalOptions(words.head(at).to_vec()), words.tail(at))
    }

    /// The value of an option, by its long name.
    pub fn value(&self, name: &str) -> Option<OsString> {
        let mut words = self.0.iter();
        let mut found = None;
        while let Some(word) = words.next() {
            let text = word.to_str().unwrap_or_default();
            if text == name {
                found = words.next().cloned();
            } else if let Some(value) = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                found = Some(value.into());
            } else if WITH_VALUE.contains(&text) {
                words.next();
            }
        }
        found
    }
}

/// The client's configuration folder and the settings that whyfail looks at.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    folder: PathBuf,
    settings: Value,
}

impl DockerConfig {
    /// The configuration that `docker` with these options would use. One that can't be read counts as empty: docker itself says
    /// what is wrong with it.
    pub fn load(options: &GlobalOptions) -> DockerConfig {
        let folder = folder(options);
        let settings = std::fs::read(folder.join("config.json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        DockerConfig { folder, settings }
    }

    /// The folder, mostly `~/.docker`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where docker looks for plugins, in its order. Source: docker/cli, `getPluginDirs` in cli-plugins/manager.
    pub fn plugin_folders(&self) -> Vec<PathBuf> {
        let extra = self.settings.get("cliPluginsExtraDirs").and_then(Value::as_array);
        let mut folders: Vec<PathBuf> =
            extra.into_iter().flatten().filter_map(Value::as_str).map(PathBuf::from).collect();
        folders.push(self.folder.join("cli-plugins"));
        if cfg!(windows) {
            let program = |name: &str| env::var_os(name).map(PathBuf::from);
            folders.extend(program("ProgramData").map(|base| base.join("Docker").join("cli-plugins")));
            folders.extend(program("ProgramFiles").map(|base| base.join("Docker").join("cli-plugins")));
        } else {
            for base in ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"] {
                folders.push(PathBuf::from(base).join("docker/cli-plugins"));
            }
        }
        folders
    }

    /// A plugin's file, as `docker` would find it.
    pub fn plugin(&self, name: &str) -> Option<PathBuf> {
        let file = format!("docker-{name}{}", env::consts::EXE_SUFFIX);
        self.plugin_folders().into_iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
    }

    /// buildx's own folder: `BUILDX_CONFIG`, or `buildx` in the configuration folder.
    pub fn buildx_folder(&self) -> PathBuf {
        env::var_os("BUILDX_CONFIG")
            .filter(|value| !value.is_empty())
            .map_or_else(|| self.folder.join("buildx"), PathBuf::from)
    }

    /// Credential helpers that the configuration names and PATH does not have: every build that needs them fails before it starts.
    pub fn missing_credential_helpers(&self) -> Vec<String> {
        let store = self.settings.get("credsStore").and_then(Value::as_str);
        let helpers = self.settings.get("credHelpers").and_then(Value::as_object);
        let named = store.into_iter().chain(helpers.into_iter().flat_map(|map| map.values()).filter_map(Value::as_str));
        let mut missing: Vec<String> = named
            .filter(|name| !name.is_empty())
            .map(|name| format!("docker-credential-{name}"))
            .filter(|name| program_on_path(OsStr::new(name)).is_none())
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

fn folder(options: &GlobalOptions) -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = options.value("--config").or_else(|| set("DOCKER_CONFIG")) {
        return PathBuf::from(folder);
    }
    let home = set(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from).unwrap_or_default();
    home.join(".docker")
}

/// The file of a program on PATH.
pub(super) fn program_on_path(name: &OsStr) -> Option<PathBuf> {
    let file = format!("{}{}", name.to_string_lossy(), env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn options_before_the_plugins_name_are_dockers() {
        let all = words("--context prod -D --host=tcp://127.0.0.1:1 whyfail build -f x .");
        let (options, rest) = GlobalOptions::split(&all);
        assert_eq!(rest, &words("whyfail build -f x .")[..]);
        assert_eq!(options.value("--context"), Some("prod".into()));
        assert_eq!(options.value("--host"), Some("tcp://127.0.0.1:1".into()));
        assert_eq!(options.value("--config"), None);
        assert_eq!(GlobalOptions::split(&words("--context")).1, &[] as &[OsString]);
    }
}
