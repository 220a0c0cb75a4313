//! The lines of a good build: tools that print some dozens of lines each, in turn, one or two lines in a hundred with words
//! that tempt. The messages are those of the tools; names and numbers change.

use std::fmt::Write as _;

const WORDS: [&str; 96] = [
    "serde", "tokio", "hyper", "regex", "openssl", "kernel", "vendor", "internal", "cache", "parser", "codec",
    "window", "thread", "socket", "router", "signal", "buffer", "stream", "metrics", "tracing", "schema", "query",
    "index", "storage", "ledger", "payment", "invoice", "catalog", "search", "session", "cookie", "auth", "crypto",
    "digest", "cipher", "random", "matrix", "vector", "tensor", "render", "shader", "texture", "sprite", "canvas",
    "widget", "layout", "theme", "locale", "format", "number", "string", "bytes", "time", "clock", "timer", "queue",
    "worker", "runner", "planner", "graph", "node", "edge", "tree", "heap", "stack", "alloc", "arena", "memory",
    "page", "disk", "volume", "mount", "proxy", "gateway", "tunnel", "bridge", "switch", "packet", "frame", "header",
    "footer", "sidebar", "button", "dialog", "upload", "export", "import", "backup", "archive", "report", "chart",
    "ticket", "camera", "sensor", "motor", "robot",
];

/// Messages of failures; each matches a signature (`tests/bench_logs.rs` sees to it).
pub const FAILURES: [&str; 24] = [
    "go: example.com/m@v1.2.3: reading https://proxy.example.org/example.com/m/@v/v1.2.3.mod: 403 Forbidden",
    "E: Unable to locate package libfoo-dev",
    "npm error ERESOLVE unable to resolve dependency tree",
    "/bin/sh: 1: protoc: not found",
    "src/core/parser.c:214:10: fatal error: zlib.h: No such file or directory",
    "/usr/bin/ld: cannot find -lssl: No such file or directory",
    "error[E0382]: borrow of moved value: `config`",
    "error[E0433]: failed to resolve: use of undeclared crate or module `serde`",
    "./internal/router/route.go:41:7: undefined: newHandler",
    "ModuleNotFoundError: No module named 'requests'",
    "ERROR: Could not find a version that satisfies the requirement torch==9.9.9 (from versions: 2.0.0, 2.1.0)",
    "fatal: Authentication failed for 'https://git.example.org/team/app.git/'",
    "curl: (6) Could not resolve host: downloads.example.org",
    "src/index.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.",
    "Module not found: Error: Can't resolve './missing' in '/app/src'",
    "write /src/out/app: no space left on device",
    "x509: certificate signed by unknown authority",
    "verifying example.com/m@v1.2.3: checksum mismatch",
    "fatal: detected dubious ownership in repository at '/src'",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "c++: fatal error: Killed signal terminated program cc1plus",
    "main.cpp:(.text+0x1f): undefined reference to `shutdown_all()'",
    "error: failed to select a version for `openssl-sys`.",
    "go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
];

/// Lines of good builds that hold the fixed text of a signature and mean nothing.
pub const NEAR_MISSES: [&str; 8] = [
    "=== RUN   TestFetch/answers_with_403 Forbidden_page",
    "ok 12 - prints 'command not found: foo' when the plugin is absent",
    "test io::tests::no space left on device is reported ... ok",
    "    // returns \"permission denied\" unless the caller owns the file",
    "docs: explain \"no space left on device\" (#4321)",
    "checking whether connection refused is told apart from timed out... yes",
    "PASS src/fetch.test.ts > retries after ECONNRESET and ETIMEDOUT",
    "test_certificate_signed_by_unknown_authority (tests.tls.Verify) ... ok",
];

