//! What the crate promises: `tests/api.txt` lists every public item of the modules that semantic versioning holds for.
//!
//! The list is taken from the sources, so it is the same with every compiler. A change to it is a change for users: read the
//! difference, say it in CHANGELOG.md, and write the list anew with `WHYFAIL_UPDATE=1 cargo test --test api`.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, UseTree, Visibility};

use common::repository;

/// The modules that are promised; what stands at the root is, too.
const PROMISED: &[&str] = &["model", "report", "signature", "check", "draft"];

#[test]
fn the_public_items_are_those_on_record() {
    let lines = Crate::read().list();
    let found: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = repository("tests/api.txt");
    if std::env::var_os("WHYFAIL_UPDATE").is_some() {
        std::fs::write(&file, found).expect("it can be written");
        return;
    }
    let known = std::fs::read_to_string(&file).expect("tests/api.txt can be read");
    let known: BTreeSet<&str> = known.lines().collect();
    let lines: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
    let gone: Vec<_> = known.difference(&lines).map(|line| format!("- {line}")).collect();
    let new: Vec<_> = lines.difference(&known).map(|line| format!("+ {line}")).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "the public items have changed. If that is meant: WHYFAIL_UPDATE=1 cargo test --test api\n{}\n{}",
        gone.join("\n"),
        new.join("\n")
    );
}

/// The list would be of no use if it missed what everybody uses.
#[test]
fn the_list_holds_what_everybody_uses() {
    let list = Crate::read().list();
    for start in [
        "fn whyfail::Diagnoser::feed(&mut self, chunk: &[u8])",
        "fn whyfail::Matcher::new(db: Arc<SignatureDb>) -> Self",
        "fn whyfail::SignatureDb::built_in() -> Arc<SignatureDb>",
        "field whyfail::model::Diagnosis.causes: Vec<Cause>",
        "variant whyfail::signature::Class::NetDns = \"net-dns\"",
        "variant whyfail::report::Format::Markdown",
        "fn whyfail::report::write(",
        "const whyfail::report::SCHEMA_VERSION: u32",
        "const whyfail::signature::code::SYNTAX: &str",
        "impl Clone for whyfail::model::Diagnosis",
        "mod whyfail::report (feature report)",
        "fn whyfail::check::check(",
    ] {
        assert!(list.iter().any(|line| line.starts_with(start)), "{start}");
    }
    assert!(!list.iter().any(|line| line.contains("whyfail::cli")));
}

/// A file of the crate.
struct File {
    /// `["signature", "parse"]`; empty for the root.
    module: Vec<String>,
    items: Vec<Item>,
}

/// All sources, parsed.
struct Crate {
    files: Vec<File>,
}

/// What a name stands for.
enum Named<'c> {
    Item(&'c File, &'c Item),
    /// An enum that the macro `words!` declares: variants with their words.
    Words(Vec<(String, String)>),
    Module(Vec<String>, &'c [Item]),
}

