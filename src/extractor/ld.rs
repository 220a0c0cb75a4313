//! Linkers: GNU ld, gold, lld, mold and Apple's ld, called by a compiler, by Go, by rustc or by hand.
//!
//! Shapes: GNU ld says `main.o: in function 'f':` once and then `main.c:5: undefined reference to 'mul'` for each use, with the source
//! line where the object has debugging information and `main.c:(.text+0xf)` where it has none; gold puts `error: ` in between; lld and
//! mold say `error: undefined symbol: mul` and tell the places in lines with `>>> ` below; Apple's ld lists the symbols, indented, below
//! a heading. What stands behind `warning: ` is none. Sources: binutils/ld (ldmain.c, ldfile.c and its po/ folder), gold/errors.cc,
//! lld/ELF (Relocations.cpp, Symbols.cpp, Driver.cpp), mold (error reports of its passes), ld64/src/ld/Resolver.cpp.

use std::sync::{Arc, LazyLock};

use regex::Captures;

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "ld",
    kinds: &[
        Kind {
            name: "undefined",
            always: &["symbol", "message"],
            sometimes: &["file", "line", "function", "object", "library"],
        },
        Kind {
            name: "library-symbol",
            always: &["symbol", "message"],
            sometimes: &["file", "line", "function", "object", "library"],
        },
        Kind { name: "multiple", always: &["symbol", "message"], sometimes: &["file", "line", "object", "other"] },
        Kind { name: "library", always: &["library", "message"], sometimes: &[] },
    ],
    triggers: &[
        Trigger {
            texts: &[
                "undefined reference to ",
                "неопределена отпратка към ",
                "referencia a `",
                "référence indéfinie vers ",
                "referência não definida para ",
                "неопределённая ссылка на ",
                "недефинисана упута ка ",
                "невизначене посилання ",
                "未定义的引用",
            ],
            shape: "(?:undefined reference to (?:symbol )?|отпратка към |referencia a |référence indéfinie vers |referência não definida para |неопределённая ссылка на |недефинисана упута ка |невизначене посилання |对)(?:`|'|\"|‘|«|„)",
        },
        Trigger {
            texts: &[
                "multiple definition of ",
                "definiciones múltiples de ",
                "définitions multiples de ",
                "múltiplas definições de ",
                "повторное определение ",
                "повторне визначення ",
            ],
            shape: r"(?:^|: )(?:multiple definition of|definiciones múltiples de|définitions multiples de|múltiplas definições de|повторное определение|повторне визначення) ",
        },
        Trigger {
            texts: &[
                "undefined symbol: ",
                "undefined hidden symbol: ",
                "undefined protected symbol: ",
                "duplicate symbol: ",
            ],
            shape: r"(?:ld|lld|mold|link)[\w.-]*: error: (?:\S+: )?(?:undefined|duplicate) (?:\w+ )?symbol: \S",
        },
        Trigger {
            texts: &[
                "undefined symbols for architecture",
                "ld: undefined symbols:",
                "duplicate symbol '",
                "duplicate symbol _",
            ],
            shape: r"(?:^|ld: |= note: )(?:Undefined symbols(?: for architecture \S+)?:$|duplicate symbol '?\S+ in:$)",
        },
        Trigger {
            texts: &[
                "cannot find -l",
                "unable to find library -l",
                "library not found",
                "ld: library '",
                "linker: library '",
                "no se puede encontrar -l",
                "ne peut pas trouver -l",
                "impossibile trovare -l",
                "não foi possível localizar -l",
                "невозможно найти -l",
                "не вдалося знайти -l",
                "找不到 -l",
                "が見つかりません",
            ],
            shape: r"(?:(?:ld|gold|lld|mold|linker|collect2)\S*\s*: )(?:error: |fatal: )?(?:\S.{0,40} -l\S|-l\S|library )",
        },
    ],
    start: || Box::new(State::default()),
};