/// Lines of good builds with words that tempt, whole.
const TEMPTING: [&str; 28] = [
    "warning: unused variable: `error`",
    "npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory. Do not use it.",
    "0 errors, 0 warnings",
    "   Compiling thiserror-impl v1.0.63",
    "cc -O2 -Wall -Werror=format-security -fno-omit-frame-pointer -c -o build/error.o src/error.c",
    "test result: ok. 211 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 4.21s",
    "[INFO] Tests run: 41, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.213 s -- in com.example.app.ErrorPageTest",
    "=== RUN   TestPermissionDenied",
    "--- PASS: TestPermissionDenied (0.00s)",
    "test errors::tests::reports_a_failed_build ... ok",
    "tests/test_errors.py::test_timeout_is_fatal PASSED                       [ 41%]",
    "-- Performing Test HAVE_STRERROR_R - Failed",
    "checking for error_at_line... no",
    "Selecting previously unselected package liberror-perl.",
    "Setting up libgpg-error0:amd64 (1.46-1) ...",
    "debconf: delaying package configuration, since apt-utils is not installed",
    "src/net/socket.cpp:212:18: warning: unused parameter 'err' [-Wunused-parameter]",
    "found 0 vulnerabilities",
    "Collecting exceptiongroup>=1.0.0rc8",
    "creating build/lib/app/errors",
    "  ./src/pages/404-not-found.tsx 1.21 KiB [built] [code generated]",
    "warning: `app` (lib) generated 2 warnings (run `cargo fix --lib -p app` to apply 1 suggestion)",
    "[WARNING] /src/app/src/main/java/com/example/app/Retry.java: uses or overrides a deprecated API.",
    "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with the system package manager.",
    "update-alternatives: warning: skip creation of /usr/share/man/man1/c++.1.gz because associated file does not exist",
    "  Downloaded failure_derive v0.1.8",
    "GCC_WARN_ABOUT_MISSING_FIELD_INITIALIZERS = YES_ERROR",
    "github.com/pkg/errors",
];

#[derive(Clone, Copy)]
enum Tool {
    Cargo,
    CargoTest,
    Go,
    GoCommands,
    GoTest,
    Cmake,
    Make,
    Compiler,
    Apt,
    Pip,
    Npm,
    Webpack,
    Maven,
    Pytest,
}

const TOOLS: [Tool; 14] = [
    Tool::Cargo,
    Tool::CargoTest,
    Tool::Go,
    Tool::GoCommands,
    Tool::GoTest,
    Tool::Cmake,
    Tool::Make,
    Tool::Compiler,
    Tool::Apt,
    Tool::Pip,
    Tool::Npm,
    Tool::Webpack,
    Tool::Maven,
    Tool::Pytest,
];

/// An endless good build, line by line.
pub struct Lines {
    state: u64,
    tool: Tool,
    /// How many further lines this tool prints.
    left: u64,
    line: String,
}

impl Lines {
    /// The same seed, the same lines.
    pub fn new(seed: u64) -> Self {
        Lines { state: seed, tool: Tool::Cargo, left: 0, line: String::with_capacity(1_000) }
    }

    /// The next line, without its line feed.
    pub fn next_line(&mut self) -> &str {
        self.line.clear();
        if self.below(65) == 0 {
            let at = self.below(TEMPTING.len() as u64) as usize;
            self.line.push_str(TEMPTING[at]);
            return &self.line;
        }
        if self.left == 0 {
            self.tool = TOOLS[self.below(TOOLS.len() as u64) as usize];
            self.left = 10 + self.below(120);
        }
        self.left -= 1;
        let mut line = std::mem::take(&mut self.line);
        // Writing into a string can't fail.
        let _ = self.print(&mut line);
        self.line = line;
        &self.line
    }

