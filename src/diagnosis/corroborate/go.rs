//! go.sum, local modules and the vendor folder.

use super::Finding;
use super::contents::{later, nowhere};
use super::image::Placed;
use super::scene::Scene;
use super::sources::excluded;
use crate::model::project::{FileLine, Presence, cleaned, join, split};
use crate::pieces::Pieces;
use crate::signature::Class;

/// go.sum is ignored, missing or not copied.
pub fn checksum_file(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ModMissingSum {
        return None;
    }
    // Which module is meant is sure only where there is one.
    let [go_mod] = scene.facts.go_mods.as_slice() else { return None };
    let sum = join(go_mod.folder(), "go.sum");
    match scene.facts.files.presence(&sum) {
        Presence::Yes => {}
        Presence::Unknown => return None,
        Presence::No => {
            return Some(Finding {
                agrees: "there is no go.sum",
                sentence: format!("There is no {sum} beside {}.", go_mod.path),
                points: 60,
                ..Default::default()
            });
        }
    }
    let layout = scene.layout()?;
    if let Some(finding) = excluded(scene, &sum) {
        return Some(finding);
    }
    let (_, instruction) = scene.instruction()?;
    match (layout.find(&go_mod.path), layout.find(&sum)) {
        (Placed::At(_, copied), Placed::Later(_) | Placed::Nowhere) => {
            let line = copied.instruction.line;
            Some(Finding {
                agrees: "go.mod is copied without go.sum",
                lines: scene.dockerfile_line(line).into_iter().collect(),
                sentence: format!(
                    "{} copies {} without {sum}, and line {} needs both.",
                    scene.line_words(line),
                    go_mod.path,
                    instruction.line
                ),
                points: 80,
            })
        }
        _ => None,
    }
}

/// A folder that a go.work or a replace names, with the line that names it.
struct LocalModule {
    file: String,
    /// As written.
    written: String,
    /// From the root of the context; it may lead out.
    path: String,
    at: FileLine,
}

fn local_modules(scene: &Scene<'_>) -> Vec<LocalModule> {
    let mut found = Vec::new();
    let mut add = |file: &str, written: &str, at: &FileLine| {
        let path = join(split(file).0, written);
        found.push(LocalModule { file: file.to_owned(), written: written.to_owned(), path, at: at.clone() });
    };
    for go_mod in &scene.facts.go_mods {
        go_mod.replaces.iter().for_each(|replace| add(&go_mod.path, &replace.folder, &replace.at));
    }
    if let Some(work) = &scene.facts.go_work {
        work.uses.iter().for_each(|folder| add(&work.path, &folder.value, &folder.at));
        work.replaces.iter().for_each(|replace| add(&work.path, &replace.folder, &replace.at));
    }
    found
}

/// A module that go.work or a replace takes from a folder which is outside the context, ignored or not copied.
pub fn local_module(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::CtxMissingFile || scene.tool() != "go" {
        return None;
    }
    let wanted = scene.capture("path")?;
    // Older versions say the folder as it is in the image.
    let names = |module: &LocalModule| {
        let inner = module.path.trim_start_matches("../");
        module.written == wanted
            || cleaned(&module.written) == cleaned(wanted)
            || (wanted.starts_with('/') && wanted.ends_with(&format!("/{inner}")))
    };
    let modules = local_modules(scene);
    let module = modules.iter().find(|module| names(module))?;
    let line = (scene.facts.shown(&module.file), module.at.clone());
    let says = format!("Line {} of {} names {}", module.at.line, line.0, module.written);
    let found = |agrees, sentence, points| Some(Finding { agrees, lines: vec![line.clone()], sentence, points });
    if module.path.starts_with("..") || module.path.starts_with('/') {
        let sentence =
            format!("{says}, which lies outside of {}; the builder sees nothing there.", scene.context_words());
        return found("the folder lies outside the build context", sentence, 80);
    }
    let manifest = join(&module.path, "go.mod");
    if scene.facts.files.presence(&manifest) == Presence::No {
        let sentence = format!("{says}, but there is no {manifest} in {}.", scene.context_words());
        return found("the folder is not there", sentence, 60);
    }
    if let Some(mut finding) = excluded(scene, &manifest) {
        finding.lines.push(line);
        return Some(finding);
    }
    let (_, instruction) = scene.instruction()?;
    let mut finding = match scene.layout()?.find(&manifest) {
        Placed::Later(copied) => later(scene, &manifest, copied.instruction.line, instruction.line),
        Placed::Nowhere => nowhere(&manifest, instruction.line),
        Placed::At(..) | Placed::Unknown => return None,
    };
    finding.lines.push(line);
    Some(finding)
}

/// The vendor folder is ignored or missing while Go is to use it.
pub fn vendor_folder(scene: &Scene<'_>) -> Option<Finding> {
    if scene.cause.class != Class::ModNeedsTidy || scene.tool() != "go" || !scene.proof_says("vendor") {
        return None;
    }
    let [go_mod] = scene.facts.go_mods.as_slice() else { return None };
    let list = join(go_mod.folder(), "vendor/modules.txt");
    if let Some(finding) = excluded(scene, &list) {
        return Some(finding);
    }
    // A package of the folder may be ignored where the folder is not.
    let part = scene.capture("path").and_then(|path| path.find("/vendor/").map(|at| path.tail(at + 1)));
    let part = part.map(|part| join(go_mod.folder(), part));
    if let Some(finding) = part.and_then(|part| excluded(scene, &part)) {
        return Some(finding);
    }
    let (_, instruction) = scene.instruction()?;
    match (scene.facts.files.presence(&list), scene.layout()?.find(&list)) {
        (Presence::No, _) => Some(Finding {
            agrees: "there is no vendor folder",
            sentence: format!("There is no {list} in {}.", scene.context_words()),
            points: 40,
            ..Default::default()
        }),
        (Presence::Yes, Placed::Later(copied)) => Some(later(scene, &list, copied.instruction.line, instruction.line)),
        (Presence::Yes, Placed::Nowhere) => Some(nowhere(&list, instruction.line)),
        _ => None,
    }
}