/// How long the next message of the same object is waited for, and how many lines tell the places of one.
const PATIENCE: usize = 12;
/// Symbols that are read below one of Apple's headings.
const LISTED: usize = 200;

/// Symbols of libraries that are installed on their own, by their names: those of the C library's side libraries are whole, the others are
/// beginnings.
static LIBRARY_SYMBOL: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(concat!(
        r"^_{0,2}(?:(?:",
        r"(?:a?(?:sin|cos|tan)h?|atan2|sqrt|cbrt|pow|exp2?|expm1|log(?:2|10|1p)?|floor|ceil|l?l?round|trunc|fmod|fmin|fmax|hypot|ldexp|frexp|modf|l?rint|nearbyint|erfc?|[lt]gamma)[fl]?",
        r"|dl(?:open|sym|close|error|addr)|clock_gettime|shm_(?:open|unlink)|crypt(?:_r)?|(?:un)?compress\d?|crc32|adler32",
        r"|initscr|printw|endwin|stdscr|tgetent|tputs|readline|add_history|yywrap",
        r")(?:@.*)?$|",
        r"pthread_|sem_|timer_|mq_|aio_|SSL_|EVP_|BIO_|RSA_|X509_|OPENSSL_|CRYPTO_|PEM_|BN_|RAND_|curl_|deflate|inflate",
        r"|gz(?:open|read|write|close)|sqlite3_|PQ[a-z]|mysql_|xml[A-Z]|png_|jpeg_|TIFF[A-Z]|FT_|SDL_|IMG_|TTF_|gl[A-Z]",
        r"|glew[A-Z]|glfw[A-Z]",
        r"|X(?:Open|Create|Destroy|Map|Set|Get|Free|Select|Next|Pending|Flush|Sync|Store|Default)[A-Z]?|xcb_|wl_|gtk_|gdk_",
        r"|cairo_|av_|avcodec_|avformat_|sws_|swr_|Py[A-Z_]|luaL?_|uv_|zmq_|snd_|libusb_|pcap_|archive_|lzma_|BZ2_|ZSTD_",
        r"|LZ4_|uuid_|udev_|omp_|GOMP_|kmpc_|cblas_|[sdcz]ge[a-z]{2,3}_|MPI_|cuda[A-Z]|cublas|H5[A-Z]|gsl_|fftwf?_",
        r"|mp[fzqr]_|gmp[a-z]*_|atomic_|imp_|Unwind_|cxa_|gxx_personality|aeabi_|rdk?_?kafka_",
        r"|g_(?:object|signal|type|list|hash_table|main_loop|error|key_file|thread|mutex|timeout|string|variant|file|application|array|malloc|free|strdup|log)",
        r"|std::|boost::|cv::|google::|absl::|grpc|fmt::|spdlog::|testing::|Json::|YAML::|Poco::|sf::|Q[A-Z]\w+::",
        r"|icu_\d+::|operator (?:new|delete)|vtable for (?:__cxxabiv1|std)::|typeinfo for std::|non-virtual thunk to std::",
        r")",
    ))
});

/// A symbol that nothing defines: one of a library, or one of the project.
fn kind_of(symbol: &str) -> &'static str {
    if LIBRARY_SYMBOL.fits(symbol) { "library-symbol" } else { "undefined" }
}

