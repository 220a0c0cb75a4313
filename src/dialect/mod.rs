//! Knows log formats: turns bytes into clean lines with the step they belong to.
//!
//! Layers, outermost first: `lines` (decoding, line feeds) → `powershell` (lines that a console wrapped) → `paste` (what
//! mail and wikis do to lines) → `folded` (any lines cut in two, in a second reading only) → `wrapped` (lines of BuildKit cut in two) → `clean` (colours, redraws) → wrappers (stamps and marks of CI systems) → builders →
//! `tasks` (the package that a line of output is from). A further wrapper or builder is one file and one line in
//! `wrappers` or `builders`.

mod buildah;
mod buildkit_plain;
mod buildkit_rawjson;
mod buildkit_tty;
mod buildkit_verdict;
mod builds;
mod ci_columns;
mod circleci;
mod classic;
mod clean;
mod cloud;
mod colours;
mod compose;
mod control;
mod docker_api;
mod flutter;
mod folded;
mod gitlab;
mod go_test_json;
mod held;
mod jenkins;
mod journal;
mod kaniko;
mod lines;
mod loud;
mod marked;
mod mojibake;
mod paste;
mod powershell;
mod prefix;
mod quiet;
mod railway;
mod renumbered;
mod shown_commands;
mod sixteen;
mod stamps;
mod taskcluster;
mod tasks;
mod teamcity;
#[cfg(test)]
mod testing;
mod tool_marks;
mod wide;
mod wrapped;
mod written;

pub use builds::{Builds, Title, Verdict};
pub(crate) use folded::{Folds, LIMIT as FOLDED_LIMIT, worth_reading as may_be_folded};
pub use lines::Encoding;
pub use marked::{LooksAhead, Marked};

use crate::model::{LineMarks, LineRole, LogLine, Mark, StepRef};
use crate::pieces::Pieces;
use folded::Folded;
use held::Part;
use lines::{LineReader, RawLine, Read};
use paste::Paste;
use powershell::{Out, Powershell};
use prefix::Prefix;
use renumbered::Renumbered;
use tasks::Tasks;
use wrapped::Wrapped;

/// Takes the clean lines of a log.
///
/// Most lines say nothing to anyone. Where no shape would take a line, only [`LineSink::candidates`] sees it; what it finds is
/// asked about with [`LineSink::is_notable`] and, if so, handed over, with the lines around.
pub trait LineSink {
    /// One clean line, and what is known of the builds so far.
    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds);

    /// Appends what the sink looks for in `block`, whole lines without escape sequences, in the order of places. Of a line without any
    /// that is telling [`LineSink::is_notable`] is not asked.
    fn candidates(&self, block: &[u8], found: &mut Vec<Mark>) {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', block).map(|feed| feed + 1));
        found.extend(starts.filter(|start| *start < block.len()).map(|start| Mark::new(start as u32, 0, true)));
    }

    /// Must this line be handed over? No line of its step was left out since the last one that was. `marks` are those of
    /// [`LineSink::candidates`] that stand in it, where they are known.
    fn is_notable(&mut self, _text: &[u8], _marks: Option<LineMarks<'_>>, _step: Option<StepRef>) -> bool {
        true
    }

    /// The line that was judged last, which is notable.
    fn notable_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        self.log_line(line, builds);
    }

    /// A line that the sink waits for, with what stands in it where that is known.
    fn awaited_line(&mut self, line: LogLine<'_>, _marks: Option<LineMarks<'_>>, builds: &mut Builds) {
        self.log_line(line, builds);
    }

    /// One of the last lines before a line that may matter. It is not notable itself.
    fn quiet_line(&mut self, _line: LogLine<'_>) {}

    /// Does nothing seen before wait for further lines of this step?
    fn at_rest(&self, _step: Option<StepRef>) -> bool {
        false
    }

    /// How many lines before a notable one, blank ones apart, are wanted.
    fn lookback(&self) -> usize {
        0
    }

    /// The log has ended.
    fn finish(&mut self, _builds: &mut Builds) {}
}

