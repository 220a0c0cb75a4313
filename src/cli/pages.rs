//! `whyfail completions SHELL` and `whyfail man`: what was made of the arguments, as it lies in `completions/` and `man/`.
//!
//! The program carries the texts packed, not the code that makes them; `tests/pages.rs` makes them and compares.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use flate2::read::DeflateDecoder;

use super::args::{CompletionsArgs, ManArgs, Shell};

/// The files of both folders: a list of names and texts, packed by `build.rs`.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pages.bin"));

/// Prints a shell's completions.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<u8> {
    let name = match args.shell {
        Shell::Bash => "whyfail.bash",
        Shell::Zsh => "_whyfail",
        Shell::Fish => "whyfail.fish",
        Shell::Powershell => "_whyfail.ps1",
    };
    let text = unpacked()?.into_iter().find(|(known, _)| known == name);
    print(&text.with_context(|| format!("{name} is missing in this program"))?.1)
}

/// Prints a manual page, or writes all of them to a folder.
pub fn man(args: &ManArgs) -> anyhow::Result<u8> {
    let pages = unpacked()?.into_iter().filter_map(|(file, text)| Some((file.strip_suffix(".1")?.to_owned(), text)));
    let pages: Vec<(String, String)> = pages.collect();
    if let Some(folder) = &args.to {
        write_all(folder, &pages)?;
        return Ok(0);
    }
    let mut name = "whyfail".to_owned();
    for word in &args.command {
        name.push('-');
        name.push_str(word);
    }
    match pages.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => print(text),
        None => {
            let names = pages.iter().filter_map(|(known, _)| known.strip_prefix("whyfail-"));
            let names: Vec<String> = names.map(|name| name.replace('-', " ")).collect();
            bail!("{}: no such command; one of: {}", args.command.join(" "), names.join(", "))
        }
    }
}

fn write_all(folder: &Path, pages: &[(String, String)]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}: can't be made", folder.display()))?;
    for (name, text) in pages {
        let file = folder.join(format!("{name}.1"));
        fs::write(&file, text).with_context(|| format!("{}: can't be written", file.display()))?;
    }
    Ok(())
}

fn unpacked() -> anyhow::Result<Vec<(String, String)>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(PACKED).read_to_end(&mut bytes)?;
    Ok(postcard::from_bytes(&bytes)?)
}

fn print(text: &str) -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(0)
}
