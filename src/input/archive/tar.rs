//! Tar archives: the names of the members, with a bound.
//!
//! The `tar` crate reads long names and extended headers whole, whatever size they tell, so that they are read here.
//! Source: POSIX pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".

use std::io::{self, Read};

use tar::EntryType;

use crate::pieces::Pieces;

/// The longest name or extended header that is looked at, in bytes; a longer one is passed over.
const LONGEST: u64 = 64 << 10;

/// The name of the next member, where it does not fit its header.
#[derive(Default)]
pub struct LongName(Option<String>);

impl LongName {
    /// Takes an entry that only tells about the next one. `false`: it is a member itself.
    ///
    /// # Errors
    /// Those of the archive's stream.
    pub fn take(&mut self, kind: EntryType, size: u64, content: &mut dyn Read) -> io::Result<bool> {
        if !matches!(kind, EntryType::GNULongName | EntryType::XHeader) {
            return Ok(matches!(kind, EntryType::GNULongLink | EntryType::XGlobalHeader));
        }
        if size <= LONGEST {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            let name = match kind {
                EntryType::XHeader => pax_path(&bytes),
                _ => Some(bytes.split(|byte| *byte == 0).next().unwrap_or_default()),
            };
            self.0 = name.map(|name| String::from_utf8_lossy(name).into_owned()).or(self.0.take());
        }
        Ok(true)
    }

    /// The name of the member that has come: the long one, or the one of its header.
    pub fn or(&mut self, short: &[u8]) -> String {
        self.0.take().unwrap_or_else(|| String::from_utf8_lossy(short).into_owned())
    }
}

/// The value of `path` in records such as `18 path=a/b.log\n`, the last one where there are several.
fn pax_path(mut records: &[u8]) -> Option<&[u8]> {
    let mut path = None;
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(records.head(blank)).ok().and_then(|length| length.parse::<usize>().ok());
        let Some(record) = length.filter(|length| *length > blank).and_then(|length| records.get(blank + 1..length))
        else {
            break;
        };
        if let Some(value) = record.strip_suffix(b"\n").and_then(|record| record.strip_prefix(b"path=")) {
            path = Some(value);
        }
        records = records.tail(blank + 1 + record.len());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_by_their_length() {
        assert_eq!(pax_path(b"18 path=a/b c.log\n"), Some(&b"a/b c.log"[..]));
        assert_eq!(pax_path(b"12 mtime=1.5\n15 path=x/y.log\n"), None, "a length that does not fit");
        assert_eq!(pax_path(b"13 mtime=1.5\n15 path=x/y.log\n"), None, "a length that does not fit");
        assert_eq!(pax_path(b"13 mtime=1.5\n17 path=x/yz.log\n"), Some(&b"x/yz.log"[..]));
        assert_eq!(pax_path(b"13 mtime=1.5\n16 path=x/y.log\n"), Some(&b"x/y.log"[..]));
        for odd in
            [&b""[..], b" ", b"0 path=x\n", b"99999999999999999999 path=x\n", b"x path=y\n", b"3 \n", b"9 path=x"]
        {
            assert_eq!(pax_path(odd), None, "{odd:?}");
        }
    }
}