/// What a wrapper or builder may do while it reads one line.
pub struct Scope<'c> {
    /// The builds of the log.
    pub builds: &'c mut Builds,
    sink: &'c mut dyn LineSink,
    tasks: &'c mut Tasks,
    number: u64,
    offset: u64,
    joined: u32,
    /// A wrapper dealt with the whole line.
    consumed: bool,
    /// See [`LogLine::strand`].
    strand: u32,
}

impl Scope<'_> {
    /// Hands on one clean line.
    pub fn emit(&mut self, step: Option<StepRef>, role: LineRole, text: &[u8]) {
        let output = matches!(role, LineRole::Output | LineRole::Recap);
        let (text, strand) = if output { self.tasks.inside(text, self.number) } else { (text, 0) };
        self.hand_on(step, role, text, strand);
    }

    fn hand_on(&mut self, step: Option<StepRef>, role: LineRole, text: &[u8], strand: u32) {
        let strand = if self.strand == 0 { strand } else { self.strand };
        let (number, joined, offset) = (self.number, self.joined, self.offset);
        let line = LogLine { number, joined, offset, text, step, role, strand };
        self.sink.log_line(line, self.builds);
    }

    /// Says that nothing of the line is left to read.
    pub fn consume(&mut self) {
        self.consumed = true;
    }

    /// The number of the physical line.
    pub fn line(&self) -> u64 {
        self.number
    }
}

/// A shape that stands around every line, such as a CI system's time stamp.
trait Wrapper: Send {
    /// The name in output.
    fn name(&self) -> &'static str;
    /// What is inside, where the line has this shape.
    fn unwrap<'l>(&mut self, line: &'l [u8], scope: &mut Scope<'_>) -> Option<&'l [u8]>;
    /// Would it pass a quiet line (see [`quiet`]), the one of this number, and learn nothing from it?
    fn at_rest(&self, _number: u64) -> bool {
        true
    }
    /// What is inside, where the line has this shape and nothing is learnt by taking it off. Asked only where it was met before.
    fn strip<'l>(&self, _line: &'l [u8]) -> Option<&'l [u8]> {
        None
    }
}

