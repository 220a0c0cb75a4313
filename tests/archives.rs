//! Archives and compressed logs: what is in them is diagnosed as if it were unpacked, and whatever is wrong with them is
//! said, with what was readable before.

mod common;

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use common::{Ended, Sandbox, corpus_records, feed};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;
use whyfail::input::archive::{Archive, Limits, Piece};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A build that fails because a program is missing.
const FAILED: &str = "#5 [2/2] RUN frobnicate\n\
    #5 0.123 /bin/sh: frobnicate: not found\n\
    #5 ERROR: process \"/bin/sh -c frobnicate\" did not complete successfully: exit code: 127\n";
const GOOD: &str = "all is well\n";
const MISSING: &str = "sh/command-not-found";

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    compress_to_vec(bytes.as_ref(), CompressionLevel::Fastest)
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(members, CompressionMethod::Deflated)
}

fn zip_of(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// As it is written into a pipe: the sizes stand behind the data.
fn streamed_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new_stream(Vec::new());
    for (name, content) in members {
        archive
            .start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
            .unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(if name.ends_with('/') { tar::EntryType::Directory } else { tar::EntryType::Regular });
        // Written past the crate's own checks, which refuse `..`.
        if name.len() <= 100 {
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        } else {
            archive.append_data(&mut header, name, *content).unwrap();
        }
    }
    archive.into_inner().unwrap()
}

/// The first cause of each log, by the part that it is.
fn found(answer: &Ended) -> Vec<(String, String)> {
    let json = answer.json();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let results = json["results"].as_array().unwrap().iter();
    results
        .map(|result| {
            let cause = &result["causes"][0]["signature"];
            (word(&result["source"]["part"]), word(if cause.is_null() { &result["outcome"] } else { cause }))
        })
        .collect()
}

/// Asks about one archive.
fn ask(content: &[u8]) -> Ended {
    let sandbox = Sandbox::new();
    sandbox.file("x", content);
    sandbox.run(&["--format", "json", "x"])
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(part, said)| ((*part).to_owned(), (*said).to_owned())).collect()
}

/// The part that a log is, its bytes, and whether they are whole.
type Log = (String, Vec<u8>, bool);

/// Reads an archive through the library, a few bytes at a time: the logs, and what was wrong.
fn read(content: &[u8], limits: &Limits) -> (Vec<Log>, Vec<String>) {
    struct Drops<'d>(&'d [u8]);
    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let most = buffer.len().min(if self.0.len().is_multiple_of(3) { 1 } else { 700 });
            self.0.read(&mut buffer[..most])
        }
    }
    let mut logs: Vec<Log> = Vec::new();
    let archive = Archive::of_stream("x", Drops(content));
    let problems = archive.read(limits, &mut |piece| {
        match piece {
            Piece::Start(part) => logs.push((part.unwrap_or("-").to_owned(), Vec::new(), false)),
            Piece::Bytes(bytes) => logs.last_mut().unwrap().1.extend_from_slice(bytes),
            Piece::End { whole } => logs.last_mut().unwrap().2 = whole,
            Piece::Records(member, _) => logs.push((member.to_owned(), Vec::new(), true)),
        }
        ControlFlow::Continue(())
    });
    (logs, problems.iter().map(ToString::to_string).collect())
}

// ------------------------------------------------------------------ compressed logs