static IN_FUNCTION: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        "^(?:\\S*ld\\S*: )?(?P<object>[^\\s:()]+(?:\\([^)]*\\))?): [Ii]n function [`'‘«\"](?P<function>.+?)['’»\"]:(?: .*)?$",
    )
});
static UNDEFINED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        "^(?P<before>.*?)(?P<message>(?:undefined reference to|неопределена отпратка към|référence indéfinie vers|referência não definida para|неопределённая ссылка на|недефинисана упута ка|невизначене посилання|referencia a|对)\\s?(?P<dynamic>symbol )?[`'\"‘«„]\\s?(?P<symbol>.+?)\\s?['\"’»“](?: sin definir|未定义的引用)?)(?: \\[--no-allow-shlib-undefined\\])?\\s*$",
    )
});
static MULTIPLE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        "^(?P<before>.*?)(?P<message>(?:multiple definition of|definiciones múltiples de|définitions multiples de|múltiplas definições de|повторное определение|повторне визначення) [`'\"‘«]\\s?(?P<symbol>.+?)\\s?['\"’»])(?:; (?P<other>.+?): [^:]+)?\\s*$",
    )
});
/// The end of what stands before a message: the source line, or the source or object and a place in its section.
static PLACE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"(?:^|[\s:])(?P<file>(?:[A-Za-z]:[\\/])?[^\s:()<>`']+):(?P<line>[1-9]\d*)\s?: (?:error: )?$")
});
static SECTION: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?:^|[\s:])(?P<file>(?:[A-Za-z]:[\\/])?[^\s:()<>`']+):(?:\([^()]*\)|function (?P<function>.+?))\s?: (?:error: )?$",
    )
});
static FIRST_PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"(?:^|[\s:])(?P<file>(?:[A-Za-z]:[\\/])?[^\s:()<>`']+):(?P<line>[1-9]\d*)$"));
static SAID: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^.*?(?:ld|lld|mold|link)[\w.-]*: error: (?:(?P<object>\S+): )?(?P<message>(?P<sort>undefined|duplicate) (?:\w+ )?symbol: (?P<symbol>\S.*?))\s*$",
    )
});
static TOLD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*>>> (?:referenced by|defined (?:at|in)) (?P<short>[^\s:]+?)(?::(?P<at>\d+))?(?: \((?P<file>[^()]+?):(?P<line>\d+)\))?$",
    )
});
static TOLD_OBJECT: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*>>> {6,}(?P<object>[^\s:]+):\((?P<function>.+)\)(?: in archive .*)?$"));
static LISTING: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"(?:^|ld: |= note: )Undefined symbols(?: for architecture \S+)?:$"));
static LISTED_SYMBOL: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r#"^\s+"?(?P<symbol>\S.*?)"?, referenced from:$"#));
static LISTED_USER: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s{4,}(?P<function>\S.*) in (?P<object>\S+\.(?:o|a\(\S+\)|dylib)|\S+)$"));
static TWICE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"(?:^|ld: |= note: )(?P<message>duplicate symbol '?(?P<symbol>.+?)'?) in:$"));
static LIBRARY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?:ld|gold|lld|mold|linker|collect2)\S*\s?: (?:error: |fatal: )?(?P<message>(?:(?:cannot find|unable to find library|no se puede encontrar|ne peut pas trouver|impossibile trovare|não foi possível localizar|невозможно найти|не вдалося знайти|找不到) -l|library not found(?: for)? -l|library not found: |library ')(?P<library>[^\s:']+).*)$|(?:ld|gold|lld|mold|linker|collect2)\S*\s?: (?P<japanese>-l(?P<library2>[^\s:]+) が見つかりません.*)$",
    )
});
static DYNAMIC: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:\S*ld\S*: )?(?:\S*/)?lib(?P<library>[\w+.-]+?)\.so\S*: error adding symbols: DSO missing")
});

#[derive(Default)]
struct State {
    /// What the last `in function` named.
    function: Option<(String, String)>,
    /// Its places may follow.
    open: Option<Diagnostic>,
    /// Left of Apple's list.
    listed: usize,
}

/// Objects are made anew in each build: their names say nothing.
fn is_temporary(object: &str) -> bool {
    ["/tmp/", "/var/folders/", "rustc", "\\Temp\\", "go-link-", ".ltrans"].iter().any(|mark| object.contains(mark))
}

fn is_object(file: &str) -> bool {
    [".o", ".obj", ".a", ".lo", ".so", ".lib", ".rcgu.o"].iter().any(|ending| file.ends_with(ending))
}

