//! Which signatures match a line: one search for the fixed texts of all signatures, then only the regexes whose texts are
//! there. Regexes compile on first use.

mod combined;
mod digits;
mod edges;
mod fragments;
mod needs;
mod pattern;
mod prefilter;
mod records;
mod tables;

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use once_cell::sync::{Lazy, OnceCell};

use crate::hashing::hash_of;
use crate::model::{LineMarks, Mark};
use crate::pieces::Pieces;
use crate::signature::{Role, Signature, SignatureDb};
use combined::Combined;
pub(crate) use digits::{Digits, Runs as RunsOfDigits, ToldApart};
use needs::{Needs, Runs};
use pattern::Weight;
pub(crate) use pattern::{Shape, Shapes};
use prefilter::Prefilter;
pub use tables::PatternUse;
use tables::{PatternPlace, Tables};

/// A capture longer than this is cut, in bytes.
pub const CAPTURE_LIMIT: usize = 600;

/// A regex that matches nothing: in place of a pattern that is not there.
const NEVER: &str = r"[^\s\S]";

/// The tables of the built-in signatures, made when whyfail was built.
static BUILT_IN: Lazy<Arc<Tables>> = Lazy::new(|| {
    static PREFILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prefilter.bin"));
    static LISTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lists.bin"));
    static NEEDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/needs.bin"));
    let stored = Prefilter::from_bytes(PREFILTER).zip(postcard::from_bytes(LISTS).ok());
    // Written by the build script of this very crate; should they be unreadable, they can be made again.
    let made = || Tables::new(SignatureDb::built_in().signatures(), 0, true, false);
    Arc::new(stored.map_or_else(made, |(prefilter, lists)| Tables {
        prefilter,
        lists,
        needs: Needs::from_bytes(NEEDS),
    }))
});

/// `-Werror`, `thiserror`, `liberror`, `on_error`, `/errors.go`: options and names that every good log holds.
fn is_part_of_name(text: &[u8], start: usize) -> bool {
    [&b"-W"[..], b"this", b"lib", b"-", b"_", b"/", b"."].iter().any(|before| text.head(start).ends_with(before))
}

/// A pattern that matched a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The signature's number, see [`SignatureDb::at`].
    pub signature: usize,
    /// What the pattern is for.
    pub purpose: PatternUse,
    pattern: PatternRef,
}

/// What a pattern takes from the line that it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken<'m, 't> {
    /// Byte range of the match in the line.
    pub span: (usize, usize),
    /// Named groups that took part.
    pub captures: Vec<(Cow<'m, str>, Cow<'t, str>)>,
}

impl Taken<'_, '_> {
    /// The captures to keep.
    pub fn owned(self) -> Vec<(String, String)> {
        self.captures.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }
}

/// The tables of some signatures of the database, and their regexes.
struct Layer {
    tables: Arc<Tables>,
    /// The number of the first signature of the tables.
    first: usize,
    /// One for each pattern. Few are ever made, so each has its own piece of memory.
    shapes: Vec<OnceCell<Option<Box<Shape>>>>,
}

/// What was made of patterns: kept, or, where there is no room for more, only for the line at hand.
enum Ready<'m, T> {
    Kept(&'m T),
    Passing(Box<T>),
}

impl<T> Deref for Ready<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Ready::Kept(made) => made,
            Ready::Passing(made) => made,
        }
    }
}

/// So many signatures of the user are searched for together with the built-in ones. Fewer have tables of their own: to make those of all
/// signatures anew takes 0.13 s, which is much beside reading a few hundred files, and longer than to look twice at most logs.
const MANY_OWN: usize = 3_000;

/// So many patterns may be wanted of a line, several times each, before they are told apart.
const WANTED: usize = 4_096;

/// In a [`Mark`] the numbers of each layer's texts start at a multiple of this.
const LITERALS: u32 = Mark::KINDS / 2;

/// A pattern: its layer and its place there.
type PatternRef = (usize, u32);

/// Patterns for the neighbourhood, and the same as one.
type Nearby = (Vec<PatternRef>, Shapes);

