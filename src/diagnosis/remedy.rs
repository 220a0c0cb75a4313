//! Fills the remedies of a signature with what the log says, and fits their edits to the reader's Dockerfile.

use std::collections::BTreeMap;

use super::{secrets, text};
use crate::model::{FilledEdit, FilledRemedy, Step};
use crate::signature::{Edit, EditKind, Signature, template};

/// A longer instruction is not repeated in an edit, in characters.
const LONGEST_INSTRUCTION: usize = 200;

/// The remedies with the captures of a cause; `step` is the one in which it was found.
pub fn fill(
    signature: &Signature,
    captures: &BTreeMap<String, String>,
    safe: &BTreeMap<String, String>,
    step: Option<&Step>,
) -> Vec<FilledRemedy> {
    let say = |template: &str| template::fill(template, |name| safe.get(name).map(String::as_str));
    // A masked secret or a made-visible control character is no value for a command.
    let plain = |name: &str| {
        captures
            .get(name)
            .filter(|value| safe.get(name) == Some(*value) && !value.contains(secrets::MASK))
            .or(safe.get(name).filter(|v| v.is_empty()))
            .map(String::as_str)
    };
    let known = |name: &str| plain(name).or_else(|| captures.get(name).map(|_| "\u{0}"));
    let place = step.and_then(Place::of);
    signature
        .prose()
        .remedies
        .iter()
        .map(|remedy| {
            let filled = |edit: &Edit| {
                let line = |template: &Option<String>| match template {
                    None => Some(None),
                    Some(template) => template::fill_shell(template, known).map(Some),
                };
                Some(FilledEdit {
                    file: template::fill_shell(&edit.file, known)?,
                    kind: edit.kind,
                    before: line(&edit.before)?,
                    after: line(&edit.after)?,
                })
            };
            let mut edits: Vec<FilledEdit> = remedy.edits.iter().filter_map(filled).collect();
            if let Some(place) = &place {
                place.fit(&mut edits);
            }
            FilledRemedy {
                title: say(&remedy.title),
                risk: remedy.risk,
                risk_note: remedy.risk_note.as_deref().map(say),
                when: remedy.when.as_deref().map(say),
                commands: remedy.commands.iter().filter_map(|c| template::fill_shell(c, known)).collect(),
                edits,
                verified: remedy.verified_with.is_some(),
                verified_with: remedy.verified_with.clone().unwrap_or_default(),
            }
        })
        .collect()
}

/// The instruction of a Dockerfile in which a cause was found.
struct Place {
    file: Option<String>,
    instruction: String,
}

impl Place {
    /// That of a step, where the log shows its whole instruction on one line.
    fn of(step: &Step) -> Option<Self> {
        let name = step.name.trim();
        let instruction = match name.strip_prefix('[') {
            Some(rest) => rest.split_once("] ")?.1.trim(),
            None => name,
        };
        let word = instruction.split(' ').next()?;
        let usable = ["RUN", "COPY", "ADD", "USER", "WORKDIR"].contains(&word)
            && instruction.chars().count() <= LONGEST_INSTRUCTION
            && !instruction.contains("<<")
            && !instruction.ends_with("...")
            && !instruction.contains('…')
            && text::show_value(instruction) == instruction;
        usable.then(|| Place { file: step.file.clone(), instruction: instruction.to_owned() })
    }

    /// A signature can only guess how the reader's Dockerfile calls a tool. Where the log shows it, the edits
    /// are about that instruction: what goes before a `RUN` goes before this one, and so does what has no
    /// place of its own; what changes the head of a `RUN` changes the head of this one.
    fn fit(&self, edits: &mut [FilledEdit]) {
        let placed = edits.iter().any(|edit| edit.before.is_some());
        for edit in edits.iter_mut().filter(|edit| edit.file == "Dockerfile") {
            let Some(after) = &edit.after else { continue };
            match (edit.kind, &edit.before) {
                // A parser directive is the first line, wherever the failure is.
                (EditKind::Insert, _) if after.starts_with("# ") => continue,
                (EditKind::Insert, None) if !placed => edit.before = Some(self.instruction.clone()),
                (EditKind::Insert, Some(before)) if before.starts_with("RUN ") && self.run().is_some() => {
                    edit.before = Some(self.instruction.clone());
                }
                (EditKind::Replace, Some(before)) => {
                    let Some(new) = self.with_head(before, after) else { continue };
                    edit.before = Some(self.instruction.clone());
                    edit.after = Some(new);
                }
                _ => continue,
            }
            if let Some(file) = &self.file {
                edit.file = file.clone();
            }
        }
    }

    /// What a `RUN` runs, with its options.
    fn run(&self) -> Option<&str> {
        self.instruction.strip_prefix("RUN ").map(str::trim)
    }

