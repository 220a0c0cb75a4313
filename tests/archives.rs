//! Archives and compressed logs: what is in them is diagnosed as if it were unpacked. `damaged_archives.rs` has what is wrong with
//! them.

mod common;

use std::io::{Cursor, Write};

use common::archives::{FAILED, GOOD, MISSING, ask, found, gzip, pairs, read, streamed_zip, tar, zip, zip_of, zstd};
use common::{Ended, Sandbox, corpus_records, feed};
use whyfail::input::archive::Limits;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

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
