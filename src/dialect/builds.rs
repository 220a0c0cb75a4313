//! The builds of a log and their steps, as the dialects learn of them.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Phase, Step, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// Longest step name kept, in bytes.
const NAME_LIMIT: usize = 2_000;
/// So many commands whose failure does not count are kept.
const EXCUSED_KEPT: usize = 200;
/// So many steps are kept before those that ended well and prove nothing are dropped.
const STEPS_KEPT: usize = 4_096;
/// So many bytes of their names and commands.
const TEXT_KEPT: usize = 8 << 20;

/// All builds and steps seen so far.
#[derive(Debug, Default)]
pub struct Builds {
    steps: BTreeMap<StepRef, Tracked>,
    /// Steps of the current build by the builder's id.
    by_id: HashMap<String, StepRef>,
    next: StepRef,
    build: u32,
    verdicts: Vec<Verdict>,
    ambient: Option<StepRef>,
    last_failed: Option<StepRef>,
    stages: Vec<String>,
    pruned_at: usize,
    /// Bytes of names and commands of the steps.
    text: usize,
    clipped: Option<u64>,
    /// Text of a wrapper that says which job of a CI system the lines belong to is not a step; but an explicit
    /// failure of the whole job is a verdict.
    job_failed: Option<u64>,
    job_failed_last: Option<u64>,
    excused: Vec<Excused>,
    /// The last line that a CI system marked as an error.
    marked: Option<u64>,
}

/// A command that a script runner showed and whose failure does not count: `tsc || true`.
#[derive(Debug)]
pub struct Excused {
    /// The command.
    pub command: String,
    /// The line on which it was shown.
    pub line: u64,
    /// The line on which the next command was shown.
    pub until: u64,
}

#[derive(Debug)]
struct Tracked {
    step: Step,
    /// Evidence points to it, so it must stay.
    pinned: bool,
}

/// What the builder said of a whole build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Line of the success mark.
    pub succeeded: Option<u64>,
    /// Line of the failure mark.
    pub failed: Option<u64>,
}

impl Builds {
    /// Starts a further build: step ids begin anew.
    pub fn start_build(&mut self) {
        if self.build == 0
            || !self.by_id.is_empty()
            || self.verdict().failed.is_some()
            || self.verdict().succeeded.is_some()
        {
            self.build = self.build.saturating_add(1);
            self.verdicts.push(Verdict::default());
            self.verdicts.truncate(10_000);
        }
        self.by_id.clear();
        self.ambient = None;
        self.last_failed = None;
    }

    fn ensure_build(&mut self) {
        if self.build == 0 {
            self.start_build();
        }
    }

    /// The step with this id in the current build.
    pub fn find(&self, id: &str) -> Option<StepRef> {
        self.by_id.get(id).copied()
    }

    /// The step behind a handle; `None` once it was dropped.
    pub fn get(&self, step: StepRef) -> Option<&Step> {
        self.steps.get(&step).map(|tracked| &tracked.step)
    }

