//! `whyfail list`: shows and filters the signatures.

use std::io::Write;

use anyhow::bail;
use serde::Serialize;

use super::args::{Args, ListArgs};
use super::{database, output};
use crate::report::Format;
pub use crate::signature::template::plain;
use crate::signature::{Class, Owner, Retry, Risk, Role, Signature};

#[derive(Serialize)]
struct Entry<'s> {
    id: &'s str,
    title: String,
    class: Class,
    role: Role,
    tool: &'s str,
    owner: Owner,
    retry: Retry,
    remedies: Vec<RemedyEntry>,
}

#[derive(Serialize)]
struct RemedyEntry {
    title: String,
    risk: Risk,
    verified: bool,
}

pub fn execute(args: &Args, list: &ListArgs) -> anyhow::Result<u8> {
    let mut out = output::stdout();
    if list.classes {
        for class in Class::ALL {
            writeln!(out, "{class:<20} {}", class.meaning())?;
        }
        out.flush()?;
        return Ok(0);
    }
    if let Some(class) = list.class.as_ref().filter(|class| Class::from_word(class).is_none()) {
        bail!("--class {class}: no such class (whyfail list --classes)");
    }
    let db = database::load(&args.report)?;
    let wanted: Vec<&Signature> = db.signatures().filter(|signature| fits(signature, list)).collect();
    match args.report.format {
        Format::Json => {
            let entries: Vec<Entry<'_>> = wanted.iter().map(|signature| entry(signature)).collect();
            output::json(&entries)?;
        }
        _ => {
            let width = wanted.iter().map(|s| s.id.len()).max().unwrap_or(0);
            for signature in &wanted {
                let kind =
                    if signature.role == Role::Cause { signature.class.as_str() } else { signature.role.as_str() };
                writeln!(out, "{:<width$}  {kind:<18}  {}", signature.id, plain(&signature.title))?;
            }
            if wanted.is_empty() {
                output::say("whyfail: no signature fits");
            }
        }
    }
    out.flush()?;
    Ok(0)
}

fn fits(signature: &Signature, list: &ListArgs) -> bool {
    let class =
        list.class.as_ref().is_none_or(|class| signature.class.as_str() == class && signature.role == Role::Cause);
    let tool = list.tool.as_ref().is_none_or(|tool| signature.tool() == tool);
    let filter = list.filter.as_ref().is_none_or(|word| {
        let word = word.to_lowercase();
        [signature.id.as_str(), &signature.title, signature.class.as_str()]
            .iter()
            .any(|text| text.to_lowercase().contains(&word))
    });
    class && tool && filter
}

fn entry(signature: &Signature) -> Entry<'_> {
    Entry {
        id: &signature.id,
        title: plain(&signature.title),
        class: signature.class,
        role: signature.role,
        tool: signature.tool(),
        owner: signature.owner,
        retry: signature.retry,
        remedies: signature
            .prose()
            .remedies
            .iter()
            .map(|remedy| RemedyEntry {
                title: plain(&remedy.title),
                risk: remedy.risk,
                verified: remedy.verified_with.is_some(),
            })
            .collect(),
    }
}