/// A shape in which a builder or tool prints.
trait Builder: Send {
    /// The name in output.
    fn name(&self) -> &'static str;
    /// Reads one line, if it has this shape.
    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool;
    /// The log has ended: hands on what was held back.
    fn finish(&mut self, _scope: &mut Scope<'_>) {}
    /// Would it leave a quiet line (see [`quiet`]) alone, and learn nothing from it?
    fn at_rest(&self) -> bool {
        true
    }
    /// The step that it is at, and what stands before each further line of output of that step, but for a clock.
    fn at_step(&self) -> Option<(StepRef, String)> {
        None
    }
}

/// All wrappers; each is tried on what the one before left, until none fits.
fn wrappers() -> Vec<Box<dyn Wrapper>> {
    vec![
        Box::new(gitlab::GitlabStamps),
        Box::new(stamps::GithubActions::default()),
        Box::new(Prefix::certain("journal", journal::inside)),
        Box::new(stamps::DockerLogs),
        Box::new(Prefix::certain("jenkins", jenkins::stamp)),
        Box::new(Prefix::certain("jenkins", jenkins::note)),
        Box::new(jenkins::Branches::default()),
        Box::new(Prefix::certain("teamcity", teamcity::inside)),
        Box::new(Prefix::certain("taskcluster", taskcluster::stamp)),
        Box::new(Prefix::believed_after(2, "mozharness", taskcluster::mozharness)),
        Box::new(Prefix::certain("mozharness", taskcluster::gecko)),
        Box::new(Prefix::certain("cloud-build", cloud::cloud_build)),
        Box::new(Prefix::certain("codebuild", cloud::code_build)),
        Box::new(Prefix::believed_after(2, "kubernetes", cloud::kubernetes)),
        Box::new(Prefix::believed_after(2, "app-platform", cloud::app_platform)),
        Box::new(cloud::Frames::default()),
        Box::new(Prefix::certain("coolify", cloud::coolify)),
        Box::new(Prefix::certain("heroku", cloud::heroku)),
        Box::new(Prefix::believed_after(2, "act", ci_columns::act)),
        Box::new(Prefix::certain("buildkite", ci_columns::buildkite)),
        Box::new(Prefix::believed_after(3, "clock", ci_columns::clock)),
        Box::new(Prefix::believed_after(3, "jenkins", jenkins::clock)),
        Box::new(Prefix::believed_after(2, "flutter", flutter::inside)),
        Box::new(Prefix::certain(powershell::NAME, powershell::blank)),
        Box::new(compose::ComposePrefix::default()),
    ]
}

/// All builders; the first that takes a line has it.
fn builders() -> Vec<Box<dyn Builder>> {
    vec![
        Box::new(tool_marks::ToolMarks),
        Box::new(shown_commands::ShownCommands::default()),
        Box::new(jenkins::Jenkins),
        Box::new(ci_columns::Buildkite::default()),
        Box::new(cloud::CloudBuild),
        Box::new(buildkit_plain::BuildkitPlain::default()),
        Box::new(buildkit_verdict::BuildkitVerdict::default()),
        Box::new(railway::Railway),
        Box::new(buildkit_rawjson::BuildkitRawjson::default()),
        Box::new(buildkit_tty::BuildkitTty::default()),
        Box::new(buildah::Buildah::default()),
        Box::new(classic::Classic::default()),
        Box::new(kaniko::Kaniko::default()),
        Box::new(docker_api::DockerApi::default()),
        Box::new(gitlab::Gitlab::default()),
        Box::new(go_test_json::GoTestJson::default()),
        Box::new(compose::Compose),
    ]
}

/// The name of a log without any known shape.
const PLAIN: &str = "plain";
/// How many wrappers may stand around each other.
const NESTING: usize = 6;

/// The longest wait before quiet lines are looked for again, in lines.
const IMPATIENCE: u32 = 63;

/// Reads a log in any known format, fed in chunks.
pub struct DialectReader {
    lines: LineReader,
    powershell: Powershell,
    inner: Inner,
}

/// Everything above the lines that a console wrapped.
struct Inner {
    paste: Paste,
    folded: Folded,
    wrapped: Wrapped,
    shapes: Shapes,
    waiting: Waiting,
    scratch: quiet::Scratch,
}

/// Where lines are not quiet, looking for quiet ones is the dearer way.
#[derive(Default)]
struct Waiting {
    /// So many lines are read before quiet ones are looked for again.
    patience: u32,
    /// How long the next wait is.
    impatience: u32,
}

impl Waiting {
    fn is_over(&self) -> bool {
        self.patience == 0
    }

    /// Quiet lines were looked for.
    fn looked(&mut self, found: bool) {
        self.impatience = if found { 0 } else { (self.impatience * 2 + 1).min(IMPATIENCE) };
        self.patience = self.impatience;
    }

    /// A line was read.
    fn line(&mut self) {
        self.patience = self.patience.saturating_sub(1);
    }
}

/// Everything above the physical line.
struct Shapes {
    wrappers: Vec<Box<dyn Wrapper>>,
    builders: Vec<Box<dyn Builder>>,
    builds: Builds,
    tasks: Tasks,
    seen: Vec<&'static str>,
    scratch: Vec<u8>,
    last_line: u64,
    last_offset: u64,
    /// So many lines stood in others: see [`circleci`].
    unfolded: u64,
}

impl Default for DialectReader {
    fn default() -> Self {
        Self::new()
    }
}

impl DialectReader {
    /// A reader at the start of a log.
    pub fn new() -> Self {
        DialectReader {
            lines: LineReader::new(),
            powershell: Powershell::default(),
            inner: Inner {
                paste: Paste::default(),
                folded: Folded::default(),
                wrapped: Wrapped::default(),
                shapes: Shapes {
                    wrappers: wrappers(),
                    builders: builders(),
                    builds: Builds::default(),
                    tasks: Tasks::default(),
                    seen: Vec::new(),
                    scratch: Vec::new(),
                    last_line: 1,
                    last_offset: 0,
                    unfolded: 0,
                },
                waiting: Waiting::default(),
                scratch: quiet::Scratch::default(),
            },
        }
    }

