//! `whyfail explain ID`: a page about one failure.

use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use colored::Colorize;

use super::args::{Args, ExplainArgs};
use super::list::plain;
use super::{database, output};
use crate::diagnosis::show_value;
use crate::report::Format;
use crate::signature::scenario::Scenario;
use crate::signature::{EditKind, Origin, Remedy, Risk, Role, Signature, SignatureDb};

/// Most recorded builds that are told of.
const RECORDED: usize = 3;
/// Most names in a list of other signatures.
const NAMES: usize = 8;

pub fn execute(args: &Args, explain: &ExplainArgs) -> anyhow::Result<u8> {
    let db = database::load(&args.report)?;
    let Some(signature) = db.get(&explain.id) else {
        let similar = db.similar(&explain.id).join(", ");
        if similar.is_empty() {
            bail!("no signature '{}' (whyfail list shows all)", explain.id);
        }
        bail!("no signature '{}'; did you mean {similar}?", explain.id);
    };
    let recorded = db.recorded(&signature.id);
    let mut out = output::stdout();
    if args.report.format == Format::Json {
        let mut value = serde_json::to_value(signature)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("recorded".to_owned(), serde_json::to_value(&recorded)?);
        }
        output::json(&value)?;
    } else {
        let style = output::style(&args.report, io::stdout().is_terminal());
        let mut page = Page { out: &mut out, color: style.color, width: style.width.clamp(40, 100) };
        page.write(signature, &db, &recorded)?;
    }
    out.flush()?;
    Ok(0)
}

struct Page<'o> {
    out: &'o mut dyn Write,
    color: bool,
    width: usize,
}

