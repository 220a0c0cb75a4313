//! Damaged and hostile archives: whatever is wrong with one is said, what was readable is diagnosed, and nothing grows without a
//! bound or leaves the archive.

mod common;

use std::ops::ControlFlow;

use common::archives::{
    FAILED, GOOD, Log, MISSING, ask, found, gzip, pairs, read, streamed_zip, tar, zip, zip_of, zstd,
};
use common::{Ended, Sandbox, memory};
use whyfail::input::archive::{Archive, Limits, Piece};
use zip::CompressionMethod;

// ------------------------------------------------------------------ damage

/// Whatever is cut off, the lines before it are diagnosed, and the answer never says that all is well.
#[test]
fn what_is_cut_off_is_diagnosed_up_to_there() {
    // Noise that does not compress, so that cuts fall into every part.
    let mut state = 1u32;
    let mut noise = |n: usize| -> String {
        let mut line = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{state:08x}{:08x}\n", state.rotate_left(13) ^ 0x5bd1_e995)
        };
        (0..n).map(|_| line()).collect()
    };
    let log = format!("{FAILED}{}", noise(3000));
    let members = [("a.log", log.as_bytes()), ("b.log", log.as_bytes())];
    let archives = [
        ("gz", gzip(&log), 1),
        ("zst", zstd(&log), 1),
        ("zip", zip(&members), 2),
        ("streamed zip", streamed_zip(&members), 2),
        ("stored zip", zip_of(&members, CompressionMethod::Stored), 2),
        ("tar", tar(&members), 2),
        ("tar.gz", gzip(tar(&members)), 2),
        ("tar.zst", zstd(tar(&members)), 2),
    ];
    for (kind, whole, count) in archives {
        // A tar ends in blocks of zeros, which may be missing.
        let end = if kind == "tar" { whole.len() - 1024 - 512 } else { whole.len() };
        for tenth in 1..20 {
            let at = end * tenth / 20;
            let (logs, problems) = read(&whole[..at], &Limits::default());
            assert!(!problems.is_empty(), "{kind} cut at {at}");
            assert!(problems.iter().all(|problem| problem.starts_with("x: ")), "{kind}: {problems:?}");
            for (part, text, whole) in &logs {
                assert!(log.as_bytes().starts_with(text), "{kind} cut at {at}: {part}");
                assert_eq!(*whole, text.len() == log.len(), "{kind} cut at {at}: {part}");
            }
            let read: usize = logs.iter().map(|(_, text, _)| text.len()).sum();
            // Of zstd only whole blocks of at most 128 KiB can be read.
            let lost = if kind.contains("zst") { 128 << 10 } else { 20 << 10 };
            assert!(read + lost > log.len() * count * tenth / 20, "{kind} cut at {at}: only {read} bytes were read");
        }
        let half = ask(&whole[..whole.len() * 45 / 100]);
        assert_eq!(half.code, 2, "{kind}: {half:#?}");
        if half.out.is_empty() && kind.ends_with("zst") {
            continue; // The first block may be all there is.
        }
        let json = half.json();
        let first = &json["results"][0];
        assert_eq!(first["causes"][0]["signature"], MISSING, "{kind}: {half:#?}");
        assert_eq!(first["source"]["truncated"], "tail", "{kind}");
    }
}

/// Damage in the midst of packed data costs the lines around it, not those before: the log of a failure may be short.
#[test]
fn what_stands_before_damage_is_diagnosed() {
    let mut state = 1u32;
    let mut line = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("line {state:08x} of the log of a build\n")
    };
    let noise: String = (0..2_000).map(|_| line()).collect();
    let log = format!("{FAILED}{noise}");
    let spoil = |mut archive: Vec<u8>, share: usize| {
        let at = archive.len() * share / 100;
        archive[at..at + 8].fill(0xff);
        archive
    };
    let lost = 12 << 10;
    for share in [30, 50, 90] {
        for (kind, archive) in [("gz", gzip(&log)), ("zip", zip(&[("a.log", log.as_bytes())]))] {
            let (logs, problems) = read(&spoil(archive, share), &Limits::default());
            assert!(!problems.is_empty(), "{kind}, {share}");
            let Some((_, text, _)) = logs.first() else { panic!("{kind}, {share}: {problems:?}") };
            let same = text.iter().zip(log.as_bytes()).take_while(|(a, b)| a == b).count();
            assert!(same + lost > log.len() * share / 100, "{kind}, {share}: {same} of {}", log.len());
        }
        let answer = ask(&spoil(gzip(&log), share));
        assert_eq!((answer.code, &found(&answer)[0].1[..]), (2, MISSING), "{share}: {answer:#?}");
    }
}

