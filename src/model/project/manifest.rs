//! go.mod, go.work and package.json, as far as a failed build asks for them.

use super::{FileLine, split};
use crate::pieces::Pieces;

/// A word of a manifest and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub value: String,
    /// Its line.
    pub at: FileLine,
}

/// A `replace` to a local folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The module.
    pub module: String,
    /// The folder, as written.
    pub folder: String,
    /// Its line.
    pub at: FileLine,
}

/// A go.mod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoMod {
    /// Its path in the context.
    pub path: String,
    /// `module`.
    pub module: Option<Entry>,
    /// `go`.
    pub go: Option<Entry>,
    /// `toolchain`.
    pub toolchain: Option<Entry>,
    /// The replaces by folders.
    pub replaces: Vec<Replace>,
}

/// A go.work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoWork {
    /// Its path in the context.
    pub path: String,
    /// `go`.
    pub go: Option<Entry>,
    /// `toolchain`.
    pub toolchain: Option<Entry>,
    /// The folders behind `use`.
    pub uses: Vec<Entry>,
    /// The replaces by folders.
    pub replaces: Vec<Replace>,
}

/// A package.json.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageJson {
    /// Its path in the context.
    pub path: String,
    /// `name`.
    pub name: Option<String>,
    /// `packageManager`.
    pub package_manager: Option<Entry>,
    /// `engines`, by program.
    pub engines: Vec<(String, Entry)>,
    /// The names of the scripts.
    pub scripts: Vec<Entry>,
    /// Does it have `workspaces`?
    pub workspaces: bool,
}

/// The directives of a go.mod or go.work, out of their brackets: the verb, its words, its line.
fn directives(text: &str) -> Vec<(String, Vec<String>, FileLine)> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for (at, raw) in text.lines().enumerate() {
        let line = raw.split("//").next().unwrap_or("").trim();
        let mut words: Vec<String> = line.split_whitespace().map(|w| w.trim_matches(['"', '`']).to_owned()).collect();
        if words.is_empty() {
            continue;
        }
        if words == [")"] {
            block = None;
            continue;
        }
        let verb = match &block {
            Some(verb) => verb.clone(),
            None => words.remove(0),
        };
        if words == ["("] {
            block = Some(verb);
            continue;
        }
        let at = FileLine { line: at as u64 + 1, text: raw.trim_end_matches('\r').to_owned() };
        found.push((verb, words, at));
    }
    found
}

fn replace(words: &[String], at: FileLine) -> Option<Replace> {
    let arrow = words.iter().position(|word| word == "=>")?;
    let (module, folder) = (words.first()?.clone(), words.get(arrow + 1)?);
    let local = folder.starts_with("./") || folder.starts_with("../") || folder.starts_with('/');
    (local || matches!(folder.as_str(), "." | "..")).then(|| Replace { module, folder: folder.clone(), at })
}

