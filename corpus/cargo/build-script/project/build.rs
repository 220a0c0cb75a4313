use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=proto/entry.proto");
    let status = Command::new("protoc")
        .args(["--descriptor_set_out=/dev/null", "proto/entry.proto"])
        .status()
        .expect("could not start protoc: is it installed?");
    assert!(status.success(), "protoc failed");
}