/// A log without a failure that breaks off is not a log without a failure.
#[test]
fn a_good_log_that_is_cut_off_has_no_verdict() {
    let lines: String = (0..9000).map(|n| format!("line {n} {}\n", n * 7919)).collect();
    let whole = gzip(&lines);
    let answer = ask(&whole[..whole.len() / 2]);
    assert_eq!(answer.code, 2);
    assert_eq!(answer.err, "whyfail: x: is cut off; only what stands before that is diagnosed\n");
    let result = &answer.json()["results"][0];
    assert_eq!((&result["outcome"], &result["source"]["truncated"]), (&"undetermined".into(), &"tail".into()));
    let sandbox = Sandbox::new();
    let text = sandbox.pipe(&whole[..whole.len() / 2], &[]);
    assert!(text.out.contains("? The log breaks off."), "{text:#?}");
    assert_eq!(text.err, "whyfail: standard input: is cut off; only what stands before that is diagnosed\n");
}

#[test]
fn checksums_are_compared() {
    let spoiled = |mut bytes: Vec<u8>, from_end: usize| {
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        bytes
    };
    let stored = zip_of(&[("a.log", FAILED.as_bytes()), ("b.log", GOOD.as_bytes())], CompressionMethod::Stored);
    let at = stored.windows(10).position(|window| window == b"frobnicate").unwrap();
    let mut changed = stored;
    changed[at] ^= 1;
    let cases = [
        (spoiled(gzip(FAILED), 8), "whyfail: x: is damaged ("),
        (spoiled(zstd(FAILED), 1), "whyfail: x: is damaged (its checksum does not fit)"),
        (changed, "whyfail: x: a.log: is damaged (its checksum does not fit)"),
    ];
    for (content, message) in cases {
        let answer = ask(&content);
        assert_eq!(answer.code, 2);
        assert!(answer.err.starts_with(message), "{message}: {answer:#?}");
        assert_eq!(answer.json()["results"][0]["source"]["truncated"], "tail");
    }
}

/// One spoiled member does not take the others with it.
#[test]
fn the_other_members_are_read_all_the_same() {
    let spoiled = &gzip(FAILED)[..40];
    let members: [(&str, &[u8]); 3] = [("a.log", FAILED.as_bytes()), ("b.gz", spoiled), ("c.log", GOOD.as_bytes())];
    for archive in [zip(&members), tar(&members), gzip(tar(&members))] {
        let answer = ask(&archive);
        assert_eq!(answer.code, 2);
        assert_eq!(answer.err, "whyfail: x: b.gz: is cut off; only what stands before that is diagnosed\n");
        let found = found(&answer);
        assert_eq!(found.first(), pairs(&[("a.log", MISSING)]).first());
        assert_eq!(found.last(), pairs(&[("c.log", "no_failure")]).first());
    }
}

#[test]
fn encrypted_members_are_named() {
    let mut archive = zip(&[("secret.log", FAILED.as_bytes()), ("a.log", GOOD.as_bytes())]);
    // The flag stands at 6 in the local header and at 8 in the directory.
    archive[6] |= 1;
    let entry = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    archive[entry + 8] |= 1;
    let answer = ask(&archive);
    assert_eq!((answer.code, &answer.err[..]), (2, "whyfail: x: secret.log: is encrypted\n"));
    assert_eq!(found(&answer), pairs(&[("a.log", "no_failure")]));
}