    /// All steps that are still known, oldest first.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = (StepRef, &Step)> {
        self.steps.iter().map(|(at, tracked)| (*at, &tracked.step))
    }

    /// Opens a step, or finds it again by its id.
    pub fn open(&mut self, id: &str, title: &Title, line: u64) -> StepRef {
        self.ensure_build();
        if let Some(known) = self.find(id).or_else(|| self.named(id, title)) {
            return known;
        }
        self.prune();
        let at = self.next;
        self.next = self.next.saturating_add(1);
        let build = self.build;
        // A step that has no number yet is known by its title, which may hold anything.
        let shown = if id.starts_with('?') { format!("?{at}") } else { id.to_owned() };
        let step = Step {
            key: format!("{build}:{shown}"),
            id: shown,
            build,
            name: limited(&title.name),
            stage: title.stage.clone(),
            target: title.target.clone(),
            phase: title.phase,
            outcome: StepOutcome::Running,
            command: title.command.as_deref().map(limited),
            failed_part: None,
            file: None,
            file_line: None,
            exit_code: None,
            line,
        };
        if let Some(stage) = &title.stage {
            self.saw_stage(stage);
        }
        self.text += text_of(&step);
        self.steps.insert(at, Tracked { step, pinned: false });
        self.by_id.insert(id.to_owned(), at);
        at
    }

    /// The step that a builder's last words named, where these stood before its own lines: two streams went into one file.
    fn named(&mut self, id: &str, title: &Title) -> Option<StepRef> {
        if id.starts_with('?') || title.name.is_empty() || self.last_failed.is_none() {
            return None;
        }
        let step = self.by_id.remove(&format!("?{}", title.name))?;
        self.by_id.insert(id.to_owned(), step);
        let key = format!("{}:{id}", self.build);
        self.update(step, |step| (step.key, step.id) = (key, id.to_owned()));
        Some(step)
    }

    /// Remembers that the Dockerfile has a stage of this name.
    pub fn saw_stage(&mut self, stage: &str) {
        if self.stages.len() < 200 && stage.len() < 200 && !self.stages.iter().any(|known| known == stage) {
            self.stages.push(stage.to_owned());
        }
    }

    /// Names of the build stages seen.
    pub fn stages(&self) -> &[String] {
        &self.stages
    }

    /// Ends a step.
    pub fn end(&mut self, step: StepRef, outcome: StepOutcome) {
        if let Some(tracked) = self.steps.get_mut(&step) {
            // A failure is final; a late DONE of a forged or repeated line does not undo it.
            if tracked.step.outcome != StepOutcome::Failed {
                tracked.step.outcome = outcome;
            }
            if outcome == StepOutcome::Failed {
                self.last_failed = Some(step);
            }
        }
        if self.ambient == Some(step) {
            self.ambient = None;
        }
    }

    /// Changes what is known of a step.
    pub fn update(&mut self, step: StepRef, change: impl FnOnce(&mut Step)) {
        if let Some(tracked) = self.steps.get_mut(&step) {
            change(&mut tracked.step);
        }
    }

    /// Keeps the step for good: something refers to it.
    pub fn pin(&mut self, step: StepRef) {
        if let Some(tracked) = self.steps.get_mut(&step) {
            tracked.pinned = true;
        }
    }

    /// The step that unmarked lines belong to (builders that print no prefix).
    pub fn ambient(&self) -> Option<StepRef> {
        self.ambient
    }

    /// Sets the step that unmarked lines belong to.
    pub fn set_ambient(&mut self, step: Option<StepRef>) {
        self.ambient = step;
    }

    /// The step of the current build that failed last.
    pub fn last_failed(&self) -> Option<StepRef> {
        self.last_failed
    }

    /// A step of the current build whose name is `name` or, cut short, starts or ends like it.
    pub fn find_by_name(&self, name: &str) -> Option<StepRef> {
        let name = name.trim().trim_end_matches(':').trim_end_matches("...");
        let current = |tracked: &&Tracked| tracked.step.build == self.build;
        let mut fitting = None;
        for (at, tracked) in self.steps.iter().rev().filter(|(_, t)| current(t)) {
            if tracked.step.name == name {
                return Some(*at);
            }
            // A screen cuts the names of steps at its width; the block after a failure has them whole.
            let cut =
                tracked.step.name.len() >= 12 && !tracked.step.ended_well() && name.starts_with(&tracked.step.name);
            if fitting.is_none() && (cut || (name.len() >= 8 && tracked.step.name.starts_with(name))) {
                fitting = Some(*at);
            }
        }
        fitting
    }

    /// The builder said that the build is good.
    pub fn mark_succeeded(&mut self, line: u64) {
        self.ensure_build();
        if let Some(verdict) = self.verdicts.last_mut() {
            verdict.succeeded = Some(line);
        }
    }

    /// The builder said that the build failed.
    pub fn mark_failed(&mut self, line: u64) {
        self.ensure_build();
        if let Some(verdict) = self.verdicts.last_mut() {
            verdict.failed.get_or_insert(line);
        }
    }

    /// A CI system said that the job failed, or a tool ended with an error outside any builder.
    pub fn mark_job_failed(&mut self, line: u64) {
        self.job_failed.get_or_insert(line);
        self.job_failed_last = Some(line);
    }

    /// Where a CI system last said so: what stands behind it is tidying up.
    pub fn job_failed_last(&self) -> Option<u64> {
        self.job_failed_last
    }

    /// Where a CI system said that the job failed.
    pub fn job_failed(&self) -> Option<u64> {
        self.job_failed
    }

    /// A script runner showed a command; it is given where its failure does not count.
    pub fn saw_command(&mut self, excused: Option<String>, line: u64) {
        if let Some(last) = self.excused.last_mut() {
            last.until = last.until.min(line);
        }
        if let Some(command) = excused {
            self.saw_excused(&command, line, u64::MAX);
        }
    }

    /// Between these two lines stands the output of a command whose failure does not count.
    pub fn saw_excused(&mut self, command: &str, line: u64, until: u64) {
        if self.excused.len() < EXCUSED_KEPT {
            self.excused.push(Excused { command: limited(command), line, until });
        }
    }

    /// Does the line stand in the output of a command whose failure does not count?
    pub fn may_fail(&self, line: u64) -> bool {
        self.excused.iter().any(|excused| excused.line < line && line < excused.until)
    }

    /// The commands whose failure does not count.
    pub fn excused(&self) -> &[Excused] {
        &self.excused
    }

    /// A CI system shows this line as an error: `##[error]`.
    pub fn mark_error(&mut self, line: u64) {
        self.marked = Some(line);
    }

    /// The last line that a CI system marked as an error.
    pub fn marked(&self) -> Option<u64> {
        self.marked
    }

    /// The builder clipped a step's output, and says so on this line. When the step fails, BuildKit prints its last 256 KiB again,
    /// so that what was lost is a gap, mostly with the end present. Source: moby/buildkit, util/progress/logs/logs.go.
    pub fn mark_clipped(&mut self, line: u64) {
        self.clipped = Some(line);
    }

    /// The last line on which a builder said that it clipped a step's output.
    pub fn clipped(&self) -> Option<u64> {
        self.clipped
    }

    /// The verdict on the current build.
    pub fn verdict(&self) -> Verdict {
        self.verdicts.last().copied().unwrap_or_default()
    }

    /// The verdicts on all builds, in order.
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// Drops steps that ended well and that nothing refers to, once there are many.
    fn prune(&mut self) {
        if self.steps.len() < STEPS_KEPT.max(self.pruned_at * 2) && self.text < TEXT_KEPT {
            return;
        }
        let newest = self.next.saturating_sub(STEPS_KEPT as StepRef / 4);
        self.steps.retain(|at, tracked| *at >= newest || tracked.pinned || tracked.step.outcome == StepOutcome::Failed);
        let over = self.steps.len().saturating_sub(STEPS_KEPT);
        let oldest: Vec<StepRef> = self.steps.keys().copied().take(over).collect();
        for at in oldest {
            self.steps.remove(&at);
        }
        // Names may be long: then the oldest go until there is room again.
        self.text = self.steps.values().map(|tracked| text_of(&tracked.step)).sum();
        while self.text > TEXT_KEPT / 2
            && let Some((_, tracked)) = self.steps.pop_first()
        {
            self.text -= text_of(&tracked.step);
        }
        let steps = &self.steps;
        self.by_id.retain(|_, at| steps.contains_key(at));
        self.pruned_at = self.steps.len().min(STEPS_KEPT);
    }
}

