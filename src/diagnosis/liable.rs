//! Who has to act, and whether running the build again would help: what the signature says of its failure in general, corrected by what
//! the finding says of this one.

use crate::signature::{Class, Owner, Retry, Signature};

/// Folders in which others' code stands: packages that were fetched, and what came with the system.
const FOREIGN: [&str; 26] = [
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/.cargo/registry/",
    "/.cargo/git/",
    "/rustc/",
    "/go/pkg/mod/",
    "/.m2/repository/",
    "/.gradle/caches/",
    "/.nuget/packages/",
    "/.pub-cache/",
    "/vendor/",
    "/Pods/",
    "/Carthage/",
    "/SourcePackages/checkouts/",
    "/third_party/",
    "/_deps/",
    "/managed_components/",
    "/.platformio/packages/",
    "/.pio/libdeps/",
    "/vcpkg/",
    "/gems/",
    "/usr/include/",
    "/usr/lib/",
    "/usr/local/include/",
    "/usr/src/",
];
/// Names of the machine itself.
const LOOPBACK: [&str; 5] = ["localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"];
/// Captures that name whom a connection was for.
const PEERS: [&str; 3] = ["host", "address", "url"];

/// Who has to act, and whether a retry would help. `value` gives the captures of the finding; `bare`: neither a builder nor a CI system
/// speaks in the log, so it is of a command that somebody ran on a machine.
pub fn judged<'v>(signature: &Signature, value: impl Fn(&str) -> Option<&'v str>, bare: bool) -> (Owner, Retry) {
    let (owner, retry) = (signature.owner, signature.retry);
    // What an image or a job lacks, its Dockerfile or workflow installs; what a machine lacks, whoever looks after the machine.
    if bare && owner == Owner::Configuration && is_of_the_machine(signature, value("command").is_some()) {
        return (Owner::Infrastructure, retry);
    }
    // The sources are wrong, but not the reader's own.
    if owner == Owner::Code && value("file").is_some_and(is_foreign) {
        return (Owner::Dependencies, retry);
    }
    // Nothing of this name listens inside of the build, and nothing will.
    if signature.class == Class::NetRefused && PEERS.iter().filter_map(|name| value(name)).any(is_loopback) {
        return (Owner::Configuration, Retry::No);
    }
    (owner, retry)
}

/// A program that is not installed, or a file that the system or another program keeps.
fn is_of_the_machine(signature: &Signature, names_program: bool) -> bool {
    match signature.class {
        Class::CmdNotFound | Class::PermFile => true,
        Class::CompileCgo => names_program || signature.tool() == "vs" || signature.id.ends_with("no-compiler"),
        _ => false,
    }
}

fn is_foreign(file: &str) -> bool {
    let path = format!("/{}", file.replace('\\', "/"));
    FOREIGN.iter().any(|folder| path.contains(folder))
}

fn is_loopback(peer: &str) -> bool {
    let host = peer.split_once("://").map_or(peer, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or(host);
    let named = |name: &str| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    LOOPBACK.iter().any(|name| named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(owner: Owner, class: Class) -> Signature {
        let mut signature = Signature::silent();
        (signature.owner, signature.class) = (owner, class);
        signature
    }

    fn judged(owner: Owner, class: Class, captures: &[(&str, &str)]) -> (Owner, Retry) {
        super::judged(
            &signature(owner, class),
            |name| captures.iter().find(|(known, _)| *known == name).map(|(_, value)| *value),
            false,
        )
    }

    #[test]
    fn code_of_others_is_a_dependency() {
        let owner = |file: &str| judged(Owner::Code, Class::CompileError, &[("file", file)]).0;
        assert_eq!(owner("src/main.c"), Owner::Code);
        assert_eq!(owner("node_modules/shop/index.d.ts"), Owner::Dependencies);
        assert_eq!(owner("C:\\work\\shop\\node_modules\\shop\\index.d.ts"), Owner::Dependencies);
        assert_eq!(owner("/root/.cargo/registry/src/shop-1.0/src/lib.rs"), Owner::Dependencies);
        assert_eq!(owner("src/vendors/list.c"), Owner::Code);
    }

    #[test]
    fn what_a_machine_lacks_is_for_who_looks_after_it() {
        let of = |class: Class, bare: bool, captures: &[(&str, &str)]| {
            let signature = signature(Owner::Configuration, class);
            let value = |name: &str| captures.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            super::judged(&signature, value, bare).0
        };
        assert_eq!(of(Class::CmdNotFound, true, &[]), Owner::Infrastructure);
        assert_eq!(of(Class::CmdNotFound, false, &[]), Owner::Configuration);
        assert_eq!(of(Class::CompileCgo, true, &[("command", "link.exe")]), Owner::Infrastructure);
        assert_eq!(of(Class::CompileCgo, true, &[("header", "zlib.h")]), Owner::Configuration);
    }

    #[test]
    fn a_service_that_nobody_started_is_not_the_networks_fault() {
        let of = |peer: &str| judged(Owner::Infrastructure, Class::NetRefused, &[("address", peer)]);
        assert_eq!(of("127.0.0.1:3000"), (Owner::Configuration, Retry::No));
        assert_eq!(of("http://localhost:8080/api"), (Owner::Configuration, Retry::No));
        assert_eq!(of("mirror.example.org:443").0, Owner::Infrastructure);
        assert_eq!(of("localhost.example.org").0, Owner::Infrastructure);
    }
}
