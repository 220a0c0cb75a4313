//! `whyfail explain ID`: a page about one failure.

use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use colored::Colorize;

use super::args::{Args, ExplainArgs};
use super::list::plain;
use super::{database, output};
use crate::report::Format;
use crate::signature::{Origin, Risk, Role, Signature};

pub fn execute(args: &Args, explain: &ExplainArgs) -> anyhow::Result<u8> {
    let db = database::load(&args.report)?;
    let Some(signature) = db.get(&explain.id) else {
        let similar = db.similar(&explain.id).join(", ");
        if similar.is_empty() {
            bail!("no signature '{}' (whyfail list shows all)", explain.id);
        }
        bail!("no signature '{}'; did you mean {similar}?", explain.id);
    };
    let mut out = output::stdout();
    if args.report.format == Format::Json {
        serde_json::to_writer_pretty(&mut out, signature)?;
        writeln!(out)?;
    } else {
        let style = output::style(&args.report, io::stdout().is_terminal());
        page(&mut out, signature, db.origin(&signature.id), style.color, style.width.clamp(40, 100))?;
    }
    out.flush()?;
    Ok(0)
}

fn page(
    out: &mut dyn Write,
    signature: &Signature,
    origin: Option<Origin>,
    color: bool,
    width: usize,
) -> io::Result<()> {
    let bold = |text: &str| if color { text.bold().to_string() } else { text.to_owned() };
    let wrap = |text: &str, indent: &str| {
        let options = textwrap::Options::new(width).initial_indent(indent).subsequent_indent(indent);
        textwrap::fill(&text.split_whitespace().collect::<Vec<_>>().join(" "), options)
    };
    writeln!(out, "{}", bold(&plain(&signature.title)))?;
    match signature.role {
        Role::Cause => writeln!(
            out,
            "{} · {} ({}) · concerns {} · running it again: {}",
            signature.id,
            signature.class,
            signature.class.meaning(),
            signature.owner,
            signature.retry
        )?,
        role => writeln!(out, "{} · {role}: {}", signature.id, role.meaning())?,
    }
    match origin {
        Some(Origin::User) => writeln!(out, "from your own signatures")?,
        Some(Origin::Repository) => writeln!(out, "from this repository's .whyfail folder")?,
        _ => {}
    }
    if !signature.sample.is_empty() {
        writeln!(out, "\n{}", bold("It looks like this"))?;
        for line in signature.sample.lines() {
            writeln!(out, "    {}", crate::diagnosis::show_value(line))?;
        }
    }
    if !signature.explain.is_empty() {
        writeln!(out, "\n{}\n{}", bold("Why"), wrap(&plain(&signature.explain), "  "))?;
    }
    if !signature.remedies.is_empty() {
        writeln!(out, "\n{}", bold("What to do, safest first"))?;
    }
    for (at, remedy) in signature.remedies.iter().enumerate() {
        let when = remedy
            .when
            .as_deref()
            .map(|w| format!(" (when {})", plain(w.trim_start_matches("when "))))
            .unwrap_or_default();
        writeln!(out, "{}", wrap(&format!("{}. {}{when}", at + 1, plain(&remedy.title)), "  "))?;
        for edit in &remedy.edits {
            writeln!(out, "       {} {}:", edit.kind, plain(&edit.file))?;
            let lines = |mark: &str, text: &Option<String>| -> Vec<String> {
                text.iter()
                    .flat_map(|t| plain(t).lines().map(|l| format!("       {mark} {l}")).collect::<Vec<_>>())
                    .collect()
            };
            let shown = match edit.kind {
                crate::signature::EditKind::Insert => lines("+", &edit.after),
                crate::signature::EditKind::Delete => lines("-", &edit.before),
                crate::signature::EditKind::Replace => [lines("-", &edit.before), lines("+", &edit.after)].concat(),
            };
            for line in shown {
                writeln!(out, "{line}")?;
            }
        }
        for command in &remedy.commands {
            for line in plain(command).lines() {
                writeln!(out, "       $ {line}")?;
            }
        }
        if let Some(with) = &remedy.verified_with {
            writeln!(out, "{}", wrap(&format!("verified with {}", with.join(", ")), "     ✓ "))?;
        }
        if remedy.risk != Risk::None {
            let note = plain(remedy.risk_note.as_deref().unwrap_or(""));
            writeln!(out, "{}", wrap(&format!("{}: {note}", remedy.risk), "     ! "))?;
        }
    }
    if let Some(prevent) = &signature.prevent {
        writeln!(out, "\n{}\n{}", bold("How not to meet it again"), wrap(&plain(prevent), "  "))?;
    }
    if !signature.leads_to.is_empty() {
        writeln!(out, "\n{}\n{}", bold("It brings along"), wrap(&signature.leads_to.join(", "), "  "))?;
    }
    if !signature.references.is_empty() {
        writeln!(out, "\n{}", bold("Read more"))?;
        for reference in &signature.references {
            writeln!(out, "  {reference}")?;
        }
    }
    Ok(())
}