    /// A reader that joins lines which a terminal's copy or a mail cut in two. It hands on nothing before the log has ended.
    pub(crate) fn joining() -> Self {
        let mut reader = Self::new();
        reader.inner.folded = Folded::active();
        reader
    }

    /// Were lines joined that somebody had cut in two? Known when the log has ended.
    pub(crate) fn folds(&self) -> Option<Folds> {
        self.inner.folded.found()
    }

    /// Has it met no shape that a builder prints?
    pub(crate) fn is_plain(&self) -> bool {
        let shapes = &self.inner.shapes;
        !shapes.seen.iter().any(|name| shapes.builders.iter().any(|builder| builder.name() == *name))
    }

    /// Takes the next bytes of the log.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut dyn LineSink) {
        self.feed_marked(chunk, None, sink);
    }

    /// The same, where it may be known what [`LineSink::candidates`] finds in the chunk.
    pub fn feed_marked(&mut self, chunk: &[u8], marked: Option<&Marked>, sink: &mut dyn LineSink) {
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.lines.is_wide() {
                // These are looked for quiet ones when they have been decoded.
                self.read_lines(rest, sink);
                return;
            }
            if self.inner.waiting.is_over() && self.at_rest() {
                let marks = marked.and_then(|marked| marked.behind(chunk.len() - rest.len()));
                let bytes = self.read_quiet(rest, marks, sink);
                rest = rest.tail(bytes);
                self.inner.waiting.looked(bytes > 0);
            }
            let mut read_to = 0;
            while read_to < rest.len() && (!self.inner.waiting.is_over() || read_to == 0) {
                read_to += memchr::memchr(b'\n', rest.tail(read_to)).map_or(rest.len() - read_to, |end| end + 1);
                self.inner.waiting.line();
            }
            self.read_lines(rest.head(read_to), sink);
            rest = rest.tail(read_to);
        }
    }

    /// Reads the quiet lines at the start of `block`; gives how many bytes they are.
    fn read_quiet(&mut self, block: &[u8], marks: Option<marked::Marks<'_>>, sink: &mut dyn LineSink) -> usize {
        let at = quiet::At { number: self.lines.number(), offset: self.lines.offset() };
        let read = self.inner.read_quiet(block, at, marks, sink);
        self.lines.skip(read.bytes, read.lines);
        read.bytes
    }

    fn read_lines(&mut self, bytes: &[u8], sink: &mut dyn LineSink) {
        let DialectReader { lines, powershell, inner } = self;
        lines.feed(bytes, &mut |read| read_physical(read, powershell, inner, sink));
    }

    /// Is nothing in the middle of something, so that quiet lines may be left out?
    fn at_rest(&self) -> bool {
        self.lines.at_line_start() && self.powershell.at_rest() && self.inner.at_rest(self.lines.number())
    }

    /// The log has ended.
    pub fn finish(&mut self, sink: &mut dyn LineSink) {
        let DialectReader { lines, powershell, inner } = self;
        lines.finish(&mut |read| read_physical(read, powershell, inner, sink));
        powershell.finish(&mut |out| inner.take(out, sink));
        inner.finish(sink);
    }

    /// The builds and steps seen.
    pub fn builds(&self) -> &Builds {
        &self.inner.shapes.builds
    }

    /// How the bytes stand for characters.
    pub fn encoding(&self) -> Encoding {
        self.lines.encoding()
    }

    /// Size of the input in bytes.
    pub fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// Number of lines.
    pub fn line_count(&self) -> u64 {
        self.lines.lines()
    }

    /// Names of the shapes recognised, outermost first.
    pub fn dialects(&self) -> Vec<String> {
        let shapes = &self.inner.shapes;
        let order = |name: &&str| {
            let wrapper = shapes.wrappers.iter().position(|w| w.name() == *name);
            let builder = shapes.builders.iter().position(|b| b.name() == *name);
            wrapper.or(builder.map(|at| at + 100)).unwrap_or(0)
        };
        let mut names = shapes.seen.clone();
        names.sort_by_key(order);
        if !names.iter().any(|name| shapes.builders.iter().any(|b| b.name() == *name)) {
            names.push(PLAIN);
        }
        if shapes.tasks.seen() {
            names.insert(0, Tasks::NAME);
        }
        if self.inner.paste.seen() || self.folds().is_some() {
            names.insert(0, paste::NAME);
        }
        if self.powershell.seen() && !names.contains(&powershell::NAME) {
            names.insert(0, powershell::NAME);
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

fn read_physical(read: Read<'_>, powershell: &mut Powershell, inner: &mut Inner, sink: &mut dyn LineSink) {
    match read {
        Read::Line(line) => powershell.line(line, &mut |out| inner.take(out, sink)),
        Read::Wide(lines) => powershell.wide_lines(lines, &mut |out| inner.take(out, sink)),
    }
}

impl Inner {
    fn take(&mut self, out: Out<'_>, sink: &mut dyn LineSink) {
        match out {
            Out::Line(line) => self.line(line, 1, sink),
            Out::Lines(lines) => self.lines(lines, sink),
        }
    }

    fn line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut dyn LineSink) {
        let Inner { paste, folded, wrapped, shapes, .. } = self;
        paste.line(line, joined, &mut |line, joined| {
            folded.line(line, joined, &mut |line, joined| {
                wrapped.line(line, joined, &mut |line, joined| shapes.raw_line(line, joined, sink));
            });
        });
    }

    /// Reads lines that come together, the quiet ones among them at once.
    fn lines(&mut self, lines: Part<'_>, sink: &mut dyn LineSink) {
        let mut next = 0;
        while let Some(place) = lines.places.get(next) {
            if self.waiting.is_over() && self.at_rest(place.number) {
                let mut renumbered = Renumbered { sink: &mut *sink, places: lines.places.tail(next) };
                let at = quiet::At { number: 0, offset: 0 };
                let read = self.read_quiet(lines.text.tail(lines.start(next)), at, None, &mut renumbered);
                next += read.lines as usize;
                self.waiting.looked(read.bytes > 0);
            }
            let mut first = true;
            while let Some((line, joined)) = lines.line(next).filter(|_| first || !self.waiting.is_over()) {
                self.line(line, joined, sink);
                self.waiting.line();
                (next, first) = (next + 1, false);
            }
        }
    }

    /// Reads the quiet lines at the start of `block`.
    fn read_quiet(
        &mut self,
        block: &[u8],
        at: quiet::At,
        marks: Option<marked::Marks<'_>>,
        sink: &mut dyn LineSink,
    ) -> quiet::Stretch {
        let Shapes { wrappers, builders, builds, seen, .. } = &mut self.shapes;
        let frame = Around::new(wrappers, builders, seen, builds.ambient());
        quiet::read(block, at, &frame, marks, &mut self.scratch, sink, builds)
    }

    /// Is nothing in the middle of something, so that quiet lines from this number on may be left out?
    fn at_rest(&self, number: u64) -> bool {
        let shapes = &self.shapes;
        self.paste.at_rest()
            && self.folded.at_rest()
            && self.wrapped.at_rest(number)
            && shapes.tasks.at_rest(number)
            && shapes.wrappers.iter().all(|wrapper| wrapper.at_rest(number))
            && shapes.builders.iter().all(|builder| builder.at_rest())
    }

    fn finish(&mut self, sink: &mut dyn LineSink) {
        let Inner { paste, folded, wrapped, shapes, .. } = self;
        paste.finish(&mut |line, joined| {
            folded.line(line, joined, &mut |line, joined| {
                wrapped.line(line, joined, &mut |line, joined| shapes.raw_line(line, joined, sink));
            });
        });
        folded.finish(&mut |line, joined| {
            wrapped.line(line, joined, &mut |line, joined| shapes.raw_line(line, joined, sink));
        });
        wrapped.finish(&mut |line, joined| shapes.raw_line(line, joined, sink));
        shapes.finish(sink);
        sink.finish(&mut shapes.builds);
    }
}

/// The shapes that stand around lines at the moment.
struct Around<'s> {
    wrappers: Vec<&'s dyn Wrapper>,
    /// The step that a builder is at, and what stands before its lines.
    step: Option<(StepRef, String)>,
    ambient: Option<StepRef>,
}

