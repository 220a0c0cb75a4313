//! gcc, clang and what prints like them: `main.c:5:17: error: 'y' undeclared`, in the languages that gcc is translated to.
//!
//! gfortran puts the place first, then the source, then `Error: Symbol 'j' at (1) has no IMPLICIT type`.
//!
//! Source: gcc/diagnostic.cc and its po/ folder, gcc/fortran/error.cc, clang/lib/Frontend/TextDiagnostic.cpp. The linker's messages have a
//! reader of their own.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "cc",
    kinds: &[
        Kind { name: "error", always: &["message", "file", "line"], sometimes: &["column", "frame", "function"] },
        Kind {
            name: "werror",
            always: &["message", "file", "line"],
            sometimes: &["column", "flag", "frame", "function"],
        },
    ],
    triggers: &[
        Trigger {
            texts: &[
                ": error: ",
                ": fatal error: ",
                " fehler: ",
                " エラー: ",
                "致命的エラー: ",
                ": 错误",
                "致命错误",
                ": 錯誤",
                "嚴重錯誤",
                "ошибка: ",
                "erreur : ",
                "erreur fatale : ",
                "erreur: ",
                "erreur fatale: ",
            ],
            shape: r"^\s*(?:[A-Za-z]:)?[^\s:(][^:(]*:\d+(?::\d+)?: \S",
        },
        Trigger { texts: &[".f90:"], shape: r"^\S+\.[fF]\w+:\d+:\d+:$" },
    ],
    start: || Box::new(State::default()),
};

static MESSAGE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<file>(?:[A-Za-z]:)?[^\s:(][^:(]*?):(?P<line>\d+)(?::(?P<column>\d+))?: (?:(?:fatal |schwerwiegender )?(?:error|Fehler)|(?:致命的)?エラー|(?:致命)?错误|(?:嚴重)?錯誤|(?:фатальная )?ошибка|erreur(?: fatale)?) ?(?::|：) ?(?P<message>.+?)(?: \[-Werror(?:[=,](?P<flag>[\w,+=-]+))?\](?P<end>))?$",
    )
});
static FUNCTION: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^[^\s:][^:]*: (?:In|At) (?:(?:member |static )*function|constructor|lambda function|instantiation of|top level) ?['‘](?P<function>[^'’]+)['’]",
    )
});
static INCLUDED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:In file included from|\s+from) (?P<file>(?:[A-Za-z]:)?[^\s:]+):(?P<line>\d+)"));
static FORTRAN_PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<file>[^\s:]+\.[fF]\w*):(?P<line>\d+):(?P<column>\d+):$"));
static FORTRAN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:Fatal )?Error: (?P<message>\S.*?)(?: \[-Werror(?:[=,](?P<flag>[\w,+=-]+))?\](?P<end>))?$")
});
/// Endings of the files that these compilers read, the generated ones among them. Other compilers print the same shape.
const ENDINGS: &[&str] = &[
    "c", "cc", "cpp", "cxx", "c++", "C", "h", "hh", "hpp", "hxx", "h++", "inc", "inl", "ipp", "tcc", "m", "mm", "cu",
    "cuh", "S", "s", "l", "y", "yy", "ll", "def", "go", "i", "ii", "f", "f90", "F90", "F", "f95", "f03", "f08", "for",
    "ads", "adb", "d", "pyx", "tpp", "txx", "hip", "cl", "xs", "re", "rl", "in",
];

#[derive(Default)]
struct State {
    function: Option<String>,
    /// The file of the project whose include brought in the one that fails.
    included_from: Option<String>,
    /// File, line and column that gfortran named, and how many lines ago.
    fortran: Option<([String; 3], usize)>,
}

/// How many lines gfortran shows of the source before it says what is wrong.
const SOURCE: usize = 8;

fn is_system_header(file: &str) -> bool {
    file.starts_with("/usr/") || file.starts_with("/opt/") || file.contains("/include/c++/")
}

/// Does a number stand behind one of the first two colons, the first of which may be a drive's? Else no place is named.
fn may_be_placed(text: &str) -> bool {
    text.match_indices(':').take(2).any(|(colon, _)| text.as_bytes().get(colon + 1).is_some_and(u8::is_ascii_digit))
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(place) = if text.ends_with(':') { FORTRAN_PLACE.take(text) } else { None } {
            self.fortran = Some((["file", "line", "column"].map(|name| group(&place, name).to_owned()), 0));
            return SOURCE;
        }
        if let Some(([file, number, column], read)) = self.fortran.take() {
            if let Some(said) = FORTRAN.take(text) {
                let kind = if said.name("end").is_some() { "werror" } else { "error" };
                let mut diagnostic =
                    Diagnostic::new(kind, line).with("file", &file).with("line", &number).with("column", &column);
                diagnostic.set("message", group(&said, "message"));
                diagnostic.set("flag", group(&said, "flag"));
                found.push(diagnostic);
                return 0;
            }
            if read < SOURCE && !text.starts_with("Warning: ") {
                self.fortran = Some(([file, number, column], read + 1));
                return 1;
            }
            return 0;
        }
        let chain = text.starts_with("In file") || text.trim_start().starts_with("from ");
        if let Some(included) = if chain { INCLUDED.take(text) } else { None } {
            // The last of them is the file that the compiler was called for.
            self.included_from = Some(format!("{}:{}", group(&included, "file"), group(&included, "line")));
            return 3;
        }
        let place = text.contains(": In ") || text.contains(": At ");
        if let Some(function) = if place { FUNCTION.take(text) } else { None } {
            self.function = Some(group(&function, "function").to_owned());
            return 3;
        }
        // English, or one of the other languages.
        let worded = text.contains("error") || !text.is_ascii() || text.contains("Fehler") || text.contains("erreur");
        let Some(message) = (if worded && may_be_placed(text) { MESSAGE.take(text) } else { None }) else {
            self.included_from = None;
            return 0;
        };
        let file = group(&message, "file");
        let ending = file.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
        let own =
            file == "<stdin>" || file == "<command-line>" || ending.is_some_and(|ending| ENDINGS.contains(&ending));
        // gold prints the places of its symbols in this shape, XCTest those of its assertions.
        let said = group(&message, "message");
        if said.starts_with("undefined reference to ") || (said.starts_with("-[") && said.contains("] : ")) {
            return 0;
        }
        // Headers of the C++ library have no ending.
        // A program's own log names Go files without a column.
        let logged = ending == Some("go") && message.name("column").is_none();
        if !(own || (ending.is_none() && is_system_header(file))) || logged {
            return 0;
        }
        let kind = if message.name("end").is_some() { "werror" } else { "error" };
        let mut diagnostic = Diagnostic::new(kind, line);
        for name in ["file", "line", "column", "message", "flag"] {
            diagnostic.set(name, group(&message, name));
        }
        if let Some(frame) = self.included_from.take().filter(|_| is_system_header(file)) {
            diagnostic.set("frame", &frame);
        }
        if let Some(function) = &self.function {
            diagnostic.set("function", function);
        }
        found.push(diagnostic);
        3
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.function = None;
        self.included_from = None;
        self.fortran = None;
    }
}
