//! A file of the project that a command in the image did not find.

use super::Finding;
use super::image::{Layout, Placed};
use super::scene::Scene;
use super::sources::{excluded, spelled_otherwise};
use crate::model::project::{Presence, cleaned, is_within, split};
use crate::signature::Class;

/// Does the command change its directory, so that relative paths can't be followed?
fn goes_elsewhere(scene: &Scene<'_>) -> bool {
    let Some((_, instruction)) = scene.instruction() else { return false };
    let text = format!("{} {}", instruction.rest, instruction.heredoc);
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "();&|".contains(c)).collect();
    words
        .iter()
        .any(|word| matches!(*word, "cd" | "pushd" | "-C" | "--prefix" | "--dir") || word.starts_with("--prefix="))
}

/// The manifest that a tool looks for in its working directory.
fn manifest_name<'s>(scene: &Scene<'s>) -> Option<&'s str> {
    let named = scene.capture("path").map(|path| split(path).1);
    let known = [
        "go.mod",
        "package.json",
        "Cargo.toml",
        "pyproject.toml",
        "pom.xml",
        "composer.json",
        "Gemfile",
        "CMakeLists.txt",
        "setup.py",
        "Makefile",
    ];
    if let Some(name) = named.filter(|name| known.contains(name) || name.ends_with(".txt")) {
        return Some(name);
    }
    match scene.tool() {
        "go" => Some("go.mod"),
        "npm" | "yarn" | "pnpm" => Some("package.json"),
        "cargo" => Some("Cargo.toml"),
        "poetry" | "uv" => Some("pyproject.toml"),
        "maven" => Some("pom.xml"),
        "composer" => Some("composer.json"),
        "bundler" => Some("Gemfile"),
        _ => None,
    }
}

/// The tool's manifest exists, but not where the command runs.
pub fn manifest(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ModNoGomod || goes_elsewhere(scene) {
        return None;
    }
    let name = manifest_name(scene)?;
    let layout = scene.layout()?;
    let (_, instruction) = scene.instruction()?;
    let files = &scene.facts.files;
    let found = files.named(name);
    let Some(path) = found.first().copied() else {
        let wanted = layout.origins(name);
        if let Some(slip) = wanted.iter().find_map(|path| spelled_otherwise(scene, path)) {
            return Some(slip);
        }
        return files.is_whole().then(|| Finding {
            agrees: "the manifest is nowhere",
            sentence: format!("There is no {name} anywhere in {}.", scene.context_words()),
            points: 40,
            ..Default::default()
        });
    };
    if let Some(finding) = excluded(scene, path) {
        return Some(finding);
    }
    match layout.find(path) {
        Placed::At(place, copied) => {
            let folder = split(&place).0;
            let folder = if folder.is_empty() { "/" } else { folder };
            let workdir = layout.workdir.as_str();
            if !Layout::comparable(folder, workdir) || is_within(workdir, folder.trim_end_matches('/')) {
                return None;
            }
            let line = copied.instruction.line;
            let (folder, workdir) = (relative(folder), relative(workdir));
            Some(Finding {
                agrees: "the manifest is in another folder of the image",
                lines: scene.dockerfile_line(line).into_iter().collect(),
                sentence: format!(
                    "{} copies {path} to {folder}, but line {} runs in {workdir}.",
                    scene.line_words(line),
                    instruction.line
                ),
                points: 70,
            })
        }
        Placed::Later(copied) => Some(later(scene, path, copied.instruction.line, instruction.line)),
        Placed::Nowhere => Some(nowhere(path, instruction.line)),
        Placed::Unknown => None,
    }
}

/// A folder below the unknown directory of the base image, in words.
fn relative(path: &str) -> String {
    if !Layout::is_vague(path) {
        return path.to_owned();
    }
    match path.splitn(3, '/').nth(2) {
        Some(rest) if !rest.is_empty() => format!("{rest} below the base image's working directory"),
        _ => "the base image's working directory".to_owned(),
    }
}

/// A copy that comes after the command that needs it.
pub fn later(scene: &Scene<'_>, path: &str, copy: u64, need: u64) -> Finding {
    Finding {
        agrees: "it is copied too late",
        lines: scene.dockerfile_line(copy).into_iter().collect(),
        sentence: format!("{} copies {path} only after line {need} needs it.", scene.line_words(copy)),
        points: 70,
    }
}

/// No copy at all.
pub fn nowhere(path: &str, need: u64) -> Finding {
    Finding {
        agrees: "nothing copies it",
        sentence: format!("{path} is in the project, but no COPY brings it into this stage before line {need}."),
        points: 60,
        ..Default::default()
    }
}

/// Another file of the project that a command looked for in vain.
pub fn file_of_a_step(scene: &Scene<'_>) -> Option<Finding> {
    let asked = matches!(scene.cause.class, Class::CtxMissingFile | Class::ModNoGomod);
    let wanted = ["path", "path2", "file"].iter().find_map(|name| scene.capture(name)).filter(|_| asked)?;
    if wanted.contains(['$', '*', '\\']) || scene.step.is_some() && scene.instruction().is_none() {
        return None;
    }
    let rooted = wanted.starts_with('/');
    if scene.step.is_none() && !rooted && !scene.in_image() && scene.cause.place.is_none() {
        // In the reader's own shell only a slip can be seen.
        return spelled_otherwise(scene, &cleaned(wanted)).filter(|_| !cleaned(wanted).starts_with(".."));
    }
    let (_, instruction) = scene.instruction()?;
    if instruction.keyword != "RUN" || (!rooted && goes_elsewhere(scene)) {
        return None;
    }
    let layout = scene.layout()?;
    let mut origins = layout.origins(wanted);
    if !rooted {
        origins.push(cleaned(wanted));
    } else if let Some(rest) = layout.absolute(wanted).strip_prefix(&format!("{}/", layout.workdir)) {
        origins.push(rest.to_owned());
    }
    origins.retain(|path| !path.is_empty() && !path.starts_with(".."));
    for path in &origins {
        match scene.facts.files.presence(path) {
            Presence::Yes => {
                return match (excluded(scene, path), layout.find(path)) {
                    (Some(finding), _) => Some(finding),
                    (None, Placed::Later(copied)) => {
                        Some(later(scene, path, copied.instruction.line, instruction.line))
                    }
                    (None, Placed::Nowhere) => Some(nowhere(path, instruction.line)),
                    (None, Placed::At(..) | Placed::Unknown) => None,
                };
            }
            Presence::Unknown => {
                if let Some(finding) = excluded(scene, path) {
                    return Some(finding);
                }
            }
            Presence::No => {}
        }
    }
    origins.iter().find_map(|path| spelled_otherwise(scene, path))
}
