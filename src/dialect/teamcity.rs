//! TeamCity's build log: `[08:08:16][Step 2/3] text`, `[08:08:16]W: [Step 2/3] text`, `[08:08:16] :     [docker] text`.
//!
//! Source: logs that people published (jonnyzzz/TeamCity.Virtual issue 22). The letter is the kind of message (`W` for what was printed
//! on stderr, `E`, `F`, `i`, a blank), the second bracket the step or block, behind blanks that tell its depth.

use super::prefix::{starts_like, without_fraction};
use crate::pieces::Pieces;

/// What stands behind clock, kind and block.
pub(super) fn inside(line: &[u8]) -> Option<&[u8]> {
    if !starts_like(line, b"[dd:dd:dd") {
        return None;
    }
    let rest = without_fraction(line.tail(9)).strip_prefix(b"]")?;
    let rest = match rest {
        [b'[', ..] => return block(rest).filter(|_| rest.starts_with(b"[Step ")),
        [b'W' | b'E' | b'F' | b'N' | b'i' | b' ', b':', rest @ ..] => rest,
        _ => return None,
    };
    let text = rest.trim_ascii_start();
    Some(block(text).unwrap_or_else(|| rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// What stands behind `[Step 2/3] `. A level such as `[ERROR]` is no block.
fn block(text: &[u8]) -> Option<&[u8]> {
    let name = text.strip_prefix(b"[")?;
    let end = name.iter().take(120).position(|b| *b == b']')?;
    if end == 0 || name.head(end).iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let text = name.tail(end + 1);
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_kind_and_block_go_away() {
        for (line, text) in [
            ("[08:08:16][Step 2/3] npm ERR! code E404", "npm ERR! code E404"),
            ("[08:08:16]W:	 [Step 2/3] text", "text"),
            ("[17:31:52]W:         [docker] Process exited with code 1", "Process exited with code 1"),
            ("[17:31:51] :     [Step 2/2] [INFO] x", "[INFO] x"),
            ("[17:31:51]E: [ERROR] x", "[ERROR] x"),
            ("[17:31:51]W: Step 2/2: Docker / Vagrant", "Step 2/2: Docker / Vagrant"),
            ("[17:31:51][Step 2/2] ", ""),
        ] {
            assert_eq!(inside(line.as_bytes()).map(String::from_utf8_lossy), Some(text.into()), "{line}");
        }
        for line in ["[10:11:12] Using gulpfile x", "[10:11:12][api] x", "[1/2] STEP", "[10:11:12 AM] Found 0 errors"] {
            assert_eq!(inside(line.as_bytes()), None, "{line}");
        }
    }
}
