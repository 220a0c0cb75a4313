//! What whyfail itself folds in a Markdown page.

/// A line of whyfail's own folds: nothing of a log stands in it.
pub fn is_fold(html: &str) -> bool {
    let heads = [
        "Other possible causes: ",
        "Other ways to mend it: ",
        "The lines around the proof, what it led to, and how not to meet it again",
    ];
    let head = html.trim().strip_prefix("<summary>").and_then(|rest| rest.strip_suffix("</summary>"));
    matches!(html.trim(), "<details>" | "</details>")
        || head.is_some_and(|head| heads.contains(&head.trim_end_matches(|c: char| c.is_ascii_digit())))
}