/// Bytes of what a step is called and does.
fn text_of(step: &Step) -> usize {
    step.name.len() + step.command.as_ref().map_or(0, String::len)
}

fn limited(name: &str) -> String {
    if name.len() <= NAME_LIMIT {
        return name.to_owned();
    }
    let mut end = NAME_LIMIT;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", name.head(end))
}

/// What a step's title says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// The whole title.
    pub name: String,
    /// The build stage.
    pub stage: Option<String>,
    /// The bake or compose target.
    pub target: Option<String>,
    /// What the step is for.
    pub phase: Phase,
    /// The command of a `RUN`, or the whole instruction.
    pub command: Option<String>,
}

impl Title {
    /// A title without structure.
    pub fn plain(name: &str, phase: Phase) -> Self {
        Title { name: name.to_owned(), stage: None, target: None, phase, command: None }
    }

    /// Reads a BuildKit vertex name: `[builder 4/6] RUN go mod download`, `[web builder 2/5] COPY . .`,
    /// `[linux/arm64 2/3] …`, `[internal] load …`, `exporting to image`.
    pub fn of_vertex(name: &str) -> Self {
        let name = name.trim();
        let mut title = Title::plain(name, vertex_phase(name));
        let Some((inside, rest)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return title };
        let mut words: Vec<&str> = inside.split_whitespace().collect();
        if words.contains(&"internal") || words.contains(&"auth") {
            if let [target, "internal" | "auth"] = words[..] {
                title.target = Some(target.to_owned());
            }
            title.phase = Phase::Load;
            return title;
        }
        // Bake names the target of what belongs to no stage: `[web] exporting to image`.
        let beyond = vertex_phase(rest.trim());
        if matches!(beyond, Phase::Export | Phase::Push | Phase::CacheExport) {
            title.target = words.first().map(|word| (*word).to_owned());
            title.phase = beyond;
            return title;
        }
        title.phase = Phase::Build;
        if words.last().is_some_and(|word| is_fraction(word)) {
            words.pop();
        }
        words.retain(|word| !is_platform(word));
        match words[..] {
            [] => {}
            [stage] => title.stage = Some(stage.to_owned()),
            [target, .., stage] => {
                title.target = Some(target.to_owned());
                title.stage = Some(stage.to_owned());
            }
        }
        title.command = instruction_command(rest.trim());
        title
    }
}

/// The command of a `RUN` instruction without its flags, or the instruction itself.
pub fn instruction_command(instruction: &str) -> Option<String> {
    let instruction = instruction.trim();
    if instruction.is_empty() {
        return None;
    }
    let mut command = match instruction.get(..4) {
        Some(word) if word.eq_ignore_ascii_case("RUN ") => instruction.tail(4).trim_start(),
        _ => return Some(instruction.to_owned()),
    };
    while let Some(rest) = command.strip_prefix("--") {
        match rest.split_once(char::is_whitespace) {
            Some((_, rest)) => command = rest.trim_start(),
            None => break,
        }
    }
    // BuildKit shows the command of the old client as `/bin/sh -c …`.
    let command = command.strip_prefix("/bin/sh -c ").unwrap_or(command);
    Some(command.to_owned())
}

