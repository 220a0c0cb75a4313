//! Scripts that an image can't start as they are in the checkout.

use super::Finding;
use super::image::Layout;
use super::scene::Scene;
use crate::model::project::{Entry, FileLine, Script, cleaned, split};
use crate::signature::Class;

/// A script of the context.
struct Found<'s> {
    path: String,
    entry: &'s Entry,
    script: &'s Script,
}

impl Found<'_> {
    fn first_line(&self, scene: &Scene<'_>) -> (String, FileLine) {
        (scene.facts.shown(&self.path), FileLine { line: 1, text: self.script.first_line.clone() })
    }
}

/// The script that a cause speaks of: by the path that it names in the image, or else by its name alone.
fn spoken_of<'s>(scene: &Scene<'s>) -> Vec<Found<'s>> {
    let named: Vec<&str> = ["path", "command", "file", "script"].iter().filter_map(|n| scene.capture(n)).collect();
    let layout: Option<Layout<'s>> = scene.layout().or_else(|| scene.finished());
    for name in &named {
        let found = scripts(scene, name, layout.as_ref());
        if !found.is_empty() {
            return found;
        }
    }
    if !named.is_empty() && scene.cause.class != Class::CmdNotFound {
        return Vec::new();
    }
    // The message may name the interpreter only: then the scripts that the command starts.
    let Some((_, instruction)) = scene.instruction() else { return Vec::new() };
    let words = instruction.words.iter().filter(|word| word.contains(['/', '.']));
    words.flat_map(|word| scripts(scene, word.trim_matches(['"', ';']), layout.as_ref())).collect()
}

fn scripts<'s>(scene: &Scene<'s>, name: &str, layout: Option<&Layout<'s>>) -> Vec<Found<'s>> {
    if name.contains(['$', '*']) || split(name).1.is_empty() {
        return Vec::new();
    }
    let found = |path: &str| {
        let (path, entry) = scene.facts.files.entries.get_key_value(path)?;
        Some(Found { path: path.clone(), entry, script: entry.script.as_ref()? })
    };
    let mut paths = layout.map(|layout| layout.origins(name)).unwrap_or_default();
    if !name.starts_with('/') {
        paths.push(cleaned(name));
    }
    if let Some(found) = paths.iter().find_map(|path| found(path)) {
        return vec![found];
    }
    // It may have been copied by way of another stage.
    let from_stage = |layout: &Layout<'_>| layout.instructions.iter().any(|other| other.flag("from").is_some());
    if !layout.is_none_or(from_stage) {
        return Vec::new();
    }
    match scene.facts.files.named(split(name).1).as_slice() {
        [only] if name.contains('/') => found(only).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A script has the line ends of Windows.
pub fn line_ends(scene: &Scene<'_>) -> Option<Finding> {
    let by_class = matches!(
        scene.cause.class,
        Class::CmdNotFound | Class::ImagePlatform | Class::CtxMissingFile | Class::Config | Class::PermExec
    );
    if !by_class {
        return None;
    }
    let found = spoken_of(scene).into_iter().find(|found| found.script.crlf_line.is_some())?;
    // Further down a CR breaks a command, not the start of the script.
    let at_start = found.script.crlf_line == Some(1);
    if !at_start && !scene.cause.signature.contains("crlf") {
        return None;
    }
    let (file, line) = found.first_line(scene);
    let number = found.script.crlf_line.unwrap_or(1);
    Some(Finding {
        agrees: "the script has Windows line ends",
        sentence: format!(
            "Line {number} of {file} ends with CR LF, as Windows writes it, so the image looks for a program with a CR in its name."
        ),
        lines: if at_start { vec![(file, line)] } else { Vec::new() },
        points: 80,
    })
}

/// A script may not be executed in the checkout already.
pub fn execute_bit(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::PermExec {
        return None;
    }
    let found = spoken_of(scene).into_iter().find(|found| found.entry.executable == Some(false))?;
    let name = split(&found.path).1;
    let layout = scene.layout().or_else(|| scene.finished());
    // A mode that the Dockerfile sets counts, not the checkout's.
    let sets_mode = |layout: &Layout<'_>| {
        layout.instructions.iter().any(|instruction| {
            instruction.flag("chmod").is_some()
                || (instruction.keyword == "RUN"
                    && instruction.rest.contains("chmod")
                    && instruction.rest.contains(name))
        })
    };
    if layout.as_ref().is_some_and(sets_mode) {
        return None;
    }
    let (file, line) = found.first_line(scene);
    Some(Finding {
        agrees: "the file is not executable in the checkout",
        sentence: format!(
            "{file} has no execute permission in your checkout, and COPY keeps that: git update-index --chmod=+x {file}"
        ),
        lines: vec![(file, line)],
        points: 80,
    })
}

/// A script does not say which program runs it.
pub fn no_interpreter(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ImagePlatform
        || !scene.proof_says("exec format error") && !scene.proof_says("Exec format error")
    {
        return None;
    }
    let found = spoken_of(scene).into_iter().find(|found| !found.script.first_line.starts_with("#!"))?;
    let (file, line) = found.first_line(scene);
    Some(Finding {
        agrees: "the script names no interpreter",
        sentence: format!("{file} is a script whose first line names no interpreter, such as #!/bin/sh."),
        lines: vec![(file, line)],
        points: 80,
    })
}
