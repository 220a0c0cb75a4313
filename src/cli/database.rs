//! Puts the database together: built-in signatures, the user's own folders, the repository's.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use super::args::ReportArgs;
use super::configuration;
use super::output;
use crate::Matcher;
use crate::signature::folder::{self, Bounds};
use crate::signature::{Origin, SignatureDb};

/// A file in a folder of signatures: one id (or `tool/*`) a line to switch off, `#` starts a remark.
const SWITCHED_OFF: &str = "off.txt";

/// Mistakes of one folder that are shown.
const MOST_PROBLEMS: usize = 50;
/// Files of a repository's folder that are read: far more than one has of its own.
const MOST_OF_REPOSITORY: usize = 1_000;
/// How long that may take. A pattern takes some milliseconds at most, a folder of a hundred files far less than a second.
const TIME_OF_REPOSITORY: Duration = Duration::from_secs(10);

/// What matches with this database, and gives advice where it is asked for.
pub fn matcher(args: &ReportArgs, db: &Arc<SignatureDb>) -> Arc<Matcher> {
    let matcher = Matcher::new(Arc::clone(db));
    let matcher = matcher.with_context(args.shown.context.unwrap_or(0));
    let matcher = Arc::new(if args.advise { matcher.with_advice() } else { matcher });
    // It is needed until the program ends. Then the system takes its memory back faster than its thousands of parts are freed.
    std::mem::forget(Arc::clone(&matcher));
    matcher
}

/// The database for this call.
pub fn load(args: &ReportArgs) -> anyhow::Result<Arc<SignatureDb>> {
    let repository = configuration::repository_signatures();
    let user = configuration::user_folder();
    let found = &args.configuration.found;
    let configured = !found.of_repository.is_empty() || !found.of_user.is_empty() || !found.disable.is_empty();
    let named = !args.signatures.is_empty() || !args.disable.is_empty();
    if !named && !configured && repository.is_none() && user.is_none() {
        return Ok(SignatureDb::built_in());
    }
    let mut db = (*SignatureDb::built_in()).clone();
    let origin = configuration::repository_origin(args);
    let root = configuration::repository_root();
    if let Some((path, root)) = &repository {
        add_folder(&mut db, path, origin, root, args.strict)?;
    }
    for path in &found.of_repository {
        add_folder(&mut db, path, origin, root.as_deref().unwrap_or(path), args.strict)?;
    }
    for path in user.iter().chain(&found.of_user) {
        add_folder(&mut db, path, Origin::User, path, args.strict)?;
    }
    for path in &args.signatures {
        if !path.is_dir() {
            bail!("{}: not a folder of signatures", path.display());
        }
        add_folder(&mut db, path, Origin::User, path, args.strict)?;
    }
    for (id, place) in &found.disable {
        if !switch_off(&mut db, id) {
            output::say(format_args!("whyfail: {place}: no signature '{id}'{}", did_you_mean(&db, id)));
        }
    }
    for id in &args.disable {
        if !switch_off(&mut db, id) {
            bail!("--disable {id}: no such signature{}", did_you_mean(&db, id));
        }
    }
    Ok(Arc::new(db))
}

fn did_you_mean(db: &SignatureDb, id: &str) -> String {
    let similar = db.similar(id).join(", ");
    if similar.is_empty() { String::new() } else { format!(" (did you mean {similar}?)") }
}

/// Adds the signatures of a folder. Of a stranger's repository nothing outside of `root` is read.
fn add_folder(db: &mut SignatureDb, path: &Path, origin: Origin, root: &Path, strict: bool) -> anyhow::Result<()> {
    let read = match origin {
        Origin::Repository => {
            let root = root.to_path_buf();
            folder::read_bounded(path, &Bounds { root, files: MOST_OF_REPOSITORY, time: TIME_OF_REPOSITORY })
        }
        _ => folder::read(path),
    };
    let shown = path.display();
    let (files, problems) = match read.with_context(|| format!("{shown}: can't be read")) {
        Ok(read) => read,
        // A stranger's folder must not keep a build from being diagnosed.
        Err(error) if origin == Origin::Repository && !strict => {
            output::say(format_args!("whyfail: {error:#}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // One bad file does not silence the rest; but it is said.
    for problem in problems.iter().take(MOST_PROBLEMS) {
        output::say(problem);
    }
    if problems.len() > MOST_PROBLEMS {
        output::say(format_args!("whyfail: {shown}: and {} more mistakes", problems.len() - MOST_PROBLEMS));
    }
    if strict && !problems.is_empty() {
        bail!("{shown}: files with mistakes, and --strict allows none");
    }
    if !problems.is_empty() && origin == Origin::User && files.is_empty() {
        bail!("{shown}: no signature could be read");
    }
    if !problems.is_empty() {
        output::say(format_args!("whyfail: {shown}: files with mistakes are left out (whyfail check {shown})"));
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
    switch_listed_off(db, &path.join(SWITCHED_OFF), origin, strict)
}

/// Switches off what the file lists, where there is one.
fn switch_listed_off(db: &mut SignatureDb, list: &Path, origin: Origin, strict: bool) -> anyhow::Result<()> {
    let shown = list.display();
    if !list.is_file() {
        return Ok(());
    }
    if origin == Origin::Repository {
        output::say(format_args!("whyfail: {shown}: is not obeyed (--trust-repository allows it)"));
        return Ok(());
    }
    let text = folder::read_text(list).with_context(|| format!("{shown}: can't be read"))?;
    let mut unknown = 0;
    for (at, line) in text.lines().enumerate() {
        let id = line.split('#').next().unwrap_or("").trim();
        if !id.is_empty() && !switch_off(db, id) {
            output::say(format_args!("whyfail: {shown}:{}: no signature '{id}'", at + 1));
            unknown += 1;
        }
    }
    if strict && unknown > 0 {
        bail!("{shown}: names signatures that do not exist, and --strict allows none");
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
