//! golangci-lint: `main.go:12:14: Error return value of `f.Close` is not checked (errcheck)`, then the source and a caret.
//!
//! Its other formats: `tab` (place, linter and message in columns), `json` (all on one line), `checkstyle` (XML, the file above), and `github-actions` (`::error
//! file=main.go,line=12,col=14::… (errcheck)`), of which the runner's log keeps the message alone. staticcheck run by itself puts its
//! check in the linter's place. What `typecheck` says are the compiler's messages: the reader of the Go compiler has them. A warning is
//! none. Sources: golangci-lint, pkg/printers and pkg/lint/lintersdb; staticcheck, lintcmd/format.go.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{CAPTURE_LIMIT, Diagnostic, Kind, Printed, Reader, Reading, Trigger, cut};

pub(super) static READER: Reader = Reader {
    name: "golangci",
    kinds: &[
        Kind { name: "issue", always: &["message", "file", "line", "linter", "rule", "code"], sometimes: &["column"] },
        Kind { name: "placeless", always: &["message", "linter", "rule", "code"], sometimes: &[] },
    ],
    triggers: &[
        Trigger {
            texts: &[".go:1", ".go:2", ".go:3", ".go:4", ".go:5", ".go:6", ".go:7", ".go:8", ".go:9"],
            shape: r#"^(?:level=error msg=")?(?:[A-Za-z]:)?[^\s:]+\.go:\d+(?::\d+)?(?:: \S.* \((?:[a-z][a-z0-9]+|[A-Z]{1,3}\d{4})\)"?$| {1,}[a-z][a-z0-9]+ {2,}\S)"#,
        },
        Trigger { texts: &["::error file="], shape: r"^\s*::error file=\S+\.go,line=\d+\S*::.+ \([a-z][a-z0-9]+\)$" },
        Trigger { texts: &["\"fromlinter\":\""], shape: r#"^\{"Issues":\["# },
        Trigger {
            texts: &["<error column=\"", "<error line=\""],
            shape: r#"^\s*<error (?:column="\d+" )?line="\d+" .+ source="[a-z][a-z0-9]+""#,
        },
        Trigger {
            texts: &["(errcheck)", "(govet)", "(staticcheck)", "(ineffassign)", "(unused)", "(gosimple)", "(revive)"],
            shape: r"^(?:##\[error\]|Error: )?[A-Z]\S* .+ \((?:errcheck|govet|staticcheck|ineffassign|unused|gosimple|revive)\)$",
        },
    ],
    start: || Box::new(State::default()),
};

/// The source and its caret stand between two findings.
const PATIENCE: usize = 4;

static TEXT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^(?:level=error msg=")?(?P<file>(?:[A-Za-z]:)?[^\s:]+\.go):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<message>\S.*) \((?P<linter>[a-z][a-z0-9]+|[A-Z]{1,3}\d{4})\)"?$"#,
    )
});
static TAB: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>(?:[A-Za-z]:)?[^\s:]+\.go):(?P<line>\d+)(?::(?P<column>\d+))? +(?P<linter>[a-z][a-z0-9]+) {2,}(?P<message>\S.*)$",
    )
});
static COMMAND: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*::error file=(?P<file>[^\s,]+\.go),line=(?P<line>\d+)(?:,col=(?P<column>\d+))?::(?P<message>\S.*) \((?P<linter>[a-z][a-z0-9]+)\)$",
    )
});
static PLACELESS: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:##\[error\]|Error: )?(?P<message>[A-Z]\S* .+) \((?P<linter>[a-z][a-z0-9]+)\)$"));
static JSON: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"\{"FromLinter":"(?P<linter>[a-z][a-z0-9]+)","Text":"(?P<message>(?:[^"\\]|\\.)*)","Severity":"(?P<severity>[a-z]*)".*?"Pos":\{"Filename":"(?P<file>(?:[^"\\]|\\.)*)","Offset":\d+,"Line":(?P<line>\d+),"Column":(?P<column>\d+)\}"#,
    )
});
static XML_FILE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r#"^\s*<file name="(?P<file>[^"]+\.go)">"#));
static XML: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\s*<error (?:column="(?P<column>\d+)" )?line="(?P<line>\d+)" message="(?P<message>[^"]+)" severity="error" source="(?P<linter>[a-z][a-z0-9]+)""#,
    )
});
/// `SA4000: identical expressions …`, `G101: …`, `printf: …` names the check in front.
static CHECK: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<check>[A-Z]{1,3}\d{3,4}): "));
static STATICCHECK: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?:SA|ST|S|QF|U)\d{4}$"));