/// A database made ready for matching; share it between diagnoses.
pub struct Matcher {
    db: Arc<SignatureDb>,
    /// The built-in signatures, and those of the user where there are any; or all of them as one.
    layers: Vec<Layer>,
    /// The `unless` patterns of the signatures that matched something, by number.
    unless: Vec<OnceCell<Box<Shapes>>>,
    /// The patterns for the neighbourhood that are only tried there, of the signatures that matched something, by number.
    nearby: Vec<OnceCell<Box<Nearby>>>,
    /// Patterns that were often wanted together.
    combined: Combined,
    /// What all of them take.
    weight: Weight,
    /// The database's advice, where somebody asks for it.
    advice: Option<Arc<Matcher>>,
    /// See [`Matcher::with_context`].
    context: usize,
}

impl Matcher {
    /// Prepares a database.
    pub fn new(db: Arc<SignatureDb>) -> Self {
        let together = db.own().count() >= MANY_OWN;
        Matcher::prepared(db, together)
    }

    /// The same; the user's signatures have tables of their own, or all are searched for `together`.
    fn prepared(db: Arc<SignatureDb>, together: bool) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        let mut count = 0;
        let mut add = |tables: Arc<Tables>| {
            let shapes = tables.lists.patterns.iter().map(|_| OnceCell::new()).collect();
            let signatures = tables.lists.signatures as usize;
            layers.push(Layer { tables, first: count, shapes });
            count += signatures;
        };
        if together || !db.has_built_in() {
            add(Arc::new(Tables::new(db.numbered(), db.built_in_count(), true, false)));
        } else {
            add(Arc::clone(&BUILT_IN));
            if db.own().next().is_some() {
                add(Arc::new(Tables::new(db.own(), 0, false, false)));
            }
        }
        Matcher::of_layers(layers, count, db)
    }

    /// One that knows the advice of a database, and nothing else.
    pub fn of_advice(db: &SignatureDb) -> Self {
        let db = Arc::new(db.advice());
        let tables = Arc::new(Tables::new(db.own(), 0, true, true));
        let shapes = tables.lists.patterns.iter().map(|_| OnceCell::new()).collect();
        let count = tables.lists.signatures as usize;
        Matcher::of_layers(vec![Layer { tables, first: 0, shapes }], count, db)
    }

    /// The same with no pattern made ready yet: for whoever finds [`Matcher::is_outdated`].
    pub(crate) fn renewed(&self) -> Self {
        let layer = |layer: &Layer| Layer {
            tables: Arc::clone(&layer.tables),
            first: layer.first,
            shapes: layer.shapes.iter().map(|_| OnceCell::new()).collect(),
        };
        let layers = self.layers.iter().map(layer).collect();
        let renewed = Matcher::of_layers(layers, self.unless.len(), Arc::clone(&self.db));
        Matcher { advice: self.advice.clone(), context: self.context, weight: Weight::further(), ..renewed }
    }

    /// Did it take the place of a full one?
    pub(crate) fn is_further(&self) -> bool {
        self.weight.is_further()
    }

    /// Is there no room for further patterns? Each that is not ready is made for every line that wants it.
    pub(crate) fn is_full(&self) -> bool {
        self.weight.is_full()
    }

    /// Is there no room for the patterns that are wanted now? Each of them is made anew for every line that wants it.
    pub(crate) fn is_outdated(&self) -> bool {
        self.weight.is_outdated()
    }

    /// Layers of so many signatures in all.
    fn of_layers(layers: Vec<Layer>, signatures: usize, db: Arc<SignatureDb>) -> Self {
        let unless = (0..signatures).map(|_| OnceCell::new()).collect();
        let nearby = (0..signatures).map(|_| OnceCell::new()).collect();
        let weight = Weight::default();
        Matcher { layers, unless, nearby, combined: Combined::default(), weight, db, advice: None, context: 0 }
    }

    /// Lets diagnoses with this matcher give advice, too.
    pub fn with_advice(self) -> Self {
        let advice = Some(Arc::new(Matcher::of_advice(&self.db)));
        Matcher { advice, ..self }
    }

    /// Lets diagnoses with this matcher keep so many lines of the log before and after each line of evidence, within
    /// [`CONTEXT`](crate::diagnosis::CONTEXT) and [`MOST_CONTEXT`](crate::diagnosis::MOST_CONTEXT). Nothing else of a diagnosis
    /// changes by it.
    pub fn with_context(self, lines: usize) -> Self {
        Matcher { context: lines, ..self }
    }

    /// How many lines around the evidence are asked for.
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// The matcher for advice, where it is asked for.
    pub(crate) fn advice(&self) -> Option<&Arc<Matcher>> {
        self.advice.as_ref()
    }

    /// The database behind it.
    pub fn db(&self) -> &SignatureDb {
        &self.db
    }

    /// The signature of a hit.
    pub fn signature(&self, hit: &Hit) -> &Signature {
        self.numbered(hit.signature)
    }

    /// The signature of this number; numbers come out of hits.
    pub fn numbered(&self, number: usize) -> &Signature {
        static NONE: Lazy<Signature> = Lazy::new(Signature::silent);
        self.db.at(number).unwrap_or(&NONE)
    }

    /// Appends to `hits` what matches the clean line `text`: at most one [`PatternUse::Match`] per signature. On a line that is
    /// noise there is no cause. Says whether the line holds a word of alarm, whatever the signatures know.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) -> bool {
        self.scan_marked(text, None, hits)
    }

    /// The same, where it may be known what [`Matcher::mark`] finds in the line.
    pub(crate) fn scan_marked(&self, text: &[u8], marks: Option<LineMarks<'_>>, hits: &mut Vec<Hit>) -> bool {
        let mut wanted: Vec<PatternRef> = Vec::new();
        let mut room = WANTED;
        let mut alarming = false;
        let mut runs = None;
        let mut found = |number: usize, tables: &Tables, literal: usize, start: usize| {
            let Tables { lists, needs, .. } = tables;
            alarming |= lists.texts.get(literal).is_some_and(|means| means.alarm) && !is_part_of_name(text, start);
            // Most patterns that rely on a text need others that are not there.
            let runs = *runs.get_or_insert_with(|| Runs::in_text(text));
            let fits = |at: &u32| runs.hold(needs.get(*at as usize));
            wanted.extend(lists.relying(literal).filter(fits).map(|pattern| (number, pattern)));
            if wanted.len() > room {
                // A long line may hold the same text very often.
                wanted.sort_unstable();
                wanted.dedup();
                room = WANTED.max(2 * wanted.len());
            }
        };
        match marks {
            Some(marks) => {
                for (what, start) in marks.iter() {
                    let (number, literal) = ((what / LITERALS) as usize, (what % LITERALS) as usize);
                    if let Some(layer) = self.layers.get(number) {
                        found(number, &layer.tables, literal, start);
                    }
                }
            }
            None => {
                for (number, layer) in self.layers.iter().enumerate() {
                    layer.tables.prefilter.find(text, |literal, start| found(number, &layer.tables, literal, start));
                }
            }
        }
        if !wanted.is_empty() {
            wanted.sort_unstable();
            wanted.dedup();
            wanted.retain(|(number, at)| {
                let layer = self.layers.get(*number);
                layer.is_some_and(|layer| layer.tables.lists.edges.may_match(*at as usize, text))
            });
            let together = self.combined.of(&wanted, &self.weight, |pattern| self.source(pattern));
            self.try_patterns(text, &wanted, together.as_deref(), hits);
        }
        alarming
    }

    /// Adds the digits to `told_apart` for which [`Matcher::scan_marked`] may find something else in a line of this text but for them.
    pub(crate) fn tell_apart(&self, text: &[u8], marks: LineMarks<'_>, told_apart: &mut RunsOfDigits) {
        let runs = Runs::in_text(text);
        for (what, _) in marks.iter() {
            let (number, literal) = ((what / LITERALS) as usize, (what % LITERALS) as usize);
            let Some(Tables { lists, needs, .. }) = self.layers.get(number).map(|layer| &*layer.tables) else {
                continue;
            };
            for at in lists.relying(literal) {
                if runs.hold(needs.get(at as usize)) {
                    told_apart.add(text, lists.told_apart(at as usize));
                }
            }
        }
    }

    /// The same for [`Matcher::scan_neighbour`].
    pub(crate) fn tell_apart_nearby(&self, signature: usize, text: &[u8], told_apart: &mut RunsOfDigits) {
        for (number, at) in self.title_patterns(signature) {
            if let Some(layer) = self.layers.get(number) {
                told_apart.add(text, layer.tables.lists.told_apart(at as usize));
            }
        }
    }

    /// Appends where in `block`, which may be many lines and less than 4 GiB, the texts stand that [`Matcher::scan`] looks for, in the order
    /// of places. Telling are those for which it would try a pattern that tells more than that its line is noise, and words of alarm.
    pub(crate) fn mark(&self, block: &[u8], found: &mut Vec<Mark>) {
        let before = found.len();
        for (number, layer) in (0..).zip(&self.layers) {
            let texts = &layer.tables.lists.texts;
            layer.tables.prefilter.find(block, |literal, start| {
                let Some(means) = texts.get(literal) else { return };
                let telling = means.telling || (means.alarm && !is_part_of_name(block, start));
                found.push(Mark::new(start as u32, number * LITERALS + literal as u32, telling));
            });
        }
        found.get_mut(before..).unwrap_or_default().sort_unstable();
    }

    /// The same as [`Matcher::scan`] by trying every pattern: the slow reference that tests compare with.
    pub fn scan_exhaustively(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let lower = text.to_ascii_lowercase();
        let of_layer = |(number, layer): (usize, &Layer)| -> Vec<PatternRef> {
            let titles = &layer.tables.lists.title_patterns;
            let all = (0..layer.shapes.len() as u32).filter(|at| !titles.contains(at));
            all.filter(|at| !self.is_silent(layer, *at, &lower)).map(|at| (number, at)).collect()
        };
        let all: Vec<PatternRef> = self.layers.iter().enumerate().flat_map(of_layer).collect();
        self.try_patterns(text, &all, None, hits);
    }

    /// Is it a trigger of which no text stands in the line? Its texts are a part of what it says.
    fn is_silent(&self, layer: &Layer, at: u32, lower: &[u8]) -> bool {
        let Some(&PatternPlace { signature, purpose, place, .. }) = layer.tables.lists.patterns.get(at as usize) else {
            return true;
        };
        let definition = self.numbered(layer.first + signature as usize);
        let texts = purpose.patterns(definition).get(place as usize).map_or(&[][..], |pattern| &pattern.literals);
        purpose == PatternUse::Trigger && !texts.iter().any(|text| memchr::memmem::find(lower, &text.text).is_some())
    }

    /// Patterns for the neighbourhood without fixed text, of a signature.
    fn title_patterns(&self, signature: usize) -> impl Iterator<Item = PatternRef> {
        self.layers.iter().enumerate().flat_map(move |(number, layer)| {
            let lists = &layer.tables.lists;
            // In the order of the signatures.
            let of = |at: &u32| lists.patterns.get(*at as usize).map(|place| layer.first + place.signature as usize);
            let from = lists.title_patterns.partition_point(|at| of(at) < Some(signature));
            let own = lists.title_patterns.tail(from).iter().take_while(move |at| of(at) == Some(signature));
            own.map(move |at| (number, *at))
        })
    }

    /// The signatures that claim what structured readers find: the reader's name and the signature's number.
    pub fn readers(&self) -> impl Iterator<Item = (&str, usize)> {
        let claims = self.layers.iter().flat_map(|layer| {
            layer
                .tables
                .lists
                .readers
                .iter()
                .map(|(name, signature)| (name.as_str(), layer.first + *signature as usize))
        });
        claims.filter(|(_, number)| self.db.holds(*number))
    }

    /// Does another signature name this one as what it leads to?
    pub fn may_be_consequence(&self, signature: usize) -> bool {
        let of_layer = |layer: &Layer| {
            let number = signature.checked_sub(layer.first).and_then(|number| u32::try_from(number).ok());
            number.is_some_and(|number| layer.tables.lists.consequences.binary_search(&number).is_ok())
        };
        self.layers.iter().any(of_layer)
    }

    /// Has the signature patterns for its neighbourhood that are too short to be looked for in every line?
    pub fn watches_neighbourhood(&self, signature: usize) -> bool {
        self.title_patterns(signature).next().is_some()
    }

    /// Tries those patterns on a line near a match of the signature.
    pub fn scan_neighbour(&self, signature: usize, text: &[u8], hits: &mut Vec<Hit>) {
        let made = || {
            let patterns: Vec<PatternRef> = self.title_patterns(signature).collect();
            let sources: Vec<&str> = patterns.iter().map(|pattern| self.source(*pattern)).collect();
            let shapes = Shapes::weighed(&sources, self.weight.clone());
            Box::new((patterns, shapes))
        };
        let Some(made) = self.nearby.get(signature).map(|cell| self.ready(cell, made)) else { return };
        let (patterns, shapes) = &*made;
        if shapes.any_fits(text) {
            self.try_patterns(text, patterns, Some(shapes), hits);
        }
    }

    /// Appends what matches of the patterns `wanted`, which `together` has, too, where it is given.
    fn try_patterns(&self, text: &[u8], wanted: &[PatternRef], together: Option<&Shapes>, hits: &mut Vec<Hit>) {
        let first = hits.len();
        let mut take = |pattern: PatternRef, fits: &dyn Fn() -> bool| {
            let (number, at) = pattern;
            let Some(layer) = self.layers.get(number) else { return };
            let Some(&PatternPlace { signature, purpose, .. }) = layer.tables.lists.patterns.get(at as usize) else {
                return;
            };
            let signature = layer.first + signature as usize;
            let same = |hit: &Hit| hit.signature == signature && hit.purpose == purpose;
            let switched_off = purpose != PatternUse::Trigger && !self.db.holds(signature);
            if hits.tail(first).iter().any(same) || switched_off {
                return;
            }
            if fits() && !(purpose == PatternUse::Match && self.excluded(signature, text)) {
                hits.push(Hit { signature, purpose, pattern });
            }
        };
        match together {
            Some(shapes) => shapes.fitting(text, |at| {
                if let Some(pattern) = wanted.get(at) {
                    take(*pattern, &|| true);
                }
            }),
            None => {
                for &(number, at) in wanted {
                    let Some(layer) = self.layers.get(number) else { continue };
                    take((number, at), &|| self.shape(layer, at).is_some_and(|shape| shape.fits(text)));
                }
            }
        }
        let role = |hit: &Hit| self.signature(hit).role;
        let noise = hits.tail(first).iter().any(|hit| hit.purpose == PatternUse::Match && role(hit) == Role::Noise);
        if noise {
            let mut at = 0;
            hits.retain(|hit| {
                at += 1;
                at <= first || hit.purpose != PatternUse::Match || role(hit) == Role::Noise
            });
        }
    }

    /// What the pattern of a hit takes from the line that it was found in. Most hits are only counted or mean nothing, and this is
    /// the dearest part of a match: so it is asked for apart.
    pub fn take<'m, 't>(&'m self, hit: &Hit, text: &'t [u8]) -> Taken<'m, 't> {
        let (number, at) = hit.pattern;
        let mut taken = Taken { span: (0, 0), captures: Vec::new() };
        let mut first = true;
        let Some(shape) = self.layers.get(number).and_then(|layer| self.shape(layer, at)) else { return taken };
        let mut add = |name: Option<Cow<'m, str>>, (start, end): (usize, usize)| {
            if let Some(name) = name {
                let value = text.part(start..end.min(start + CAPTURE_LIMIT));
                taken.captures.push((name, String::from_utf8_lossy(value)));
            } else if std::mem::take(&mut first) {
                taken.span = (start, end);
            }
        };
        match shape {
            Ready::Kept(shape) => shape.read(text, |(name, range)| add(name.map(Cow::Borrowed), range)),
            Ready::Passing(shape) => {
                shape.read(text, |(name, range)| add(name.map(|name| Cow::Owned(name.to_owned())), range))
            }
        }
        taken
    }

    /// The byte range of a match, where that is cheaper to have than what it takes.
    pub(crate) fn span(&self, hit: &Hit, text: &[u8]) -> Option<(usize, usize)> {
        let (number, at) = hit.pattern;
        let shape = self.layers.get(number).and_then(|layer| self.shape(layer, at))?;
        shape.span(text)
    }

    /// What tells two matches of patterns apart but for their surroundings.
    pub(crate) fn identity(hit: &Hit, text: &[u8], (start, end): (usize, usize)) -> u64 {
        hash_of((hit.pattern, text.part(start..end)))
    }

    fn shape<'l>(&self, layer: &'l Layer, at: u32) -> Option<Ready<'l, Shape>> {
        let cell = layer.shapes.get(at as usize)?;
        if let Some(made) = cell.get() {
            return made.as_deref().map(Ready::Kept);
        }
        let made = || self.source_in(layer, at).map(|source| Box::new(Shape::weighed(source, self.weight.clone())));
        if self.weight.is_full() {
            self.weight.pass();
            return made().map(Ready::Passing);
        }
        cell.get_or_init(made).as_deref().map(Ready::Kept)
    }

    /// What `make` makes, kept in `cell` if there is room.
    fn ready<'c, T>(&self, cell: &'c OnceCell<Box<T>>, make: impl FnOnce() -> Box<T>) -> Ready<'c, T> {
        match cell.get() {
            Some(made) => Ready::Kept(made),
            None if self.weight.is_full() => {
                self.weight.pass();
                Ready::Passing(make())
            }
            None => Ready::Kept(cell.get_or_init(make)),
        }
    }

    fn source_in(&self, layer: &Layer, at: u32) -> Option<&str> {
        let PatternPlace { signature, purpose, place, .. } = *layer.tables.lists.patterns.get(at as usize)?;
        let signature = self.db.at(layer.first + signature as usize)?;
        Some(&purpose.patterns(signature).get(place as usize)?.regex)
    }

    /// The regex of a pattern.
    fn source(&self, (number, at): PatternRef) -> &str {
        self.layers.get(number).and_then(|layer| self.source_in(layer, at)).unwrap_or(NEVER)
    }

    /// Does an `unless` of the signature match the line?
    pub fn excluded(&self, signature: usize, text: &[u8]) -> bool {
        let made = || {
            let sources: Vec<&str> = self.numbered(signature).unless.iter().map(|pattern| &*pattern.regex).collect();
            Box::new(Shapes::weighed(&sources, self.weight.clone()))
        };
        self.unless.get(signature).is_some_and(|cell| self.ready(cell, made).any_fits(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Origin;

    #[test]
    fn together_or_apart_the_same_is_found() {
        let built_in = SignatureDb::built_in();
        // A user's own, which says that it leads to built-in ones.
        let own = |id: &str| {
            let mut own = built_in.get("go/proxy-forbidden").cloned().unwrap_or_else(Signature::silent);
            own.id = id.to_owned();
            own.leads_to = vec!["class:cmd-not-found".to_owned()];
            own
        };
        let mut db = SignatureDb::clone(&built_in);
        // One more, and one in place of a built-in one.
        assert!(db.add(own("own/proxy"), Origin::User) && db.add(own("sh/command-not-found"), Origin::User));
        assert!(db.remove("apt/package-not-found"));
        let db = Arc::new(db);
        let [apart, together] = [false, true].map(|together| Matcher::prepared(Arc::clone(&db), together));
        assert_eq!((apart.layers.len(), together.layers.len()), (2, 1));
        let found = |matcher: &Matcher, line: &str| {
            let mut hits = Vec::new();
            let alarming = matcher.scan(line.as_bytes(), &mut hits);
            let hits: Vec<_> = hits.iter().map(|hit| (matcher.signature(hit).id.clone(), hit.purpose)).collect();
            (alarming, hits)
        };
        for line in [
            "/bin/sh: 1: protoc: not found",
            "E: Unable to locate package libfoo-dev",
            "x.c:1:1: fatal error: zlib.h: No such file or directory",
            "go: m@v1.0.0: reading https://proxy.example.org/m/@v/v1.0.0.mod: 403 Forbidden",
            "ok",
        ] {
            assert_eq!(found(&apart, line), found(&together, line), "{line}");
        }
        let forbidden =
            found(&together, "go: m@v1.0.0: reading https://proxy.example.org/m/@v/v1.0.0.mod: 403 Forbidden").1;
        for id in ["go/proxy-forbidden", "own/proxy", "sh/command-not-found"] {
            assert!(forbidden.contains(&(id.to_owned(), PatternUse::Match)), "{id}: {forbidden:?}");
        }
        for number in 0..db.built_in_count() + 2 {
            let consequence = [&apart, &together].map(|matcher| matcher.may_be_consequence(number));
            assert_eq!(consequence[0], consequence[1], "{:?}", db.at(number).map(|signature| &signature.id));
        }
    }
}
