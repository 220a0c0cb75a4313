//! Reads one signature file and checks everything that can be known from it alone.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::definition::{Edit, Example, Extract, Nearest, Pattern, Remedy, Signature, SignatureFile};
use super::expression::{PATTERN_SIZE_LIMIT, compile_within, parsed};
use super::lint;
use super::literal::{self, Literal};
use super::problem::{Problem, code};
use super::prose::Prose;
use super::template::{self, Piece};
use super::vocabulary::{Class, EditKind, Owner, Retry, Risk, Role};
use crate::extractor::{self, READERS};
use crate::pieces::Pieces;

/// Longest pattern.
const PATTERN_LENGTH: usize = 2_000;
/// Most patterns of one kind: each takes its time to be compiled.
const MOST_PATTERNS: usize = 100;
/// Default of `within`, in lines.
const NEARBY: u32 = 30;

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: Spanned<String>,
    class: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    retry: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    #[serde(rename = "match", default)]
    matches: Vec<Spanned<String>>,
    extract: Option<Spanned<String>>,
    #[serde(default)]
    kinds: Vec<Spanned<String>>,
    #[serde(default)]
    codes: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    #[serde(default)]
    near: Vec<Spanned<String>>,
    #[serde(default)]
    unless_near: Vec<Spanned<String>>,
    within: Option<u32>,
    #[serde(default)]
    generic: bool,
    nearest: Option<Spanned<Nearest>>,
    explain: Option<Spanned<String>>,
    prevent: Option<Spanned<String>>,
    #[serde(default)]
    leads_to: Vec<Spanned<String>>,
    #[serde(default)]
    references: Vec<Spanned<String>>,
    #[serde(default)]
    identity: Vec<Spanned<String>>,
    #[serde(default)]
    remedy: Vec<Spanned<RawRemedy>>,
    #[serde(default)]
    example: Vec<Spanned<RawExample>>,
    #[serde(default)]
    counterexample: Vec<Spanned<RawExample>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemedy {
    title: Spanned<String>,
    when: Option<Spanned<String>>,
    risk: Option<Spanned<String>>,
    risk_note: Option<Spanned<String>>,
    #[serde(default)]
    commands: Vec<Spanned<String>>,
    #[serde(default)]
    edit: Vec<RawEdit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEdit {
    file: Spanned<String>,
    kind: Spanned<String>,
    before: Option<Spanned<String>>,
    after: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    log: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    captures: BTreeMap<String, String>,
    #[serde(default)]
    alone: bool,
    /// Free words on why a near miss must not match.
    #[serde(default)]
    #[allow(dead_code)]
    why: String,
}

/// Reads the file `file` with the text `text`; its signature gets the id `id`.
///
/// # Errors
/// All mistakes of the file at once, as far as it can be read.
pub fn parse(id: &str, file: &str, text: &str) -> Result<SignatureFile, Vec<Problem>> {
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().trim().to_owned();
            return Err(vec![Problem::at(code::SYNTAX, file, text, span, message)]);
        }
    };
    let mut reader = Reader { file, text, problems: Vec::new(), captures: BTreeMap::new() };
    reader.check_id(id);
    let signature = reader.signature(id, &raw);
    let leads_to_spans = raw.leads_to.iter().map(|target| (target.span().start, target.span().end)).collect();
    let pattern_spans = raw.matches.iter().map(|entry| (entry.span().start, entry.span().end)).collect();
    let examples = reader.examples(&raw.example);
    let counterexamples = reader.examples(&raw.counterexample);
    let (wanted, counter_wanted) = if signature.role == Role::Noise { (1, 0) } else { (2, 1) };
    if examples.len() < wanted {
        reader
            .say(code::EXAMPLE, raw.title.span(), format!("{} [[example]], at least {wanted} needed", examples.len()))
            .help = Some("add the forms that different versions of the tool really print".into());
    }
    if counterexamples.len() < counter_wanted {
        reader.say(code::EXAMPLE, raw.title.span(), "no [[counterexample]]").help =
            Some("add a near miss that must not match".into());
    }
    if reader.problems.is_empty() {
        Ok(SignatureFile {
            file: file.to_owned(),
            text: text.to_owned(),
            signature,
            examples,
            counterexamples,
            pattern_spans,
            leads_to_spans,
        })
    } else {
        Err(reader.problems)
    }
}

