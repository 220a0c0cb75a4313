//! What a configuration file says: `.whyfail.toml` of a repository, `config.toml` of the user.
//!
//! A key has the name of the option that it stands for. Everything that can be used is; everything else is a mistake with its place.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::args::{self, ColorWhen};
use crate::cli::ci;
use crate::cli::shown;
use crate::diagnosis::visible;
use crate::model::Confidence;
use crate::report::Format;
use crate::signature::Problem;

/// The codes of all mistakes.
pub mod code {
    /// Not readable as TOML.
    pub const SYNTAX: &str = "C001";
    /// No such key.
    pub const KEY: &str = "C002";
    /// A value of the wrong kind, or an unknown word.
    pub const VALUE: &str = "C003";
    /// A file or folder that can't be read.
    pub const FILE: &str = "C004";
}

/// A value, and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// All that a file may say. What it does not say is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Folders of own signatures, as the file names them.
    pub signatures: Vec<Placed<String>>,
    /// Ids to switch off, or `tool/*`.
    pub disable: Vec<Placed<String>>,
    /// `--min-confidence`
    pub min_confidence: Option<Placed<Confidence>>,
    /// `--top`
    pub top: Option<Placed<NonZeroUsize>>,
    /// `--context`
    pub context: Option<Placed<usize>>,
    /// `--format`
    pub format: Option<Placed<Format>>,
    /// `--output`
    pub output: Vec<Placed<(Format, PathBuf)>>,
    /// `--outputs`
    pub outputs: Option<Placed<PathBuf>>,
    /// `--ci`
    pub ci: Option<Placed<ci::Choice>>,
    /// `--color`
    pub color: Option<Placed<ColorWhen>>,
    /// `--advise`
    pub advise: Option<Placed<bool>>,
    /// `--explain-ranking`
    pub explain_ranking: Option<Placed<bool>>,
    /// Folders of repositories that are trusted as `--trust-repository` trusts one.
    pub trust_repository: Vec<Placed<String>>,
}

/// The keys, in the order in which they are named to a reader.
pub const KEYS: [&str; 13] = [
    "signatures",
    "disable",
    "min-confidence",
    "top",
    "context",
    "format",
    "output",
    "outputs",
    "ci",
    "color",
    "advise",
    "explain-ranking",
    "trust-repository",
];

/// Reads the text of a file of this name. All mistakes come at once, beside what can be used.
pub fn read(name: &str, text: &str) -> (Settings, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { name, text, settings: Settings::default(), problems: Vec::new() };
    for error in errors {
        let message = error.message().trim().to_owned();
        reader.say(code::SYNTAX, error.span().unwrap_or(0..0), message);
    }
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        reader.entry(key.get_ref(), key.span(), value);
    }
    (reader.settings, reader.problems)
}

