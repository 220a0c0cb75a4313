//! The Go compiler, `go vet` and cgo's Go side: `./main.go:12:1: missing return`, below `# example.com/app`.
//!
//! Source: cmd/compile/internal/base/print.go, types2/errors.go, cmd/go/internal/work/exec.go; vet prints `# [package]` below the
//! compiler's own heading, and `vet: ` before a message of its type checker. Without the heading a line may be any program's or
//! linter's: then the message must be one of the compiler's.

use std::sync::{Arc, LazyLock};

use super::shape::{GoPlace, LazyPattern, Take, go_place, group, number, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "go",
    kinds: &[
        Kind {
            name: "error",
            always: &["message", "file", "line"],
            sometimes: &["column", "package", "expected", "got"],
        },
        Kind { name: "vet", always: &["message", "file", "line"], sometimes: &["column", "package"] },
    ],
    triggers: &[Trigger {
        texts: &[".go:1", ".go:2", ".go:3", ".go:4", ".go:5", ".go:6", ".go:7", ".go:8", ".go:9"],
        shape: r"^\s*(?:vet: )?(?:[A-Za-z]:)?[^\s:]+\.go:\d+(?::\d+)?: \S",
    }],
    start: || Box::new(State::default()),
};

/// The compiler prints a package's messages one after the other.
const PATIENCE: usize = 6;

static HEADING: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^# (?P<vet>\[)?(?P<package>[\w.~/-]+)\]?(?: \[[\w./-]+\])?$"));
/// How the compiler's and the type checker's messages begin, as far as nothing else begins so.
static BEGINS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:undefined: |undeclared name: |declared and not used: |missing return|cannot (?:use|assign|convert|infer|call|range over|index|slice|refer to|make|embed|declare|receive from|send to|close) |cannot take address|cannot define new methods|assignment mismatch: |invalid (?:operation|argument): |invalid recursive type|syntax error: |import cycle not allowed|duplicate (?:case|key|method|argument|field) |imported and not used: |(?:not enough|too many) (?:arguments|return values)|missing function body|no new variables on left|multiple-value |non-boolean condition |initialization cycle|could not import |could not determine (?:what C\.|kind of name)|expected (?:'package'|declaration, |operand, )|illegal (?:character|UTF-8) |unknown (?:field|escape)|missing type constraint|impossible type |invalid (?:use of|character|receiver|map key|composite literal)|mixture of field:value|method has multiple receivers|first argument to append|string literal not terminated|ambiguous selector|misplaced compiler directive|func (?:main|init) must |function main is undeclared)",
    )
});
/// And what they hold elsewhere.
static HOLDS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?: imported and not used|(?:declared|defined) (?:and|but) not used$|redeclared in this block| undefined \(type | is not a type$| is not used$| overflows | already declared at | does not implement | is not an expression| used as (?:value|type)$| not exported by package | type arguments but )",
    )
});
/// How vet's messages begin, as far as nothing else begins so.
static OBJECTS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:\S+ )?(?:format %\S+ |Printf format %|call has possible formatting directive|call has arguments but no formatting directives|call needs \d+ args? but has|arg list ends with redundant newline|non-constant format string in call to|possible formatting directive in|possible Printf formatting directive)|.* passes lock by value: |assignment copies lock value |call of \S+ copies lock value|return copies lock value|range var \S+ copies lock|the \S+ function (?:returned by \S+ )?(?:is not used on all paths|should be called)|this return statement may be reached without|unreachable code|self-assignment of |struct field \S+ repeats|struct field tag |loop variable \S+ captured by|result of \S+ call not used|\S+ (?:struct|composite) literal uses unkeyed fields|composite literal uses unkeyed|suspect (?:or|and): |redundant (?:or|and): |\S+ has malformed name: |using \S+ before checking for errors|method \S+ should have signature|second argument to errors\.As must be|comparison of function |possible misuse of unsafe\.Pointer|possible misuse of reflect|address format )",
    )
});
/// What linters print in the same shape ends in their name.
static LINTER: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r" \([a-z][a-z0-9]+\)$| \([A-Z]{1,3}\d{4}\)$"));
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^cannot use .*\((?:.*of type |type )?(?P<got>[^()]+(?:\([^()]*\))?)\) as (?:type )?(?P<expected>.+?) (?:value )?in ",
    )
});

