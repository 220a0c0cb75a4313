//! COPY and ADD whose source is not in the build context.

use super::Finding;
use super::names::{differ_in_case, nearest};
use super::scene::Scene;
use crate::model::project::{Instruction, PathPattern, Presence, cleaned, is_pattern, join, split};
use crate::pieces::Pieces;
use crate::signature::Class;

/// A source is taken out by an ignore rule, is spelled otherwise, or lies elsewhere.
pub fn copied_source(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::CtxMissingFile {
        return None;
    }
    let wanted = scene.capture("path").map(|path| cleaned(path.trim_start_matches(['/', '\\'])));
    let instruction = match scene.instruction() {
        Some((_, instruction)) => instruction,
        // Without a step only a COPY that names this very path will do.
        None if !scene.in_image() => copy_of(scene, wanted.as_deref()?)?,
        None => return None,
    };
    if !instruction.copies_context() {
        return None;
    }
    let sources: Vec<&str> = instruction.sources().iter().map(String::as_str).collect();
    let source = match &wanted {
        Some(wanted) => sources.iter().copied().find(|source| is_source(source, wanted))?,
        None => sources.iter().copied().find(|source| is_missing(scene, source))?,
    };
    if source.contains('$') || source.contains("://") || source.starts_with("<<") {
        return None;
    }
    let path = cleaned(source.trim_start_matches('/'));
    if path.starts_with("..") {
        return Some(above(scene, instruction, source));
    }
    if is_pattern(&path) {
        return pattern(scene, instruction, source, &path);
    }
    excluded(scene, &path)
        .or_else(|| spelled_otherwise(scene, &path))
        .or_else(|| lies_elsewhere(scene, instruction, &path))
}

/// The only COPY of the Dockerfile that has this source.
fn copy_of<'s>(scene: &Scene<'s>, wanted: &str) -> Option<&'s Instruction> {
    let copies = scene.dockerfile()?.instructions.iter().filter(|instruction| instruction.copies_context());
    let mut found = copies.filter(|instruction| instruction.sources().iter().any(|source| is_source(source, wanted)));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Is this the source that the builder calls `wanted`? It cuts off what leads above the context, and some name the last part only.
fn is_source(source: &str, wanted: &str) -> bool {
    let source = cleaned(source.trim_start_matches('/'));
    let source = source.trim_start_matches("../");
    source == wanted || split(source).1 == wanted
}

fn is_missing(scene: &Scene<'_>, source: &str) -> bool {
    let path = cleaned(source.trim_start_matches('/'));
    if !is_pattern(&path) {
        return scene.facts.files.presence(&path) == Presence::No || scene.facts.excluded(&path).is_some();
    }
    let pattern = PathPattern::new(&path);
    !scene.facts.files.entries.keys().any(|known| pattern.matches(known) && scene.facts.excluded(known).is_none())
}

fn above(scene: &Scene<'_>, instruction: &Instruction, source: &str) -> Finding {
    Finding {
        agrees: "the source lies above the build context",
        lines: scene.dockerfile_line(instruction.line).into_iter().collect(),
        sentence: format!(
            "{} asks for {source}, which lies above {}; the builder sees nothing there.",
            scene.line_words(instruction.line),
            scene.context_words()
        ),
        points: 60,
    }
}

/// A pattern whose files are all taken out by a rule.
fn pattern(scene: &Scene<'_>, instruction: &Instruction, source: &str, path: &str) -> Option<Finding> {
    let matcher = PathPattern::new(path);
    let mut names = scene.facts.files.entries.keys().filter(|known| matcher.matches(known)).peekable();
    if names.peek().is_none() {
        let (folder, _) = split(path);
        let known = !is_pattern(folder) && scene.facts.files.listed.contains(folder);
        return known.then(|| Finding {
            agrees: "no file fits the pattern",
            lines: scene.dockerfile_line(instruction.line).into_iter().collect(),
            sentence: format!("Nothing in {} fits {source}.", scene.context_words()),
            points: 40,
        });
    }
    let rule = names.map(|name| scene.facts.excluded(name)).collect::<Option<Vec<_>>>()?.into_iter().next()?;
    let file = &scene.facts.ignore.as_ref()?.file;
    Some(Finding {
        agrees: "an ignore rule takes the files out",
        lines: vec![(file.clone(), rule.at.clone())],
        sentence: format!(
            "Files that fit {source} are there, but line {} of {file} excludes them from the build.",
            rule.at.line
        ),
        points: 80,
    })
}

