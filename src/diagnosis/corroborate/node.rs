//! Lock files and scripts of JavaScript projects.

use super::Finding;
use super::contents::{later, nowhere};
use super::image::Placed;
use super::names::nearest;
use super::scene::Scene;
use super::sources::excluded;
use crate::model::project::{PackageJson, Presence, join};
use crate::signature::Class;

/// The lock file of each package manager.
const LOCKS: &[(&str, &str)] = &[("npm", "package-lock.json"), ("yarn", "yarn.lock"), ("pnpm", "pnpm-lock.yaml")];

/// The package.json at the root of the context, or the only one.
fn package<'s>(scene: &Scene<'s>) -> Option<&'s PackageJson> {
    let packages = &scene.facts.packages;
    packages.iter().find(|package| package.path == "package.json").or(match packages.as_slice() {
        [only] => Some(only),
        _ => None,
    })
}

/// The lock file is ignored, missing, not copied, or another manager's.
pub fn lock_file(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ModNeedsTidy {
        return None;
    }
    let (manager, lock) = LOCKS.iter().find(|(manager, _)| *manager == scene.tool())?;
    // A lock file that is there but stale is another matter.
    let absent = ["existing package-lock", "is absent", "no-lockfile", "NO_LOCKFILE"];
    if !absent.iter().any(|words| scene.proof_says(words)) {
        return None;
    }
    let package = package(scene)?;
    let path = join(package.folder(), lock);
    let files = &scene.facts.files;
    if files.presence(&path) == Presence::Yes {
        if let Some(finding) = excluded(scene, &path) {
            return Some(finding);
        }
        let (_, instruction) = scene.instruction()?;
        let layout = scene.layout()?;
        return match (layout.find(&package.path), layout.find(&path)) {
            (Placed::At(_, copied), Placed::Later(_) | Placed::Nowhere) => {
                let line = copied.instruction.line;
                Some(Finding {
                    agrees: "package.json is copied without its lock file",
                    lines: scene.dockerfile_line(line).into_iter().collect(),
                    sentence: format!("{} copies {} without {path}.", scene.line_words(line), package.path),
                    points: 80,
                })
            }
            (_, Placed::Later(copied)) => Some(later(scene, &path, copied.instruction.line, instruction.line)),
            (_, Placed::Nowhere) => Some(nowhere(&path, instruction.line)),
            _ => None,
        };
    }
    if files.presence(&path) != Presence::No
        || files.presence(&join(package.folder(), "npm-shrinkwrap.json")) == Presence::Yes
    {
        return None;
    }
    let other = LOCKS.iter().find(|(_, other)| files.presence(&join(package.folder(), other)) == Presence::Yes);
    if let Some((used, other)) = other.filter(|(used, _)| used != manager) {
        let named = package.package_manager.as_ref().filter(|entry| entry.value.starts_with(used));
        return Some(Finding {
            agrees: "the project has another manager's lock file",
            lines: named.map(|entry| (scene.facts.shown(&package.path), entry.at.clone())).into_iter().collect(),
            sentence: format!(
                "There is no {path}, but {}: the project uses {used}, not {manager}.",
                join(package.folder(), other)
            ),
            points: 80,
        });
    }
    Some(Finding {
        agrees: "there is no lock file",
        sentence: format!("There is no {path} beside {}.", package.path),
        points: 60,
        ..Default::default()
    })
}

/// A script is called that package.json spells otherwise.
pub fn script_name(scene: &Scene<'_>) -> Option<Finding> {
    if !LOCKS.iter().any(|(manager, _)| *manager == scene.tool()) {
        return None;
    }
    let wanted = scene.capture("script")?;
    let package = package(scene)?;
    if package.scripts.iter().any(|script| script.value == wanted) {
        return None;
    }
    let near = nearest(wanted, package.scripts.iter().map(|script| script.value.as_str()));
    let Some(script) = near.and_then(|near| package.scripts.iter().find(|script| script.value == near)) else {
        return Some(Finding {
            agrees: "package.json has no such script",
            sentence: format!("{} has no script {wanted}.", scene.facts.shown(&package.path)),
            points: 40,
            ..Default::default()
        });
    };
    let file = scene.facts.shown(&package.path);
    Some(Finding {
        agrees: "a script has a name that is alike",
        sentence: format!(
            "Line {} of {file} calls the script {near}, not {wanted}.",
            script.at.line,
            near = script.value
        ),
        lines: vec![(file, script.at.clone())],
        points: 80,
    })
}
