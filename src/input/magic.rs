//! What a file is, by its first bytes.
//!
//! Sources: RFC 1952 (gzip), RFC 8878 (zstd), APPNOTE.TXT 4.3 (zip), POSIX ustar and GNU tar (tar), the formats of
//! bzip2 and xz.

use crate::pieces::Pieces;

/// A tar's unit: the size of a member's header, in bytes.
pub const BLOCK: usize = 512;

/// A way of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magic {
    /// A gzip stream.
    Gzip,
    /// A zstd stream.
    Zstd,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A bzip2 stream, which is not read.
    Bzip2,
    /// An xz stream, which is not read.
    Xz,
}

impl Magic {
    /// What a source that starts with `head` is packed with. For a tar its first 512 bytes are needed.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Magic::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Magic::Zstd),
            // The second is what an archive without members consists of.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Magic::Zip),
            [b'B', b'Z', b'h', _, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Magic::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Magic::Xz),
            _ => {
                // Behind zeros a log may go on that was rotated while it was written.
                let zeros = head.len() >= BLOCK && head.iter().all(|byte| *byte == 0);
                (zeros || head.first_chunk().is_some_and(starts_tar)).then_some(Magic::Tar)
            }
        }
    }

    /// Can more bytes behind `head` still show what it is? A log at its start must not be kept waiting.
    pub fn may_follow(head: &[u8]) -> bool {
        let short: [&[u8]; 4] = [&[0x1f], &[0x28, 0xb5, 0x2f], b"PK\x03", b"PK\x05"];
        // Skippable frames, too; none of these starts a line of a log.
        let begun = short.iter().any(|magic| magic.starts_with(head))
            || head.len() < 4 && matches!(head, [0x50..=0x5f] | [0x50..=0x5f, 0x2a] | [0x50..=0x5f, 0x2a, 0x4d]);
        // A tar's first block holds the name, filled up with zeros. Text in 16 bits has a mark or a zero in its first two.
        let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let name = head.len() < BLOCK && head.len() > 2 && !wide && !head.head(2).contains(&0) && head.contains(&0);
        head.is_empty() || begun || name
    }

    /// In words: `it is …`.
    pub fn words(self) -> &'static str {
        match self {
            Magic::Gzip => "compressed with gzip",
            Magic::Zstd => "compressed with zstd",
            Magic::Zip => "a zip archive",
            Magic::Tar => "a tar archive",
            Magic::Bzip2 => "compressed with bzip2",
            Magic::Xz => "compressed with xz",
        }
    }
}

/// Is it a tar's first block: a header whose checksum fits? (An empty archive consists of zeros.)
fn starts_tar(block: &[u8; BLOCK]) -> bool {
    let digits: Vec<u8> = block[148..156].iter().copied().filter(|byte| !matches!(byte, b' ' | 0)).collect();
    let told = std::str::from_utf8(&digits).ok().and_then(|digits| u64::from_str_radix(digits, 8).ok());
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    let counted = sum(&block[..148]) + sum(&block[156..]) + 8 * u64::from(b' ');
    told == Some(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_start() {
        assert_eq!(Magic::of(&[0x1f, 0x8b, 8]), Some(Magic::Gzip));
        assert_eq!(Magic::of(&[0x28, 0xb5, 0x2f, 0xfd]), Some(Magic::Zstd));
        assert_eq!(Magic::of(&[0x5a, 0x2a, 0x4d, 0x18, 0]), Some(Magic::Zstd));
        assert_eq!(Magic::of(b"PK\x03\x04x"), Some(Magic::Zip));
        assert_eq!(Magic::of(b"PK\x05\x06"), Some(Magic::Zip));
        assert_eq!(Magic::of(b"BZh91AY&SY"), Some(Magic::Bzip2));
        assert_eq!(Magic::of(b"\xfd7zXZ\0"), Some(Magic::Xz));
        assert_eq!(Magic::of(&[0; BLOCK]), Some(Magic::Tar));
        let rotated = [&[0; BLOCK][..], b"the rest of a log\n"].concat();
        assert_eq!(Magic::of(&rotated), None);
        for name in ["build.log", &"x".repeat(100)] {
            for mut header in [tar::Header::new_ustar(), tar::Header::new_gnu(), tar::Header::new_old()] {
                header.set_path(name).unwrap();
                header.set_size(9);
                header.set_cksum();
                assert_eq!(Magic::of(header.as_bytes()), Some(Magic::Tar));
                assert!(
                    (0..BLOCK)
                        .filter(|at| !(1..=107).contains(at))
                        .all(|at| Magic::may_follow(&header.as_bytes()[..at]))
                );
                assert!(!Magic::may_follow(header.as_bytes()));
                let mut broken = *header.as_bytes();
                broken[0] ^= 1;
                assert_eq!(Magic::of(&broken), None);
            }
        }
        let text = [b'a'; BLOCK];
        assert_eq!(Magic::of(&text), None);
        assert_eq!(Magic::of(b"BZhat is this"), None);
    }

    #[test]
    fn a_log_is_not_kept_waiting() {
        for log in ["#1 [internal]", "Step 1/3 : FROM x", "PKI error", "(x", "P:"] {
            assert!(!Magic::may_follow(log.as_bytes()), "{log}");
        }
        for wide in [&[0xff, 0xfe, b'a', 0][..], &[0xfe, 0xff, 0, b'a'], &[b'a', 0, b'b', 0], &[0, b'a', 0, b'b']] {
            assert!(!Magic::may_follow(wide));
        }
        for begun in [&b""[..], b"P", b"PK", b"PK\x03", &[0x1f], &[0x28], &[0x28, 0xb5, 0x2f], &[0x5e, 0x2a]] {
            assert!(Magic::may_follow(begun), "{begun:?}");
        }
    }
}