fn vertex_phase(name: &str) -> Phase {
    if name.starts_with("exporting cache") || name.starts_with("preparing build cache for export") {
        Phase::CacheExport
    } else if name.starts_with("pushing") {
        Phase::Push
    } else if ["exporting", "merging manifest", "naming to", "writing image", "sending tarball", "importing to docker"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        Phase::Export
    } else if name.starts_with("RUN ")
        || name.starts_with("COPY ")
        || name.starts_with("ADD ")
        || name.starts_with("/bin/sh -c")
    {
        Phase::Build
    } else {
        Phase::Load
    }
}

fn is_fraction(word: &str) -> bool {
    word.split_once('/').is_some_and(|(a, b)| {
        !a.is_empty() && !b.is_empty() && a.bytes().all(|c| c.is_ascii_digit()) && b.bytes().all(|c| c.is_ascii_digit())
    })
}

fn is_platform(word: &str) -> bool {
    ["linux/", "windows/", "darwin/", "freebsd/", "wasi/"].iter().any(|os| word.starts_with(os)) || word.contains("->")
}

/// The number after `exit code: ` (also behind `returned a non-zero code: `), read at the end of a builder's message.
pub fn exit_code_after(text: &str, mark: &str) -> Option<i64> {
    let tail = text.tail(text.rfind(mark)? + mark.len());
    let digits: String = tail.trim_start().chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertex_names_are_read() {
        let title = Title::of_vertex("[builder 4/6] RUN --mount=type=cache,target=/x go mod download");
        assert_eq!((title.stage.as_deref(), title.command.as_deref()), (Some("builder"), Some("go mod download")));
        let title = Title::of_vertex("[web builder 2/5] COPY . .");
        assert_eq!((title.target.as_deref(), title.stage.as_deref()), (Some("web"), Some("builder")));
        let title = Title::of_vertex("[linux/arm64 2/3] RUN a && b");
        assert_eq!((title.stage, title.command.as_deref()), (None, Some("a && b")));
        assert_eq!(Title::of_vertex("[internal] load build definition from Dockerfile").phase, Phase::Load);
        assert_eq!(Title::of_vertex("exporting cache to registry").phase, Phase::CacheExport);
        let title = Title::of_vertex("[web] exporting to image");
        assert_eq!((title.target.as_deref(), title.stage, title.phase), (Some("web"), None, Phase::Export));
    }

    #[test]
    fn many_steps_stay_bounded() {
        let mut builds = Builds::default();
        for id in 0..50_000u64 {
            let step = builds.open(&id.to_string(), &Title::of_vertex("[a 1/2] RUN x"), id);
            if id % 2 == 0 {
                builds.end(step, StepOutcome::Done);
            }
        }
        assert!(builds.steps().count() <= 2 * STEPS_KEPT);
        assert!(builds.find("49999").is_some());
    }

    #[test]
    fn many_long_names_stay_bounded() {
        let mut builds = Builds::default();
        let title = Title::of_vertex(&format!("[a 1/2] RUN {}", "x".repeat(3_000)));
        for id in 0..10_000u64 {
            let step = builds.open(&id.to_string(), &title, id);
            builds.end(step, StepOutcome::Failed);
            assert!(builds.text <= TEXT_KEPT + 3 * NAME_LIMIT);
        }
        assert!(builds.find("9999").is_some() && builds.steps().count() > 1_000);
    }

    #[test]
    fn a_step_that_was_only_named_gets_its_number() {
        let mut builds = Builds::default();
        let title = Title::of_vertex("[1/2] RUN x");
        let named = builds.open("?[1/2] RUN x", &title, 1);
        builds.end(named, StepOutcome::Failed);
        assert_eq!(builds.get(named).unwrap().key, "1:?0", "the title, which may hold anything, is no part of it");
        let other = builds.open("3", &Title::of_vertex("[2/2] RUN y"), 2);
        assert_eq!((builds.open("7", &title, 3), builds.find("?[1/2] RUN x")), (named, None));
        assert_eq!((builds.get(named).unwrap().key.as_str(), builds.find("3")), ("1:7", Some(other)));
    }

    #[test]
    fn a_failure_is_final() {
        let mut builds = Builds::default();
        let step = builds.open("1", &Title::of_vertex("[1/2] RUN x"), 1);
        builds.end(step, StepOutcome::Failed);
        builds.end(step, StepOutcome::Done);
        assert_eq!(builds.get(step).unwrap().outcome, StepOutcome::Failed);
    }
}
