//! Takes colours and other escape sequences off a text of many lines at once, and says where they stood.

use memchr::{memchr, memrchr};

use super::clean;
use super::control::first_control;
use crate::pieces::Pieces;

/// What was taken out of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Where it stood.
    pub at: usize,
    /// How many bytes were taken out up to and with it.
    pub total: usize,
}

/// The text of a piece without colours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// The piece itself, so many bytes of it: whole lines.
    Same(usize),
    /// Another text with the same lines, up to one that needs a closer look.
    Copied,
}

/// Takes off what [`clean::segments`] would take off without cutting a line in two, and says what. With `strict` it ends before a line in
/// which more happens.
pub(super) fn without_colours(raw: &[u8], strict: bool, copy: &mut Vec<u8>, cuts: &mut Vec<Cut>) -> Plain {
    cuts.clear();
    let Some(mut at) = first_control(raw) else { return Plain::Same(raw.len()) };
    copy.clear();
    let mut from = 0;
    // Where the line ends in which the last escape sequence stands: looked for once, however many there are.
    let mut line_end = 0;
    loop {
        copy.extend_from_slice(raw.part(from..at));
        let Some(control) = raw.get(at) else { return Plain::Copied };
        let removed = match *control {
            0x1b => {
                if line_end <= at {
                    line_end = memchr(b'\n', raw.tail(at)).map_or(raw.len(), |feed| at + feed);
                }
                clean::removable(raw.part(at..line_end))
            }
            b'\r' => {
                let returns = raw.tail(at).iter().take_while(|byte| **byte == b'\r').count();
                (raw.get(at + returns) == Some(&b'\n')).then_some(returns)
            }
            _ => None,
        };
        from = match removed {
            Some(removed) => {
                let before = cuts.last().map_or(0, |cut| cut.total);
                cuts.push(Cut { at, total: before + removed });
                at + removed
            }
            None if strict => {
                let start = memrchr(b'\n', copy).map_or(0, |feed| feed + 1);
                copy.truncate(start);
                return Plain::Copied;
            }
            None => {
                // All returns of a run at once: it may be long.
                let returns = raw.tail(at).iter().take_while(|byte| **byte == b'\r').count().max(1);
                copy.extend_from_slice(raw.part(at..at + returns));
                at + returns
            }
        };
        match first_control(raw.tail(from)) {
            Some(next) => at = from + next,
            None => {
                copy.extend_from_slice(raw.tail(from));
                return Plain::Copied;
            }
        }
    }
}
