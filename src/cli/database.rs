//! Puts the database together: built-in signatures, the user's own folders, the repository's.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use super::args::ReportArgs;
use super::output;
use crate::Matcher;
use crate::signature::{Origin, SignatureDb, folder};

/// A file in a folder of signatures: one id (or `tool/*`) a line to switch off, `#` starts a remark.
const SWITCHED_OFF: &str = "off.txt";

/// What matches with this database, and gives advice where it is asked for.
pub fn matcher(args: &ReportArgs, db: &Arc<SignatureDb>) -> Arc<Matcher> {
    let matcher = Matcher::new(Arc::clone(db));
    Arc::new(if args.advise { matcher.with_advice() } else { matcher })
}

/// The database for this call.
pub fn load(args: &ReportArgs) -> anyhow::Result<Arc<SignatureDb>> {
    let repository = repository_folder();
    let user = user_folder();
    if args.signatures.is_empty() && args.disable.is_empty() && repository.is_none() && user.is_none() {
        return Ok(SignatureDb::built_in());
    }
    let mut db = (*SignatureDb::built_in()).clone();
    if let Some(path) = repository {
        let origin = if args.trust_repository { Origin::User } else { Origin::Repository };
        add_folder(&mut db, &path, origin)?;
    }
    if let Some(path) = user {
        add_folder(&mut db, &path, Origin::User)?;
    }
    for path in &args.signatures {
        if !path.is_dir() {
            bail!("{}: not a folder of signatures", path.display());
        }
        add_folder(&mut db, path, Origin::User)?;
    }
    for id in &args.disable {
        if !switch_off(&mut db, id) {
            let similar = db.similar(id).join(", ");
            let hint = if similar.is_empty() { String::new() } else { format!(" (did you mean {similar}?)") };
            bail!("--disable {id}: no such signature{hint}");
        }
    }
    Ok(Arc::new(db))
}

fn add_folder(db: &mut SignatureDb, path: &Path, origin: Origin) -> anyhow::Result<()> {
    let (files, problems) = folder::read(path).with_context(|| format!("{}: can't be read", path.display()))?;
    // One bad file does not silence the rest; but it is said.
    for problem in &problems {
        output::say(problem);
    }
    if !problems.is_empty() && origin == Origin::User && files.is_empty() {
        bail!("{}: no signature could be read", path.display());
    }
    if !problems.is_empty() {
        let folder = path.display();
        output::say(format_args!("whyfail: {folder}: files with mistakes are left out (whyfail check {folder})"));
    }
    for file in files {
        let id = file.signature.id.clone();
        if !db.add(file.signature, origin) {
            output::say(format_args!(
                "whyfail: {}: '{id}' would replace a signature; left out (--trust-repository allows it)",
                file.file
            ));
        }
    }
    if let Ok(list) = fs::read_to_string(path.join(SWITCHED_OFF)) {
        if origin == Origin::Repository {
            let list = path.join(SWITCHED_OFF);
            output::say(format_args!("whyfail: {}: is not obeyed (--trust-repository allows it)", list.display()));
            return Ok(());
        }
        for (at, line) in list.lines().enumerate() {
            let id = line.split('#').next().unwrap_or("").trim();
            if !id.is_empty() && !switch_off(db, id) {
                let list = path.join(SWITCHED_OFF);
                output::say(format_args!("whyfail: {}:{}: no signature '{id}'", list.display(), at + 1));
            }
        }
    }
    Ok(())
}

fn switch_off(db: &mut SignatureDb, id: &str) -> bool {
    let Some(tool) = id.strip_suffix("/*") else { return db.remove(id) };
    let ids: Vec<String> = db.signatures().filter(|s| s.tool() == tool).map(|s| s.id.clone()).collect();
    ids.iter().for_each(|id| {
        db.remove(id);
    });
    !ids.is_empty()
}

/// `.whyfail` of the repository that the working directory is in.
fn repository_folder() -> Option<PathBuf> {
    let start = env::current_dir().ok()?;
    for folder in start.ancestors() {
        let own = folder.join(".whyfail");
        if own.is_dir() {
            return Some(own);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// `whyfail/signatures` in the user's configuration folder.
fn user_folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("APPDATA")
    } else {
        set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))
    };
    base.map(|base| base.join("whyfail").join("signatures")).filter(|path| path.is_dir())
}