#[test]
fn what_is_not_read_says_so() {
    let mut method = zip(&[("a.log", FAILED.as_bytes())]);
    method[8] = 12;
    let nested = zip(&[("inner.zip", &zip(&[("a.log", GOOD.as_bytes())]))]);
    let cases: [(Vec<u8>, &str); 13] = [
        (zip(&[]), "x: is an empty archive"),
        (vec![0; 10_240], "x: is an empty archive"),
        (gzip([0; 1024]), "x: is an empty archive"),
        (zip(&[("program", b"\x7fELF\x02\x01\x01\0")]), "x: there is no log in it: no member is text"),
        (zip(&[("empty", b"")]), "x: there is no log in it: no member is text"),
        (tar(&[("folder/", b"")]), "x: there is no log in it: no member is text"),
        (nested, "x: there is no log in it: no member is text; an archive inside it is not opened: unpack it first"),
        (gzip(b"\x7fELF\x02\x01\x01\0"), "x: holds a binary file, not a log"),
        (
            gzip(gzip(gzip(FAILED))),
            "x: is compressed with gzip inside an archive; archives are opened 2 deep, unpack it first",
        ),
        (
            gzip(zip(&[("a", b"x\n")])),
            "x: is a zip archive inside an archive; archives are opened 2 deep, unpack it first",
        ),
        (
            b"BZh91AY&SY\0\0".to_vec(),
            "x: is compressed with bzip2, which is not read; unpack it first and name the log inside",
        ),
        (
            b"\xfd7zXZ\0\0\x04".to_vec(),
            "x: is compressed with xz, which is not read; unpack it first and name the log inside",
        ),
        (method, "x: a.log: is compressed with method 12 of zip, which is not read; unpack it first"),
    ];
    for (content, message) in cases {
        let answer = ask(&content);
        assert_eq!((answer.code, answer.err), (2, format!("whyfail: {message}\n")));
        let (logs, problems) = read(&content, &Limits::default());
        assert!(logs.is_empty());
        assert_eq!(problems, [message]);
    }
}

#[test]
fn a_frame_that_wants_much_memory_is_refused() {
    // A frame header: no single segment, window descriptor 17 << 3, which is 2^27 bytes.
    let frame = [&0xfd2f_b528_u32.to_le_bytes()[..], &[0x00, 17 << 3, 1, 0, 0]].concat();
    let answer = ask(&frame);
    assert_eq!(answer.code, 2);
    assert_eq!(
        answer.err,
        "whyfail: x: needs 128 MiB of memory to unpack, and 8 MiB are allowed; unpack it first with zstd -d\n"
    );
}

/// Cut and flipped anywhere, an archive gives logs or an error.
#[test]
fn no_damage_makes_it_panic() {
    let members: [(&str, &[u8]); 3] =
        [("0_a.txt", FAILED.as_bytes()), ("a/1_Set up job.txt", GOOD.as_bytes()), ("b.gz", &gzip(FAILED))];
    let long = "x".repeat(150);
    let archives = [
        gzip(FAILED),
        zstd(FAILED.repeat(50)),
        zip(&members),
        streamed_zip(&members),
        tar(&[("a.log", FAILED.as_bytes()), (&long, GOOD.as_bytes())]),
        gzip(tar(&members)),
    ];
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    for whole in archives {
        let step = (whole.len() / 300).max(1);
        for at in (0..whole.len()).step_by(step) {
            for bit in [0, 3, 7] {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                read(&flipped, &limits);
            }
            read(&whole[..at], &limits);
        }
    }
}

// ------------------------------------------------------------------ hostile archives