    /// A number below `limit` (splitmix64).
    pub fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }

    fn print(&mut self, line: &mut String) -> std::fmt::Result {
        let (a, b, c) = (self.word(), self.word(), self.word());
        let (n, m, k) = (self.below(1_000), self.below(60), self.below(20));
        let hash = self.below(u64::MAX);
        match (self.tool, self.below(10)) {
            (Tool::Cargo, 0..=3) => write!(line, "   Compiling {a}-{b} v{k}.{m}.{}", n % 10),
            (Tool::Cargo, 4..=5) => write!(line, "       Fresh {a}_{b} v{k}.{m}.{}", n % 10),
            (Tool::Cargo, 6..=7) => write!(line, "  Downloaded {a}-{b}-{c} v0.{m}.{k}"),
            (Tool::Cargo, 8) => write!(line, "       Dirty {a} v1.{m}.{k}: the file `src/{b}/{c}.rs` has changed"),
            (Tool::Cargo, _) => write!(
                line,
                "     Running `/usr/local/cargo/bin/rustc --crate-name {a}_{b} --edition=2021 /usr/local/cargo/registry/src/index/{a}-{b}-1.{m}.{k}/src/lib.rs \
                 --crate-type lib --emit=dep-info,metadata,link -C embed-bitcode=no -C debuginfo=2 --cfg 'feature=\"{c}\"' --cfg 'feature=\"std\"' \
                 --check-cfg 'cfg(docsrs,test)' -C metadata={hash:016x} -C extra-filename=-{hash:016x} --out-dir /src/target/debug/deps \
                 -L dependency=/src/target/debug/deps --extern {c}=/src/target/debug/deps/lib{c}-{hash:016x}.rmeta --cap-lints allow`"
            ),
            (Tool::CargoTest, _) => write!(line, "test {a}::{b}::tests::{c}_{a}_is_{n} ... ok"),
            (Tool::Go, 0..=1) => write!(line, "go: downloading github.com/{a}/{b} v1.{m}.{k}"),
            (Tool::Go, 2..=3) => write!(line, "github.com/{a}/{b}/{c}"),
            (Tool::Go, _) => write!(line, "example.com/app/internal/{a}/{b}/{c}"),
            (Tool::GoCommands, 0..=2) => write!(line, "mkdir -p $WORK/b{n}/"),
            (Tool::GoCommands, 3..=4) => {
                write!(line, "packagefile {a}/{b}=/root/.cache/go-build/{:02x}/{hash:016x}{hash:016x}-d", n % 256)
            }
            (Tool::GoCommands, 5) => write!(line, "cat >/tmp/go-build{n}/b{m}/importcfg << 'EOF' # internal"),
            (Tool::GoCommands, 6) => write!(line, "cd /src/internal/{a}/{b}"),
            (Tool::GoCommands, 7) => {
                write!(line, "/usr/local/go/pkg/tool/linux_amd64/buildid -w $WORK/b{n}/_pkg_.a # internal")
            }
            (Tool::GoCommands, _) => write!(
                line,
                "/usr/local/go/pkg/tool/linux_amd64/compile -o $WORK/b{n}/_pkg_.a -trimpath \"$WORK/b{n}=>\" -p example.com/app/internal/{a}/{b} -lang=go1.26 \
                 -complete -buildid {hash:016x}/{hash:016x} -goversion go1.26.8 -c=4 -shared -nolocalimports -importcfg $WORK/b{n}/importcfg -pack \
                 ./{a}.go ./{b}.go ./{c}.go ./{a}_linux.go ./{b}_{c}.go ./doc.go"
            ),
            (Tool::GoTest, 0..=2) => write!(line, "ok  \texample.com/app/internal/{a}/{b}\t{}.{n:03}s", k % 4),
            (Tool::GoTest, 3) => write!(line, "?   \texample.com/app/cmd/{a}\t[no test files]"),
            (Tool::GoTest, 4..=6) => write!(line, "=== RUN   Test{}{}/{c}_{n}", Title(a), Title(b)),
            (Tool::GoTest, _) => write!(line, "    --- PASS: Test{}{}/{c}_{n} (0.{m:02}s)", Title(a), Title(b)),
            (Tool::Cmake, 0..=5) => {
                write!(line, "[{:3}%] Building CXX object src/{a}/CMakeFiles/{b}.dir/{c}.cpp.o", n / 10)
            }
            (Tool::Cmake, 6) => write!(line, "[{:3}%] Linking CXX static library lib{a}_{b}.a", n / 10),
            (Tool::Cmake, 7) => write!(line, "[{:3}%] Built target {a}_{b}", n / 10),
            (Tool::Cmake, 8) => write!(line, "-- Looking for {a}_{b}_{c} in {a} - found"),
            (Tool::Cmake, _) => write!(line, "-- Performing Test HAVE_{a}_{b} - Success"),
            (Tool::Make, 0..=1) => write!(line, "make[{}]: Entering directory '/src/build/{a}/{b}'", 1 + k % 3),
            (Tool::Make, 2..=3) => write!(line, "checking for {a}_{b}... {}", if n % 3 == 0 { "no" } else { "yes" }),
            (Tool::Make, 4..=6) => write!(
                line,
                "gcc -DHAVE_CONFIG_H -I. -I../include -g -O2 -Wall -MT {a}.lo -MD -MP -MF .deps/{a}.Tpo -c {a}_{b}.c -o {a}_{b}.o"
            ),
            (Tool::Make, 7) => write!(line, "ar cr lib{a}.a {a}.o {b}.o {c}.o"),
            (Tool::Make, _) => write!(line, "  CC      drivers/{a}/{b}/{c}.o"),
            (Tool::Compiler, 0..=4) => write!(line, "[{n}/2113] c++ src/{a}/{b}.cpp -> obj/{a}/{b}-{c}.o"),
            (Tool::Compiler, _) => write!(
                line,
                "cd /src/build/src/{a} && /usr/bin/c++ -DNDEBUG -D{}_STATIC -I/src/src/{a} -I/src/src/{b} -I/src/build/generated -isystem /usr/include/{c} \
                 -O2 -g -std=gnu++20 -fPIC -Wall -Wextra -Wpedantic -Wshadow -MD -MT src/{a}/CMakeFiles/{b}.dir/{c}_{n}.cpp.o \
                 -MF CMakeFiles/{b}.dir/{c}_{n}.cpp.o.d -o CMakeFiles/{b}.dir/{c}_{n}.cpp.o -c /src/src/{a}/{c}_{n}.cpp",
                Title(c)
            ),
            (Tool::Apt, 0..=3) => write!(
                line,
                "Get:{n} http://deb.example.org/debian bookworm/main amd64 lib{a}-{b}{k} amd64 {k}.{m}-{} [{n},{m:03} B]",
                m % 5
            ),
            (Tool::Apt, 4..=5) => write!(line, "Preparing to unpack .../{n:03}-lib{a}-{b}_{k}.{m}_amd64.deb ..."),
            (Tool::Apt, 6..=7) => write!(line, "Unpacking lib{a}-{b}:amd64 ({k}.{m}-1+deb12u{}) ...", m % 5),
            (Tool::Apt, 8) => write!(line, "Selecting previously unselected package lib{a}-{b}{k}:amd64."),
            (Tool::Apt, _) => write!(line, "Setting up lib{a}-{b}:amd64 ({k}.{m}-1+deb12u{}) ...", m % 5),
            (Tool::Pip, 0..=2) => {
                write!(line, "Collecting {a}-{b}<{k}.0,>=1.{m}.0 (from -r requirements.txt (line {m}))")
            }
            (Tool::Pip, 3..=5) => write!(
                line,
                "  Downloading {a}_{b}-{k}.{m}.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl ({n} kB)"
            ),
            (Tool::Pip, 6) => write!(
                line,
                "     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ {n}.{k}/{n}.{k} kB {m}.{k} MB/s eta 0:00:00"
            ),
            (Tool::Pip, 7) => write!(
                line,
                "Requirement already satisfied: {a}-{b} in /usr/local/lib/python3.12/site-packages (from {c}) ({k}.{m}.0)"
            ),
            (Tool::Pip, _) => write!(line, "copying src/{a}/{b}/{c}.py -> build/lib.linux-x86_64-cpython-312/{a}/{b}"),
            (Tool::Npm, 0..=6) => write!(
                line,
                "npm http fetch GET 200 https://registry.example.org/{a}-{b} {n}ms (cache {})",
                if n % 2 == 0 { "miss" } else { "hit" }
            ),
            (Tool::Npm, 7) => write!(
                line,
                "npm http cache {a}-{b}@https://registry.example.org/{a}-{b}/-/{a}-{b}-{k}.{m}.0.tgz {m}ms (cache hit)"
            ),
            (Tool::Npm, 8) => {
                write!(line, "npm info run {a}-{b}@{k}.{m}.0 postinstall node_modules/{a}-{b} node install.js")
            }
            (Tool::Npm, _) => write!(line, "added {n} packages, and audited {n} packages in {m}s"),
            (Tool::Webpack, 0..=3) => {
                write!(line, "  ./src/components/{a}/{b}.tsx {m}.{k} KiB [built] [code generated]")
            }
            (Tool::Webpack, 4..=6) => write!(
                line,
                "asset {a}-{b}.{:08x}.js {n} KiB [emitted] [immutable] [minimized] (name: {c})",
                hash as u32
            ),
            (Tool::Webpack, 7) => {
                write!(line, "dist/assets/{a}-{:08x}.js   {n}.{m:02} kB │ gzip: {m}.{k:02} kB", hash as u32)
            }
            (Tool::Webpack, 8) => write!(line, "webpack 5.94.0 compiled successfully in {n} ms"),
            (Tool::Webpack, _) => write!(line, "  modules by path ./node_modules/@{a}/{b}/dist/ {n} KiB {m} modules"),
            (Tool::Maven, 0..=4) => write!(
                line,
                "[INFO] Downloaded from central: https://repo.example.org/maven2/com/{a}/{b}/{c}/{k}.{m}/{c}-{k}.{m}.jar ({n} kB at {m}.{k} MB/s)"
            ),
            (Tool::Maven, 5..=6) => {
                write!(line, "[INFO] Compiling {n} source files with javac [debug release 21] to target/classes")
            }
            (Tool::Maven, 7) => write!(line, "[INFO] --- surefire:3.2.5:test (default-test) @ {a}-{b} ---"),
            (Tool::Maven, 8) => write!(line, "[INFO] Running com.example.{a}.{}{}Test", Title(b), Title(c)),
            (Tool::Maven, _) => write!(line, "> Task :{a}:{b}:compileKotlin UP-TO-DATE"),
            (Tool::Pytest, _) => {
                write!(line, "tests/{a}/test_{b}.py::Test{}::test_{c}_{n} PASSED{:24}[{:3}%]", Title(b), "", n / 10)
            }
        }
    }
}

/// A word with a capital.
pub struct Title(pub &'static str);

impl std::fmt::Display for Title {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, rest) = self.0.split_at(1);
        write!(f, "{}{rest}", first.to_ascii_uppercase())
    }
}