/// `file.go:12:7: message`, with `vet: ` in front or without.
struct Message<'t> {
    vet: bool,
    place: GoPlace<'t>,
    column: &'t str,
    said: &'t str,
}

/// Every line of a passing test that logs has nearly this shape: so it is read by hand.
fn message(text: &str) -> Option<Message<'_>> {
    let inner = text.trim_start();
    let (vet, inner) = inner.strip_prefix("vet: ").map_or((false, inner), |inner| (true, inner));
    let place = go_place(inner)?;
    let (column, said) = match place.rest.strip_prefix(' ') {
        Some(said) => ("", said),
        None => {
            let (column, rest) = number(place.rest)?;
            (column, rest.strip_prefix(": ")?)
        }
    };
    let fits = said.starts_with(|first: char| !first.is_whitespace()) && !said.contains('\n');
    fits.then_some(Message { vet, place, column, said })
}

#[derive(Default)]
struct State {
    package: Option<String>,
    vet: bool,
    /// `have` and `want` may follow.
    open: Option<Diagnostic>,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take());
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        let heading = if text.starts_with("# ") { HEADING.take(text) } else { None };
        if let Some(heading) = heading {
            self.close(found);
            self.vet = heading.name("vet").is_some();
            self.package = Some(group(&heading, "package").to_owned());
            return PATIENCE;
        }
        if let Some(open) = &mut self.open {
            let types = text.trim_start();
            let inside = text.starts_with('\t') || text.starts_with("    ");
            if let Some(have) = types.strip_prefix("have ").filter(|_| inside) {
                open.set("got", have);
                return PATIENCE;
            }
            if let Some(want) = types.strip_prefix("want ").filter(|_| inside) {
                open.set("expected", want);
                return PATIENCE;
            }
        }
        let indented = text.starts_with(['\t', ' ']);
        let message = message(text).filter(|_| !(text.starts_with('\t') && self.open.is_some()));
        let Some(message) = message else {
            if text.starts_with('\t') {
                return 0;
            }
            self.close(found);
            self.package = None;
            return 0;
        };
        self.close(found);
        // golangci-lint passes on what the type checker says.
        let (said, passed_on) = match message.said.strip_suffix(" (typecheck)") {
            Some(said) => (said.trim_end_matches(": "), true),
            None => (message.said, false),
        };
        if indented && message.column.is_empty() && self.package.is_some() {
            // As a test's log has it: none of the compiler's own.
            return PATIENCE;
        }
        let of_c = said.starts_with("error: ") || said.starts_with("warning: ") || said.starts_with("fatal error: ");
        if of_c
            || said.starts_with(": # ")
            || said.starts_with("note: ")
            || said == "too many errors"
            || (said.ends_with(')') && LINTER.fits(said))
        {
            return PATIENCE;
        }
        if indented && message.column.is_empty() {
            return 0;
        }
        let compiler = passed_on || BEGINS.fits(said) || HOLDS.fits(said);
        let objects = !compiler && OBJECTS.fits(said);
        let sure = (compiler || objects) && (!message.column.is_empty() || !indented);
        if !sure && (self.package.is_none() || indented) {
            return if self.package.is_some() { PATIENCE } else { 0 };
        }
        let vet = objects || (self.vet && !message.vet && !compiler);
        let mut open = Diagnostic::new(if vet { "vet" } else { "error" }, line);
        let GoPlace { file, line, .. } = message.place;
        for (name, value) in [("file", file), ("line", line), ("column", message.column)] {
            open.set(name, value);
        }
        open.set("message", said);
        if let Some(package) = &self.package {
            open.set("package", package);
        }
        if let Some(types) = TYPES.take(said).filter(|_| !vet) {
            open.set("expected", group(&types, "expected"));
            open.set("got", group(&types, "got"));
        }
        self.open = Some(open);
        PATIENCE
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.package = None;
        self.vet = false;
    }
}
