//! Lines of a Dockerfile that the builder can't read.

use super::Finding;
use super::names::nearest;
use super::scene::Scene;
use crate::model::project::{EntryKind, Presence, cleaned, file_name, split};
use crate::signature::Class;

/// The instructions of a Dockerfile.
pub const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The line that does not parse, and what may be meant.
pub fn broken_line(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::CtxDockerfile {
        return None;
    }
    let dockerfile = scene.dockerfile()?;
    let asked = scene.capture("instruction").map(str::to_ascii_uppercase);
    let starts_with_it = |line: u64| {
        let word = dockerfile.line(line)?.text.split_whitespace().next().map(str::to_ascii_uppercase);
        (word == asked).then_some(line)
    };
    let line = match (scene.capture("line").and_then(|line| line.parse::<u64>().ok()), &asked) {
        (Some(line), Some(_)) => starts_with_it(line)?,
        (Some(line), None) => line,
        // buildah does not say the line.
        (None, Some(_)) => (1..=dockerfile.lines.len() as u64).find_map(starts_with_it)?,
        (None, None) => return None,
    };
    let shown = scene.dockerfile_line(line)?;
    let before = (1..line).rev().filter_map(|line| dockerfile.line(line)).find(|line| !line.text.trim().is_empty());
    let near = asked.as_deref().and_then(|asked| nearest(asked, KEYWORDS.iter().copied()));
    if let Some(near) = near {
        return Some(Finding {
            agrees: "an instruction is spelled alike",
            sentence: format!("{} starts with {}: is {near} meant?", scene.line_words(line), asked.unwrap_or_default()),
            lines: vec![shown],
            points: 60,
        });
    }
    let joins = |text: &str| ["&&", "||", "|", ";"].iter().any(|sign| text.trim_end().ends_with(sign));
    if let Some(before) = before.filter(|before| asked.is_some() && joins(&before.text)) {
        return Some(Finding {
            agrees: "the line above is not continued",
            sentence: format!(
                "Line {} ends without a backslash, so line {line} is read as an instruction of its own.",
                before.line
            ),
            lines: vec![(dockerfile.file.clone(), before), shown],
            points: 70,
        });
    }
    Some(Finding {
        agrees: "the line stands in the Dockerfile",
        lines: vec![shown],
        sentence: String::new(),
        points: 20,
    })
}

/// The Dockerfile was not found, but there is one under another name or in another folder.
pub fn dockerfile_elsewhere(scene: &Scene<'_>) -> Option<Finding> {
    let wanted = scene.capture("path").filter(|_| scene.cause.class == Class::CtxDockerfile)?;
    let there = scene.facts.files.presence(&cleaned(wanted)) == Presence::Yes;
    if there || scene.dockerfile().is_some_and(|dockerfile| file_name(&dockerfile.file) == file_name(wanted)) {
        return None;
    }
    let is_one = |path: &str| {
        let name = split(path).1.to_ascii_lowercase();
        let plain = name.starts_with("dockerfile") || name.starts_with("containerfile");
        (plain || name.ends_with(".dockerfile")) && !name.ends_with(".dockerignore")
    };
    let files = scene.facts.files.entries.iter().filter(|(path, entry)| entry.kind == EntryKind::File && is_one(path));
    let mut found: Vec<&str> = files.map(|(path, _)| path.as_str()).collect();
    found.sort_by_key(|path| (path.matches('/').count(), *path));
    let sentence = match found.as_slice() {
        [] => return None,
        [only] => format!("There is no {wanted}, but there is {only}: name it with -f."),
        [first, rest @ ..] => {
            let last = rest.iter().take(2).copied().collect::<Vec<_>>().join(", ");
            format!("There is no {wanted}, but there are {first}, {last}: name one with -f.")
        }
    };
    Some(Finding { agrees: "there is another Dockerfile", sentence, points: 60, ..Default::default() })
}