/// What a pattern must bring so that it can be found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Fixed text: it is looked for in every line.
    Literal,
    /// Fixed text, or it only sees titles of steps and lines of the Dockerfile, which are few.
    LiteralOrTitle,
    /// It is only tried on lines that another pattern has found.
    Nothing,
}

/// How far a capture can be relied on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Presence {
    /// It is not in every match.
    Uncertain,
    /// It is in every match, perhaps without a character.
    MaybeEmpty,
    /// It holds something in every match.
    Filled,
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
    /// How far each capture can be relied on.
    captures: BTreeMap<String, Presence>,
}

impl Reader<'_> {
    #[expect(clippy::indexing_slicing, reason = "the place of what was pushed just before")]
    fn say(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Problem {
        let problem = Problem::at(code, self.file, self.text, span, message);
        let at = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[at]
    }

    fn check_id(&mut self, id: &str) {
        let good = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if id.split('/').count() != 2 || !id.split('/').all(good) {
            self.say(code::ID, 0..0, format!("the path gives the id '{id}', which is not <tool>/<name> in kebab-case"));
        }
    }

    fn word<T>(
        &mut self,
        field: &str,
        value: Option<&Spanned<String>>,
        read: impl Fn(&str) -> Option<T>,
        all: impl Fn() -> Vec<&'static str>,
    ) -> Option<T> {
        let value = value?;
        let found = read(value.get_ref());
        if found.is_none() {
            let message = format!("{field}: '{}' is not one of its words", value.get_ref());
            self.say(code::WORD, value.span(), message).help = Some(format!("one of: {}", all().join(", ")));
        }
        found
    }

    fn signature(&mut self, id: &str, raw: &Raw) -> Signature {
        let words = |all: &'static [Role]| move || all.iter().map(|w| w.as_str()).collect::<Vec<_>>();
        let role = self.word("role", raw.role.as_ref(), Role::from_word, words(Role::ALL)).unwrap_or(Role::Cause);
        let class = self
            .word("class", raw.class.as_ref(), Class::from_word, || Class::ALL.iter().map(|w| w.as_str()).collect());
        let owner = self
            .word("owner", raw.owner.as_ref(), Owner::from_word, || Owner::ALL.iter().map(|w| w.as_str()).collect());
        let retry = self
            .word("retry", raw.retry.as_ref(), Retry::from_word, || Retry::ALL.iter().map(|w| w.as_str()).collect());
        if role == Role::Cause {
            for (field, absent) in [
                ("class", raw.class.is_none()),
                ("owner", raw.owner.is_none()),
                ("retry", raw.retry.is_none()),
                ("explain", raw.explain.is_none()),
                ("[[remedy]]", raw.remedy.is_empty()),
            ] {
                if absent {
                    self.say(code::MISSING, raw.title.span(), format!("a cause needs {field}"));
                }
            }
        }
        if role == Role::Advice {
            if raw.explain.is_none() {
                self.say(code::MISSING, raw.title.span(), "advice needs explain");
            }
            if let Some(remedy) = raw.remedy.first() {
                self.say(code::REMEDY, remedy.span(), "advice has no remedies: say in explain what to do");
            }
        }
        if raw.matches.is_empty() && raw.extract.is_none() {
            self.say(code::MISSING, raw.title.span(), "'match' is empty, and there is no 'extract'");
        }
        let (extract, read) = self.extract(raw).unzip();
        let patterns = self.matches(&raw.matches, read);
        if matches!(role, Role::Cause | Role::Symptom) {
            self.refuse_common(&raw.matches, &patterns);
        }
        let near_count = raw.near.len();
        let near = self.patterns(&raw.near, Need::LiteralOrTitle, near_count > 0);
        let unless = self.patterns(&raw.unless, Need::Nothing, false);
        let unless_near = self.patterns(&raw.unless_near, Need::LiteralOrTitle, false);
        let nearest = raw.nearest.as_ref().map(|nearest| {
            if !self.captures.contains_key(&nearest.get_ref().of) {
                let message = format!("no pattern has the capture '{}'", nearest.get_ref().of);
                self.say(code::TEMPLATE, nearest.span(), message);
            }
            self.captures.insert("nearest".into(), Presence::Uncertain);
            nearest.get_ref().clone()
        });
        for name in &raw.identity {
            if !self.captures.contains_key(name.get_ref()) {
                self.say(code::TEMPLATE, name.span(), format!("no pattern has the capture '{}'", name.get_ref()));
            }
        }
        for reference in &raw.references {
            if !reference.get_ref().starts_with("https://") {
                self.say(code::REFERENCE, reference.span(), "a reference is an address that starts with https://");
            }
        }
        if raw.title.get_ref().trim().is_empty() || raw.title.get_ref().contains('\n') {
            self.say(code::MISSING, raw.title.span(), "the title is one line of text");
        }
        Signature {
            id: id.to_owned(),
            title: self.sentence(&raw.title),
            role,
            class: class.unwrap_or(Class::Unknown),
            owner: owner.unwrap_or(Owner::Code),
            retry: retry.unwrap_or(Retry::Unknown),
            generic: raw.generic,
            patterns,
            extract,
            unless,
            near,
            unless_near,
            within: raw.within.unwrap_or(NEARBY),
            nearest,
            leads_to: raw.leads_to.iter().map(|t| t.get_ref().clone()).collect(),
            identity: raw.identity.iter().map(|t| t.get_ref().clone()).collect(),
            prose: self.prose(raw).into(),
        }
    }

    fn prose(&mut self, raw: &Raw) -> Prose {
        Prose {
            explain: raw.explain.as_ref().map(|t| self.sentence(t)).unwrap_or_default(),
            prevent: raw.prevent.as_ref().map(|t| self.sentence(t)),
            references: raw.references.iter().map(|t| t.get_ref().clone()).collect(),
            remedies: raw.remedy.iter().enumerate().map(|(at, remedy)| self.remedy(at, remedy)).collect(),
            sample: raw.example.first().map(|e| e.get_ref().log.trim_end().to_owned()).unwrap_or_default(),
        }
    }

    /// What the signature claims of a structured reader, and the captures that come with it: name → is it always there?
    fn extract(&mut self, raw: &Raw) -> Option<(Extract, BTreeMap<String, bool>)> {
        let Some(name) = &raw.extract else {
            for field in raw.kinds.iter().chain(&raw.codes).take(1) {
                self.say(code::MISSING, field.span(), "'kinds' and 'codes' belong to 'extract'");
            }
            return None;
        };
        let Some((_, reader)) = extractor::reader(name.get_ref()) else {
            let all: Vec<&str> = READERS.iter().map(|reader| reader.name).collect();
            self.say(code::WORD, name.span(), format!("there is no reader '{}'", name.get_ref())).help =
                Some(format!("one of: {}", all.join(", ")));
            return None;
        };
        let all: Vec<&str> = reader.kinds.iter().map(|kind| kind.name).collect();
        for kind in raw.kinds.iter().filter(|kind| !all.contains(&kind.get_ref().as_str())) {
            self.say(code::WORD, kind.span(), format!("'{}' finds no '{}'", reader.name, kind.get_ref())).help =
                Some(format!("one of: {}", all.join(", ")));
        }
        let claimed =
            |kind: &&extractor::Kind| raw.kinds.is_empty() || raw.kinds.iter().any(|name| name.get_ref() == kind.name);
        let kinds: Vec<&extractor::Kind> = reader.kinds.iter().filter(claimed).collect();
        let mut captures = BTreeMap::new();
        for name in kinds.iter().flat_map(|kind| kind.always.iter().chain(kind.sometimes)) {
            captures.insert((*name).to_owned(), kinds.iter().all(|kind| kind.always.contains(name)));
        }
        for entry in &raw.codes {
            if !captures.contains_key("code") {
                self.say(code::WORD, entry.span(), format!("what '{}' finds has no code", reader.name));
            }
        }
        let triggers = reader.triggers.iter().map(|trigger| Pattern {
            regex: trigger.shape.to_owned(),
            literals: trigger.texts.iter().map(|text| Literal::new(text.as_bytes().to_vec())).collect(),
        });
        let extract = Extract {
            reader: reader.name.to_owned(),
            kinds: kinds.iter().map(|kind| kind.name.to_owned()).collect(),
            codes: raw.codes.iter().map(|entry| entry.get_ref().clone()).collect(),
            triggers: triggers.collect(),
        };
        Some((extract, captures))
    }

    /// Compiles `match`. A capture is certain where each pattern and, with one, the reader has it.
    fn matches(&mut self, list: &[Spanned<String>], read: Option<BTreeMap<String, bool>>) -> Vec<Pattern> {
        let patterns = self.patterns(list, Need::Literal, true);
        let Some(read) = read else { return patterns };
        let alone = list.is_empty();
        // What a reader always finds holds something.
        let found = |certain: bool| if certain { Presence::Filled } else { Presence::Uncertain };
        for (name, presence) in self.captures.iter_mut() {
            *presence = found(read.get(name).copied().unwrap_or(false)).min(*presence);
        }
        for (name, certain) in read {
            self.captures.entry(name).or_insert(found(certain && alone));
        }
        patterns
    }

    /// Compiles a list of patterns. Where one of them must match (`wanted`), their captures may be used in
    /// templates; a capture is certain where each of them has it outside optional parts.
    fn patterns(&mut self, list: &[Spanned<String>], need: Need, wanted: bool) -> Vec<Pattern> {
        let mut compiled = Vec::new();
        if let Some(one) = list.get(MOST_PATTERNS) {
            self.say(code::REGEX, one.span(), format!("more than {MOST_PATTERNS} patterns"));
            return compiled;
        }
        let mut certain: Option<BTreeMap<String, Presence>> = None;
        let mut all: Vec<String> = Vec::new();
        for entry in list {
            let Some(pattern) = self.pattern(entry, need) else { continue };
            let sure = certain_captures(&pattern.regex);
            if let Ok(regex) = regex::bytes::Regex::new(&pattern.regex) {
                all.extend(regex.capture_names().flatten().map(str::to_owned));
            } else {
                all.extend(sure.keys().cloned());
            }
            certain = Some(match certain {
                None => sure,
                Some(before) => in_both(before, &sure),
            });
            compiled.push(pattern);
        }
        if wanted {
            for name in all {
                let sure = certain.as_ref().and_then(|names| names.get(&name)).copied().unwrap_or(Presence::Uncertain);
                let known = self.captures.entry(name).or_insert(sure);
                *known = sure.max(*known);
            }
        }
        compiled
    }

    /// Refuses patterns that rely on what good logs are full of: each would be tried on very many lines.
    fn refuse_common(&mut self, entries: &[Spanned<String>], patterns: &[Pattern]) {
        for pattern in patterns {
            let Some(common) = pattern.literals.iter().find(|literal| lint::is_common(&literal.text)) else { continue };
            let shown = String::from_utf8_lossy(&common.text).into_owned();
            let span = entries.iter().find(|entry| *entry.get_ref() == pattern.regex).map_or(0..0, Spanned::span);
            self.say(code::COMMON, span, format!("the fixed text '{shown}' stands in many lines of good logs")).help =
                Some("let every alternative hold a longer or rarer piece of the message; what is optional or a class does not count".into());
        }
    }

    fn pattern(&mut self, entry: &Spanned<String>, need: Need) -> Option<Pattern> {
        let regex = entry.get_ref();
        if regex.len() > PATTERN_LENGTH {
            self.say(code::REGEX, entry.span(), format!("the pattern is longer than {PATTERN_LENGTH} bytes"));
            return None;
        }
        if let Err(error) = compile_within(regex, PATTERN_SIZE_LIMIT) {
            let text = error.to_string();
            let message =
                text.lines().last().unwrap_or("not a regular expression").trim_start_matches("error: ").to_owned();
            self.say(code::REGEX, entry.span(), message).help =
                Some("the syntax is that of Rust's regex crate: no look-around, no back-references; characters beyond ASCII inside [ ] need (?u:[…])".into());
            return None;
        }
        let literals = literal::required(regex);
        if need != Need::Literal {
            let long = literals.filter(|texts| texts.iter().all(|literal| literal.text.len() >= literal::LONG_ENOUGH));
            let literals = if need == Need::Nothing { None } else { long };
            return Some(Pattern { regex: regex.clone(), literals: literals.unwrap_or_default() });
        }
        let Some(literals) = literals else {
            self.say(code::LITERAL, entry.span(), "no fixed text that every match contains").help = Some(format!(
                "let every alternative hold at least {} fixed characters, or split the pattern",
                literal::LONG_ENOUGH
            ));
            return None;
        };
        let shortest = literals.iter().map(|literal| &literal.text).min_by_key(|text| text.len());
        if let Some(short) = shortest.filter(|text| text.len() < literal::SHORTEST) {
            let shown = String::from_utf8_lossy(short).into_owned();
            self.say(
                code::LITERAL,
                entry.span(),
                format!("the longest fixed text of an alternative is only '{shown}'"),
            )
            .help = Some(format!("at least {} fixed characters are needed in every alternative", literal::LONG_ENOUGH));
            return None;
        }
        Some(Pattern { regex: regex.clone(), literals })
    }

    /// A template for readers.
    fn sentence(&mut self, value: &Spanned<String>) -> String {
        self.template(value, true)
    }

    /// A template for a shell or a file.
    fn code(&mut self, value: &Spanned<String>) -> String {
        self.template(value, false)
    }

    /// Checks a template against the captures that the patterns have.
    fn template(&mut self, value: &Spanned<String>, is_prose: bool) -> String {
        let text = value.get_ref();
        if let Some(c) =
            text.chars().find(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || template::is_invisible(*c))
        {
            let message = format!("the character U+{:04X} would reach the reader, who can't see it", c as u32);
            self.say(code::TEMPLATE, value.span(), message);
        }
        match template::parse(text) {
            Err(error) => {
                self.say(code::TEMPLATE, value.span(), error.message);
            }
            Ok(pieces) => {
                for piece in pieces {
                    let Piece::Capture { name, fallback } = piece else { continue };
                    let message = match self.captures.get(name) {
                        None => format!("no pattern has the capture '{name}'"),
                        Some(Presence::Uncertain) if fallback.is_none() => {
                            format!("the capture '{name}' is not in every match; write {{{name}|words to use instead}}")
                        }
                        // A command or an edit without its value is left out as a whole.
                        Some(Presence::MaybeEmpty) if fallback.is_none() && is_prose => {
                            format!("the capture '{name}' may be empty; write {{{name}|words to use instead}}")
                        }
                        Some(_) => continue,
                    };
                    self.say(code::TEMPLATE, value.span(), message);
                }
            }
        }
        if let Some(syntax) = lint::stray_syntax(text).filter(|_| is_prose) {
            self.say(
                code::SYNTAX_AS_TEXT,
                value.span(),
                format!("'{syntax}' is regex syntax, and readers would see it"),
            )
            .help = Some("put it between back quotes if it is meant as it is".into());
        }
        if ["TODO", "FIXME", "YOUR_"].iter().any(|word| text.contains(word))
            || has_placeholder(text, |name| self.captures.contains_key(name))
        {
            self.say(code::TEMPLATE, value.span(), "a placeholder would reach the reader").help =
                Some("use a capture, or a plausible example value".into());
        }
        text.trim().to_owned()
    }

    fn remedy(&mut self, at: usize, entry: &Spanned<RawRemedy>) -> Remedy {
        let raw = entry.get_ref();
        let risk = self
            .word("risk", raw.risk.as_ref(), Risk::from_word, || Risk::ALL.iter().map(|w| w.as_str()).collect())
            .unwrap_or(Risk::None);
        if risk != Risk::None && raw.risk_note.is_none() {
            self.say(code::REMEDY, raw.title.span(), "a remedy with a risk needs a risk_note");
        }
        if risk == Risk::Dangerous && at == 0 {
            self.say(code::REMEDY, raw.title.span(), "a dangerous remedy can't be the first one");
        }
        let edits = raw.edit.iter().map(|edit| self.edit(edit)).collect();
        for command in &raw.commands {
            let text = command.get_ref();
            let unsafe_words = [
                "GOSUMDB=off",
                "chmod 777",
                "chmod -R 777",
                "--allow-unauthenticated",
                "--allow-untrusted",
                "--no-check-certificate",
                "strict-ssl false",
                "GOINSECURE",
                "--trusted-host",
            ];
            if risk == Risk::None && unsafe_words.iter().any(|word| text.contains(word)) {
                self.say(code::REMEDY, command.span(), "this gives up a protection: say so with risk and risk_note");
            }
        }
        Remedy {
            title: self.sentence(&raw.title),
            when: raw.when.as_ref().map(|t| self.sentence(t)),
            risk,
            risk_note: raw.risk_note.as_ref().map(|t| self.sentence(t)),
            commands: raw.commands.iter().map(|t| self.code(t)).collect(),
            edits,
            verified_with: None,
        }
    }

    fn edit(&mut self, raw: &RawEdit) -> Edit {
        let kind = self
            .word("kind", Some(&raw.kind), EditKind::from_word, || EditKind::ALL.iter().map(|w| w.as_str()).collect())
            .unwrap_or(EditKind::Insert);
        let complete = match kind {
            EditKind::Replace => raw.before.is_some() && raw.after.is_some(),
            EditKind::Insert => raw.after.is_some(),
            EditKind::Delete => raw.before.is_some(),
        };
        if !complete {
            self.say(
                code::REMEDY,
                raw.kind.span(),
                "replace needs before and after, insert needs after, delete needs before",
            );
        }
        Edit {
            file: self.code(&raw.file),
            kind,
            before: raw.before.as_ref().map(|t| self.code(t)),
            after: raw.after.as_ref().map(|t| self.code(t)),
        }
    }

    fn examples(&mut self, list: &[Spanned<RawExample>]) -> Vec<Example> {
        let mut examples = Vec::new();
        for entry in list {
            let raw = entry.get_ref();
            if raw.source.trim().is_empty() || raw.source.contains("TODO") {
                self.say(code::EXAMPLE, entry.span(), "an example names its source").help =
                    Some("the tool's version and source file, a log of corpus/, or a public issue".into());
            }
            if raw.log.trim().is_empty() || raw.log.trim_start().starts_with("TODO") {
                self.say(code::EXAMPLE, entry.span(), "an example without text");
            }
            examples.push(Example {
                log: raw.log.clone(),
                source: raw.source.clone(),
                captures: raw.captures.clone().into_iter().collect(),
                alone: raw.alone,
                span: (entry.span().start, entry.span().end),
            });
        }
        examples
    }
}

