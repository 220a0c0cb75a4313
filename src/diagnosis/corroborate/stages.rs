//! Names of build stages, and paths taken from them.

use super::Finding;
use super::image::Layout;
use super::names::nearest;
use super::scene::Scene;
use crate::model::project::{Instruction, cleaned, split};
use crate::signature::Class;

/// Outputs of a stage that are looked at.
const OUTPUTS: usize = 50;

/// The stage that an instruction takes something from.
fn taken_from(instruction: &Instruction) -> Option<&str> {
    match instruction.keyword.as_str() {
        "COPY" | "ADD" => instruction.flag("from"),
        "FROM" => instruction.words.first().map(String::as_str),
        "RUN" => {
            let mounts = instruction.flags.iter().filter(|(name, _)| name == "mount");
            mounts.flat_map(|(_, value)| value.split(',')).find_map(|part| part.strip_prefix("from="))
        }
        _ => None,
    }
}

/// The name that Docker took for an image: `bulider` of `docker.io/library/bulider:latest`.
fn bare(image: &str) -> Option<&str> {
    let name = image.strip_prefix("docker.io/").unwrap_or(image);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let name = name.strip_suffix(":latest").unwrap_or(name);
    (!name.contains(['/', ':', '@', '$', '.'])).then_some(name)
}

/// A stage is named that the Dockerfile does not have.
pub fn unknown_stage(scene: &Scene<'_>) -> Option<Finding> {
    let dockerfile = scene.dockerfile()?;
    let wanted = match scene.cause.class {
        Class::StageRef => scene.capture("stage")?,
        // A misspelled stage is pulled as an image.
        Class::ImageNotFound | Class::AuthRegistry => {
            ["image", "repository"].iter().find_map(|n| scene.capture(n)).and_then(bare)?
        }
        _ => return None,
    };
    if dockerfile.stage(wanted).is_some() {
        return None;
    }
    let named = || dockerfile.stages.iter().filter_map(|stage| stage.name.as_deref().map(|name| (name, stage)));
    let uses: Vec<&Instruction> = dockerfile
        .instructions
        .iter()
        .filter(|instruction| taken_from(instruction).is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
        .collect();
    let line = scene.step.and_then(|step| step.file_line);
    let used = uses.iter().find(|used| line.is_some_and(|line| (used.line..=used.end_line).contains(&line)));
    let used = used.or(uses.first()).map(|used| used.line);
    let asked_from_outside = used.is_none() && scene.cause.class == Class::StageRef;
    if used.is_none() && !(asked_from_outside && target_was_asked(scene)) {
        return None;
    }
    // Only what stands above can be taken.
    let above = |line: u64| used.is_none_or(|used| line < used);
    let near = nearest(wanted, named().filter(|(_, stage)| above(stage.line)).map(|(name, _)| name));
    let mut lines: Vec<_> = used.and_then(|line| scene.dockerfile_line(line)).into_iter().collect();
    let says = match used {
        Some(line) => format!("{} says {wanted}", scene.line_words(line)),
        None => format!("{wanted} was asked for",),
    };
    if let Some((name, stage)) = near.and_then(|near| named().find(|(name, _)| *name == near)) {
        lines.extend(scene.dockerfile_line(stage.line));
        return Some(Finding {
            agrees: "a stage has a name that is alike",
            lines,
            sentence: match used {
                Some(_) => format!("{says}, but the stage is called {name} (line {}).", stage.line),
                None => format!("{says}, but the stage is called {name} (line {} of {}).", stage.line, dockerfile.file),
            },
            points: 80,
        });
    }
    if scene.cause.class != Class::StageRef {
        return None;
    }
    let known: Vec<String> = named().map(|(name, stage)| format!("{name} (line {})", stage.line)).collect();
    let sentence = if known.is_empty() {
        format!("{says}, but no stage has a name.")
    } else {
        format!("{says}; the stages are called {}.", known.join(", "))
    };
    Some(Finding { agrees: "no stage has this name", lines, sentence, points: 50 })
}

/// Was the stage named on the command line, or in a compose or bake file?
fn target_was_asked(scene: &Scene<'_>) -> bool {
    scene.proof_says("target")
}

/// A stage does not hold the path that is taken from it, since it writes to another.
pub fn path_in_stage(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::StageRef {
        return None;
    }
    let path = scene.capture("path").map(|path| cleaned(&format!("/{path}")))?;
    let (dockerfile, instruction) = scene.instruction()?;
    let stage = dockerfile.stage(instruction.flag("from")?)?;
    let last = dockerfile.instructions.iter().rposition(|other| other.stage == Some(stage))?;
    let mut runs = Layout::before(scene.facts, dockerfile, last).instructions;
    runs.extend(dockerfile.instructions.get(last));
    let mut written: Option<(&Instruction, String)> = None;
    for (run, target) in runs.into_iter().filter(|run| run.keyword == "RUN").flat_map(outputs).take(OUTPUTS) {
        let at = dockerfile.at_line(run.line)?;
        let place = Layout::before(scene.facts, dockerfile, at).absolute(&target);
        if place == path || target.ends_with('/') {
            return None;
        }
        // Of several outputs the one of the same name, else the first.
        if split(&place).1 == split(&path).1 || written.is_none() {
            written = Some((run, place));
        }
    }
    let (run, place) = written.filter(|(_, place)| !Layout::is_vague(place))?;
    Some(Finding {
        agrees: "the stage writes to another path",
        lines: [instruction.line, run.line].iter().filter_map(|line| scene.dockerfile_line(*line)).collect(),
        sentence: format!("{} takes {path}, but line {} writes {place}.", scene.line_words(instruction.line), run.line),
        points: 70,
    })
}

/// What a command is told to write to: the word behind `-o`.
fn outputs(run: &Instruction) -> Vec<(&Instruction, String)> {
    let text = format!("{} {}", run.rest, run.heredoc);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let target = word.strip_prefix("-o=").or_else(|| words.get(at + 1).copied().filter(|_| *word == "-o"));
        found.extend(target.filter(|target| !target.contains(['$', '`'])).map(|target| (run, target.to_owned())));
    }
    found
}
