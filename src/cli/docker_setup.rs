//! `whyfail setup docker`: links the plugin and registers it for Docker's hooks.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::Serialize;
use serde_json::{Map, Value, json};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use super::args::SetupDockerArgs;
use super::docker_plugin::{FILE, NAME};
use crate::input::buildx::{DockerConfig, GlobalOptions};

/// After which failed commands docker asks. Docker 29.3 and newer know this key, and older ones ignore it.
const ERROR_HOOKS: &str = "build,buildx build,buildx bake,builder build,image build,compose build";
/// Notes in the plugin's own settings what `features.hooks` was before, for `--remove`.
const FEATURE_BEFORE: &str = "features-hooks-before";
/// That it was not there.
const ABSENT: &str = "absent";

pub fn execute(args: &SetupDockerArgs, docker: &GlobalOptions) -> anyhow::Result<u8> {
    let config = DockerConfig::load(docker);
    let file = config.folder().join("config.json");
    let before = read(&file)?;
    let mut after = before.clone().unwrap_or_else(|| Value::Object(Map::new()));
    let changes = if args.remove { take_out(&mut after) } else { put_in(&mut after) }
        .with_context(|| format!("{}: can't be changed", file.display()))?;
    let link = config.folder().join("cli-plugins").join(format!("{FILE}{}", std::env::consts::EXE_SUFFIX));
    let link_change = if args.remove { unlink_plan(&link)? } else { link_plan(&link)? };

    let mut out = io::stdout().lock();
    let verb = if args.dry_run { "would change" } else { "changed" };
    if link_change.is_none() && changes.is_empty() {
        writeln!(out, "Nothing to do: {}.", if args.remove { "whyfail is not set up" } else { "all is set up" })?;
        return Ok(0);
    }
    if let Some(change) = &link_change {
        writeln!(out, "{}: {}", link.display(), change.describe(args.dry_run))?;
    }
    if !changes.is_empty() {
        writeln!(out, "{} {verb}:", file.display())?;
        for change in &changes {
            writeln!(out, "  {change}")?;
        }
    }
    if args.dry_run {
        return Ok(0);
    }
    if let Some(change) = link_change {
        change.carry_out(&link)?;
    }
    if !changes.is_empty() {
        write(&file, &after)?;
    }
    if !args.remove {
        writeln!(
            out,
            "\ndocker whyfail build .   builds, and says why it failed\n\
             docker whyfail last      says why the last build failed\n\
             With docker 29.3 or newer, a failed docker build at a terminal says so by itself.\n\
             whyfail setup docker --remove takes it out again."
        )?;
    }
    Ok(0)
}

/// The client's configuration; `None` where there is none yet.
fn read(file: &Path) -> anyhow::Result<Option<Value>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{}: can't be read", file.display())),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        anyhow::anyhow!(
            "{}:{}:{}: is not JSON: {error}; nothing was changed",
            file.display(),
            error.line(),
            error.column()
        )
    })?;
    ensure!(value.is_object(), "{}: is not a JSON object; nothing was changed", file.display());
    Ok(Some(value))
}

/// The object under a key, made where it is missing.
fn object<'v>(value: &'v mut Value, key: &str) -> anyhow::Result<&'v mut Map<String, Value>> {
    let Some(map) = value.as_object_mut() else { bail!("not an object") };
    let Some(inner) = map.entry(key).or_insert_with(|| json!({})).as_object_mut() else {
        bail!("'{key}' is not an object")
    };
    Ok(inner)
}

/// Enters the plugin; says what changed.
fn put_in(config: &mut Value) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    let features = object(config, "features")?;
    let was = features.get("hooks").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let feature_changes = was.as_deref() != Some("true");
    if feature_changes {
        features.insert("hooks".to_owned(), json!("true"));
        let was = was.as_ref().map(|was| format!(" (was {was:?})")).unwrap_or_default();
        changes.push(format!("+ features.hooks = \"true\"{was}"));
    }
    let plugins = object(config, "plugins")?;
    let entry = plugins.entry(NAME).or_insert_with(|| json!({}));
    let Some(entry) = entry.as_object_mut() else { bail!("'plugins.{NAME}' is not an object") };
    if entry.get("error-hooks").and_then(Value::as_str) != Some(ERROR_HOOKS) {
        entry.insert("error-hooks".to_owned(), json!(ERROR_HOOKS));
        changes.push(format!("+ plugins.{NAME}.error-hooks = \"{ERROR_HOOKS}\""));
    }
    if feature_changes && !entry.contains_key(FEATURE_BEFORE) {
        entry.insert(FEATURE_BEFORE.to_owned(), json!(was.as_deref().unwrap_or(ABSENT)));
        changes.push(format!("+ plugins.{NAME}.{FEATURE_BEFORE} (so that --remove can put it back)"));
    }
    Ok(changes)
}

