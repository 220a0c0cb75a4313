//! A language whose version is fixed by the base image and asked for by a manifest.

use super::Finding;
use super::scene::Scene;
use crate::model::project::{FileLine, Stage, split};
use crate::pieces::Pieces;
use crate::signature::Class;

/// The official image of a language, its name in a sentence, and the tools that complain of its version.
const LANGUAGES: &[(&str, &str, &[&str])] = &[
    ("golang", "Go", &["go", "golangci", "govulncheck"]),
    ("node", "Node.js", &["node", "npm", "yarn", "pnpm", "next", "vite", "angular"]),
    ("python", "Python", &["pip", "python", "poetry", "uv", "hatch"]),
    ("rust", "Rust", &["cargo", "rustc"]),
    ("ruby", "Ruby", &["ruby", "bundler"]),
    ("php", "PHP", &["php", "composer"]),
];

/// The numbers of a version: `1.22.4` of `go1.22.4`, `1.22` of `1.22-alpine`.
fn numbers(version: &str) -> Vec<u64> {
    let version = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version.head(end).split('.').map_while(|part| part.parse().ok()).collect()
}

/// The version in the tag of a language's image.
fn tagged(stage: &Stage, image: &str) -> Option<Vec<u64>> {
    let name = stage.image.split('@').next().unwrap_or_default();
    let (name, tag) = split(name).1.split_once(':')?;
    let version = numbers(tag).into_iter().collect::<Vec<u64>>();
    (name == image && tag.starts_with(|c: char| c.is_ascii_digit()) && !version.is_empty()).then_some(version)
}

/// The image's version is older than what is asked for.
pub fn language(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ToolchainVersion {
        return None;
    }
    let (image, language, _) = LANGUAGES.iter().find(|(_, _, tools)| tools.contains(&scene.tool()))?;
    let (dockerfile, instruction) = scene.instruction()?;
    // The image at the bottom of the stage.
    let stage = dockerfile.stages.get(*dockerfile.ancestry(instruction.stage?).first()?)?;
    let has = tagged(stage, image)?;
    // A build argument may have chosen another tag than the file's default.
    let ran = ["have", "have2"].iter().find_map(|name| scene.capture(name)).map(numbers);
    if ran.as_ref().is_some_and(|ran| !ran.starts_with(&has)) || (ran.is_none() && hangs_on_argument(scene, stage)) {
        return None;
    }
    let mut lines: Vec<(String, FileLine)> = Vec::new();
    let from = format!("line {} of {} takes {language} from {}", stage.line, dockerfile.file, stage.image);
    let asked = asked(scene, &has, ran.as_deref());
    let (sentence, points) = match asked {
        Some((file, at, words)) => {
            let sentence = format!("Line {} of {file} asks for {words}, but {from}.", at.line);
            lines.push((file, at));
            (sentence, 80)
        }
        None => (capitalised(&format!("{from}.")), 30),
    };
    lines.extend(scene.dockerfile_line(stage.line));
    Some(Finding { agrees: "the base image fixes the version", lines, sentence, points })
}

/// Does the stage's image hang on a build argument?
fn hangs_on_argument(scene: &Scene<'_>, stage: &Stage) -> bool {
    scene.dockerfile_line(stage.line).is_some_and(|(_, line)| line.text.contains('$'))
}

/// The line of a manifest that asks for more than the image has.
fn asked(scene: &Scene<'_>, has: &[u64], ran: Option<&[u64]>) -> Option<(String, FileLine, String)> {
    let facts = scene.facts;
    let need = scene.capture("need").map(numbers);
    if scene.tool() == "go" {
        let go_mods = facts.go_mods.iter().flat_map(|file| {
            [&file.go, &file.toolchain].into_iter().flatten().map(move |entry| (file.path.as_str(), entry))
        });
        let work = facts.go_work.iter().flat_map(|file| {
            [&file.go, &file.toolchain].into_iter().flatten().map(move |entry| (file.path.as_str(), entry))
        });
        let newer = |value: &str| match (numbers(value), ran) {
            (asked, Some(ran)) => asked.as_slice() > ran,
            // A tag such as 1.22 stands for every 1.22.x.
            (asked, None) => asked.iter().take(has.len()).gt(has),
        };
        let mut found = go_mods.chain(work).filter(|(_, entry)| newer(&entry.value));
        let (path, entry) = found.find(|(_, entry)| need.as_ref().is_none_or(|need| *need == numbers(&entry.value)))?;
        return Some((facts.shown(path), entry.at.clone(), format!("Go {}", entry.value.trim_start_matches("go"))));
    }
    // Only the project's own wish; a dependency's stands in its own package.json.
    let mut name = scene.capture("package").unwrap_or_default();
    if let Some(at) = name.rfind('@').filter(|at| *at > 0) {
        name = name.head(at);
    }
    let own = facts.packages.iter().find(|package| package.name.as_deref() == Some(name))?;
    let (_, entry) = own.engines.iter().find(|(program, _)| program == "node")?;
    Some((facts.shown(&own.path), entry.at.clone(), format!("Node.js {}", entry.value)))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_tags_are_read() {
        let stage = |image: &str| Stage { image: image.into(), ..Default::default() };
        assert_eq!(tagged(&stage("golang:1.22-alpine"), "golang"), Some(vec![1, 22]));
        assert_eq!(tagged(&stage("mirror.example.org/library/golang:1.22@sha256:00"), "golang"), Some(vec![1, 22]));
        assert_eq!(tagged(&stage("golang:alpine3.20"), "golang"), None);
        assert_eq!(tagged(&stage("golang"), "golang"), None);
        assert_eq!(tagged(&stage("my/golang-tools:1.22"), "golang"), None);
        assert_eq!(numbers("go1.24.3"), [1, 24, 3]);
        assert_eq!(numbers("v18.20.1"), [18, 20, 1]);
    }
}