    /// `RUN a` became `RUN --option b=c a`: the same for this instruction.
    fn with_head(&self, before: &str, after: &str) -> Option<String> {
        let (old, new) = (before.strip_prefix("RUN ")?.trim(), after.strip_prefix("RUN ")?.trim());
        let head = new.strip_suffix(old)?.trim();
        let run = self.run()?;
        let options: Vec<&str> = run.split(' ').take_while(|word| word.starts_with("--")).collect();
        let command = run.split(' ').skip(options.len()).collect::<Vec<_>>().join(" ");
        // A variable is set for the first command of a chain only.
        let only_options = head.split(' ').all(|word| word.starts_with("--"));
        if head.is_empty() || command.is_empty() || (!only_options && command.contains(['&', ';', '|'])) {
            return None;
        }
        let words: Vec<&str> = ["RUN"].into_iter().chain(options).chain([head, &command]).collect();
        Some(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Phase, StepOutcome};

    fn step(name: &str) -> Step {
        Step {
            key: "1:9".into(),
            id: "9".into(),
            build: 1,
            name: name.into(),
            stage: None,
            target: None,
            phase: Phase::Build,
            outcome: StepOutcome::Failed,
            command: None,
            failed_part: None,
            file: Some("api.Dockerfile".into()),
            file_line: None,
            exit_code: None,
            line: 1,
        }
    }

    /// One edit, fitted to the step `name`: file, `before` and `after`.
    fn fitted(name: &str, kind: EditKind, before: Option<&str>, after: &str) -> (String, Option<String>, String) {
        let mut edits = [FilledEdit {
            file: "Dockerfile".into(),
            kind,
            before: before.map(str::to_owned),
            after: Some(after.into()),
        }];
        if let Some(place) = Place::of(&step(name)) {
            place.fit(&mut edits);
        }
        let [edit] = edits;
        (edit.file, edit.before, edit.after.unwrap_or_default())
    }

    #[test]
    fn what_has_no_place_goes_before_the_failing_instruction() {
        for name in ["[builder 4/6] RUN make -j4 all", "RUN make -j4 all"] {
            let (file, before, after) = fitted(name, EditKind::Insert, None, "RUN apk add gcc");
            assert_eq!(
                (file.as_str(), before.as_deref(), after.as_str()),
                ("api.Dockerfile", Some("RUN make -j4 all"), "RUN apk add gcc")
            );
        }
        let (_, before, _) = fitted("[2/2] RUN true", EditKind::Insert, None, "# syntax=docker/dockerfile:1");
        assert_eq!(before, None, "a parser directive stays at the top");
    }

    #[test]
    fn a_guessed_run_line_becomes_the_real_one() {
        let (_, before, _) =
            fitted("[2/2] RUN npm install --omit=dev", EditKind::Insert, Some("RUN npm ci"), "ENV CI=1");
        assert_eq!(before.as_deref(), Some("RUN npm install --omit=dev"));
        let (_, before, _) = fitted("[2/2] RUN go build", EditKind::Insert, Some("COPY . ."), "WORKDIR /src");
        assert_eq!(before.as_deref(), Some("COPY . ."), "only RUN lines are guessed");
        let (_, before, _) = fitted("[2/2] COPY a b", EditKind::Insert, Some("RUN npm ci"), "ENV CI=1");
        assert_eq!(before.as_deref(), Some("RUN npm ci"), "the failing instruction is no RUN");
    }

    #[test]
    fn a_new_head_is_given_to_the_real_command() {
        let secret = "RUN --mount=type=secret,id=npmrc NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm ci";
        let replace = |name: &str| fitted(name, EditKind::Replace, Some("RUN npm ci"), secret);
        let (_, before, after) = replace("[2/2] RUN --mount=type=cache,target=/root/.npm npm install");
        assert_eq!(before.as_deref(), Some("RUN --mount=type=cache,target=/root/.npm npm install"));
        assert_eq!(
            after,
            "RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc \
             NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm install"
        );
        let (_, before, after) = replace("[2/2] RUN cd app && npm ci");
        assert_eq!(
            (before.as_deref(), after.as_str()),
            (Some("RUN npm ci"), secret),
            "the variable would reach cd only"
        );
        let (_, _, after) = fitted("[2/2] RUN npm ci", EditKind::Replace, Some("RUN npm ci"), "RUN yarn install");
        assert_eq!(after, "RUN yarn install", "another command is no new head");
    }

    #[test]
    fn an_instruction_that_the_log_does_not_show_whole_changes_nothing() {
        for name in ["[2/2] RUN <<EOF", "[2/2] RUN echo a very long comm...", "[internal] load metadata", ""] {
            assert_eq!(fitted(name, EditKind::Insert, None, "RUN true").1, None, "{name}");
        }
    }
}