impl<'s> Around<'s> {
    fn new(
        wrappers: &'s [Box<dyn Wrapper>],
        builders: &[Box<dyn Builder>],
        seen: &[&str],
        ambient: Option<StepRef>,
    ) -> Self {
        let met = wrappers.iter().filter(|wrapper| seen.contains(&wrapper.name()));
        let step = builders.iter().find_map(|builder| builder.at_step());
        Around { wrappers: met.map(|wrapper| &**wrapper).collect(), step, ambient }
    }
}

impl quiet::Frame for Around<'_> {
    fn inside<'l>(&self, line: &'l [u8]) -> quiet::Inside<'l> {
        let mut text = line;
        for _ in 0..NESTING {
            let Some(inside) = self.wrappers.iter().find_map(|wrapper| wrapper.strip(text)) else { break };
            text = inside;
        }
        let behind = self.step.as_ref().and_then(|(_, head)| text.strip_prefix(head.as_bytes()));
        match behind.and_then(buildkit_plain::timed) {
            Some(output) => quiet::Inside::OfStep(output),
            None => quiet::Inside::Line(text),
        }
    }

    fn further_line(&self, output: &[u8]) -> Option<usize> {
        self.step.as_ref().and_then(|(_, head)| buildkit_plain::further_line(output, head.as_bytes()))
    }

    fn is_bare(&self) -> bool {
        self.wrappers.is_empty() && self.step.is_none()
    }

    fn step(&self, of_step: bool) -> Option<StepRef> {
        self.step.as_ref().filter(|_| of_step).map(|(step, _)| *step).or(self.ambient)
    }
}