impl Crate {
    fn read() -> Self {
        let root = repository("src");
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let text = std::fs::read_to_string(&path).expect("a file");
                    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                    files.push(File { module: module_of(&root, &path), items: parsed.items });
                }
            }
        }
        Crate { files }
    }

    fn file(&self, module: &[String]) -> Option<&File> {
        self.files.iter().find(|file| file.module == module)
    }

    fn list(&self) -> Vec<String> {
        let mut lines = BTreeSet::new();
        let root = self.file(&[]).expect("lib.rs");
        for item in &root.items {
            match item {
                Item::Mod(item) if is_public(&item.vis) && PROMISED.contains(&item.ident.to_string().as_str()) => {
                    let name = item.ident.to_string();
                    lines.insert(format!("mod whyfail::{name}{}", condition(&item.attrs)));
                    let file = self.file(std::slice::from_ref(&name)).expect("its file");
                    self.module(file, &file.items, &format!("whyfail::{name}"), &mut lines);
                }
                Item::Use(_) => self.item(root, item, "whyfail", &mut lines),
                _ => {}
            }
        }
        lines.into_iter().collect()
    }

    fn module(&self, file: &File, items: &[Item], path: &str, lines: &mut BTreeSet<String>) {
        for item in items {
            self.item(file, item, path, lines);
        }
    }

    /// Lists an item of `file`, seen by users in the module `path`, if it is public.
    fn item(&self, file: &File, item: &Item, path: &str, lines: &mut BTreeSet<String>) {
        match item {
            Item::Mod(item) if is_public(&item.vis) && !is_test(&item.attrs) => {
                let name = item.ident.to_string();
                lines.insert(format!("mod {path}::{name}{}", condition(&item.attrs)));
                let path = format!("{path}::{name}");
                match &item.content {
                    Some((_, items)) => self.module(file, items, &path, lines),
                    None => {
                        let inner: Vec<String> = file.module.iter().cloned().chain([name]).collect();
                        let file = self.file(&inner).unwrap_or_else(|| panic!("{inner:?} has no file"));
                        self.module(file, &file.items, &path, lines);
                    }
                }
            }
            Item::Use(item) if is_public(&item.vis) => {
                let mut leaves = Vec::new();
                leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
                for (target, name) in leaves {
                    let found =
                        self.resolve(file, &target).unwrap_or_else(|| panic!("{path}: {target:?} is not found"));
                    match found {
                        Named::Item(file, item) => self.declared(file, item, &name, path, lines),
                        Named::Words(variants) => words(&name, &variants, path, lines),
                        Named::Module(module, items) => {
                            let file = self.file(&module).expect("its file");
                            self.module(file, items, &format!("{path}::{name}"), lines);
                        }
                    }
                }
            }
            Item::Macro(item) if item.mac.path.is_ident("words") => {
                if let Some((name, variants)) = words_of(item) {
                    words(&name, &variants, path, lines);
                }
            }
            other => {
                if let Some(name) = name_of(other).filter(|_| visibility(other).is_some_and(is_public)) {
                    self.declared(file, other, &name, path, lines);
                }
            }
        }
    }

    /// Lists a type, function or value under the name that users see.
    fn declared(&self, file: &File, item: &Item, name: &str, path: &str, lines: &mut BTreeSet<String>) {
        let full = format!("{path}::{name}");
        match item {
            Item::Struct(item) => {
                lines.insert(format!("struct {full}{}{}", text(&item.generics), open_ended(&item.attrs)));
                self.fields(&item.fields, &full, lines);
                derived(&item.attrs, &full, lines);
            }
            Item::Enum(item) => {
                lines.insert(format!("enum {full}{}{}", text(&item.generics), open_ended(&item.attrs)));
                for variant in &item.variants {
                    lines.insert(format!("variant {full}::{}{}", variant.ident, text(&variant.fields)));
                }
                derived(&item.attrs, &full, lines);
            }
            Item::Fn(item) => {
                lines.insert(format!("fn {path}::{}", text(&item.sig).trim_start_matches("fn ")));
            }
            Item::Const(item) => {
                lines.insert(format!("const {full}: {}", text(&item.ty)));
            }
            Item::Static(item) => {
                lines.insert(format!("static {full}: {}", text(&item.ty)));
            }
            Item::Type(item) => {
                lines.insert(format!("type {full} = {}", text(&item.ty)));
            }
            Item::Trait(item) => {
                lines.insert(format!("trait {full}"));
                for method in &item.items {
                    if let syn::TraitItem::Fn(method) = method {
                        lines.insert(format!("fn {full}::{}", text(&method.sig).trim_start_matches("fn ")));
                    }
                }
            }
            _ => {}
        }
        if matches!(item, Item::Struct(_) | Item::Enum(_)) {
            let own = name_of(item).unwrap_or_default();
            self.implemented(file, &own, &full, lines);
        }
    }

    fn fields(&self, fields: &Fields, full: &str, lines: &mut BTreeSet<String>) {
        for (at, field) in fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
            let name = field.ident.as_ref().map_or_else(|| at.to_string(), ToString::to_string);
            lines.insert(format!("field {full}.{name}: {}", text(&field.ty)));
        }
    }

    /// Lists the methods and traits of a type: what its own file implements, and other files that import it.
    fn implemented(&self, file: &File, name: &str, full: &str, lines: &mut BTreeSet<String>) {
        for other in &self.files {
            let own = other.module == file.module;
            if !own && (other.items.iter().any(|item| name_of(item).as_deref() == Some(name)) || !imports(other, name))
            {
                continue;
            }
            for item in &other.items {
                let Item::Impl(item) = item else { continue };
                let ty = text(&item.self_ty);
                if is_test(&item.attrs) || ty.split('<').next() != Some(name) {
                    continue;
                }
                if let Some((implemented, _)) = &item.trait_ {
                    lines.insert(format!("impl {} for {full}", text(implemented)));
                    continue;
                }
                for member in &item.items {
                    match member {
                        ImplItem::Fn(method) if is_public(&method.vis) => {
                            let condition = condition(&method.attrs);
                            lines.insert(format!(
                                "fn {full}::{}{condition}",
                                text(&method.sig).trim_start_matches("fn ")
                            ));
                        }
                        ImplItem::Const(member) if is_public(&member.vis) => {
                            lines.insert(format!("const {full}::{}: {}", member.ident, text(&member.ty)));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// What the path of a `use` in `file` leads to.
    fn resolve(&self, file: &File, target: &[String]) -> Option<Named<'_>> {
        let (first, rest) = target.split_first()?;
        let module = match first.as_str() {
            "crate" => Vec::new(),
            "self" => file.module.clone(),
            "super" => file.module.split_last().map(|(_, above)| above.to_vec())?,
            _ => return self.lookup(&file.module, target),
        };
        self.lookup(&module, rest)
    }

    fn lookup(&self, module: &[String], path: &[String]) -> Option<Named<'_>> {
        let file = self.file(module)?;
        let (name, rest) = path.split_first()?;
        let inner: Vec<String> = module.iter().cloned().chain([name.clone()]).collect();
        if !rest.is_empty() {
            return self.lookup(&inner, rest);
        }
        for item in &file.items {
            match item {
                Item::Macro(item) => {
                    if let Some((_, variants)) = words_of(item).filter(|(known, _)| known == name) {
                        return Some(Named::Words(variants));
                    }
                }
                Item::Mod(item) if item.ident == name => {
                    return match &item.content {
                        Some((_, items)) => Some(Named::Module(module.to_vec(), items)),
                        None => self.file(&inner).map(|file| Named::Module(inner.clone(), &file.items)),
                    };
                }
                Item::Use(item) => {
                    let mut leaves = Vec::new();
                    leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
                    if let Some((target, _)) = leaves.into_iter().find(|(_, known)| known == name) {
                        return self.resolve(file, &target);
                    }
                }
                item if name_of(item).as_ref() == Some(name) => return Some(Named::Item(file, item)),
                _ => {}
            }
        }
        None
    }
}

fn module_of(root: &Path, path: &Path) -> Vec<String> {
    let inner = path.strip_prefix(root).expect("it is inside").with_extension("");
    let inner: PathBuf = if inner.ends_with("mod") || inner == Path::new("lib") {
        inner.parent().map(Path::to_path_buf).unwrap_or_default()
    } else {
        inner
    };
    inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn visibility(item: &Item) -> Option<&Visibility> {
    match item {
        Item::Struct(item) => Some(&item.vis),
        Item::Enum(item) => Some(&item.vis),
        Item::Fn(item) => Some(&item.vis),
        Item::Const(item) => Some(&item.vis),
        Item::Static(item) => Some(&item.vis),
        Item::Type(item) => Some(&item.vis),
        Item::Trait(item) => Some(&item.vis),
        _ => None,
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Const(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// `(feature x)`, where the item is there only with it.
fn condition(attributes: &[Attribute]) -> String {
    let texts: Vec<String> = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).map(text).collect();
    texts
        .iter()
        .filter_map(|text| text.split_once("feature").and_then(|(_, rest)| rest.split('"').nth(1)))
        .map(|feature| format!(" (feature {feature})"))
        .collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && text(attribute).contains("(test)"))
}

fn open_ended(attributes: &[Attribute]) -> &'static str {
    if attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")) {
        " (non-exhaustive)"
    } else {
        ""
    }
}

fn derived(attributes: &[Attribute], full: &str, lines: &mut BTreeSet<String>) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let text = text(attribute);
        let names = text.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or("", |(names, _)| names);
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            lines.insert(format!("impl {name} for {full}"));
        }
    }
}