/// The file is there, and an ignore rule takes it out.
pub fn excluded(scene: &Scene<'_>, path: &str) -> Option<Finding> {
    let rule = scene.facts.excluded(path)?;
    let file = &scene.facts.ignore.as_ref()?.file;
    let there = scene.facts.files.presence(path);
    let sentence = match there {
        Presence::Yes => format!("{path} is there, but line {} of {file} excludes it from the build.", rule.at.line),
        Presence::Unknown => format!("Line {} of {file} excludes {path} from the build.", rule.at.line),
        Presence::No => return None,
    };
    Some(Finding {
        agrees: "an ignore rule takes it out",
        lines: vec![(file.clone(), rule.at.clone())],
        sentence,
        points: 80,
    })
}

/// There is no such path, but one that differs by a slip.
pub fn spelled_otherwise(scene: &Scene<'_>, path: &str) -> Option<Finding> {
    let files = &scene.facts.files;
    if files.presence(path) != Presence::No {
        return None;
    }
    // The first part of the path that is not there is the one that is wrong.
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let missing = ends.map(|end| path.head(end)).find(|part| files.presence(part) == Presence::No)?;
    let (folder, name) = split(missing);
    let near = nearest(name, files.names_in(folder).map(|(name, _)| name))?;
    let meant = join(folder, near);
    let whole = format!("{meant}{}", path.tail(missing.len()));
    if files.presence(&whole) == Presence::No {
        return None;
    }
    let sentence = if differ_in_case(name, near) {
        format!("There is no {missing}, but {meant}: in an image the case of letters counts.")
    } else {
        format!("There is no {missing}, but {meant}: is that one meant?")
    };
    Some(Finding { agrees: "a name nearby is alike", lines: Vec::new(), sentence, points: 60 })
}

/// There is no such path; it lies beside the Dockerfile, outside the context, or in another folder.
fn lies_elsewhere(scene: &Scene<'_>, instruction: &Instruction, path: &str) -> Option<Finding> {
    let files = &scene.facts.files;
    if files.presence(path) != Presence::No {
        return None;
    }
    let found = |agrees, sentence, points| {
        let lines = scene.dockerfile_line(instruction.line).into_iter().collect();
        Some(Finding { agrees, lines, sentence, points })
    };
    let beside = scene.dockerfile().and_then(|dockerfile| dockerfile.folder.as_deref());
    if let Some(beside) = beside.filter(|folder| !folder.is_empty()).map(|folder| join(folder, path))
        && files.presence(&beside) == Presence::Yes
    {
        let sentence = format!(
            "{path} lies beside the Dockerfile ({beside}), but COPY counts from {}, not from there.",
            scene.context_words()
        );
        return found("it lies beside the Dockerfile", sentence, 60);
    }
    let first = path.split('/').next().unwrap_or(path);
    if let Some(outside) = scene.facts.around.iter().find(|name| split(name).1 == first) {
        let sentence = format!(
            "{first} lies at {outside}, seen from {}, so outside of it; the builder sees nothing there.",
            scene.context_words()
        );
        return found("it lies outside the build context", sentence, 60);
    }
    let (_, name) = split(path);
    let elsewhere = files.named(name);
    if let ([only], true) = (elsewhere.as_slice(), name.len() > 3) {
        return found("it lies in another folder", format!("There is no {path}, but there is {only}."), 50);
    }
    let sentence = format!("There is no {path} in {}.", scene.context_words());
    found("it is not in the folder", sentence, 40)
}