impl Shapes {
    fn raw_line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut dyn LineSink) {
        let line = RawLine { number: line.number + self.unfolded, ..line };
        let Some(output) = circleci::output(&line) else { return self.printed_line(line, joined, sink) };
        note(&mut self.seen, circleci::NAME);
        let mut lines = 0;
        for bytes in output.lines() {
            let number = line.number + lines;
            self.printed_line(RawLine { number, bytes: bytes.as_bytes(), ..line }, joined, sink);
            lines += 1;
        }
        self.unfolded += lines.saturating_sub(1);
    }

    fn printed_line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut dyn LineSink) {
        let mut scratch = std::mem::take(&mut self.scratch);
        clean::segments(line.bytes, &mut scratch, |text| self.clean_line(&line, joined, text, sink));
        self.scratch = scratch;
    }

    fn clean_line(&mut self, line: &RawLine<'_>, joined: u32, text: &[u8], sink: &mut dyn LineSink) {
        self.last_line = line.number;
        self.last_offset = line.offset;
        let Shapes { builds, tasks, .. } = self;
        let (number, offset) = (line.number, line.offset);
        let mut scope = Scope { builds, sink, tasks, number, offset, joined, consumed: false, strand: 0 };
        let mut text = text;
        if !line.continued {
            for _ in 0..NESTING {
                let unwrapped = self
                    .wrappers
                    .iter_mut()
                    .find_map(|wrapper| wrapper.unwrap(text, &mut scope).map(|inside| (wrapper.name(), inside)));
                let Some((name, inside)) = unwrapped else { break };
                note(&mut self.seen, name);
                text = inside;
                if scope.consumed {
                    return;
                }
            }
        }
        // A runner of packages may itself stand around a builder.
        let (text, strand) = scope.tasks.inside(text, number);
        for builder in &mut self.builders {
            if builder.read(text, &mut scope) {
                note(&mut self.seen, builder.name());
                return;
            }
        }
        let ambient = scope.builds.ambient();
        scope.hand_on(ambient, LineRole::Output, text, strand);
    }

    fn finish(&mut self, sink: &mut dyn LineSink) {
        let (number, offset) = (self.last_line, self.last_offset);
        let (builds, tasks) = (&mut self.builds, &mut self.tasks);
        let mut scope = Scope { builds, sink, tasks, number, offset, joined: 1, consumed: false, strand: 0 };
        for builder in &mut self.builders {
            builder.finish(&mut scope);
        }
    }
}

fn note(seen: &mut Vec<&'static str>, name: &'static str) {
    if !seen.contains(&name) {
        seen.push(name);
    }
}