/// `<module>`-like words that a reader would have to fill in, but not `List<String>`; and `{{module}}` of a capture, which would show as
/// `{module}`, but not `${{module}}`.
fn has_placeholder(text: &str, is_capture: impl Fn(&str) -> bool) -> bool {
    let word = |word: &str| {
        let all = |is: fn(&char) -> bool| word.chars().all(|c| is(&c) || "-_ ".contains(c));
        let ends =
            [word.chars().next(), word.chars().next_back()].into_iter().flatten().all(|c| c.is_ascii_alphabetic());
        ends && (3..=24).contains(&word.len()) && (all(char::is_ascii_lowercase) || all(char::is_ascii_uppercase))
    };
    let after = |open: &'static str, close: &'static str| {
        text.match_indices(open).filter_map(move |(at, _)| {
            let (inside, _) = text.tail(at + open.len()).split_once(close)?;
            Some((text.head(at).chars().next_back(), inside))
        })
    };
    after("<", ">").any(|(before, inside)| word(inside) && !before.is_some_and(char::is_alphanumeric))
        || after("{{", "}}").any(|(before, inside)| is_capture(inside) && !matches!(before, Some('$' | '%')))
}

/// What both know, as far as the less certain one.
fn in_both(one: BTreeMap<String, Presence>, other: &BTreeMap<String, Presence>) -> BTreeMap<String, Presence> {
    one.into_iter()
        .filter_map(|(name, sure)| {
            let least = sure.min(*other.get(&name)?);
            Some((name, least))
        })
        .collect()
}

