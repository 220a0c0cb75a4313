//! Which part of `a && b && c` failed.

/// The parts of a shell command: split at `&&`, `||`, `;` and line ends that stand outside quotes and brackets.
pub fn parts(command: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote: Option<char> = None;
    let mut depth = 0u32;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(current) = parts.last_mut() else { break };
        match (quote, c) {
            (Some(open), c) if c == open => {
                quote = None;
                current.push(c);
            }
            (Some(_), c) => current.push(c),
            (None, '\'' | '"' | '`') => {
                quote = Some(c);
                current.push(c);
            }
            (None, '\\') => {
                match chars.next() {
                    // A continued line.
                    Some('\n') => current.push(' '),
                    Some(next) => current.extend([c, next]),
                    None => current.push(c),
                }
            }
            (None, '(' | '{') => {
                depth += 1;
                current.push(c);
            }
            (None, ')' | '}') => {
                depth = depth.saturating_sub(1);
                current.push(c);
            }
            (None, '&') if depth == 0 && chars.peek() == Some(&'&') => {
                chars.next();
                parts.push(String::new());
            }
            (None, '|') if depth == 0 && chars.peek() == Some(&'|') => {
                chars.next();
                parts.push(String::new());
            }
            (None, ';' | '\n') if depth == 0 => parts.push(String::new()),
            (None, c) => current.push(c),
        }
    }
    parts
        .into_iter()
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
        .collect()
}

/// The program that a part runs, without `sudo`, `env`, assignments and its folder.
pub fn program(part: &str) -> Option<&str> {
    let word = part.split_whitespace().find(|word| {
        !matches!(*word, "sudo" | "env" | "exec" | "time" | "nice" | "!" | "if" | "then" | "do" | "command" | "set")
            && !word.starts_with('-')
            && !word
                .split_once('=')
                .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    })?;
    word.trim_start_matches(['(', '{']).rsplit('/').next()
}

/// The part that failed, where the log tells: `traced` are commands seen by `set -x`, `tool` the program whose
/// message proves the failure, `evidence` that message, `printed` says whether a line was printed.
pub fn failed_part(
    command: &str,
    traced: Option<&str>,
    tool: Option<&str>,
    evidence: &str,
    printed: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let mut parts = parts(command);
    // In `a && b && c` what an `echo` printed shows how far the chain came, and what it did not print, where it ended.
    let stops_at_failure = !command.contains("||") && (command.contains("&&") || command.contains("set -e"));
    let came_to = parts.iter().rposition(|part| echoed(part).is_some_and(printed)).filter(|_| stops_at_failure);
    if let Some(last) = came_to {
        parts.drain(..=last);
        if let Some(missing) = parts.iter().position(|part| echoed(part).is_some_and(|words| !printed(words))) {
            parts.truncate(missing);
        }
    }
    if let [only] = parts.as_slice() {
        return Some(only.clone());
    }
    if let Some(traced) = traced {
        let start = program(traced)?;
        let exact = parts.iter().rev().find(|part| part.as_str() == traced);
        if let Some(part) = exact.or_else(|| unique(&parts, |part| program(part) == Some(start))) {
            return Some(part.clone());
        }
    }
    // The shell and many programs put their own name first: `sh: 1: foo: not found`, `curl: (22) …`.
    let named: Vec<&str> = evidence.split(": ").take(4).map(|word| word.trim_start_matches("/bin/").trim()).collect();
    let speaks = |part: &String| part.split(" | ").filter_map(program).any(|program| named.contains(&program));
    if let Some(part) = unique(&parts, speaks) {
        return Some(part.clone());
    }
    let tool = tool?;
    let runs = |part: &&String| part.split(" | ").filter_map(program).any(|program| runs_tool(program, tool));
    let fitting: Vec<&String> = parts.iter().filter(runs).collect();
    if let [only] = fitting[..] {
        return Some(only.clone());
    }
    // Of several calls of the tool, the one that its message names: `npm ci`.
    let named = |part: &&&String| {
        let call: Vec<&str> = part.split_whitespace().take(2).collect();
        matches!(call[..], [_, argument] if !argument.starts_with('-')) && evidence.contains(&call.join(" "))
    };
    let mut named = fitting.iter().filter(named);
    let first = named.next()?;
    named.next().is_none().then(|| (*first).clone())
}

/// What a plain `echo` prints.
fn echoed(part: &str) -> Option<&str> {
    let words = part.strip_prefix("echo ")?.trim();
    let words = words.strip_prefix('"').and_then(|w| w.strip_suffix('"')).unwrap_or(words);
    let words = words.strip_prefix('\'').and_then(|w| w.strip_suffix('\'')).unwrap_or(words);
    (!words.is_empty() && !words.contains(['$', '`', '>', '|', '\\'])).then_some(words)
}

fn unique(parts: &[String], fits: impl Fn(&String) -> bool) -> Option<&String> {
    let mut fitting = parts.iter().filter(|part| fits(part));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Does `program` print the messages that stand under `signatures/<tool>`?
fn runs_tool(program: &str, tool: &str) -> bool {
    if program == tool {
        return true;
    }
    match tool {
        "apt" => matches!(program, "apt-get" | "apt" | "aptitude" | "dpkg"),
        "pip" => matches!(program, "pip3" | "python" | "python3"),
        "npm" => matches!(program, "npm" | "npx" | "node"),
        "node" => matches!(program, "npm" | "npx" | "yarn" | "pnpm"),
        "maven" => matches!(program, "mvn" | "mvnw"),
        "gradle" => matches!(program, "gradlew"),
        "cc" => matches!(program, "gcc" | "g++" | "cc" | "c++" | "clang" | "clang++" | "make"),
        "rustc" => program == "cargo",
        "bundler" => program == "bundle",
        "dnf" => matches!(program, "yum" | "microdnf" | "dnf5" | "zypper"),
        "pytest" => matches!(program, "python" | "python3"),
        "python" => matches!(program, "python3" | "pip" | "pip3"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_outside_quotes() {
        assert_eq!(parts("a && echo 'x && y' ; (b && c) || d"), ["a", "echo 'x && y'", "(b && c)", "d"]);
        assert_eq!(
            parts("apt-get update &&     apt-get install -y curl"),
            ["apt-get update", "apt-get install -y curl"]
        );
    }

    #[test]
    fn names_the_part_that_the_log_points_to() {
        let chain = "cd /src && go mod download && missing-tool --x && make";
        let part = |evidence, tool| failed_part(chain, None, tool, evidence, &|_| false);
        assert_eq!(part("/bin/sh: 1: missing-tool: not found", Some("sh")).as_deref(), Some("missing-tool --x"));
        assert_eq!(part("verifying x@v1: checksum mismatch", Some("go")).as_deref(), Some("go mod download"));
        assert_eq!(part("something", None), None);
        assert_eq!(failed_part(chain, Some("make"), None, "x", &|_| false).as_deref(), Some("make"));
        assert_eq!(failed_part("apt-get update && apt-get install x", None, Some("apt"), "E: x", &|_| false), None);
        let echoes = "echo \"one\" && sh ./verify.sh && echo \"two\"";
        assert_eq!(failed_part(echoes, None, None, "", &|line| line == "one").as_deref(), Some("sh ./verify.sh"));
    }
}