#[test]
fn limits_are_kept() {
    let line = b"the same line again and again\n";
    let repeated = |count: usize| line.repeat(count);
    let low = Limits { unpacked: 1_000_000, ratio_from: 100_000, ratio: 200, ..Limits::default() };
    let total = |logs: &[Log]| logs.iter().map(|(_, text, _)| text.len()).sum::<usize>();

    // A log that repeats itself is none of it.
    let (logs, problems) = read(&gzip(repeated(3_000)), &low);
    assert_eq!((total(&logs), problems.len()), (90_000, 0));
    let nested = gzip(gzip(repeated(1_000_000)));
    let many: Vec<(String, Vec<u8>)> = (0..40).map(|n| (format!("{n}.log"), repeated(4_000))).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, log)| (name.as_str(), log.as_slice())).collect();
    for (kind, bomb) in [
        ("gz", gzip(repeated(1_000_000))),
        ("zst", zstd(repeated(1_000_000))),
        ("gz in gz", nested.clone()),
        ("gz in zip", zip(&[("a.gz", &gzip(repeated(1_000_000)))])),
        ("zip", zip(&many)),
        ("tar.gz", gzip(tar(&many))),
    ] {
        let (logs, problems) = read(&bomb, &low);
        assert!(total(&logs) <= 1_000_000, "{kind}: {}", total(&logs));
        assert!(!logs.last().unwrap().2, "{kind}: the last log is not whole");
        assert_eq!(problems.len(), 1, "{kind}: {problems:?}");
        assert!(problems[0].contains("unpacks to "), "{kind}: {problems:?}");
    }
    // What fits no log is passed over, and counts all the same.
    let zeros = gzip(tar(&[("zeros", &vec![0; 5_000_000]), ("a.log", line)]));
    let (logs, problems) = read(&zeros, &low);
    assert_eq!(logs.len(), 0);
    assert!(problems[0].contains("unpacks to "), "{problems:?}");

    let members = Limits { members: 10, ..Limits::default() };
    let logs_only = Limits { logs: 10, ..Limits::default() };
    let names = Limits { names: 20, ..Limits::default() };
    for archive in [zip(&many), tar(&many)] {
        let (logs, problems) = read(&archive, &members);
        assert_eq!(
            (logs.len(), &problems[..]),
            (10, &["x: has more than 10 members; the others are not read".to_owned()][..])
        );
        let (logs, problems) = read(&archive, &logs_only);
        assert_eq!(
            (logs.len(), &problems[..]),
            (10, &["x: has more than 10 logs; the others are not read".to_owned()][..])
        );
    }
    let (logs, problems) = read(&zip(&many), &names);
    assert_eq!(logs.len(), 4);
    assert_eq!(problems, ["x: the names of its members fill more than 20 bytes; the others are not read"]);
    let directory = Limits { directory: 500, ..Limits::default() };
    let (logs, problems) = read(&zip(&many), &directory);
    assert_eq!(logs.len(), 40);
    assert!(problems[0].starts_with("x: the list of its members fills more than 500 bytes"), "{problems:?}");
    let spooled = Limits { spooled: 100, ..Limits::default() };
    let (logs, problems) = read(&zip(&many), &spooled);
    assert_eq!(logs.len(), 0);
    assert_eq!(
        problems,
        ["x: has more than 100 bytes, which is too much for a temporary file; save it and name the file"]
    );
}

/// AES marks its members with a method of its own; and where the list of members is missing, the header in front of one tells.
#[test]
fn encrypted_members_are_named_however_they_say_so() {
    let mut aes = zip(&[("secret.log", FAILED.as_bytes()), ("a.log", GOOD.as_bytes())]);
    let entry = aes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    for (flags, method) in [(6, 8), (entry + 8, entry + 10)] {
        aes[flags] |= 1;
        aes[method] = 99;
    }
    let mut only_in_front = zip(&[("secret.log", FAILED.as_bytes()), ("a.log", GOOD.as_bytes())]);
    only_in_front[6] |= 1;
    let without_list = aes[..entry].to_vec();
    for (archive, problems) in [(aes, 1), (only_in_front, 1), (without_list, 2)] {
        let (logs, told) = read(&archive, &Limits::default());
        assert_eq!(logs, [("a.log".to_owned(), GOOD.as_bytes().to_vec(), true)], "{told:?}");
        assert_eq!(told.len(), problems, "{told:?}");
        assert_eq!(told[0], "x: secret.log: is encrypted");
    }
}

