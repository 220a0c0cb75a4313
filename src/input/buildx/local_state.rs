//! What buildx noted on this machine when a build was started: one small JSON file a build,
//! `refs/<builder>/<node>/<ref>` in its folder. Source: docker/buildx, localstate/localstate.go.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::RecordRef;
use crate::input::ProjectLocation;

/// More than this is not looked at: buildx never tidies the folder up.
const MOST: usize = 20_000;
/// A note is small.
const NOTE_LIMIT: u64 = 64 * 1024;

/// One build that was started here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalBuild {
    /// Its name in the history.
    pub record: RecordRef,
    /// When buildx wrote the note: right before it called BuildKit.
    pub started: SystemTime,
    /// The note's file.
    path: PathBuf,
}

/// Which directory a build was started for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LocalState {
    /// The target's name, `default` for a plain build.
    pub target: String,
    /// The context: an absolute path, or a URL, or `-`.
    pub local_path: String,
    /// The Dockerfile: an absolute path, empty for `Dockerfile` in the context.
    pub dockerfile_path: String,
    /// Builds of one `bake` have the same.
    pub group_ref: String,
}

impl LocalBuild {
    /// Every build that was started here, newest first.
    pub fn list(buildx_folder: &Path) -> Vec<LocalBuild> {
        let mut builds = Vec::new();
        for builder in folders(&buildx_folder.join("refs")) {
            for node in folders(&builder.1) {
                let Ok(entries) = fs::read_dir(&node.1) else { continue };
                for entry in entries.filter_map(Result::ok).take(MOST) {
                    let Ok(meta) = entry.metadata() else { continue };
                    let (Ok(started), Ok(id)) = (meta.modified(), entry.file_name().into_string()) else { continue };
                    let record = RecordRef { builder: builder.0.clone(), node: node.0.clone(), id };
                    if meta.is_file() && record.is_plain() {
                        builds.push(LocalBuild { record, started, path: entry.path() });
                    }
                }
            }
        }
        builds.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.record.cmp(&b.record)));
        builds
    }

    /// What the note says.
    pub fn state(&self) -> Option<LocalState> {
        let fits = fs::metadata(&self.path).is_ok_and(|meta| meta.len() <= NOTE_LIMIT);
        fits.then(|| fs::read(&self.path).ok()).flatten().and_then(|text| serde_json::from_slice(&text).ok())
    }
}

impl LocalState {
    /// The project that was built, where it is a folder of this machine.
    pub fn project(&self) -> Option<ProjectLocation> {
        let context = Some(PathBuf::from(&self.local_path)).filter(|path| path.is_absolute() && path.is_dir())?;
        // Standard input is no file that could be read again.
        if self.dockerfile_path == "-" {
            return None;
        }
        let dockerfile = Some(PathBuf::from(&self.dockerfile_path)).filter(|path| path.is_absolute());
        // The way from where the reader stands says more than the whole path.
        let here = std::env::current_dir().ok();
        let near = |path: &Path| match here.as_deref().and_then(|here| path.strip_prefix(here).ok()) {
            Some(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
            Some(rest) => rest.to_owned(),
            None => path.to_owned(),
        };
        let mut location = ProjectLocation::new(near(&context));
        location.dockerfile = dockerfile.map(|path| near(&path));
        Some(location)
    }
}

/// The folders in a folder, with their names. `__group__` holds lists of builds, not builds.
fn folders(path: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .filter(|(name, _)| name != "__group__")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let node = folder.path().join("refs/b/b0");
        fs::create_dir_all(&node).unwrap();
        fs::create_dir_all(folder.path().join("refs/__group__")).unwrap();
        fs::write(folder.path().join("refs/__group__/g1"), "{}").unwrap();
        fs::write(node.join("abc"), r#"{"Target":"default","LocalPath":"/","DockerfilePath":"","New":1}"#).unwrap();
        fs::write(node.join("broken"), "{").unwrap();
        let builds = LocalBuild::list(folder.path());
        assert_eq!(builds.len(), 2);
        let state = |id: &str| builds.iter().find(|b| b.record.id == id).and_then(LocalBuild::state);
        assert_eq!(state("abc").and_then(|state| state.project()), Some(ProjectLocation::new("/")));
        assert_eq!(state("broken"), None);
        assert!(LocalBuild::list(&folder.path().join("none")).is_empty());
    }
}