/// Sets what stands before a message: the object, and the source with its line.
fn place(diagnostic: &mut Diagnostic, before: &str) {
    if let Some(place) = PLACE.take(before) {
        diagnostic.set("file", group(&place, "file"));
        diagnostic.set("line", group(&place, "line"));
        return;
    }
    if let Some(section) = SECTION.take(before) {
        let file = group(&section, "file");
        if !is_object(file) {
            diagnostic.set("file", file);
        } else if !is_temporary(file) {
            diagnostic.set("object", file);
        }
        diagnostic.set("function", group(&section, "function"));
        return;
    }
    let object = before.trim_end_matches("error: ").trim_end().trim_end_matches(':');
    let object = object.rsplit(": ").next().unwrap_or(object).trim();
    if is_object(object) && !object.contains(char::is_whitespace) && !is_temporary(object) {
        diagnostic.set("object", object);
    }
}

/// A word of each message in English, and of those below that are told apart by one.
static WORDS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        "n function |undefined reference to|referencia a|multiple definition of|DSO missing|symbol: |Undefined symbols|duplicate symbol | -l|library",
    )
});

/// Does one of the words stand in the text, or is it in a language in which others are said? Costs less than a pattern.
fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word)) || !text.is_ascii()
}

/// What a pattern takes that needs one of the words.
fn if_said<'t>(pattern: &LazyLock<LazyPattern>, text: &'t str, words: &[&str]) -> Option<Captures<'t>> {
    if says(text, words) { pattern.take(text) } else { None }
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take());
    }

    /// No message starts on this line.
    fn unsaid(&mut self, text: &str, found: &mut Vec<Diagnostic>) -> usize {
        if self.told(text) {
            return 1;
        }
        self.close(found);
        self.function = None;
        0
    }

    /// A message of GNU ld or gold, whole on its line.
    fn whole(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> bool {
        let text = line.text.as_str();
        if let Some(undefined) = if_said(&UNDEFINED, text, &["undefined reference to", "referencia a"]) {
            self.close(found);
            let before = group(&undefined, "before");
            if before.trim_end().ends_with("warning:") {
                return true;
            }
            let symbol = group(&undefined, "symbol");
            let mut diagnostic = Diagnostic::new(kind_of(symbol), line)
                .with("symbol", symbol)
                .with("message", group(&undefined, "message"));
            place(&mut diagnostic, before);
            if let Some((object, function)) = &self.function {
                diagnostic.set("function", function);
                if !is_temporary(object) {
                    diagnostic.set("object", object);
                }
            }
            if undefined.name("dynamic").is_some() {
                // The library that has it is named by the next line.
                self.open = Some(diagnostic);
            } else {
                found.push(diagnostic);
            }
            return true;
        }
        let Some(multiple) = if_said(&MULTIPLE, text, &["multiple definition of"]) else { return false };
        self.close(found);
        let mut diagnostic = Diagnostic::new("multiple", line)
            .with("symbol", group(&multiple, "symbol"))
            .with("message", group(&multiple, "message"));
        place(&mut diagnostic, group(&multiple, "before"));
        let other = group(&multiple, "other");
        match FIRST_PLACE.take(other) {
            Some(first) => diagnostic.set("other", &format!("{}:{}", group(&first, "file"), group(&first, "line"))),
            None => {
                let object = other.split(':').next().unwrap_or_default();
                if !is_temporary(object) {
                    diagnostic.set("other", object);
                }
            }
        }
        found.push(diagnostic);
        true
    }

    /// What lld and mold tell below their message.
    fn told(&mut self, text: &str) -> bool {
        let Some(open) = &mut self.open else { return false };
        if let Some(object) = TOLD_OBJECT.take(text) {
            if matches!(open.kind, "undefined" | "library-symbol") {
                open.set("function", group(&object, "function"));
            }
            if !is_temporary(group(&object, "object")) {
                open.set("object", group(&object, "object"));
            }
            return true;
        }
        let Some(told) = TOLD.take(text) else { return text.trim_start().starts_with(">>> ") };
        let (short, at) = (group(&told, "short"), group(&told, "at"));
        let (file, number) =
            if told.name("file").is_some() { (group(&told, "file"), group(&told, "line")) } else { (short, at) };
        if open.kind == "multiple" && open.get("file").is_some() {
            open.set("other", &if number.is_empty() { file.to_owned() } else { format!("{file}:{number}") });
        } else if open.get("file").is_none() && !is_object(file) && !file.contains("-cgu.") {
            open.set("file", file);
            open.set("line", number);
        }
        true
    }

    /// Apple's list of symbols.
    fn list(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> bool {
        let text = line.text.as_str();
        if let Some(symbol) = LISTED_SYMBOL.take(text) {
            self.close(found);
            let symbol = group(&symbol, "symbol");
            let message = format!("undefined symbol {symbol}");
            self.open = Some(Diagnostic::new(kind_of(symbol), line).with("symbol", symbol).with("message", &message));
            return true;
        }
        let user = LISTED_USER.take(text);
        match (user, &mut self.open) {
            (Some(user), Some(open)) => {
                open.set("function", group(&user, "function"));
                if !is_temporary(group(&user, "object")) {
                    open.set("object", group(&user, "object"));
                }
                true
            }
            _ => text.trim_start().starts_with("(maybe you meant") || text.trim() == "...",
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if self.listed > 0 {
            self.listed -= 1;
            if self.list(line, found) {
                return 1;
            }
            self.listed = 0;
            self.close(found);
        }
        if text.is_ascii() && !WORDS.fits(text) {
            return self.unsaid(text, found);
        }
        if let Some(place) = if_said(&IN_FUNCTION, text, &["n function "]) {
            self.close(found);
            let object = group(&place, "object").rsplit('/').next().unwrap_or_default();
            let object = if is_temporary(group(&place, "object")) { group(&place, "object") } else { object };
            self.function = Some((object.to_owned(), group(&place, "function").to_owned()));
            // Some put the first message on the same line.
            self.whole(line, found);
            return PATIENCE;
        }
        if self.whole(line, found) {
            return PATIENCE;
        }
        if let Some(library) = if_said(&DYNAMIC, text, &["DSO missing"])
            && let Some(open) = &mut self.open
        {
            open.set("library", group(&library, "library"));
            self.close(found);
            return PATIENCE;
        }
        if let Some(said) = if_said(&SAID, text, &["symbol: "]) {
            self.close(found);
            let kind = if group(&said, "sort") == "undefined" { kind_of(group(&said, "symbol")) } else { "multiple" };
            // mold names the two objects first.
            let symbol = group(&said, "symbol");
            let symbol = symbol.rsplit(".o: ").next().unwrap_or(symbol);
            let message = if symbol == group(&said, "symbol") {
                group(&said, "message").to_owned()
            } else {
                format!("duplicate symbol: {symbol}")
            };
            let mut open = Diagnostic::new(kind, line).with("symbol", symbol).with("message", &message);
            if !is_temporary(group(&said, "object")) {
                open.set("object", group(&said, "object"));
            }
            self.open = Some(open);
            return PATIENCE;
        }
        if says(text, &["Undefined symbols"]) && LISTING.fits(text) {
            self.close(found);
            self.listed = LISTED;
            return 2;
        }
        if let Some(twice) = if_said(&TWICE, text, &["duplicate symbol "]) {
            self.close(found);
            found.push(
                Diagnostic::new("multiple", line)
                    .with("symbol", group(&twice, "symbol"))
                    .with("message", group(&twice, "message")),
            );
            return 0;
        }
        if let Some(library) = if_said(&LIBRARY, text, &[" -l", "library"]) {
            self.close(found);
            let name = if library.name("library").is_some() { "library" } else { "library2" };
            let said = if library.name("message").is_some() { "message" } else { "japanese" };
            found.push(
                Diagnostic::new("library", line)
                    .with("library", group(&library, name))
                    .with("message", group(&library, said)),
            );
            return 0;
        }
        self.unsaid(text, found)
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.function = None;
        self.listed = 0;
    }
}