/// A size in a header is a claim: nothing is reserved for it, and what comes before is diagnosed.
#[test]
fn sizes_that_lie_are_found_out() {
    let members: [(&str, &[u8]); 2] = [("a.log", FAILED.as_bytes()), ("b.log", GOOD.as_bytes())];
    let sum = |header: &mut [u8]| {
        header[148..156].fill(b' ');
        let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    };
    // 8 GiB in octal digits, and nearly 2^64 in binary.
    for size in [*b"77777777777\0", [0xff; 12], [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
        let mut tar = tar(&members);
        tar[1024 + 124..1024 + 136].copy_from_slice(&size);
        sum(&mut tar[1024..1536]);
        let (logs, problems) = read(&tar, &Limits::default());
        assert_eq!(
            (logs[0].0.as_str(), logs[0].1.as_slice(), logs[0].2),
            ("a.log", FAILED.as_bytes(), true),
            "{problems:?}"
        );
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(ask(&tar).code, 2);
    }
    let long = GOOD.repeat(3_000);
    let stored = zip_of(&[("a.log", FAILED.as_bytes()), ("b.log", long.as_bytes())], CompressionMethod::Stored);
    let second = stored.windows(5).rposition(|window| window == b"b.log").unwrap() - 46;
    for field in [20, 24] {
        let mut lying = stored.clone();
        lying[second + field..second + field + 4].copy_from_slice(&0x7fff_0000_u32.to_le_bytes());
        let (logs, problems) = read(&lying, &Limits::default());
        assert_eq!((logs[0].1.as_slice(), logs[0].2), (FAILED.as_bytes(), true));
        // What the list says of the size before packing is of no use to anyone.
        assert_eq!(problems.len(), usize::from(field == 20), "{problems:?}");
    }
    // A start behind the end of the file.
    let mut lying = stored;
    lying[second + 42..second + 46].copy_from_slice(&0x7fff_0000_u32.to_le_bytes());
    let (logs, problems) = read(&lying, &Limits::default());
    assert_eq!(
        (logs.len(), problems),
        (1, vec!["x: b.log: is cut off; only what stands before that is diagnosed".to_owned()])
    );
}

/// Archives in archives are opened so deep and no deeper, whatever is inside; logs beside them are read.
#[test]
fn nesting_ends() {
    let mut deep = zip(&[("a.log", FAILED.as_bytes())]);
    for _ in 0..20 {
        deep = zip(&[("0.zip", &deep), ("1.zip", &deep[..deep.len().min(4_000)])]);
    }
    let gzips = (0..20).fold(gzip(FAILED), |inner, _| gzip(inner));
    let tars = (0..5).fold(tar(&[("a.log", FAILED.as_bytes())]), |inner, _| tar(&[("in.tar", &inner)]));
    for (kind, inner) in [("zip", &deep), ("gz", &gzips), ("tar", &tars)] {
        let outer = zip(&[("inner", inner), ("a.log", FAILED.as_bytes())]);
        let answer = ask(&outer);
        assert_eq!(found(&answer), pairs(&[("a.log", MISSING)]), "{kind}");
        let alone = ask(&zip(&[("inner", inner)]));
        assert_eq!(alone.code, 2, "{kind}");
        assert!(alone.err.ends_with("an archive inside it is not opened: unpack it first\n"), "{kind}: {alone:#?}");
    }
    let (logs, problems) = read(&gzips, &Limits::default());
    assert_eq!((logs.len(), problems.len()), (0, 1), "{problems:?}");
}

/// Kinds of members that hold no text of their own, and kinds that nobody has heard of.
#[test]
fn strange_members_are_passed_over() {
    let mut archive = tar::Builder::new(Vec::new());
    for kind in [b'S', b'V', b'M', b'D', b'N', b'A', b'Z', 0x80, b'3', b'6', b'2'] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_size(FAILED.len() as u64);
        header.set_path("strange.log").unwrap();
        header.set_cksum();
        archive.append(&header, FAILED.as_bytes()).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(GOOD.len() as u64);
    archive.append_data(&mut header, "a.log", GOOD.as_bytes()).unwrap();
    let (logs, problems) = read(&archive.into_inner().unwrap(), &Limits::default());
    assert_eq!(logs, [("a.log".to_owned(), GOOD.as_bytes().to_vec(), true)], "{problems:?}");
    assert!(problems.is_empty(), "{problems:?}");
}

/// The header of gzip may hold a name that does not end.
#[test]
fn a_header_without_an_end_is_no_log() {
    let header = [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0][..], &vec![b'a'; 1 << 20]].concat();
    let (logs, problems) = read(&header, &Limits::default());
    assert_eq!((logs.len(), problems.len()), (0, 1), "{problems:?}");
    assert!(problems[0].contains("is damaged") || problems[0].contains("is cut off"), "{problems:?}");
}

/// Some bytes of zstd stand for 128 KiB each: that ends where no log gets to.
#[test]
fn a_bomb_ends_at_the_ratio() {
    let mut bomb = [&0xfd2f_b528_u32.to_le_bytes()[..], &[0x00, 7 << 3]].concat();
    for _ in 0..9_000 {
        // Not the last block, run-length, 128 KiB of line ends.
        let header: u32 = 1 << 1 | (128 << 10) << 3;
        bomb.extend_from_slice(&header.to_le_bytes()[..3]);
        bomb.push(b'\n');
    }
    let mut size = 0;
    let problems = Archive::of_stream("x", &bomb[..]).read(&Limits::default(), &mut |piece| {
        if let Piece::Bytes(bytes) = piece {
            size += bytes.len();
        }
        ControlFlow::Continue(())
    });
    assert!((1 << 30..(1 << 30) + (1 << 20)).contains(&size), "{size}");
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["x: unpacks to far more than a log could; what comes after that is not read"]);
}

