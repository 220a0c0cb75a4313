//! The engine in one piece: fed with chunks of a log, finished into a [`Diagnosis`].

use std::sync::Arc;

use crate::diagnosis::{Advisor, Ahead, Collector, Lookout, OnlyMarks, Reading, conclude};
use crate::dialect::{self, DialectReader, Folds};
use crate::matcher::Matcher;
use crate::model::{Diagnosis, Outcome, Run};

/// Diagnoses one log.
///
/// It is pure: no files, clocks, threads or processes. The result does not depend on how the bytes are cut into chunks, and the
/// memory used does not grow with the log.
///
/// ```
/// use std::sync::Arc;
/// use whyfail::{Diagnoser, Matcher, SignatureDb};
///
/// let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
/// let mut diagnoser = Diagnoser::new(matcher);
/// diagnoser.feed(b"#7 [2/2] RUN go mod download\n#7 0.2 go: go.mod file not found in current directory ");
/// diagnoser.feed(b"or any parent directory; see 'go help modules'\n#7 ERROR: exit code: 1\n");
/// let diagnosis = diagnoser.finish();
/// assert_eq!(diagnosis.causes[0].class.as_str(), "mod-no-gomod");
/// ```
pub struct Diagnoser {
    reader: DialectReader,
    collector: Collector,
    /// Reads the log beside, where the matcher was asked for advice.
    advisor: Option<Advisor>,
    name: String,
    part: Option<String>,
    /// The log so far, as long as it may have been copied or mailed.
    kept: Option<Vec<u8>>,
    matcher: Arc<Matcher>,
}

/// What was found in a chunk of a log before its turn came: where something stands that is looked for, and what matches the lines in which it
/// stands. To find that is half of the work, and needs nothing of what stands before: so it may be done ahead, on another thread, and be
/// given to [`Diagnoser::feed_marked`].
#[derive(Debug, Default, Clone)]
pub struct Marks {
    places: dialect::Marked,
    lines: Arc<Ahead>,
}

impl Marks {
    /// Looks through a chunk for what is looked for, and no further, in place of the chunk before.
    pub fn find(&mut self, matcher: &Matcher, chunk: &[u8]) {
        self.places.find(chunk, &|| true, &mut OnlyMarks(matcher));
    }
}

/// Looks through chunks of a log ahead of its [`Diagnoser`], on a thread of its own.
///
/// ```
/// use std::sync::Arc;
/// use whyfail::{Diagnoser, Marks, Matcher, SignatureDb};
///
/// let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
/// let (mut scout, mut marks) = (diagnoser.scout(), Marks::default());
/// for chunk in [b"curl: (6) Could not resolve host: example.org\n"] {
///     scout.look(chunk, &mut marks, || true);
///     diagnoser.feed_marked(chunk, &marks);
/// }
/// assert_eq!(diagnoser.finish().causes.len(), 1);
/// ```
pub struct Scout {
    matcher: Arc<Matcher>,
    lookout: Lookout,
}

impl Scout {
    /// Looks through a chunk, in place of the one that `marks` are of, as long as `goes_on`, which is asked every 32 KiB or so: what is left
    /// then is looked through by [`Diagnoser::feed_marked`].
    pub fn look(&mut self, chunk: &[u8], marks: &mut Marks, goes_on: impl Fn() -> bool) {
        // Where somebody still holds what was found out last, that stays as it is.
        if Arc::get_mut(&mut marks.lines).is_none() {
            marks.lines = Arc::default();
        }
        if let Some(lines) = Arc::get_mut(&mut marks.lines) {
            marks.places.find(chunk, &goes_on, &mut self.lookout.begin(&self.matcher, lines));
        }
    }
}

impl Diagnoser {
    /// A diagnoser at the start of a log.
    pub fn new(matcher: Arc<Matcher>) -> Self {
        let advisor = matcher.advice().map(|advice| Advisor::new(Arc::clone(advice)));
        let collector = Collector::new(Arc::clone(&matcher));
        let reader = DialectReader::new();
        Diagnoser { reader, collector, advisor, name: "-".to_owned(), part: None, kept: Some(Vec::new()), matcher }
    }

