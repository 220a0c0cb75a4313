//! Puts the database together: built-in signatures, the user's own folders, the repository's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::args::ReportArgs;
use super::configuration::{self, in_root};
use super::output;
use crate::Matcher;
use crate::signature::{Origin, SignatureDb, folder};

/// A file in a folder of signatures: one id (or `tool/*`) a line to switch off, `#` starts a remark.
const SWITCHED_OFF: &str = "off.txt";

/// What matches with this database, and gives advice where it is asked for.
pub fn matcher(args: &ReportArgs, db: &Arc<SignatureDb>) -> Arc<Matcher> {
    let matcher = Matcher::new(Arc::clone(db));
    let matcher = matcher.with_context(args.shown.context.unwrap_or(0));
    Arc::new(if args.advise { matcher.with_advice() } else { matcher })
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
        add_folder(&mut db, path, origin, root)?;
    }
    for path in &found.of_repository {
        add_folder(&mut db, path, origin, root.as_deref().unwrap_or(path))?;
    }
    for path in user.iter().chain(&found.of_user) {
        add_folder(&mut db, path, Origin::User, path)?;
    }
    for path in &args.signatures {
        if !path.is_dir() {
            bail!("{}: not a folder of signatures", path.display());
        }
        add_folder(&mut db, path, Origin::User, path)?;
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

/// Adds the signatures of a folder. Of a stranger's repository nothing outside of `root` is read, whatever a link says: a mistake quotes
/// the line where it stands.
fn add_folder(db: &mut SignatureDb, path: &Path, origin: Origin, root: &Path) -> anyhow::Result<()> {
    let stranger = origin == Origin::Repository;
    let is_read = |file: &Path| {
        let inside = !stranger || in_root(file, root);
        if !inside {
            let file = file.display();
            output::say(format_args!(
                "whyfail: {file}: leads out of the repository; left out (--trust-repository allows it)"
            ));
        }
        inside
    };
    let (files, problems) =
        folder::read_where(path, is_read).with_context(|| format!("{}: can't be read", path.display()))?;
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
