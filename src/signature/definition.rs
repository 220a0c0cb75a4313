//! What a signature is: the compiled form that the matcher, the diagnosis and the reports use.

use serde::{Deserialize, Serialize};

use super::literal::Literal;
use super::prose::{Held, Prose};
use super::vocabulary::{Class, EditKind, Owner, Retry, Risk, Role};

/// One failure that whyfail knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// `<tool>/<name>`, taken from the path of its file.
    pub id: String,
    /// Template: what is wrong, in the reader's words.
    pub title: String,
    /// What a match means.
    pub role: Role,
    /// What kind of thing is wrong; [`Class::Unknown`] for symptoms and noise that name none.
    pub class: Class,
    /// Who has to act.
    pub owner: Owner,
    /// Would running the same build again help?
    pub retry: Retry,
    /// A broad net: every other cause in the same place wins over it.
    pub generic: bool,
    /// Any of these on one line makes the match.
    pub patterns: Vec<Pattern>,
    /// What it claims of the findings of a structured reader.
    pub extract: Option<Extract>,
    /// None of these may match the same line.
    pub unless: Vec<Pattern>,
    /// Where not empty, one of these must match a line nearby.
    pub near: Vec<Pattern>,
    /// None of these may match a line nearby.
    pub unless_near: Vec<Pattern>,
    /// How many lines "nearby" is.
    pub within: u32,
    /// How to derive the capture `nearest`.
    pub nearest: Option<Nearest>,
    /// Ids, or `class:<class>`, of what this failure brings along.
    pub leads_to: Vec<String>,
    /// Captures that make two failures the same one.
    pub identity: Vec<String>,
    /// See [`Signature::prose`].
    #[serde(skip)]
    pub(super) prose: Held,
}

impl Signature {
    /// One that matches nothing and says nothing.
    pub fn silent() -> Self {
        Signature {
            id: String::new(),
            title: String::new(),
            role: Role::Noise,
            class: Class::Unknown,
            owner: Owner::Code,
            retry: Retry::Unknown,
            generic: false,
            patterns: Vec::new(),
            extract: None,
            unless: Vec::new(),
            near: Vec::new(),
            unless_near: Vec::new(),
            within: 0,
            nearest: None,
            leads_to: Vec::new(),
            identity: Vec::new(),
            prose: Held::default(),
        }
    }

    /// What is told where it is found: explanation, remedies, references. That of a built-in signature is unpacked here.
    pub fn prose(&self) -> &Prose {
        self.prose.get()
    }

    /// Changes what is told.
    pub fn change_prose(&mut self, change: impl FnOnce(&mut Prose)) {
        let mut prose = self.prose().clone();
        change(&mut prose);
        self.prose = prose.into();
    }

    /// All patterns whose fixed texts are looked for in every line.
    pub fn scanned(&self) -> impl Iterator<Item = &Pattern> {
        let triggers = self.extract.iter().flat_map(|extract| &extract.triggers);
        self.patterns.iter().chain(&self.near).chain(&self.unless_near).chain(triggers)
    }

    /// The program that prints the message: the first part of the id.
    pub fn tool(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// Does this signature say that `other` is its consequence?
    pub fn leads_to(&self, other: &Signature) -> bool {
        self.leads_to.iter().any(|target| match target.strip_prefix("class:") {
            Some(class) => class == other.class.as_str() && other.role == Role::Cause,
            None => *target == other.id,
        })
    }
}

/// A regular expression and the fixed text that every match of it contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The expression, in the syntax of the `regex` crate, matched on bytes.
    pub regex: String,
    /// In lower case; every match holds at least one, in any ASCII letter case. Empty where the pattern is never looked for in
    /// every line: `unless`, and a `near` that only sees titles of steps and lines of the Dockerfile.
    pub literals: Vec<Literal>,
}

/// Which findings of a structured reader (see `extractor`) are a signature's matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extract {
    /// The reader's name.
    pub reader: String,
    /// The kinds of findings; never empty.
    pub kinds: Vec<String>,
    /// The values of the capture `code` that are meant, with `*` for the rest of one; empty for all.
    pub codes: Vec<String>,
    /// Where the reader begins to read: one of the literals stands in the line, and the regex matches it.
    pub triggers: Vec<Pattern>,
}

impl Extract {
    /// Is a finding of this kind and code meant?
    pub fn claims(&self, kind: &str, code: Option<&str>) -> bool {
        let fits = |wanted: &String| match wanted.strip_suffix('*') {
            Some(head) => code.is_some_and(|code| code.starts_with(head)),
            None => code == Some(wanted.as_str()),
        };
        self.kinds.iter().any(|known| known == kind) && (self.codes.is_empty() || self.codes.iter().any(fits))
    }
}

/// Derives the capture `nearest`: the name among a list that is spelled most like a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nearest {
    /// The capture to compare.
    pub of: String,
    /// The list to search; `stages` are the build stages seen in the log.
    pub among: Among,
}

/// Lists that [`Nearest`] can search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Among {
    /// The names of the build stages seen in the log.
    Stages,
}

/// One way to mend a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Template: what to do.
    pub title: String,
    /// Template: in which case.
    pub when: Option<String>,
    /// How far it can do harm.
    pub risk: Risk,
    /// What the risk is.
    pub risk_note: Option<String>,
    /// Templates: shell commands.
    pub commands: Vec<String>,
    /// Changes to files.
    pub edits: Vec<Edit>,
    /// With which tool versions it has mended a recorded build; `None` where none is on record. Computed when
    /// whyfail is built (see `proof`), never written in a signature.
    pub verified_with: Option<Vec<String>>,
}

/// A change to one line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Template: the file.
    pub file: String,
    /// What happens to it.
    pub kind: EditKind,
    /// Template: the line as it is.
    pub before: Option<String>,
    /// Template: the line as it should be.
    pub after: Option<String>,
}

/// A real form of the message, used by tests and by `whyfail check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The lines.
    pub log: String,
    /// Where the words come from.
    pub source: String,
    /// The captures that must be found.
    pub captures: Vec<(String, String)>,
    /// Only a longer log can tell this failure from another.
    pub alone: bool,
    /// Byte range in the signature's file.
    pub span: (usize, usize),
}

/// A signature file as read: the signature, and what only its tests need.
#[derive(Debug, Clone)]
pub struct SignatureFile {
    /// The file's name as given by the caller.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// The compiled signature.
    pub signature: Signature,
    /// Must match.
    pub examples: Vec<Example>,
    /// Must not match.
    pub counterexamples: Vec<Example>,
    /// Where each pattern of `match` stands.
    pub pattern_spans: Vec<(usize, usize)>,
    /// Where each entry of `leads_to` stands.
    pub leads_to_spans: Vec<(usize, usize)>,
}