    /// Names the log in the result: a file's name, or `-` (the default) for a stream.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Names the part of the source that this log is, where the source holds several.
    pub fn in_part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }

    /// Looks through what is still to be fed, for [`Diagnoser::feed_marked`].
    pub fn scout(&self) -> Scout {
        Scout { matcher: Arc::clone(&self.matcher), lookout: self.collector.lookout() }
    }

    /// Takes the next bytes of the log.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.take(chunk, None);
    }

    /// The same, with what was found in this chunk by its own [`Scout`], or by the same matcher.
    pub fn feed_marked(&mut self, chunk: &[u8], marks: &Marks) {
        self.collector.expect(Some(Arc::clone(&marks.lines)));
        self.take(chunk, Some(&marks.places));
        self.collector.expect(None);
    }

    fn take(&mut self, chunk: &[u8], marked: Option<&dialect::Marked>) {
        match &mut self.kept {
            Some(kept) if kept.len() + chunk.len() <= dialect::FOLDED_LIMIT => kept.extend_from_slice(chunk),
            kept => *kept = None,
        }
        self.reader.feed_marked(chunk, marked, &mut self.collector);
        if let Some(advisor) = &mut self.advisor {
            advisor.feed(chunk);
        }
    }

    /// The log has ended.
    pub fn finish(self) -> Diagnosis {
        self.finish_run(None)
    }

    /// The log has ended, and it is known how the command that printed it ended: that decides the outcome.
    pub fn finish_run(self, run: Option<Run>) -> Diagnosis {
        self.conclude(run, None, false)
    }

    /// The log breaks off: its source could be read no further.
    pub fn finish_cut(self) -> Diagnosis {
        self.conclude(None, None, true)
    }

    /// The log has ended, and the builder's own record says what became of the build.
    pub fn finish_known(self, outcome: Outcome) -> Diagnosis {
        self.conclude(None, Some(outcome), false)
    }

    fn conclude(mut self, run: Option<Run>, known: Option<Outcome>, cut: bool) -> Diagnosis {
        self.reader.finish(&mut self.collector);
        let mut answer = self.answer(&self.reader, &self.collector, run.clone(), known, cut);
        if let Some(joined) = self.joined(&answer, run, known, cut) {
            answer = joined;
        }
        if let Some(advisor) = self.advisor {
            advisor.finish(&mut answer);
        }
        answer
    }

    fn answer(
        &self,
        reader: &DialectReader,
        collector: &Collector,
        run: Option<Run>,
        known: Option<Outcome>,
        cut: bool,
    ) -> Diagnosis {
        let reading = Reading {
            builds: reader.builds(),
            dialects: reader.dialects(),
            name: self.name.clone(),
            part: self.part.clone(),
            bytes: reader.bytes(),
            lines: reader.line_count(),
            encoding: reader.encoding().as_str(),
            run,
            known,
            cut,
        };
        conclude(collector, reading)
    }

    /// Reads the log a second time with lines joined that somebody may have cut in two. Nothing where that is not so, or says no more than
    /// the `first` reading.
    fn joined(&self, first: &Diagnosis, run: Option<Run>, known: Option<Outcome>, cut: bool) -> Option<Diagnosis> {
        let log = self.kept.as_ref().filter(|log| dialect::may_be_folded(log))?;
        // A command that ran just now was copied by nobody.
        if first.outcome == Outcome::Succeeded || run.is_some() {
            return None;
        }
        let mut collector = Collector::new(Arc::clone(&self.matcher));
        let mut reader = DialectReader::joining();
        reader.feed(log, &mut collector);
        reader.finish(&mut collector);
        let folds = reader.folds()?;
        let second = self.answer(&reader, &collector, run, known, cut);
        let better = match folds {
            // Builders' lines say by themselves where they start.
            Folds::Proven if self.reader.is_plain() => !second.causes.is_empty() || first.causes.is_empty(),
            Folds::Proven | Folds::Possible => self.says_more(&second, first),
        };
        better.then_some(second)
    }

    /// Does a reading with joined lines find a cause where the first one found none? Or is its cause proven by a joined line, and what the
    /// first one took for the cause is a broad net that a part of this line went into, or was brought along?
    fn says_more(&self, joined: &Diagnosis, first: &Diagnosis) -> bool {
        let Some(new) = joined.causes.first() else { return false };
        let Some(old) = first.causes.first() else { return true };
        let Some(proof) = new.evidence.first().filter(|proof| proof.joined > 1) else { return false };
        let lines = proof.line..proof.line + u64::from(proof.joined);
        let is_part = old.evidence.first().is_some_and(|part| lines.contains(&part.line));
        let generic = |id: &str| self.matcher.db().get(id).is_some_and(|signature| signature.generic);
        (is_part && generic(&old.signature) && !generic(&new.signature)) || new.led_to.contains(&old.signature)
    }
}