struct Reader<'t> {
    name: &'t str,
    text: &'t str,
    settings: Settings,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn say(&mut self, code: &'static str, span: Range<usize>, message: impl AsRef<str>) {
        self.problems.push(Problem::at(code, self.name, self.text, span, visible(message.as_ref())));
    }

    fn entry(&mut self, key: &str, place: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match key {
            "signatures" => self.settings.signatures = self.list(key, value, |word| Ok(word.to_owned())),
            "disable" => self.settings.disable = self.list(key, value, |word| Ok(word.to_owned())),
            "min-confidence" => self.settings.min_confidence = self.word(key, value, shown::confidence),
            "top" => self.settings.top = self.number(key, value, shown::top),
            "context" => self.settings.context = self.number(key, value, shown::context),
            "format" => self.settings.format = self.word(key, value, args::format_name),
            "output" => self.settings.output = self.list(key, value, args::output),
            "outputs" => self.settings.outputs = self.word(key, value, |word| Ok(PathBuf::from(word))),
            "ci" => self.settings.ci = self.word(key, value, args::ci_system),
            "color" => self.settings.color = self.word(key, value, color),
            "advise" => self.settings.advise = self.flag(key, value),
            "explain-ranking" => self.settings.explain_ranking = self.flag(key, value),
            "trust-repository" => self.settings.trust_repository = self.list(key, value, |word| Ok(word.to_owned())),
            _ => {
                self.say(code::KEY, place, format!("there is no key '{key}'"));
                let help = match nearest(key) {
                    Some(known) => format!("did you mean '{known}'?"),
                    None => format!("the keys are: {}", KEYS.join(", ")),
                };
                self.help(help);
            }
        }
    }

    /// Adds what to do about the last mistake.
    fn help(&mut self, help: String) {
        if let Some(problem) = self.problems.last_mut() {
            problem.help = Some(help);
        }
    }

    fn wrong(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.say(code::VALUE, value.span(), format!("'{key}' wants {wanted}, this is of the type {found}"));
    }

    /// Reads a word with the option's own parser.
    fn parsed<T>(
        &mut self,
        key: &str,
        span: Range<usize>,
        word: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        match parse(word) {
            Ok(value) => Some(Placed { value, span }),
            Err(why) => {
                self.say(code::VALUE, span, format!("'{word}' is no value of '{key}'"));
                self.help(why);
                None
            }
        }
    }

    fn word<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let Some(word) = value.get_ref().as_str() else {
            self.wrong(key, value, "a word in quotes");
            return None;
        };
        self.parsed(key, value.span(), word, parse)
    }

    fn number<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let Some(number) = value.get_ref().as_integer().filter(|number| number.radix() == 10) else {
            self.wrong(key, value, "a number");
            return None;
        };
        self.parsed(key, value.span(), number.as_str(), parse)
    }

    fn flag(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Placed<bool>> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, value, "true or false");
        }
        flag.map(|flag| Placed { value: flag, span: value.span() })
    }

    fn list<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<Placed<T>> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of words, as [\"a\", \"b\"]");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.word(key, entry, &parse)).collect()
    }
}

fn color(word: &str) -> Result<ColorWhen, String> {
    <ColorWhen as clap::ValueEnum>::from_str(word, false).map_err(|_| "one of: auto, always, never".to_owned())
}

/// The key that is spelled most like a mistyped one; `None` where none is like it.
fn nearest(key: &str) -> Option<&'static str> {
    let key = key.to_lowercase().replace('_', "-");
    let likeness = |known: &&'static str| (strsim::normalized_damerau_levenshtein(&key, known), *known);
    let best = KEYS.iter().map(likeness).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.4).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_known() {
        for key in KEYS {
            let (_, problems) = read("x.toml", &format!("{key} = 1979-05-27\n"));
            assert_eq!(problems.len(), 1, "{key}");
            assert_eq!(problems[0].code, code::VALUE, "{key}: {}", problems[0]);
        }
    }

    #[test]
    fn all_mistakes_come_at_once_with_their_places() {
        let text = "top = 2\nmin_confidence = \"high\"\ncontext = 11\nformat = \"yaml\"\ndisable = [\"a/b\", 3]\n";
        let (settings, problems) = read("x.toml", text);
        let places: Vec<(usize, usize, &str)> = problems.iter().map(|p| (p.line, p.column, p.code)).collect();
        assert_eq!(places, [(2, 1, code::KEY), (3, 11, code::VALUE), (4, 10, code::VALUE), (5, 19, code::VALUE)]);
        assert_eq!(problems[0].help.as_deref(), Some("did you mean 'min-confidence'?"));
        assert_eq!(settings.top.map(|top| top.value.get()), Some(2));
        assert_eq!(settings.disable.len(), 1);
    }

    #[test]
    fn what_is_no_toml_does_not_hide_the_rest() {
        let (settings, problems) = read("x.toml", "top = \ncontext = 3\n");
        assert_eq!(problems.first().map(|p| (p.code, p.line)), Some((code::SYNTAX, 1)));
        assert_eq!(settings.context.map(|context| context.value), Some(3));
    }

    #[test]
    fn keys_that_are_like_none_get_the_whole_list() {
        assert_eq!(nearest("min-confidance"), Some("min-confidence"));
        assert_eq!(nearest("colour"), Some("color"));
        assert_eq!(nearest("signature"), Some("signatures"));
        assert_eq!(nearest("zzz"), None);
    }
}