/// The paths that a `use` names, with the names that they get.
fn leaves_of(tree: &UseTree, path: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            leaves_of(&inner.tree, path, leaves);
            path.pop();
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            leaves.push((path.iter().cloned().chain([name.clone()]).collect(), name));
        }
        UseTree::Rename(name) => {
            let whole = path.iter().cloned().chain([name.ident.to_string()]).collect();
            leaves.push((whole, name.rename.to_string()));
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves_of(tree, path, leaves)),
        _ => panic!("a public glob is not understood: {path:?}"),
    }
}

fn imports(file: &File, name: &str) -> bool {
    file.items.iter().any(|item| {
        let Item::Use(item) = item else { return false };
        text(&item.tree).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    })
}

/// The name and the variants that `words! { … }` declares.
fn words_of(item: &syn::ItemMacro) -> Option<(String, Vec<(String, String)>)> {
    if !item.mac.path.is_ident("words") {
        return None;
    }
    let text = item.mac.tokens.to_string();
    let (head, body) = text.split_once('{')?;
    let name = head.split_whitespace().last()?.to_owned();
    let mut variants = Vec::new();
    // `Name = "word" => "meaning"`, with the docs of the variant before it.
    for declared in body.split(" => ") {
        let Some((before, word)) = declared.rsplit_once(" = \"") else { continue };
        let Some(variant) = before.split_whitespace().last() else { continue };
        variants.push((variant.to_owned(), word.trim_end_matches('"').to_owned()));
    }
    Some((name, variants))
}

fn words(name: &str, variants: &[(String, String)], path: &str, lines: &mut BTreeSet<String>) {
    lines.insert(format!("enum {path}::{name} (words: ALL, as_str, meaning, from_word)"));
    for (variant, word) in variants {
        lines.insert(format!("variant {path}::{name}::{variant} = \"{word}\""));
    }
}

/// Tokens as a person would write them, near enough.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string().replace('\n', " ");
    let changes: BTreeMap<usize, (&str, &str)> = [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" , ", ", "),
        (" ,", ","),
        (" : ", ": "),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        ("- >", "->"),
        (">(", ">("),
        ("->", " -> "),
        ("  ", " "),
        ("' ", "'"),
        (",)", ")"),
        ("! (", "!("),
    ]
    .into_iter()
    .enumerate()
    .collect();
    for (from, to) in changes.values() {
        text = text.replace(from, to);
    }
    text.trim().to_owned()
}