/// The captures that take part in every match of the pattern.
fn certain_captures(pattern: &str) -> BTreeMap<String, Presence> {
    use regex_syntax::hir::{Hir, HirKind};
    fn walk(hir: &Hir, names: &mut BTreeMap<String, Presence>) {
        match hir.kind() {
            HirKind::Capture(group) => {
                let filled = group.sub.properties().minimum_len().is_some_and(|length| length > 0);
                let presence = if filled { Presence::Filled } else { Presence::MaybeEmpty };
                names.extend(group.name.as_ref().map(|name| (name.to_string(), presence)));
                walk(&group.sub, names);
            }
            HirKind::Concat(parts) => parts.iter().for_each(|part| walk(part, names)),
            HirKind::Repetition(repetition) if repetition.min > 0 => walk(&repetition.sub, names),
            HirKind::Alternation(branches) => {
                let mut common: Option<BTreeMap<String, Presence>> = None;
                for branch in branches {
                    let mut inner = BTreeMap::new();
                    walk(branch, &mut inner);
                    common = Some(match common {
                        None => inner,
                        Some(before) => in_both(before, &inner),
                    });
                }
                names.extend(common.unwrap_or_default());
            }
            _ => {}
        }
    }
    let mut names = BTreeMap::new();
    if let Some(hir) = parsed(pattern) {
        walk(&hir, &mut names);
    }
    names
}
