//! Finds and reads the signature files of a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
            if is_signature(&file) {
                found.push((id_of(&tool, &file), file));
            }
            if found.len() > MOST_FILES {
                return Err(io::Error::other(format!("more than {MOST_FILES} signature files")));
            }
        }
    }
    Ok(found)
}

/// The good files of a folder, and the mistakes of the others.
pub type Contents = (Vec<SignatureFile>, Vec<Problem>);

/// Reads every signature file below `folder`. The good ones are returned beside the mistakes of the others.
///
/// # Errors
/// When the folder can't be listed; mistakes inside files are the second part of the result.
pub fn read(folder: &Path) -> io::Result<Contents> {
    let mut contents = Contents::default();
    for (id, path) in list(folder)? {
        add(&id, &path, &mut contents);
    }
    Ok(contents)
}

/// What bounds the reading of a folder that may come with a stranger's change.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Links may lead to what is below this folder, and nowhere else: a mistake is shown with its line, and so would another file.
    pub root: PathBuf,
    /// So many files are read.
    pub files: usize,
    /// Once it took so long, no further file is read.
    pub time: Duration,
}

/// As [`read`], but no further than the bounds allow. What is left out for them is told among the mistakes.
///
/// # Errors
/// When the folder can't be listed.
pub fn read_bounded(folder: &Path, bounds: &Bounds) -> io::Result<Contents> {
    let start = Instant::now();
    let root = fs::canonicalize(&bounds.root)?;
    let is_inside = |path: &Path| fs::canonicalize(path).is_ok_and(|real| real.starts_with(&root));
    let mut contents = Contents::default();
    let refuse = |path: &Path, why: &str, contents: &mut Contents| contents.1.push(unread(path, why));
    let outside = "is a link that leads out of the repository, and is not read";
    if !is_inside(folder) {
        refuse(folder, outside, &mut contents);
        return Ok(contents);
    }
    let mut read = 0;
    for tool in sorted(folder)?.into_iter().filter(|tool| tool.is_dir()) {
        if !is_inside(&tool) {
            refuse(&tool, outside, &mut contents);
            continue;
        }
        for file in sorted(&tool)?.into_iter().filter(|file| is_signature(file)) {
            if read >= bounds.files {
                refuse(
                    &file,
                    &format!("is not read, nor what follows: there are more than {read} files"),
                    &mut contents,
                );
                return Ok(contents);
            }
            if start.elapsed() > bounds.time {
                let seconds = bounds.time.as_secs();
                refuse(&file, &format!("is not read, nor what follows: {seconds} s have passed"), &mut contents);
                return Ok(contents);
            }
            read += 1;
            if is_inside(&file) {
                add(&id_of(&tool, &file), &file, &mut contents);
            } else {
                refuse(&file, outside, &mut contents);
            }
        }
    }
    Ok(contents)
}

fn add(id: &str, path: &Path, (files, problems): &mut Contents) {
    match read_text(path) {
        Err(error) => problems.push(unread(path, &format!("can't be read: {error}"))),
        Ok(text) => match parse::parse(id, &path.display().to_string(), &text) {
            Ok(file) => files.push(file),
            Err(mistakes) => problems.extend(mistakes),
        },
    }
}

/// A mistake of a file of which nothing was read.
fn unread(path: &Path, why: &str) -> Problem {
    Problem::at(code::SYNTAX, &path.display().to_string(), "", 0..0, why)
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
        Err(error) => Err(vec![unread(path, &format!("can't be read: {error}"))]),
    }
}

/// Not a pipe, nor a device.
fn is_signature(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml") && path.is_file()
}

/// The text of a file that is no larger than signatures are.
///
/// # Errors
/// It can't be read, is larger, or is no text.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    // Some files tell no size.
    File::open(path)?.take(LARGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(io::Error::other(format!("larger than {} KiB", LARGEST_FILE / 1024)));
    }
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_left_out_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join(".whyfail/frob");
        fs::create_dir_all(&tool).unwrap();
        for name in ["a.toml", "b.toml", "c.toml"] {
            fs::write(tool.join(name), "title = 1\n").unwrap();
        }
        let bounds = |files: usize, time: Duration| Bounds { root: folder.path().to_path_buf(), files, time };
        let told = |bounds: &Bounds| -> Vec<(String, String)> {
            let (files, problems) = read_bounded(&folder.path().join(".whyfail"), bounds).unwrap();
            assert!(files.is_empty());
            let name = |file: &str| Path::new(file).file_name().unwrap().to_string_lossy().into_owned();
            problems.into_iter().map(|problem| (name(&problem.file), problem.message)).collect()
        };
        let all = told(&bounds(3, Duration::from_secs(60)));
        assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a.toml", "b.toml", "c.toml"]);
        let few = told(&bounds(2, Duration::from_secs(60)));
        assert_eq!(few[2].1, "is not read, nor what follows: there are more than 2 files");
        let late = told(&bounds(3, Duration::ZERO));
        assert_eq!(late, [("a.toml".to_owned(), "is not read, nor what follows: 0 s have passed".to_owned())]);
    }
}
