//! The fixed words of the database: classes, owners, risks.
//!
//! They are part of the public output and never change their meaning.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one fixed spelling each, in output and in signature files.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal => $meaning:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[doc = $meaning] $(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The spelling used in output and in signature files.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// What the word stands for, in one phrase.
            pub fn meaning(self) -> &'static str {
                match self { $($name::$variant => $meaning),+ }
            }

            /// Reads a spelling; `None` for an unknown one.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// What kind of thing is wrong; see `docs` of each value.
    Class {
        NetDns = "net-dns" => "a host name could not be resolved",
        NetTimeout = "net-timeout" => "a connection, TLS handshake or transfer timed out",
        NetRefused = "net-refused" => "a connection was refused, or there is no route to the host",
        NetTls = "net-tls" => "certificates or TLS: unknown authority, expired, wrong host name, protocol mismatch",
        NetProxy = "net-proxy" => "an HTTP proxy: 407, proxyconnect, malformed proxy address",
        NetForbidden = "net-forbidden" => "a package source, module proxy or download answered 401, 403, 410 or 451",
        NetRateLimit = "net-rate-limit" => "too many requests: 429, toomanyrequests",
        NetServerError = "net-server-error" => "5xx, reset, unexpected EOF: the far side or the path to it failed",
        AuthRegistry = "auth-registry" => "a container registry denied the pull or push",
        AuthGit = "auth-git" => "git had no credentials, key or known host for a clone",
        IntegrityChecksum = "integrity-checksum" => "a checksum, hash or signature did not match, or its key is missing",
        ModMissingSum = "mod-missing-sum" => "go.sum lacks an entry",
        ModNeedsTidy = "mod-needs-tidy" => "a manifest, vendor folder or lock file is out of step with the sources",
        ModNotFound = "mod-not-found" => "the module, package version, revision or download does not exist",
        ModPathConflict = "mod-path-conflict" => "a module's path, major version or replace contradicts what it declares",
        ModGopath = "mod-gopath" => "GOPATH, GOROOT or GO111MODULE get in the way of module mode",
        ModNoGomod = "mod-no-gomod" => "no go.mod (or other manifest of the project) where the command ran",
        ToolchainVersion = "toolchain-version" => "the compiler or interpreter is too old, too new, or cannot be fetched",
        CompileError = "compile-error" => "the project's own source does not compile",
        CompileCgo = "compile-cgo" => "C compiler, headers, libraries or linker missing or failing",
        CompileConstraints = "compile-constraints" => "build constraints or target platform leave nothing to compile",
        TestFailure = "test-failure" => "tests, linters or quality gates ran and said no",
        PermFile = "perm-file" => "a file, folder or cache cannot be read, written or created",
        PermSocket = "perm-socket" => "the Docker socket may not be opened",
        PermExec = "perm-exec" => "a file may not be executed (exit 126)",
        CtxMissingFile = "ctx-missing-file" => "a file of the project is not in the build context, or was never copied in",
        CtxDockerfile = "ctx-dockerfile" => "the Dockerfile is missing or does not parse",
        StageRef = "stage-ref" => "a build stage is named that does not exist, or lacks the path taken from it",
        BuildkitFeature = "buildkit-feature" => "the builder lacks the feature used, or a secret, ssh or mount was not given",
        ImageNotFound = "image-not-found" => "the base image, tag or digest does not exist",
        ImagePlatform = "image-platform" => "the image or binary is for another platform or C library",
        ResDisk = "res-disk" => "no space, quota or inodes left",
        ResMemory = "res-memory" => "out of memory: killed, 137, heap limits",
        ResOther = "res-other" => "another limit: open files, processes, shared memory, cgroup",
        CmdNotFound = "cmd-not-found" => "a program or interpreter is not installed (exit 127)",
        PkgApt = "pkg-apt" => "apt's or dpkg's own failure",
        PkgApk = "pkg-apk" => "apk's own failure",
        PkgNpm = "pkg-npm" => "npm's, yarn's or pnpm's own failure",
        PkgPip = "pkg-pip" => "pip's, uv's or poetry's own failure",
        PkgMavenGradle = "pkg-maven-gradle" => "Maven's or Gradle's own failure",
        PkgCargo = "pkg-cargo" => "cargo's own failure",
        PkgDotnet = "pkg-dotnet" => "dotnet's or NuGet's own failure",
        PkgOther = "pkg-other" => "another package manager's own failure",
        Config = "config" => "the project's configuration, environment or data file is missing or malformed",
        RuntimeCrash = "runtime-crash" => "the built program was started and died",
        Daemon = "daemon" => "the Docker daemon, builder instance or driver is not there or broke",
        TimeoutCi = "timeout-ci" => "the CI system cancelled the job or a time limit ended it",
        Unknown = "unknown" => "a failure that no signature explains",
    }
}

words! {
    /// Who has to act.
    Owner {
        Code = "code" => "whoever wrote the source",
        Dependencies = "dependencies" => "whoever chooses the dependencies",
        Configuration = "configuration" => "whoever keeps the Dockerfile and the build's settings",
        Infrastructure = "infrastructure" => "whoever runs the network, registries and machines",
    }
}

words! {
    /// Would running the very same build again help?
    Retry {
        Helps = "helps" => "the same build may well pass when run again",
        No = "no" => "the same build fails the same way again",
        Unknown = "unknown" => "it depends on something outside the log",
    }
}

words! {
    /// What a match means for the answer.
    Role {
        Cause = "cause" => "can be the answer",
        Symptom = "symptom" => "only shows that something failed",
        Noise = "noise" => "alarming words that mean nothing",
        Advice = "advice" => "something to improve, told when --advise asks for it",
    }
}

words! {
    /// How far a remedy can do harm.
    Risk {
        None = "none" => "safe",
        Caution = "caution" => "has a side effect to know about",
        Dangerous = "dangerous" => "gives up a protection; a last resort",
    }
}

words! {
    /// What an edit of a remedy does with a file.
    EditKind {
        Replace = "replace" => "the line `before` becomes `after`",
        Insert = "insert" => "`after` goes just before the line `before`, or at the end",
        Delete = "delete" => "the line `before` goes away",
    }
}