impl Page<'_> {
    fn write(&mut self, signature: &Signature, db: &SignatureDb, recorded: &[Scenario]) -> io::Result<()> {
        self.head(signature, db.origin(&signature.id))?;
        if !signature.prose().sample.is_empty() {
            self.heading("It looks like this")?;
            for line in signature.prose().sample.lines() {
                writeln!(self.out, "    {}", show_value(line))?;
            }
        }
        if !signature.prose().explain.is_empty() {
            self.heading("Why")?;
            self.filled("  ", &plain(&signature.prose().explain))?;
        }
        if !signature.prose().remedies.is_empty() {
            self.heading("What to do, safest first")?;
        }
        for (at, remedy) in signature.prose().remedies.iter().enumerate() {
            self.remedy(at + 1, remedy)?;
        }
        if let Some(prevent) = &signature.prose().prevent {
            self.heading("How not to meet it again")?;
            self.filled("  ", &plain(prevent))?;
        }
        if !recorded.is_empty() {
            self.heading(if recorded.len() == 1 { "The recorded build" } else { "Recorded builds" })?;
            for (at, scenario) in recorded.iter().take(RECORDED).enumerate() {
                if at > 0 {
                    writeln!(self.out)?;
                }
                self.scenario(scenario)?;
            }
            let more: Vec<&str> = recorded.iter().skip(RECORDED).map(|scenario| scenario.folder.as_str()).collect();
            if !more.is_empty() {
                writeln!(self.out)?;
                self.filled("  ", &format!("And {} more: {}", more.len(), more.join(", ")))?;
            }
        }
        self.relatives(signature, db)?;
        if !signature.prose().references.is_empty() {
            self.heading("Read more")?;
            for reference in &signature.prose().references {
                writeln!(self.out, "  {reference}")?;
            }
        }
        Ok(())
    }

    fn bold(&self, text: &str) -> String {
        if self.color { text.bold().to_string() } else { text.to_owned() }
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.bold(text);
        writeln!(self.out, "\n{text}")
    }

    /// Writes `text` wrapped behind `head`, later lines indented as far.
    fn filled(&mut self, head: &str, text: &str) -> io::Result<()> {
        let indent = " ".repeat(head.chars().count());
        let options = textwrap::Options::new(self.width).initial_indent(head).subsequent_indent(&indent);
        // A name with a hyphen in it is to be copied.
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(self.out, "{}", textwrap::fill(&text, options))
    }

    fn head(&mut self, signature: &Signature, origin: Option<Origin>) -> io::Result<()> {
        let title = self.bold(&plain(&signature.title));
        writeln!(self.out, "{title}")?;
        match signature.role {
            Role::Cause => writeln!(
                self.out,
                "{} · {} ({}) · concerns {} · running it again: {}",
                signature.id,
                signature.class,
                signature.class.meaning(),
                signature.owner,
                signature.retry
            )?,
            role => writeln!(self.out, "{} · {role}: {}", signature.id, role.meaning())?,
        }
        match origin {
            Some(Origin::User) => writeln!(self.out, "from your own signatures"),
            Some(Origin::Repository) => writeln!(self.out, "from this repository's .whyfail folder or .whyfail.toml"),
            _ => Ok(()),
        }
    }

    fn remedy(&mut self, number: usize, remedy: &Remedy) -> io::Result<()> {
        let when = remedy.when.as_deref().map(|when| format!(" (when {})", plain(when.trim_start_matches("when "))));
        let title = format!("{}{}", plain(&remedy.title), when.unwrap_or_default());
        self.filled(&format!("  {number}. "), &title)?;
        for edit in &remedy.edits {
            writeln!(self.out, "       {} {}:", edit.kind, plain(&edit.file))?;
            let lines = |mark: &str, text: &Option<String>| -> Vec<String> {
                text.iter()
                    .flat_map(|t| plain(t).lines().map(|l| format!("       {mark} {l}")).collect::<Vec<_>>())
                    .collect()
            };
            let shown = match edit.kind {
                EditKind::Insert => lines("+", &edit.after),
                EditKind::Delete => lines("-", &edit.before),
                EditKind::Replace => [lines("-", &edit.before), lines("+", &edit.after)].concat(),
            };
            for line in shown {
                writeln!(self.out, "{line}")?;
            }
        }
        for command in &remedy.commands {
            for line in plain(command).lines() {
                writeln!(self.out, "       $ {line}")?;
            }
        }
        if let Some(with) = &remedy.verified_with {
            self.filled("     ✓ ", &format!("verified with {}", with.join(", ")))?;
        }
        if remedy.risk != Risk::None {
            let note = plain(remedy.risk_note.as_deref().unwrap_or(""));
            self.filled("     ! ", &format!("{}: {note}", remedy.risk))?;
        }
        Ok(())
    }

    /// What was built, how it broke, what mended it.
    fn scenario(&mut self, scenario: &Scenario) -> io::Result<()> {
        self.filled("  ", &format!("{} ({})", scenario.title, scenario.folder))?;
        let built = match &scenario.command {
            Some(command) if scenario.instruction.is_none() => format!("{} ({})", command, scenario.logs.join(", ")),
            _ => scenario.logs.join(", "),
        };
        self.filled("    built     ", &show_value(&built))?;
        let faults: Vec<String> = scenario
            .hosts
            .iter()
            .filter(|(_, fault)| fault != "ok")
            .map(|(host, fault)| format!("{host} answers '{fault}'"))
            .collect();
        if !faults.is_empty() {
            self.filled("    where     ", &show_value(&faults.join(", ")))?;
        }
        if let Some(instruction) = &scenario.instruction {
            let place = instruction.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            self.filled("    broke at  ", &show_value(&format!("{place}{}", instruction.text)))?;
        }
        if let Some(proof) = &scenario.proof {
            self.filled(
                "    said      ",
                &format!("{} (line {} of {})", show_value(&proof.text), proof.line, proof.log),
            )?;
        }
        for remedy in &scenario.remedies {
            let with = remedy.with.join(", ");
            let outside = remedy.outside.as_ref().map(|what| format!("; {what}")).unwrap_or_default();
            let text =
                format!("{} ({}{outside}): then it passed, {with}, {}", plain(&remedy.title), remedy.kind, remedy.date);
            self.filled("    mended    ", &text)?;
        }
        if scenario.remedies.is_empty() {
            self.filled("    mended    ", "not by a remedy of this page: none was tried on this build")?;
        }
        Ok(())
    }

    /// What it has to do with other signatures.
    fn relatives(&mut self, signature: &Signature, db: &SignatureDb) -> io::Result<()> {
        if !signature.leads_to.is_empty() {
            self.heading("It brings along")?;
            self.filled("  ", &signature.leads_to.join(", "))?;
        }
        let bringers: Vec<&str> =
            db.signatures().filter(|other| other.leads_to(signature)).map(|other| other.id.as_str()).collect();
        if !bringers.is_empty() {
            self.heading("It may itself come from")?;
            let more = bringers.len().saturating_sub(NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named: Vec<&str> = bringers.into_iter().take(NAMES).collect();
            self.filled("  ", &format!("{}{more}", named.join(", ")))?;
        }
        if !signature.identity.is_empty() {
            self.heading("Two failures are the same one when these agree")?;
            self.filled("  ", &signature.identity.join(", "))?;
        }
        Ok(())
    }
}