/// Takes the plugin out; says what changed.
fn take_out(config: &mut Value) -> anyhow::Result<Vec<String>> {
    let mut changes = Vec::new();
    let Some(map) = config.as_object_mut() else { return Ok(changes) };
    let Some(plugins) = map.get_mut("plugins").and_then(Value::as_object_mut) else { return Ok(changes) };
    // `shift_remove` keeps the order of the rest.
    let Some(entry) = plugins.shift_remove(NAME) else { return Ok(changes) };
    changes.push(format!("- plugins.{NAME}"));
    if plugins.is_empty() {
        map.shift_remove("plugins");
    }
    let before = entry.get(FEATURE_BEFORE).and_then(Value::as_str);
    if let (Some(before), Some(features)) = (before, map.get_mut("features").and_then(Value::as_object_mut)) {
        if before == ABSENT {
            features.shift_remove("hooks");
            changes.push("- features.hooks".to_owned());
        } else {
            features.insert("hooks".to_owned(), json!(before));
            changes.push(format!("+ features.hooks = \"{before}\" (as it was)"));
        }
        if features.is_empty() {
            map.shift_remove("features");
        }
    }
    Ok(changes)
}

/// Writes the configuration as docker does (tabs), whole or not at all, through links, with the file's own rights.
fn write(file: &Path, config: &Value) -> anyhow::Result<()> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = target.parent().context("has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("{}: can't be made", folder.display()))?;
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    config.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))?;
    text.push(b'\n');
    let failed = || format!("{}: can't be written", target.display());
    let mut new = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    new.write_all(&text).with_context(failed)?;
    if let Ok(meta) = fs::metadata(&target) {
        fs::set_permissions(new.path(), meta.permissions()).with_context(failed)?;
    }
    new.as_file().sync_all().with_context(failed)?;
    new.persist(&target).with_context(failed)?;
    Ok(())
}

/// What happens to the plugin's file.
enum LinkChange {
    Link(PathBuf),
    Replace(PathBuf),
    Remove,
}

impl LinkChange {
    fn describe(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        match self {
            LinkChange::Link(target) => format!("{would}{} {}", system::PLACED, target.display()),
            LinkChange::Replace(target) => {
                format!("{would}{} {} ({})", system::PLACED, target.display(), system::REPLACED)
            }
            LinkChange::Remove => format!("{would}removed"),
        }
    }

    fn carry_out(&self, link: &Path) -> anyhow::Result<()> {
        let failed = || format!("{}: can't be changed", link.display());
        match self {
            LinkChange::Remove => fs::remove_file(link).with_context(failed),
            LinkChange::Link(target) | LinkChange::Replace(target) => {
                if let Some(folder) = link.parent() {
                    fs::create_dir_all(folder).with_context(|| format!("{}: can't be made", folder.display()))?;
                }
                if matches!(self, LinkChange::Replace(_)) {
                    fs::remove_file(link).with_context(failed)?;
                }
                system::place(target, link).with_context(failed)
            }
        }
    }
}

fn link_plan(link: &Path) -> anyhow::Result<Option<LinkChange>> {
    let program = system::program().context("this program's own file is not known")?;
    match fs::symlink_metadata(link) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Some(LinkChange::Link(program))),
        Err(error) => Err(error).with_context(|| format!("{}: can't be read", link.display())),
        Ok(_) if system::leads_to(link, &program) => Ok(None),
        Ok(meta) if system::is_ours(&meta) => Ok(Some(LinkChange::Replace(program))),
        Ok(_) => bail!("{}: is there already and is no link; move it away first", link.display()),
    }
}

fn unlink_plan(link: &Path) -> anyhow::Result<Option<LinkChange>> {
    match fs::symlink_metadata(link) {
        Err(_) => Ok(None),
        Ok(meta) if system::is_ours(&meta) => Ok(Some(LinkChange::Remove)),
        // Packaged, or put there by hand: not ours to delete.
        Ok(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_setup_puts_in_remove_takes_out() {
        let original = json!({"auths": {"r.example.org": {}}, "plugins": {"debug": {"hooks": "exec"}}, "z": 1});
        let mut config = original.clone();
        assert_eq!(put_in(&mut config).unwrap().len(), 3);
        assert_eq!(config["plugins"]["whyfail"]["error-hooks"], ERROR_HOOKS);
        let once = config.clone();
        assert!(put_in(&mut config).unwrap().is_empty(), "a second time changes nothing");
        assert_eq!(config, once);
        take_out(&mut config).unwrap();
        assert_eq!(config, original);
        assert_eq!(config.as_object().unwrap().keys().collect::<Vec<_>>(), ["auths", "plugins", "z"]);
        assert!(take_out(&mut config).unwrap().is_empty());
    }

    #[test]
    fn a_choice_of_the_readers_comes_back() {
        let original = json!({"features": {"hooks": "false", "buildkit": "true"}});
        let mut config = original.clone();
        put_in(&mut config).unwrap();
        assert_eq!(config["features"]["hooks"], "true");
        take_out(&mut config).unwrap();
        assert_eq!(config, original);
        let mut set = json!({"features": {"hooks": "true"}});
        put_in(&mut set).unwrap();
        take_out(&mut set).unwrap();
        assert_eq!(set, json!({"features": {"hooks": "true"}}));
    }

    #[test]
    fn odd_settings_are_left_alone() {
        assert!(put_in(&mut json!({"plugins": []})).is_err());
        assert!(put_in(&mut json!({"features": "x"})).is_err());
        assert!(take_out(&mut json!({"plugins": []})).unwrap().is_empty());
    }
}