/// Members may share their data: then the archive is small, and what comes out is not.
#[test]
fn members_that_overlap_are_bounded() {
    let one = zip(&[("a.log", &b"the same line again and again\n".repeat(20_000))]);
    let entry = one.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let count = 1000u16;
    let mut bomb = one[..entry].to_vec();
    for n in 0..count {
        let mut copy = one[entry..end].to_vec();
        let at = copy.windows(5).position(|window| window == b"a.log").unwrap();
        copy[at..at + 5].copy_from_slice(format!("{n:05}").as_bytes());
        bomb.extend(copy);
    }
    let mut last = one[end..].to_vec();
    last[8..10].copy_from_slice(&count.to_le_bytes());
    last[10..12].copy_from_slice(&count.to_le_bytes());
    let size = u32::try_from((end - entry) * usize::from(count)).unwrap();
    last[12..16].copy_from_slice(&size.to_le_bytes());
    bomb.extend(last);
    let limits = Limits { unpacked: 10_000_000, ..Limits::default() };
    let (logs, problems) = read(&bomb, &limits);
    assert_eq!(logs.len(), 17);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].ends_with("unpacks to more than 9 MiB; what comes after that is not read"), "{problems:?}");
}

/// Names are shown and never used.
#[test]
fn names_lead_nowhere() {
    let names =
        ["../../outside.log", "/etc/outside.log", "C:\\outside.log", "a\u{1b}[31m\n::error::x.log", "##[error]y.log"];
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, FAILED.as_bytes())).collect();
    for archive in [zip(&members), gzip(tar(&members))] {
        let sandbox = Sandbox::new();
        sandbox.file("inside/x", &archive);
        let mut command = sandbox.whyfail(&["--format", "json", "x"]);
        command.current_dir(sandbox.path().join("inside"));
        let answer = Ended::from(command.output().unwrap());
        assert_eq!(answer.code, 1, "{answer:#?}");
        assert_eq!(answer.json()["results"].as_array().unwrap().len(), 5);
        let files: Vec<_> = std::fs::read_dir(sandbox.path().join("inside")).unwrap().collect();
        assert_eq!(files.len(), 1);
        assert!(!sandbox.path().join("outside.log").exists());
        for format in ["text", "brief", "markdown", "github", "json"] {
            let mut command = sandbox.whyfail(&["--format", format, "inside/x"]);
            let answer = Ended::from(command.env("CI", "true").output().unwrap());
            assert!(!answer.out.contains('\u{1b}') && !answer.err.contains('\u{1b}'), "{format}: {answer:#?}");
            if format != "github" {
                common::runner::harmless(format, &answer.out);
            }
            assert!(!answer.out.contains("\n::error::x.log"), "{format}: {answer:#?}");
        }
    }
    // In messages, too.
    let broken: Vec<(&str, &[u8])> = vec![("a\u{1b}[31m\n::error::x.gz", &[0x1f, 0x8b, 8, 0])];
    let sandbox = Sandbox::new();
    sandbox.file("x", zip(&broken));
    let mut command = sandbox.whyfail(&["x"]);
    let answer = Ended::from(command.env("CI", "true").output().unwrap());
    assert_eq!((answer.code, answer.err.lines().count()), (2, 1), "{answer:#?}");
    common::runner::harmless("a message", &answer.err);
}

/// Memory does not grow with what is in it.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let log = format!("{FAILED}{}", "a line of a log that goes on and on, as they do\n".repeat(1 << 20));
    let many: Vec<(String, &[u8])> = (0..1500).map(|n| (format!("{n}_job.txt"), FAILED.as_bytes())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, log)| (name.as_str(), *log)).collect();
    let sandbox = Sandbox::new();
    for (kind, archive) in [
        ("gz", gzip(&log)),
        ("zst", zstd(&log)),
        ("zip", zip(&[("a.log", log.as_bytes())])),
        ("tar.gz", gzip(tar(&[("a.log", log.as_bytes())]))),
        ("many jobs", zip(&many)),
        ("zst in zst", zstd(zstd(&log))),
    ] {
        sandbox.file("x", &archive);
        let mut child =
            sandbox.whyfail(&["--format", "json", "x"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        let mut peak = None;
        while child.try_wait().unwrap().is_none() {
            peak = memory::peak(child.id()).max(peak);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert!(peak.is_some_and(|peak| peak < 64 << 10), "{kind}: {peak:?} KiB");
    }
}
