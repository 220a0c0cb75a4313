//! A Node program that died: the error, its frames, `[cause]: …` inside, `Node.js v20.20.2` at the end.
//!
//! Source: lib/internal/process/execution.js and lib/internal/util/inspect.js. The innermost cause is the reason. Without the closing line
//! with Node's version the error may have been caught and only shown. What the parser refuses is told by its message alone, and its
//! place stands above the line of source that Node shows: `file:///app/x.mjs:3`, `/app/x.js:3`.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_js_frame, own_js_frame, pattern};
use super::{CAPTURE_LIMIT, Diagnostic, Kind, Printed, Reader, Reading, Trigger, cut};

pub(super) static READER: Reader = Reader {
    name: "node-trace",
    kinds: &[
        Kind {
            name: "exception",
            always: &["error", "message"],
            sometimes: &["file", "line", "column", "code", "outer"],
        },
        // A file that is no JavaScript to this Node.
        Kind { name: "syntax", always: &["error", "message"], sometimes: &["file", "line", "column"] },
    ],
    triggers: &[Trigger {
        texts: &["error: ", "error [", "exception: "],
        shape: r"^(?:Uncaught |\[)?(?:[A-Z]\w*)?(?:Error|Exception)(?: \[\w+\])?: \S",
    }],
    start: || Box::new(State::default()),
};

/// How many lines of one error are read.
const LONGEST: usize = 80;

static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<inside>\s+\[cause\]: )?(?:Uncaught )?(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*?)(?: \{)?$",
    )
});
/// An error without a stack stands in brackets: `[AggregateError: All promises were rejected] {`.
static BRACKETED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\[(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*?)\](?: \{)?$")
});
/// One of the errors that an `AggregateError` holds.
static HELD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s+(?P<inside>)(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*)$")
});
static CODE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+code: '(?P<code>\w+)',?$"));
/// What V8's parser, or the loader of modules, says of a file.
static SYNTAX: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^SyntaxError: (?:Unexpected (?:token|identifier|end of input|string|number|reserved word|strict mode|template)|Invalid or unexpected token|Cannot use import statement outside a module|Invalid regular expression|missing \) after argument list|Identifier .* has already been declared|await is only valid|The requested module .* does not provide an export|Named export .* not found)",
    )
});
/// Such words about data that was to be read.
const OF_DATA: &[&str] = &["in JSON at position", "is not valid JSON"];
/// The place above the line of source. What was typed or made at run time (`[eval]:1`, `<anonymous_script>:1`) has no file.
static SOURCE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:file:///(?P<drive>[A-Za-z]:)|file://)?(?P<file>(?:[A-Za-z]:\\|/)[^:<>]+):(?P<line>\d+)$")
});
/// How many lines after the place, blank ones apart, the message stands: the line of source and the mark.
const SOURCE_LINES: usize = 2;
static END: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^Node\.js v\d+\.\d+\.\d+"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    /// Node showed the line of source that threw: then the program ended there.
    sure: bool,
    /// The last line was the mark below that line.
    below_mark: bool,
    /// The error stood below such a mark; it is Node's if frames follow, and another language's else.
    shown: bool,
    read: usize,
    source: Option<Source>,
}

/// Where the line of source is that Node showed.
struct Source {
    file: String,
    line: String,
    /// The column of the mark below it, from 1.
    column: Option<usize>,
    /// It throws by itself.
    throws: bool,
    /// How many lines stood below the place, blank ones apart.
    below: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take().filter(|_| self.sure));
        self.sure = false;
        self.shown = false;
    }

    /// Remembers the place that Node shows above a line of source, and what stands below it.
    fn look_for_source(&mut self, text: &str) {
        if let Some(place) = SOURCE.take(text) {
            let file = format!("{}{}", group(&place, "drive"), cut(group(&place, "file"), CAPTURE_LIMIT));
            let line = cut(group(&place, "line"), CAPTURE_LIMIT).to_owned();
            self.source = Some(Source { file, line, column: None, throws: false, below: 0 });
        } else if let Some(source) = self.source.as_mut().filter(|_| !text.trim().is_empty()) {
            source.below += 1;
            source.throws |= text.contains("throw ");
            let blanks = text.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
            if source.below == SOURCE_LINES && text.trim().bytes().all(|b| b == b'^') {
                source.column = Some(blanks + 1);
            }
            if source.below > SOURCE_LINES {
                self.source = None;
            }
        }
    }

    /// A message of the parser: by its words, or because it stands below a line of source that threw nothing itself.
    fn syntax(&mut self, line: &Arc<Printed>) -> Option<Diagnostic> {
        let message = line.text.strip_prefix("SyntaxError: ")?;
        let source = self.source.take().filter(|source| source.column.is_some());
        let sure = SYNTAX.fits(&line.text) || source.as_ref().is_some_and(|source| !source.throws);
        if !sure || OF_DATA.iter().any(|words| message.contains(words)) {
            return None;
        }
        let mut open = Diagnostic::new("syntax", line).with("error", "SyntaxError").with("message", message);
        if let Some(source) = source {
            open.set("file", &source.file);
            open.set("line", &source.line);
            open.set("column", &source.column.map(|column| column.to_string()).unwrap_or_default());
        }
        Some(open)
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(syntax) = self.syntax(line) {
            self.close(found);
            self.below_mark = false;
            found.push(syntax);
            return 0;
        }
        self.look_for_source(text);
        let holds = |open: &Diagnostic| open.get("error") == Some("AggregateError") && open.get("outer").is_none();
        let held = HELD.take(text).filter(|_| self.open.as_ref().is_some_and(holds));
        if let Some(error) = ERROR.take(text).or_else(|| BRACKETED.take(text)).or(held) {
            let inside = error.name("inside").is_some();
            if !inside {
                self.close(found);
                self.shown = std::mem::take(&mut self.below_mark);
            }
            let outer = self.open.take().filter(|_| inside);
            if inside && outer.is_none() {
                return 0;
            }
            let mut open = Diagnostic::new("exception", line);
            for name in ["error", "message", "code"] {
                open.set(name, group(&error, name));
            }
            if let Some(outer) = outer {
                let whole =
                    format!("{}: {}", outer.get("error").unwrap_or_default(), outer.get("message").unwrap_or_default());
                open.set("outer", outer.get("outer").unwrap_or(&whole));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        let mark = text.trim();
        if !mark.is_empty() {
            self.below_mark = mark.bytes().all(|b| b == b'^');
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if END.fits(text) {
            self.sure = true;
            open.until = line.number;
            self.close(found);
            return 0;
        }
        if self.read > LONGEST {
            self.close(found);
            return 0;
        }
        if is_js_frame(text) {
            self.sure |= self.shown;
            if let Some((file, line, column)) = own_js_frame(text.trim_end_matches(" {"))
                && open.get("file").is_none()
            {
                open.set("file", file);
                open.set("line", line);
                open.set("column", column);
            }
        } else if let Some(code) = CODE.take(text) {
            open.set("code", group(&code, "code"));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.below_mark = false;
        self.source = None;
    }
}
