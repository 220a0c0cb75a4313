//! One result a line, each of use alone. The JSON Schema of a line is `schema/whyfail-jsonl.schema.json`.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{self, SCHEMA_VERSION, Tool};
use crate::Diagnosis;

/// A line: what the envelope says of all results, then the result's own fields.
#[derive(Serialize)]
struct Line<'d> {
    schema_version: u32,
    tool: &'d Tool,
    #[serde(flatten)]
    result: &'d Diagnosis,
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], signatures: usize) -> io::Result<()> {
    let tool = json::tool(signatures);
    for result in diagnoses {
        json::line(out, &Line { schema_version: SCHEMA_VERSION, tool: &tool, result })?;
    }
    Ok(())
}