/// The linters of versions 1 and 2. A word in brackets at the end of a line is nothing by itself.
const LINTERS: &[&str] = &[
    "arangolint",
    "asasalint",
    "asciicheck",
    "bidichk",
    "bodyclose",
    "canonicalheader",
    "containedctx",
    "contextcheck",
    "copyloopvar",
    "cyclop",
    "deadcode",
    "decorder",
    "depguard",
    "dogsled",
    "dupl",
    "dupword",
    "durationcheck",
    "embeddedstructfieldcheck",
    "err113",
    "errcheck",
    "errchkjson",
    "errname",
    "errorlint",
    "execinquery",
    "exhaustive",
    "exhaustivestruct",
    "exhaustruct",
    "exportloopref",
    "exptostd",
    "fatcontext",
    "forbidigo",
    "forcetypeassert",
    "funcorder",
    "funlen",
    "gci",
    "ginkgolinter",
    "gocheckcompilerdirectives",
    "gochecknoglobals",
    "gochecknoinits",
    "gochecksumtype",
    "gocognit",
    "goconst",
    "gocritic",
    "gocyclo",
    "godot",
    "godox",
    "goerr113",
    "gofmt",
    "gofumpt",
    "goheader",
    "goimports",
    "golines",
    "golint",
    "gomnd",
    "gomoddirectives",
    "gomodguard",
    "goprintffuncname",
    "gosec",
    "gosimple",
    "gosmopolitan",
    "govet",
    "grouper",
    "iface",
    "ifshort",
    "importas",
    "inamedparam",
    "ineffassign",
    "interfacebloat",
    "interfacer",
    "intrange",
    "iotamixing",
    "ireturn",
    "lll",
    "logcheck",
    "loggercheck",
    "maintidx",
    "makezero",
    "maligned",
    "megacheck",
    "mirror",
    "misspell",
    "mnd",
    "modernize",
    "musttag",
    "nakedret",
    "nestif",
    "nilerr",
    "nilnesserr",
    "nilnil",
    "nlreturn",
    "noctx",
    "noinlineerr",
    "nolintlint",
    "nonamedreturns",
    "nosnakecase",
    "nosprintfhostport",
    "paralleltest",
    "perfsprint",
    "prealloc",
    "predeclared",
    "promlinter",
    "protogetter",
    "reassign",
    "recvcheck",
    "revive",
    "rowserrcheck",
    "scopelint",
    "sloglint",
    "spancheck",
    "sqlclosecheck",
    "staticcheck",
    "structcheck",
    "stylecheck",
    "swaggo",
    "tagalign",
    "tagliatelle",
    "tenv",
    "testableexamples",
    "testifylint",
    "testpackage",
    "thelper",
    "tparallel",
    "unconvert",
    "unparam",
    "unqueryvet",
    "unused",
    "usestdlibvars",
    "usetesting",
    "varcheck",
    "varnamelen",
    "wastedassign",
    "whitespace",
    "wrapcheck",
    "wsl",
    "zerologlint",
];

#[derive(Default)]
struct State {
    /// A finding of a linter that is known stands just above: then an unknown name is one of the project's own.
    among_findings: bool,
    /// Of the XML.
    file: Option<String>,
}

impl State {
    fn finding(&mut self, line: &Arc<Printed>, groups: &regex::Captures<'_>) -> Option<Diagnostic> {
        let (message, linter) = (group(groups, "message"), group(groups, "linter"));
        let check = STATICCHECK.fits(linter);
        let known = check || LINTERS.binary_search(&linter).is_ok();
        if linter == "typecheck" || !(known || self.among_findings) {
            return None;
        }
        self.among_findings = true;
        let placed = groups.name("line").is_some();
        let mut diagnostic = Diagnostic::new(if placed { "issue" } else { "placeless" }, line);
        diagnostic.set("message", message);
        let rule = if check { "staticcheck" } else { linter };
        diagnostic.set("linter", rule);
        diagnostic.set("rule", rule);
        let code = CHECK.take(message);
        diagnostic.set("code", if check { linter } else { code.as_ref().map_or(linter, |code| group(code, "check")) });
        if placed {
            diagnostic.set(
                "file",
                groups.name("file").map_or(self.file.as_deref().unwrap_or_default(), |file| file.as_str()),
            );
            for name in ["line", "column"] {
                diagnostic.set(name, group(groups, name));
            }
        }
        Some(diagnostic)
    }
}

/// A string of JSON as it was meant, as far as messages need it.
fn plain(text: &str) -> String {
    text.replace("\\n", " ").replace("\\t", " ").replace("\\\"", "\"").replace("\\\\", "\\")
}

/// A value of XML as it was meant.
fn plain_xml(text: &str) -> String {
    let known = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&#xA;", " "),
    ];
    known.iter().fold(text.to_owned(), |text, (name, meant)| text.replace(name, meant)).replace("&amp;", "&")
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if text.starts_with("{\"Issues\":[")
            && let Some(json) = JSON.as_ref()
        {
            for issue in json.captures_iter(text) {
                let severity = group(&issue, "severity");
                let error = !matches!(severity, "warning" | "info" | "low");
                if let Some(mut diagnostic) = self.finding(line, &issue).filter(|_| error) {
                    for (name, value) in &mut diagnostic.captures {
                        if matches!(*name, "message" | "file") {
                            *value = plain(value);
                        }
                    }
                    found.push(diagnostic);
                }
            }
            return 0;
        }
        if let Some(file) = XML_FILE.take(text) {
            self.file = Some(plain_xml(cut(group(&file, "file"), CAPTURE_LIMIT)));
            return PATIENCE;
        }
        if let Some(error) = XML.take(text) {
            if let Some(mut diagnostic) = self.finding(line, &error).filter(|_| self.file.is_some()) {
                diagnostic.captures.iter_mut().for_each(|(_, value)| *value = plain_xml(value));
                found.push(diagnostic);
            }
            return PATIENCE;
        }
        let groups =
            TEXT.take(text).or_else(|| TAB.take(text)).or_else(|| COMMAND.take(text)).or_else(|| PLACELESS.take(text));
        let Some(diagnostic) = groups.and_then(|groups| self.finding(line, &groups)) else { return 0 };
        found.push(diagnostic);
        PATIENCE
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.among_findings = false;
        self.file = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linters_are_in_order() {
        assert!(LINTERS.is_sorted());
    }
}
