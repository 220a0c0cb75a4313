//! Build records: what is in them comes out, and whatever is wrong with them is said, not suffered.

mod common;

use std::collections::BTreeMap;
use std::io::Write;

use common::{Sandbox, corpus_records, feed};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whyfail::input::record::RecordFile;

const STATUS: &str = "application/vnd.buildkit.status.v0";
const RECORD: &str = "application/vnd.buildkit.historyrecord.v0";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An image layout in the making.
#[derive(Default)]
struct Layout {
    members: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    /// Adds a blob and describes it.
    fn blob(&mut self, media_type: &str, content: &[u8]) -> Value {
        let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        self.members.insert(format!("blobs/sha256/{hex}"), content.to_vec());
        json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": content.len()})
    }

    fn document(&mut self, media_type: &str, content: &Value) -> Value {
        self.blob(media_type, content.to_string().as_bytes())
    }

    /// A record with the given status stream.
    fn record(&mut self, record: &Value, stream: &[u8]) -> Value {
        let config = self.document(RECORD, record);
        let logs = self.blob(STATUS, stream);
        self.document(MANIFEST, &json!({"schemaVersion": 2, "config": config, "layers": [logs]}))
    }

    /// The archive, members sorted by name as BuildKit's are.
    fn tar(mut self, manifests: &[Value]) -> Vec<u8> {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.members.insert("index.json".into(), index.to_string().into_bytes());
        self.members.insert("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in &self.members {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o444);
            tar.append_data(&mut header, name, &content[..]).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn file(self, manifests: &[Value]) -> Vec<u8> {
        gzip(&self.tar(manifests))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encode_length_delimiter(bytes.len(), &mut out).unwrap();
    out.extend_from_slice(bytes);
    out
}

fn timestamp(number: u8, seconds: u8) -> Vec<u8> {
    field(number, &[1 << 3, seconds])
}

/// A stream of one message: a step that ran from second 1 to second 9, and one line of its output, as BuildKit keeps it.
fn stream(name: &str, error: &str, output: &str) -> Vec<u8> {
    let digest = field(1, name.as_bytes());
    let vertex =
        [digest.clone(), field(3, name.as_bytes()), timestamp(5, 1), timestamp(6, 9), field(7, error.as_bytes())];
    let log = [digest, timestamp(2, 5), field(4, output.as_bytes())];
    frame(&[field(1, &vertex.concat()), field(3, &log.concat())].concat())
}

fn frame(message: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(message.len()).unwrap().to_le_bytes().to_vec();
    out.extend_from_slice(message);
    out
}

fn failed(reference: &str) -> Value {
    let message = "process \"/bin/sh -c frobnicate\" did not complete successfully: exit code: 127";
    json!({"Ref": reference, "CompletedAt": {"seconds": 9}, "error": {"code": 2, "message": message}})
}

fn failing_stream() -> Vec<u8> {
    let error = "process \"/bin/sh -c frobnicate\" did not complete successfully: exit code: 127";
    stream("[2/2] RUN frobnicate", error, "/bin/sh: frobnicate: not found\n")
}

/// A sound file with one failed build.
fn sound() -> Vec<u8> {
    let mut layout = Layout::default();
    let manifest = layout.record(&failed("abc"), &failing_stream());
    layout.file(&[manifest])
}

#[test]
fn a_record_is_known_by_its_content() {
    let sandbox = Sandbox::new();
    sandbox.file("any-name", sound());
    let answer = sandbox.run(&["--format", "json", "any-name"]);
    assert_eq!(answer.code, 1, "{answer:#?}");
    let result = &answer.json()["results"][0];
    assert_eq!(result["source"]["name"], "any-name");
    assert_eq!(result["source"]["part"], "abc");
    assert_eq!(result["causes"][0]["signature"], "sh/command-not-found");
    assert_eq!(result["causes"][0]["evidence"][0]["text"], "/bin/sh: frobnicate: not found");
    assert_eq!(result["steps"][0]["name"], "[2/2] RUN frobnicate");
    assert_eq!(result["steps"][0]["exit_code"], 127);
}

#[test]
fn the_tar_alone_is_read_too() {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let manifest = layout.record(&failed("abc"), &failing_stream());
    sandbox.file("record.tar", layout.tar(&[manifest]));
    assert_eq!(sandbox.run(&["record.tar"]).code, 1);
}

/// Where BuildKit tells of a step's end before its output, the output still stands before the end.
#[test]
fn the_stream_is_put_in_order() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("x", sound());
    let file = RecordFile::open(&path).unwrap().unwrap();
    let mut log = Vec::new();
    file.logs(&mut |_, piece| log.extend_from_slice(piece.unwrap_or_default())).unwrap();
    let log = String::from_utf8(log).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"vertexes":[{"digest":"[2/2] RUN frobnicate","name":"[2/2] RUN frobnicate","started":"1970-01-01T00:00:01Z"}]}"#
    );
    assert!(lines[1].starts_with(r#"{"logs":[{"vertex":"[2/2] RUN frobnicate","data":"L2Jpbi9za"#), "{log}");
    assert!(lines[2].contains(r#""completed":"1970-01-01T00:00:09Z","error":"process "#), "{log}");
    assert!(lines[3].starts_with("ERROR: failed to build: failed to solve: process "), "{log}");
    assert_eq!(lines.len(), 4);
}

#[test]
fn each_build_of_a_file_is_diagnosed_and_one_that_was_stopped_for_another_is_not() {
    let sandbox = Sandbox::new();
    let local = |group: &str| json!({"Target": "t", "LocalPath": "/src", "DockerfilePath": "", "GroupRef": group});
    let mut layout = Layout::default();
    let mut bad = failed("bad");
    bad["localState"] = local("g");
    let good = json!({"Ref": "good", "CompletedAt": {"seconds": 9}});
    let canceled = |reference: &str, group: &str| {
        let error = json!({"code": 1, "message": "context canceled"});
        json!({"Ref": reference, "CompletedAt": {"seconds": 9}, "error": error, "localState": local(group)})
    };
    let stopped = stream("[1/1] RUN sleep 9", "context canceled", "working\n");
    let manifests = [
        layout.record(&bad, &failing_stream()),
        // A good build whose log holds words of alarm and no exporter.
        layout.record(&good, &stream("[1/1] RUN x", "", "/bin/sh: frobnicate: not found\n")),
        layout.record(&canceled("sibling", "g"), &stopped),
        layout.record(&canceled("alone", "h"), &stopped),
    ];
    let index = layout.document(INDEX, &json!({"schemaVersion": 2, "manifests": manifests}));
    sandbox.file("all.dockerbuild", layout.file(&[index]));
    let answer = sandbox.run(&["--format", "json", "all.dockerbuild"]);
    assert_eq!(answer.code, 1, "{answer:#?}");
    let json = answer.json();
    let results: Vec<(&str, &str, &str)> = json["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let text =
                |value: &'static str, from: &'_ Value| from[value].as_str().unwrap_or("").to_owned().leak() as &str;
            (text("part", &result["source"]), text("outcome", result), text("signature", &result["causes"][0]))
        })
        .collect();
    assert_eq!(
        results,
        [
            ("bad", "failed", "sh/command-not-found"),
            ("good", "succeeded", ""),
            ("alone", "failed", "buildkit/build-canceled"),
        ]
    );
    assert!(!answer.out.contains("/src"), "a path of the record's machine: {answer:#?}");
}

/// A damaged file is refused with its name and the member; the others are diagnosed all the same.
#[test]
fn damage_is_named() {
    let stream = failing_stream();
    let hex = |content: &[u8]| Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let with_stream = |stream: &[u8]| {
        let mut layout = Layout::default();
        let manifest = layout.record(&failed("abc"), stream);
        layout.file(&[manifest])
    };
    let blob = format!("blobs/sha256/{}", hex(&stream));
    let without = |spoil: &dyn Fn(&mut Layout)| {
        let mut layout = Layout::default();
        let manifest = layout.record(&failed("abc"), &stream);
        spoil(&mut layout);
        layout.file(&[manifest])
    };
    let cut = sound();
    let broken = frame(&field(1, &[7 << 3 | 2, 200]));
    let cases = [
        (cut[..cut.len() / 2].to_vec(), "blobs/sha256/".to_owned()),
        (cut[..cut.len() - 30].to_vec(), "the file is cut off".to_owned()),
        (without(&|layout| drop(layout.members.remove(&blob))), format!("{blob}: is missing")),
        (
            without(&|layout| layout.members.get_mut(&blob).unwrap()[9] ^= 1),
            format!("{blob}: its content does not fit its digest"),
        ),
        (with_stream(&broken), format!("blobs/sha256/{}: is not the protobuf message", hex(&broken))),
        (with_stream(&stream[..stream.len() - 1]), "breaks off inside a message".to_owned()),
        (with_stream(&[0xff, 0xff, 0xff, 0xff, 1]), "is larger than 64 MiB".to_owned()),
        (
            without(&|layout| {
                layout.members.insert(format!("blobs/sha256/{}", "0".repeat(64)), vec![b' '; 9 << 20]);
            }),
            String::new(),
        ),
    ];
    let sandbox = Sandbox::new();
    sandbox.file("good.log", "all is well\n");
    for (content, wanted) in cases {
        sandbox.file("x.dockerbuild", &content);
        let answer = sandbox.run(&["--format", "json", "x.dockerbuild", "good.log"]);
        if wanted.is_empty() {
            assert_eq!((answer.code, &answer.err[..]), (1, ""), "a blob that nobody names");
            continue;
        }
        assert_eq!(answer.code, 2, "{wanted}: {answer:#?}");
        assert!(answer.err.starts_with("whyfail: x.dockerbuild: the build record can't be read: "), "{answer:#?}");
        assert!(answer.err.contains(&wanted), "{wanted}: {answer:#?}");
        assert_eq!(answer.json()["results"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn too_large_documents_are_refused() {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let mut record = failed("abc");
    record["padding"] = json!("x".repeat(9 << 20));
    let manifest = layout.record(&record, &failing_stream());
    sandbox.file("x", layout.file(&[manifest]));
    let answer = sandbox.run(&["x"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("is larger than 8 MiB"), "{answer:#?}");
}

/// An image is no record and no log; what can't be read twice says so.
#[test]
fn images_and_pipes_are_refused() {
    let sandbox = Sandbox::new();
    let mut image = Layout::default();
    let config = image.document("application/vnd.oci.image.config.v1+json", &json!({"os": "linux"}));
    let manifest = image.document(MANIFEST, &json!({"schemaVersion": 2, "config": config, "layers": []}));
    let elsewhere = json!({"mediaType": MANIFEST, "digest": format!("sha256:{}", "0".repeat(64))});
    sandbox.file("image.tar.gz", image.file(&[manifest, elsewhere]));
    let answer = sandbox.run(&["image.tar.gz"]);
    assert_eq!((answer.code, answer.err.contains("is an OCI archive; only a build record")), (2, true), "{answer:#?}");
    let answer = feed(sandbox.whyfail(&["-"]), &sound());
    assert_eq!((answer.code, answer.err.contains("not out of a pipe")), (2, true), "{answer:#?}");
}

/// Cut and flipped anywhere, a file gives a diagnosis or an error.
#[test]
fn no_damage_makes_it_panic() {
    let sandbox = Sandbox::new();
    let mut files = vec![sound()];
    files.extend(corpus_records().first().map(|path| std::fs::read(path).unwrap()));
    let mut unzipped = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&files[0][..]), &mut unzipped).unwrap();
    files.push(unzipped);
    for whole in files {
        let step = (whole.len() / 200).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            for content in [&whole[..at], &flipped[..]] {
                let path = sandbox.file("x.dockerbuild", content);
                if let Ok(Some(file)) = RecordFile::open(&path) {
                    let mut ends = 0;
                    if file.logs(&mut |_, piece| ends += usize::from(piece.is_none())).is_ok() {
                        assert_eq!(ends, file.records.len());
                    }
                }
            }
        }
    }
}
