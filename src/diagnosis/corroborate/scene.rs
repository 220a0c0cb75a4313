//! One cause, the step that it stands in, and the instruction of the reader's Dockerfile that this step is.

use super::image::Layout;
use crate::model::project::{Dockerfile, FileLine, Instruction, ProjectFacts, file_name};
use crate::model::{Cause, Diagnosis, Step};

/// What a check may look at.
pub struct Scene<'s> {
    pub facts: &'s ProjectFacts,
    pub cause: &'s Cause,
    pub step: Option<&'s Step>,
    /// The instruction that the step is, where there is no doubt.
    at: Option<usize>,
}

/// How a step of the log and a Dockerfile go together.
#[derive(Debug, PartialEq, Eq)]
enum Fit {
    At(usize),
    /// Several instructions are alike.
    Somewhere,
    /// The log does not show the step's instruction.
    Unknown,
    /// The Dockerfile has no such instruction: it is not the one that was built, or was changed since.
    Contradicts,
}

impl<'s> Scene<'s> {
    /// `None` where the Dockerfile is not the one that the log tells of.
    pub fn new(diagnosis: &'s Diagnosis, cause: &'s Cause, facts: &'s ProjectFacts) -> Option<Self> {
        let step = cause.step.as_deref().and_then(|key| diagnosis.step(key));
        let fit = match (&facts.dockerfile, step) {
            (Some(dockerfile), Some(step)) => fit(dockerfile, step),
            _ => Fit::Unknown,
        };
        let at = match fit {
            Fit::At(at) => Some(at),
            Fit::Somewhere | Fit::Unknown => None,
            Fit::Contradicts => return None,
        };
        Some(Scene { facts, cause, step, at })
    }

    pub fn dockerfile(&self) -> Option<&'s Dockerfile> {
        self.facts.dockerfile.as_ref()
    }

    /// The instruction that failed, with the Dockerfile that it stands in.
    pub fn instruction(&self) -> Option<(&'s Dockerfile, &'s Instruction)> {
        let dockerfile = self.dockerfile()?;
        Some((dockerfile, dockerfile.instructions.get(self.at?)?))
    }

    /// The image as it is when the instruction runs that failed.
    pub fn layout(&self) -> Option<Layout<'s>> {
        Some(Layout::before(self.facts, self.dockerfile()?, self.at?))
    }

    /// The image as it is when the build is done: for what failed in a container.
    pub fn finished(&self) -> Option<Layout<'s>> {
        let dockerfile = self.dockerfile().filter(|_| self.step.is_none())?;
        (!dockerfile.stages.is_empty()).then(|| Layout::finished(self.facts, dockerfile))
    }

    /// A capture of the cause that is not empty.
    pub fn capture(&self, name: &str) -> Option<&'s str> {
        self.cause.captures.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The program whose message it is: `go` of `go/no-go-mod`.
    pub fn tool(&self) -> &'s str {
        self.cause.signature.split('/').next().unwrap_or_default()
    }

    /// Does the log's proof hold this text?
    pub fn proof_says(&self, text: &str) -> bool {
        self.cause.evidence.iter().any(|line| line.text.contains(text))
    }

    /// Did it fail in a step that runs in an image, rather than in the reader's own shell?
    pub fn in_image(&self) -> bool {
        self.step.and_then(instruction_of).is_some()
    }

    /// A line of the Dockerfile as evidence.
    pub fn dockerfile_line(&self, line: u64) -> Option<(String, FileLine)> {
        let dockerfile = self.dockerfile()?;
        Some((dockerfile.file.clone(), dockerfile.line(line)?))
    }

    /// The line of the reader's Dockerfile that failed.
    pub fn guilty_line(&self) -> Option<(String, FileLine)> {
        let (_, instruction) = self.instruction()?;
        let line = self
            .step
            .and_then(|step| step.file_line)
            .filter(|line| (instruction.line..=instruction.end_line).contains(line));
        self.dockerfile_line(line.unwrap_or(instruction.line))
    }

    /// `Line 3 of Dockerfile`, to start a sentence with.
    pub fn line_words(&self, line: u64) -> String {
        let file = self.dockerfile().map_or("the Dockerfile", |dockerfile| dockerfile.file.as_str());
        format!("Line {line} of {file}")
    }

    /// `the build context`, with its name where it has one of its own.
    pub fn context_words(&self) -> String {
        match self.facts.context.trim_end_matches(['/', '\\']) {
            "." | "" => "the build context".to_owned(),
            name => format!("the build context ({name})"),
        }
    }
}

/// The instruction in a step's title, without the builder's `[builder 4/6]`.
fn instruction_of(step: &Step) -> Option<Instruction> {
    let mut name = step.name.trim_start();
    while let Some((_, rest)) = name.strip_prefix('[').and_then(|inner| inner.split_once("] ")) {
        name = rest.trim_start();
    }
    let parsed = Dockerfile::parse("", name.lines().next()?);
    let instruction = parsed.instructions.into_iter().next()?;
    let known = super::instructions::KEYWORDS.contains(&instruction.keyword.as_str());
    // Builders show the resolved image instead of what FROM says.
    (known && instruction.keyword != "FROM").then_some(instruction)
}