impl GoMod {
    /// Reads the text of a go.mod.
    pub fn parse(path: impl Into<String>, text: &str) -> Self {
        let mut found = GoMod { path: path.into(), ..Default::default() };
        for (verb, words, at) in directives(text) {
            let entry = words.first().map(|word| Entry { value: word.clone(), at: at.clone() });
            match verb.as_str() {
                "module" => found.module = entry,
                "go" => found.go = entry,
                "toolchain" => found.toolchain = entry,
                "replace" => found.replaces.extend(replace(&words, at)),
                _ => {}
            }
        }
        found
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &str {
        split(&self.path).0
    }
}

impl GoWork {
    /// Reads the text of a go.work.
    pub fn parse(path: impl Into<String>, text: &str) -> Self {
        let mut found = GoWork { path: path.into(), ..Default::default() };
        for (verb, words, at) in directives(text) {
            let entry = words.first().map(|word| Entry { value: word.clone(), at: at.clone() });
            match verb.as_str() {
                "use" => found.uses.extend(entry),
                "go" => found.go = entry,
                "toolchain" => found.toolchain = entry,
                "replace" => found.replaces.extend(replace(&words, at)),
                _ => {}
            }
        }
        found
    }
}

impl PackageJson {
    /// Reads the text of a package.json; `None` where it is no JSON object.
    pub fn parse(path: impl Into<String>, text: &str) -> Option<Self> {
        let json: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        let object = json.as_object()?;
        let line_of = |section: Option<&str>, name: &str| line_of(text, section, name);
        let names = |section: &str| -> Vec<String> {
            let found = object.get(section).and_then(serde_json::Value::as_object);
            found.map(|values| values.keys().cloned().collect()).unwrap_or_default()
        };
        let word = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_owned);
        let mut engines = Vec::new();
        for name in names("engines") {
            if let Some((value, at)) =
                word(object.get("engines").and_then(|engines| engines.get(&name))).zip(line_of(Some("engines"), &name))
            {
                engines.push((name, Entry { value, at }));
            }
        }
        let scripts = names("scripts").into_iter();
        let scripts = scripts.filter_map(|name| line_of(Some("scripts"), &name).map(|at| Entry { value: name, at }));
        Some(PackageJson {
            path: path.into(),
            name: word(object.get("name")),
            package_manager: word(object.get("packageManager"))
                .zip(line_of(None, "packageManager"))
                .map(|(value, at)| Entry { value, at }),
            engines,
            scripts: scripts.collect(),
            workspaces: object.contains_key("workspaces"),
        })
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &str {
        split(&self.path).0
    }
}

/// The line of a key; with a section, the first one behind the section's own key.
fn line_of(text: &str, section: Option<&str>, name: &str) -> Option<FileLine> {
    let is_key = |line: &str, name: &str| {
        let quoted = serde_json::Value::from(name).to_string();
        line.match_indices(&quoted).any(|(at, _)| line.tail(at + quoted.len()).trim_start().starts_with(':'))
    };
    let start = match section {
        Some(section) => text.lines().position(|line| is_key(line, section))?,
        None => 0,
    };
    let (at, line) = text.lines().enumerate().skip(start).find(|(_, line)| is_key(line, name))?;
    Some(FileLine { line: at as u64 + 1, text: line.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_files_are_read_with_their_lines() {
        let file = GoMod::parse(
            "api/go.mod",
            "module example.com/app // me\n\ngo 1.24.1\ntoolchain go1.24.3\n\nrequire (\n\texample.com/a v1.0.0\n)\n\nreplace example.com/a => ../a\nreplace (\n\texample.com/b v1.2.3 => ./b\n\texample.com/c => example.com/d v1.0.0\n)\n",
        );
        assert_eq!(file.folder(), "api");
        assert_eq!(file.go.as_ref().map(|go| (go.value.as_str(), go.at.line)), Some(("1.24.1", 3)));
        assert_eq!(file.toolchain.as_ref().map(|entry| entry.value.as_str()), Some("go1.24.3"));
        let replaces: Vec<(&str, &str, u64)> =
            file.replaces.iter().map(|r| (r.module.as_str(), r.folder.as_str(), r.at.line)).collect();
        assert_eq!(replaces, [("example.com/a", "../a", 10), ("example.com/b", "./b", 12)]);
        let work = GoWork::parse("go.work", "go 1.22\nuse ./api\nuse (\n\t../shared\n)\n");
        let uses: Vec<(&str, u64)> = work.uses.iter().map(|u| (u.value.as_str(), u.at.line)).collect();
        assert_eq!(uses, [("./api", 2), ("../shared", 4)]);
        assert_eq!(GoMod::parse("go.mod", "module\n)\n(\n").module, None);
    }

    #[test]
    fn a_package_json_is_read_with_its_lines() {
        let text = "{\n  \"name\": \"app\",\n  \"packageManager\": \"pnpm@9\",\n  \"engines\": { \"node\": \">=20\" },\n  \"scripts\": {\n    \"build\": \"tsc\",\n    \"test\": \"build\"\n  }\n}\n";
        let package = PackageJson::parse("package.json", text).expect("JSON");
        let scripts: Vec<(&str, u64)> = package.scripts.iter().map(|s| (s.value.as_str(), s.at.line)).collect();
        assert_eq!(scripts, [("build", 6), ("test", 7)]);
        assert_eq!(package.engines[0].1.at.line, 4);
        assert_eq!(package.package_manager.map(|entry| entry.at.line), Some(3));
        assert!(PackageJson::parse("package.json", "[1]").is_none());
        assert!(PackageJson::parse("package.json", "{\"scripts\": 5, \"engines\": []}").is_some());
    }
}
