//! What a CI system's runner obeys in the lines that a job prints.

/// What GitHub's runner registers (actions/runner, the classes that implement `IActionCommandExtension`), and Azure's and
/// TeamCity's prefixes.
const COMMANDS: [&str; 21] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "section",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
    "command",
    "start-action",
    "end-action",
    "x-token",
];

/// A command to the runner.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub properties: Vec<(String, String)>,
    pub data: String,
}

/// What the runner would obey in this line (`ActionCommand.TryParseV2`, then `TryParse`). Its searches go by the rules of a
/// language, which skip characters without width, so both readings count.
pub fn obeyed(line: &str) -> Option<Command> {
    [false, true].into_iter().find_map(|skip| double_colon(line, skip).or_else(|| bracketed(line, skip)))
}

/// The index after which `needle` was found, and where it starts; `skip` lets characters without width stand inside.
fn find(text: &[char], from: usize, needle: &str, skip: bool) -> Option<usize> {
    let needle: Vec<char> = needle.chars().collect();
    (from..text.len()).find(|start| {
        let mut at = *start;
        for (place, wanted) in needle.iter().enumerate() {
            while skip && place > 0 && text.get(at).is_some_and(|c| without_width(*c)) {
                at += 1;
            }
            if text.get(at) != Some(wanted) {
                return false;
            }
            at += 1;
        }
        true
    })
}

fn without_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    ) || c.is_control()
}

fn registered(name: &str) -> bool {
    COMMANDS.iter().any(|command| command.eq_ignore_ascii_case(name))
}

fn double_colon(line: &str, skip: bool) -> Option<Command> {
    let text: Vec<char> = line.trim_start().chars().collect();
    let start = find(&text, 0, "::", skip)?;
    if text[..start].iter().any(|c| !(skip && without_width(*c))) {
        return None;
    }
    // The runner goes on behind the first two characters, whatever was skipped.
    let end = find(&text, 2, "::", skip)?;
    let info: String = text[2..end].iter().collect();
    let (name, properties) = info.split_once(' ').unwrap_or((&info, ""));
    let data: String = text[end + 2..].iter().collect();
    let properties = properties.trim().split(',').filter_map(|pair| pair.split_once('='));
    registered(name).then(|| Command {
        name: name.to_owned(),
        properties: properties
            .map(|(key, value)| {
                let value = value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
                (key.to_owned(), value.replace("%25", "%"))
            })
            .collect(),
        data: data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    })
}

fn bracketed(line: &str, skip: bool) -> Option<Command> {
    let text: Vec<char> = line.chars().collect();
    let start = find(&text, 0, "##[", skip)?;
    let end = (start..text.len()).find(|at| text[*at] == ']')?;
    let info: String = text.get(start + 3..end)?.iter().collect();
    let name = info.split(' ').next().unwrap_or_default();
    registered(name).then(|| Command {
        name: name.to_owned(),
        properties: Vec::new(),
        data: text[end + 1..].iter().collect(),
    })
}

/// Marks of other systems: Azure Pipelines, TeamCity, GitLab's sections.
pub fn other_marks(line: &str) -> bool {
    let section = |mark: &str| line.split(mark).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    line.contains("##vso[") || line.contains("##teamcity[") || section("section_start:") || section("section_end:")
}

/// Fails when a line of `printed` would be obeyed.
pub fn harmless(what: &str, printed: &str) {
    for line in printed.split(['\n', '\r']) {
        assert_eq!(obeyed(line), None, "{what} prints a command: {line:?}");
        assert!(!other_marks(line), "{what} prints a mark: {line:?}");
    }
}

/// The commands of `printed`.
pub fn commands(printed: &str) -> Vec<Command> {
    printed.split(['\n', '\r']).filter_map(obeyed).collect()
}

/// Lines that try to command a runner, to write into a terminal, a page or a chat.
pub const HOSTILE: [&str; 18] = [
    "::set-output name=x::y error failed",
    "  ::add-mask::error",
    "::stop-commands::x-token error",
    "\u{a0}\u{200b}::error::failed",
    "error ##[error]failed",
    "error ###[add-path]failed ####[error]x",
    "error: ##vso[task.setvariable variable=a]failed ##teamcity[buildStop]",
    "error section_start:1700000000:evil\rfailed",
    "error: one\rfatal: two\r::error::three",
    "error: `````` ``` ` failed",
    "error: </details></pre></code><img src=x onerror=alert(1)> failed",
    "error: [x](javascript:alert(1)) ![y](http://evil.example.org/y.png) failed",
    "error: [z]: http://evil.example.org <http://evil.example.org> www.evil.example.org failed",
    "error: @everyone @octocat #123 GH-123 octo/repo#1 !4 0123456789abcdef0123456789abcdef01234567 failed",
    "error: \u{1b}[31mred\u{1b}[0m \u{1b}]8;;http://evil.example.org\u{7}link\u{1b}]8;;\u{7} failed",
    "error: %0A::error::x %25 , : failed",
    "error: &lt;b&gt; | a | b | $x$ ~~no~~ **b** _i_ failed",
    "error: \u{202e}gnp.exe\u{2066} failed",
];

/// A failed build of the classic builder without a cause that is known, whose step says `lines`.
pub fn log_of(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!(
        "Step 1/1 : RUN ./x ::error::y ##[error]z @octocat `a` <b>\n ---> Running in c0ffee123456\n{lines}The command '/bin/sh -c ./x' returned a non-zero code: 1\n"
    )
}

/// Logs that are hostile in every part that a report quotes: lines without a signature, captures, titles of steps, file names.
pub fn hostile_logs() -> Vec<String> {
    let mut logs = vec![log_of(&HOSTILE)];
    logs.extend(HOSTILE.iter().map(|line| log_of(&[line])));
    for word in [
        "::error::x",
        "##[error]x",
        "###[add-path]x",
        "`x`",
        "``x",
        "<img/onerror=x>",
        "[x](javascript:x)",
        "@everyone",
        "a#123",
        "%0A::error::x",
        "x,y:z",
        "</details>",
        "www.evil.example.org",
        "deadbeefdeadbeef",
    ] {
        // Captures of many kinds: a host and a module, a file of the sources, a command, a package, an image.
        logs.push(log_of(&[&format!("go: {word}@v1.2.0: reading https://{word}/x: 403 Forbidden")]));
        logs.push(log_of(&[&format!("{word}.go:8:2: undefined: {word}"), &format!("main.go:1:1: undefined: {word}")]));
        logs.push(log_of(&[&format!("/bin/sh: 1: {word}: not found")]));
        logs.push(log_of(&[&format!("E: Unable to locate package {word}")]));
        logs.push(log_of(&[&format!("src/{word}.c:3:5: error: unknown type name '{word}'")]));
        logs.push(log_of(&[&format!("curl: (6) Could not resolve host: {word}")]));
        logs.push(format!(
            "#7 [2/2] RUN echo {word}\n#7 0.1 npm error 404 Not Found - GET https://{word}/x - not found\n#7 ERROR: process \"/bin/sh -c echo {word}\" did not complete successfully: exit code: 1\n"
        ));
        logs.push(format!("{word} failed\nerror: {word}\n"));
        logs.push(format!("#7 [2/2] RUN echo {word}\n#7 0.1 {word}\n"));
    }
    logs
}