fn fit(dockerfile: &Dockerfile, step: &Step) -> Fit {
    // Several Dockerfiles may take part. Some builders call each of them Dockerfile.
    let another = |name: &str| file_name(name) != "Dockerfile" && file_name(name) != file_name(&dockerfile.file);
    if step.file.as_deref().is_some_and(another) {
        return Fit::Contradicts;
    }
    let Some(shown) = instruction_of(step) else { return Fit::Unknown };
    let alike = |at: &usize| dockerfile.instructions.get(*at).is_some_and(|own| same(own, &shown));
    if let Some(line) = step.file_line {
        return match dockerfile.at_line(line).filter(alike) {
            Some(at) => Fit::At(at),
            None => Fit::Contradicts,
        };
    }
    let in_stage = |at: &usize| match &step.stage {
        Some(name) => dockerfile.instructions.get(*at).is_some_and(|own| own.stage == dockerfile.stage(name)),
        None => true,
    };
    let found: Vec<usize> = (0..dockerfile.instructions.len()).filter(alike).collect();
    let in_stage: Vec<usize> = found.iter().copied().filter(in_stage).collect();
    match (in_stage.as_slice(), found.as_slice()) {
        ([at], _) | ([], [at]) => Fit::At(*at),
        ([], []) => Fit::Contradicts,
        _ => Fit::Somewhere,
    }
}

/// Are an instruction of the Dockerfile and the one that the builder shows the same? Builders fill in variables, squeeze blanks and cut
/// long lines.
fn same(own: &Instruction, shown: &Instruction) -> bool {
    if own.keyword != shown.keyword {
        return false;
    }
    let variable = |word: &str| word.contains('$');
    if own.keyword != "RUN" && own.words.iter().any(|word| variable(word)) {
        return own.words.first() == shown.words.first() || own.words.first().is_some_and(|word| variable(word));
    }
    let mut own_words = own.words.iter();
    for word in &shown.words {
        let cut = word.trim_end_matches(['…', '.']);
        let ends_short = cut.len() < word.len() && (word.ends_with('…') || word.ends_with("..."));
        match own_words.next() {
            // A heredoc's text is shown in the builder's own way.
            Some(own) if own.starts_with("<<") => return word.starts_with("<<"),
            Some(own) if own == word || word.contains(crate::diagnosis::MASK) => {}
            Some(own) if ends_short && own.starts_with(cut) => return true,
            None | Some(_) => return ends_short && cut.is_empty(),
        }
    }
    own_words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_in_the_dockerfile_or_contradicts_it() {
        let file = Dockerfile::parse(
            "Dockerfile",
            "FROM a AS one\nRUN make \\\n  -j 4  all\nCOPY ${SRC} /x\nRUN true\nFROM b\nRUN true\nRUN cat <<EOF\nx\nEOF\n",
        );
        let step = |name: &str, stage: Option<&str>, line: Option<u64>| Step {
            key: "1:1".into(),
            id: "1".into(),
            build: 1,
            name: name.into(),
            stage: stage.map(str::to_owned),
            target: None,
            phase: crate::model::Phase::Build,
            outcome: crate::model::StepOutcome::Failed,
            command: None,
            failed_part: None,
            file: None,
            file_line: line,
            exit_code: None,
            line: 1,
        };
        let fits = |name: &str, stage, line| fit(&file, &step(name, stage, line));
        assert_eq!(fits("[one 2/4] RUN make   -j 4  all", Some("one"), None), Fit::At(1));
        assert_eq!(fits("RUN make -j 4 al…", None, None), Fit::At(1));
        assert_eq!(fits("RUN make -j 4 all", None, Some(3)), Fit::At(1));
        assert_eq!(fits("RUN make -j 4 all", None, Some(5)), Fit::Contradicts);
        assert_eq!(fits("RUN make -j 5 all", None, None), Fit::Contradicts);
        assert_eq!(fits("RUN make -j 4 all install", None, None), Fit::Contradicts);
        assert_eq!(fits("COPY src /x", None, None), Fit::At(2));
        assert_eq!(fits("RUN true", None, None), Fit::Somewhere);
        assert_eq!(fits("[one 4/4] RUN true", Some("one"), None), Fit::At(3));
        assert_eq!(fits("RUN cat <<EOF (x)", None, None), Fit::At(6));
        let other = Step { file: Some("web.Dockerfile".into()), ..step("RUN make -j 4 all", None, None) };
        assert_eq!(fit(&file, &other), Fit::Contradicts);
        assert_eq!(fits("[internal] load build context", None, None), Fit::Unknown);
        assert_eq!(fits("[1/4] FROM docker.io/library/a:latest", None, None), Fit::Unknown);
    }
}
