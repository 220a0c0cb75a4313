//! Issues of Azure Pipelines: one logging command for each cause.
//!
//! learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands: `##vso[task.logissue type=error;sourcepath=…;linenumber=…;
//! columnnumber=…;code=…]message`. What an agent reads as an escape is in microsoft/azure-pipelines-agent, `CommandStringConvertor.cs`:
//! `%AZP25` for `%`, `%0D`, `%0A`, and in a property `%3B` for `;` and `%5D` for `]`.

use super::defuse::defused;
use super::findings::{self, Finding, Weight};
use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::Confidence;

/// The most issues of one report; the page of a run shows ten of a task.
const LIMIT: usize = 10;
/// The longest message, in characters.
const LONGEST: usize = 4_000;

/// The causes as logging commands, one a line; empty where nothing failed.
pub fn azure_issues(diagnoses: &[Diagnosis]) -> String {
    let findings = findings::of(diagnoses);
    let worth = findings.iter().filter(|finding| finding.weight != Weight::Advice);
    worth.take(LIMIT).map(|finding| format!("{}\n", command(finding))).collect()
}

fn command(finding: &Finding<'_>) -> String {
    let kind = match finding.weight {
        Weight::First(_) | Weight::Unexplained | Weight::More(_) => "error",
        Weight::Further(confidence) if confidence > Confidence::Low => "error",
        Weight::Further(_) | Weight::Undetermined | Weight::Advice => "warning",
    };
    let mut properties = vec![format!("type={kind}")];
    if !finding.location.in_log {
        properties.push(format!("sourcepath={}", property(&finding.location.path)));
        properties.push(format!("linenumber={}", finding.location.line));
        properties.extend(finding.location.column.map(|column| format!("columnnumber={column}")));
    }
    properties.push(format!("code={}", property(finding.rule)));
    let lines = std::iter::once(&finding.title).chain(&finding.lines);
    // Each line on its own: whoever prints the message prints no command.
    let message: Vec<String> = lines.map(|line| defused(&visible(line))).collect();
    let message: String = message.join("\n").chars().take(LONGEST).collect();
    format!("##vso[task.logissue {}]{}", properties.join(";"), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&defused(&visible(text))).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(property("a;b]c%d\n##vso[x]"), "a%3Bb%5Dc%AZP25d␊#\\#vso[x%5D");
        assert_eq!(data("50%\r\n"), "50%AZP25%0D%0A");
    }
}
