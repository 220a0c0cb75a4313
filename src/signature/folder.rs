//! Finds and reads the signature files of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::definition::SignatureFile;
use super::parse;
use super::problem::{Problem, code};

/// A signature file larger than this is refused unread.
const LARGEST_FILE: u64 = 256 * 1024;
/// More files than this in one folder are refused.
const MOST_FILES: usize = 20_000;

/// All files `<tool>/<name>.toml` below `folder`, with their ids, in the order of the ids.
///
/// # Errors
/// When the folder or one of its subfolders can't be listed.
pub fn list(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for tool in sorted(folder)? {
        if !tool.is_dir() {
            continue;
        }
        for file in sorted(&tool)? {
            if file.extension().is_some_and(|ending| ending == "toml") && file.is_file() {
                found.push((id_of(&tool, &file), file));
            }
            if found.len() > MOST_FILES {
                return Err(io::Error::other(format!("more than {MOST_FILES} signature files")));
            }
        }
    }
    Ok(found)
}

/// Reads every signature file below `folder`. The good ones are returned beside the mistakes of the others.
///
/// # Errors
/// When the folder can't be listed; mistakes inside files are the second part of the result.
pub fn read(folder: &Path) -> io::Result<(Vec<SignatureFile>, Vec<Problem>)> {
    read_where(folder, |_| true)
}

/// The same for the files that `wanted` names.
///
/// # Errors
/// When the folder can't be listed.
pub fn read_where(folder: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<(Vec<SignatureFile>, Vec<Problem>)> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (id, path) in list(folder)?.into_iter().filter(|(_, path)| wanted(path)) {
        let name = path.display().to_string();
        match read_text(&path) {
            Err(error) => problems.push(Problem::at(code::SYNTAX, &name, "", 0..0, format!("can't be read: {error}"))),
            Ok(text) => match parse::parse(&id, &name, &text) {
                Ok(file) => files.push(file),
                Err(mistakes) => problems.extend(mistakes),
            },
        }
    }
    Ok((files, problems))
}

/// Reads one signature file; `tool` and `name` come from its path.
///
/// # Errors
/// All mistakes of the file.
pub fn read_file(path: &Path) -> Result<SignatureFile, Vec<Problem>> {
    let name = path.display().to_string();
    let tool = path.parent().map(Path::to_path_buf).unwrap_or_default();
    match read_text(path) {
        Ok(text) => parse::parse(&id_of(&tool, path), &name, &text),
        Err(error) => Err(vec![Problem::at(code::SYNTAX, &name, "", 0..0, format!("can't be read: {error}"))]),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST_FILE {
        return Err(io::Error::other(format!("larger than {} KiB", LARGEST_FILE / 1024)));
    }
    fs::read_to_string(path)
}

fn id_of(tool: &Path, file: &Path) -> String {
    let part = |path: Option<&std::ffi::OsStr>| path.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{}/{}", part(tool.file_name()), part(file.file_stem()))
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