#[test]
fn a_compressed_log_is_diagnosed_as_the_log() {
    let wide: Vec<u8> = FAILED.replace('\n', "\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long: String =
        (0..30_000).map(|n| format!("line {n} of a long log {}\n", n * 7919)).collect::<String>() + FAILED;
    for log in [FAILED.as_bytes(), &wide, long.as_bytes(), b""] {
        let plain = Sandbox::new();
        plain.file("build.log", log);
        for packed in [gzip(log), zstd(log), gzip(zstd(log)), zstd(gzip(log))] {
            let sandbox = Sandbox::new();
            sandbox.file("build.log", &packed);
            for format in ["text", "json", "brief", "markdown", "github"] {
                let arguments = ["--format", format, "build.log"];
                let (expected, answer) = (plain.run(&arguments), sandbox.run(&arguments));
                assert_eq!((&answer.out, &answer.err, answer.code), (&expected.out, &expected.err, expected.code));
            }
        }
    }
}

#[test]
fn a_pipe_may_be_packed_and_is_not_passed_through() {
    let sandbox = Sandbox::new();
    let expected = sandbox.pipe(FAILED, &["--no-echo"]);
    let archive = zip(&[("a.log", FAILED.as_bytes())]);
    for packed in [gzip(FAILED), zstd(FAILED), zip(&[("a", FAILED.as_bytes())]), tar(&[("a", FAILED.as_bytes())])] {
        let answer = sandbox.pipe(packed, &[]);
        assert_eq!((answer.out, answer.err, answer.code), (expected.out.clone(), String::new(), 1));
    }
    let answer = sandbox.pipe(&archive, &["--format", "json"]);
    assert_eq!(answer.json()["results"][0]["source"]["name"], "-");
    assert_eq!(found(&answer), pairs(&[("a.log", MISSING)]));
    sandbox.file("other.log", GOOD);
    let answer = feed(sandbox.whyfail(&["--format", "json", "-", "other.log"]), &archive);
    assert_eq!(found(&answer), pairs(&[("a.log", MISSING), ("-", "no_failure")]));
}

/// However slowly its first bytes come; of a tar the first must hold the name and what fills it up.
#[test]
fn a_slow_pipe_is_recognised() {
    let sandbox = Sandbox::new();
    let cases = [
        (gzip(FAILED), vec![1, 2]),
        (zstd(FAILED), vec![1, 2, 3]),
        (zip(&[("a", FAILED.as_bytes())]), vec![1, 2, 3]),
        (tar(&[("build.log", FAILED.as_bytes())]), vec![20, 300, 511]),
    ];
    for (packed, stops) in cases {
        let mut child = sandbox.whyfail(&["--format", "json"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let mut from = 0;
        for stop in stops {
            pipe.write_all(&packed[from..stop]).unwrap();
            pipe.flush().unwrap();
            from = stop;
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        pipe.write_all(&packed[from..]).unwrap();
        drop(pipe);
        let answer = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(answer.json()["results"][0]["causes"][0]["signature"], MISSING, "{answer:#?}");
    }
}

#[test]
fn several_streams_behind_each_other_are_one_log() {
    let half = FAILED.len() / 2;
    let (first, second) = FAILED.split_at(half);
    let skippable = [&0x184d_2a53_u32.to_le_bytes()[..], &5_u32.to_le_bytes(), b"hello"].concat();
    let cases = [
        [gzip(first), gzip(second)].concat(),
        [gzip(first), gzip(""), gzip(second), vec![0; 1000]].concat(),
        [zstd(first), zstd(second)].concat(),
        [skippable.clone(), zstd(first), skippable.clone(), zstd(second), skippable].concat(),
    ];
    for packed in cases {
        let (logs, problems) = read(&packed, &Limits::default());
        assert_eq!(logs, [("-".to_owned(), FAILED.as_bytes().to_vec(), true)]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(found(&ask(&packed)), pairs(&[("-", MISSING)]));
    }
}

#[test]
fn what_stands_behind_the_data_is_told_and_does_no_harm() {
    for packed in [gzip(FAILED), zstd(FAILED)] {
        let answer = ask(&[&packed[..], b"garbage"].concat());
        assert_eq!(answer.code, 1);
        assert_eq!(answer.err, "whyfail: x: what stands behind the end of the compressed data is ignored\n");
        assert_eq!(found(&answer), pairs(&[("-", MISSING)]));
        assert_eq!(answer.json()["results"][0]["source"]["truncated"], "none");
    }
}

// ------------------------------------------------------------------ archives

#[test]
fn each_text_member_is_a_log() {
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(FAILED.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let (gzipped, zstded, inner) = (gzip(FAILED), zstd(GOOD), zip(&[("deep.log", FAILED.as_bytes())]));
    let inner_tar = gzip(tar(&[("deep.log", FAILED.as_bytes())]));
    let long = format!("{}/long.log", "folder/".repeat(30));
    let members: [(&str, &[u8]); 12] = [
        ("logs/", b""),
        ("logs/a.log", FAILED.as_bytes()),
        ("logs/b.log.gz", &gzipped),
        ("logs/c.zst", &zstded),
        ("logs/d.txt", &wide),
        ("logs/program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
        ("logs/empty.log", b""),
        ("logs/inner.zip", &inner),
        ("logs/inner.tgz", &inner_tar),
        ("logs/deep.gz", &gzip(gzip(FAILED))),
        (&long, GOOD.as_bytes()),
        ("z", GOOD.as_bytes()),
    ];
    let expected = pairs(&[
        ("logs/a.log", MISSING),
        ("logs/b.log.gz", MISSING),
        ("logs/c.zst", "no_failure"),
        ("logs/d.txt", MISSING),
        (&long, "no_failure"),
        ("z", "no_failure"),
    ]);
    let plain = tar(&members);
    let archives = [
        ("zip", zip(&members)),
        ("stored zip", zip_of(&members, CompressionMethod::Stored)),
        ("streamed zip", streamed_zip(&members)),
        ("tar", plain.clone()),
        ("tar.gz", gzip(&plain)),
        ("tar.zst", zstd(&plain)),
    ];
    for (kind, archive) in archives {
        let answer = ask(&archive);
        assert_eq!((answer.code, &answer.err[..]), (1, ""), "{kind}");
        assert_eq!(found(&answer), expected, "{kind}");
        let groups = answer.json()["groups"].clone();
        assert_eq!((&groups[0]["count"], &groups[0]["results"]), (&3.into(), &serde_json::json!([0, 1, 3])), "{kind}");
        // The same through a pipe, whatever its pace.
        let (logs, problems) = read(&archive, &Limits::default());
        assert!(problems.is_empty(), "{kind}: {problems:?}");
        let parts: Vec<&str> = logs.iter().map(|(part, ..)| part.as_str()).collect();
        assert_eq!(parts, expected.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>(), "{kind}");
        assert_eq!((&logs[1].1[..], logs[1].2), (FAILED.as_bytes(), true), "{kind}");
    }
}

/// An extended header of pax holds the name.
#[test]
fn names_of_pax_are_read() {
    let mut archive = tar::Builder::new(Vec::new());
    let path = "folder/with a long name/build.log".to_owned();
    archive.append_pax_extensions([("mtime", b"1.5".as_slice()), ("path", path.as_bytes())]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(FAILED.len() as u64);
    header.set_path("short").unwrap();
    header.set_cksum();
    archive.append(&header, FAILED.as_bytes()).unwrap();
    let answer = ask(&archive.into_inner().unwrap());
    assert_eq!(found(&answer), pairs(&[(&path, MISSING)]));
}

/// `tar czf logs.tgz .` begins with a folder, as an image layout may.
#[test]
fn a_tar_of_a_folder_is_no_image() {
    let members: [(&str, &[u8]); 2] = [("./", b""), ("./build.log", FAILED.as_bytes())];
    assert_eq!(found(&ask(&gzip(tar(&members)))), pairs(&[("./build.log", MISSING)]));
    let packed = zip(&[("logs.tgz", &gzip(tar(&members))), ("a.log", GOOD.as_bytes())]);
    assert_eq!(found(&ask(&packed)), pairs(&[("a.log", "no_failure")]));
}

#[test]
fn links_and_devices_are_passed_over() {
    let mut archive = tar::Builder::new(Vec::new());
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Char, tar::EntryType::Fifo] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        archive.append_link(&mut header, "link.log", "/etc/passwd").unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(GOOD.len() as u64);
    archive.append_data(&mut header, "a.log", GOOD.as_bytes()).unwrap();
    let mut zipped = ZipWriter::new(Cursor::new(Vec::new()));
    zipped.add_symlink("link.log", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zipped.add_directory("folder", SimpleFileOptions::default()).unwrap();
    zipped.start_file("a.log", SimpleFileOptions::default()).unwrap();
    zipped.write_all(GOOD.as_bytes()).unwrap();
    for archive in [archive.into_inner().unwrap(), zipped.finish().unwrap().into_inner()] {
        let answer = ask(&archive);
        assert_eq!((answer.code, &answer.err[..]), (0, ""));
        assert_eq!(found(&answer), pairs(&[("a.log", "no_failure")]));
    }
}

/// `cat build.log | zip logs.zip -` calls the member `-` and says that it is a pipe.
#[test]
fn what_was_zipped_from_a_pipe_is_a_log() {
    let mut archive = zip(&[("-", FAILED.as_bytes())]);
    let entry = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    archive[entry + 40..entry + 42].copy_from_slice(&0o010_600_u16.to_le_bytes());
    assert_eq!(found(&ask(&archive)), pairs(&[("-", MISSING)]));
}

/// What GitHub attaches to a run is a zip around the record.
#[test]
fn a_build_record_in_a_zip_is_read() {
    let Some(path) = corpus_records().into_iter().find(|path| path.to_string_lossy().contains("copy-source-missing"))
    else {
        return; // The published package comes without the corpus.
    };
    let record = std::fs::read(&path).unwrap();
    let sandbox = Sandbox::new();
    sandbox.file("x.dockerbuild", &record);
    sandbox.file("x.zip", zip(&[("x.dockerbuild", &record)]));
    let alone = sandbox.run(&["--format", "json", "x.dockerbuild"]).json();
    let zipped = sandbox.run(&["--format", "json", "x.zip"]);
    assert_eq!((zipped.code, &zipped.err[..]), (1, ""));
    let (alone, zipped) = (&alone["results"][0], &zipped.json()["results"][0]);
    let reference = alone["source"]["part"].as_str().unwrap();
    assert_eq!(zipped["source"]["part"], format!("x.dockerbuild: {reference}"));
    assert_eq!(zipped["causes"], alone["causes"]);
    sandbox.file("cut.zip", zip(&[("x.dockerbuild", &record[..record.len() / 2]), ("a.log", GOOD.as_bytes())]));
    let cut = sandbox.run(&["--format", "json", "cut.zip"]);
    assert_eq!(cut.code, 2);
    assert!(cut.err.starts_with("whyfail: cut.zip: x.dockerbuild: the build record can't be read: "), "{cut:#?}");
    assert_eq!(found(&cut), pairs(&[("a.log", "no_failure")]));
}

// ------------------------------------------------------------------ a run of many jobs

/// As GitHub's runner stamps it.
fn stamped(log: &str) -> String {
    log.lines().map(|line| format!("2026-01-02T03:04:05.1234567Z {line}\r\n")).collect()
}

/// Thirty jobs that fail alike, one that fails otherwise, two that pass; their logs whole and by step.
fn run_of_jobs() -> Vec<u8> {
    let failed = format!("\u{feff}{}", stamped(FAILED));
    let other = stamped(&FAILED.replace("frobnicate", "jq"));
    let good = stamped(GOOD);
    let mut members: Vec<(String, &str)> = vec![("0_lint.txt".to_owned(), &good)];
    members.extend((1..=30).map(|n| (format!("{n}_build ({n}, linux).txt"), failed.as_str())));
    members.push(("31_docs.txt".to_owned(), &other));
    members.push(("32_format.txt".to_owned(), &good));
    let jobs: Vec<(String, &str)> = members.clone();
    for (name, log) in jobs {
        let job = name.split_once('_').unwrap().1.trim_end_matches(".txt").to_owned();
        members.push((format!("{job}/1_Set up job.txt"), "2026-01-02T03:04:05.1234567Z Runner\r\n"));
        members.push((format!("{job}/2_Build.txt"), log));
        members.push((format!("{job}/system.txt"), "2026-01-02T03:04:05.1234567Z Job is about to start\r\n"));
    }
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, log)| (name.as_str(), log.as_bytes())).collect();
    zip(&members)
}

#[test]
fn thirty_jobs_one_cause() {
    let sandbox = Sandbox::new();
    sandbox.file("logs.zip", run_of_jobs());
    let answer = sandbox.run(&["--format", "json", "logs.zip"]);
    assert_eq!((answer.code, &answer.err[..]), (1, ""));
    let json = answer.json();
    assert_eq!(json["results"].as_array().unwrap().len(), 33, "each job once");
    let counts: Vec<u64> = json["groups"].as_array().unwrap().iter().map(|g| g["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [30, 1]);
    assert_eq!(json["results"][1]["source"]["part"], "1_build (1, linux).txt");

    let text = sandbox.run(&["logs.zip"]).out;
    let head: Vec<&str> = text.lines().skip(1).take(9).collect();
    assert_eq!(
        head,
        [
            "✗ 31 jobs failed for 2 reasons (logs.zip, 33 jobs: 31 failed, 2 without a failure)",
            "   30 × frobnicate is not installed in this image [cmd-not-found]",
            "        1_build (1, linux).txt, 2_build (2, linux).txt, 3_build (3, linux).txt and 27 more",
            "    1 × jq is not installed in this image [cmd-not-found]",
            "        31_docs.txt",
            "",
            "── whyfail · another run will not help · concerns build configuration ──────────────────────────────",
            "logs.zip (1_build (1, linux).txt), and 29 more like it",
            "✗ frobnicate is not installed in this image",
        ]
    );
    assert_eq!(text.matches("── whyfail ").count(), 3, "the summary and a page for each reason:\n{text}");

    let brief = sandbox.run(&["--format", "brief", "logs.zip"]).out;
    assert!(brief.starts_with("whyfail: 31 jobs failed for 2 reasons in logs.zip\nin 1_build"), "{brief}");
    let markdown = sandbox.run(&["--format", "markdown", "logs.zip"]).out;
    assert!(markdown.starts_with("# ✗ 31 jobs failed for 2 reasons\n\n`logs.zip`, 33 jobs: 31 failed"), "{markdown}");
    assert_eq!(markdown.matches("\n## ").count(), 2, "{markdown}");
    let github = sandbox.run(&["--format", "github", "logs.zip"]).out;
    assert!(github.starts_with("whyfail: 31 jobs failed for 2 reasons\n::error "), "{github}");
    assert_eq!(github.matches("::error ").count(), 2, "{github}");
    assert!(github.contains("Log: logs.zip (1_build (1, linux).txt) and 29 more"), "{github}");
}

#[test]
fn jobs_of_steps_alone_are_joined() {
    let (first, rest) = FAILED.split_once('\n').unwrap();
    let log = zip(&[
        ("build/10_Post.txt", b"\xef\xbb\xbflast\n"),
        ("build/1_Set up job.txt", first.as_bytes()),
        ("build/2_Run make.txt", format!("\u{feff}{rest}").as_bytes()),
        ("build/system.txt", b"noted\n"),
        ("lint/1_Set up job.txt", GOOD.as_bytes()),
    ]);
    let (logs, problems) = read(&log, &Limits::default());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(logs[0], ("build/*".to_owned(), format!("{FAILED}last\n").into_bytes(), true));
    assert_eq!(logs[1].0, "lint/*");
    let answer = ask(&log);
    assert_eq!(found(&answer), pairs(&[("build/*", MISSING), ("lint/*", "no_failure")]));
    assert_eq!(answer.json()["results"][0]["causes"][0]["evidence"][0]["line"], 2, "lines count on over the steps");
}

/// What Azure Pipelines gives for a run of two jobs, whole logs beside the folders of steps or not.
fn azure_run(whole: bool) -> Vec<(&'static str, String)> {
    let (first, rest) = FAILED.split_once('\n').unwrap();
    let mut members = vec![
        ("logs_7/Agent Diagnostic Logs/Agent_20240506-070809-utc.log", FAILED.to_owned()),
        ("logs_7/Agent Diagnostic Logs/1_Worker.txt", FAILED.to_owned()),
        ("logs_7/Build/10_Finalize Job.txt", stamped("all is done\n")),
        ("logs_7/Build/1_Initialize job.txt", stamped("the agent is ready\n")),
        ("logs_7/Build/2_Build.txt", stamped(first)),
        ("logs_7/Build/3_Run make.txt", stamped(rest)),
        ("logs_7/Lint/1_Initialize job.txt", stamped(GOOD)),
        ("logs_7/azure-pipelines-expanded.yaml", "steps:\n- script: frobnicate: not found\n".to_owned()),
        ("logs_7/initializeLog.txt", "sh: frobnicate: not found\n".to_owned()),
    ];
    if whole {
        members.push(("logs_7/1_Build.txt", stamped(FAILED)));
        members.push(("logs_7/Lint/1_Lint.txt", stamped(GOOD)));
    }
    members
}

#[test]
fn a_run_of_azure_pipelines_is_one_log_a_job() {
    for pack in [zip, tar, |members: &[(&str, &[u8])]| gzip(tar(members))] {
        for (whole, expected) in [
            (true, [("logs_7/Lint/1_Lint.txt", "no_failure"), ("logs_7/1_Build.txt", MISSING)]),
            (false, [("logs_7/Build/*", MISSING), ("logs_7/Lint/*", "no_failure")]),
        ] {
            let members = azure_run(whole);
            let members: Vec<(&str, &[u8])> = members.iter().map(|(name, log)| (*name, log.as_bytes())).collect();
            let answer = ask(&pack(&members));
            let mut found = found(&answer);
            let mut expected = pairs(&expected);
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{answer:#?}");
        }
    }
    // Diagnostics alone are all there is.
    let answer = ask(&zip(&[("Agent Diagnostic Logs/Worker.log", FAILED.as_bytes())]));
    assert_eq!(found(&answer), pairs(&[("Agent Diagnostic Logs/Worker.log", MISSING)]));
}

/// A tar is read from its start to its end; the steps may stand in it in any order, before the job's whole log or behind it.
#[test]
fn a_tar_joins_steps_as_a_zip_does() {
    let (first, rest) = FAILED.split_once('\n').unwrap();
    let rest = format!("\u{feff}{rest}");
    let members: [(&str, &[u8]); 9] = [
        ("README", GOOD.as_bytes()),
        ("build/10_Post.txt", b"\xef\xbb\xbflast\n"),
        ("build/2_Run make.txt", rest.as_bytes()),
        ("build/1_Set up job.txt", first.as_bytes()),
        ("build/system.txt", b"noted\n"),
        ("notes.txt.gz", &gzip(GOOD)),
        ("test/1_Set up job.txt", GOOD.as_bytes()),
        ("0_test.txt", GOOD.as_bytes()),
        ("empty/1_Set up job.txt", b""),
    ];
    for archive in [tar(&members), gzip(tar(&members)), zstd(tar(&members)), zip(&members)] {
        let (logs, problems) = read(&archive, &Limits::default());
        assert!(problems.is_empty(), "{problems:?}");
        let parts: Vec<&str> = logs.iter().map(|(part, _, _)| part.as_str()).collect();
        assert_eq!(parts, ["README", "build/*", "notes.txt.gz", "0_test.txt", "empty/*"]);
        assert_eq!((logs[1].1.as_slice(), logs[1].2), (format!("{FAILED}last\n").as_bytes(), true));
        let answer = ask(&archive);
        assert_eq!(answer.json()["results"][1]["causes"][0]["evidence"][0]["line"], 2, "lines count on over the steps");
    }
    // Where the archive is cut off, what came before is joined all the same.
    let whole = tar(&members[..4]);
    let (logs, problems) = read(&whole[..whole.len() - 1024 - 500], &Limits::default());
    let build = logs.iter().find(|(part, _, _)| part == "build/*").unwrap();
    assert_eq!((build.2, problems.len()), (false, 1), "{problems:?}");
    // Too much for a temporary file: each is a log of its own.
    let (logs, problems) = read(&tar(&members), &Limits { spooled: 150, ..Limits::default() });
    assert!(problems.is_empty(), "{problems:?}");
    assert!(logs.iter().any(|(part, _, _)| part == "test/1_Set up job.txt"), "{logs:?}");
    let few = Limits { names: 60, ..Limits::default() };
    assert_eq!(read(&tar(&members), &few).0.iter().filter(|(part, _, _)| part == "0_test.txt").count(), 1);
}

#[test]
fn a_run_that_passed_is_one_line() {
    let sandbox = Sandbox::new();
    let good = stamped(GOOD);
    sandbox.file("logs.zip", zip(&[("0_a.txt", good.as_bytes()), ("1_b.txt", good.as_bytes())]));
    let answer = sandbox.run(&["logs.zip"]);
    assert_eq!(answer.code, 0);
    assert_eq!(answer.out.lines().skip(1).collect::<Vec<_>>(), ["✓ No failure found in 2 jobs"]);
    sandbox.file("plain.log", FAILED);
    let both = sandbox.run(&["logs.zip", "plain.log"]);
    assert_eq!((both.code, both.out.matches("── whyfail ").count()), (1, 2), "{both:#?}");
}

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
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert!(peak > 0 && peak < 64 << 10, "{kind}: {peak} KiB");
    }
}
