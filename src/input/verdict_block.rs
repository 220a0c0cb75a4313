//! The block with which buildx ends a failed build, for logs that come without it.
//!
//! BuildKit's history keeps the status stream of a build and its error apart. On the screen the error follows the
//! stream: first the code frame of the Dockerfile, then one `ERROR:` line. Source: docker/buildx, `main` in
//! cmd/buildx/main.go; moby/buildkit, `Source.Print` in solver/errdefs/source.go.

/// What buildx prints after the steps of a failed build.
///
/// `message` is the error of the build's record (`Error.Message` of `docker buildx history inspect --format json`);
/// `sources` is the code frame as it is printed (`Error.Sources` there), where there is one. The block starts and ends on
/// a line of its own, so it can be put after the status stream as it is.
pub fn final_error_block(message: &str, sources: Option<&[u8]>) -> Vec<u8> {
    let mut block = sources.unwrap_or_default().to_vec();
    if !block.is_empty() && !block.ends_with(b"\n") {
        block.push(b'\n');
    }
    let message = message.trim_end();
    // The clients' own words; a record holds the message as the daemon made it.
    let chain = if message.contains("failed to solve") { "" } else { "failed to solve: " };
    block.extend_from_slice(format!("ERROR: failed to build: {chain}{message}\n").as_bytes());
    block
}

/// The words that the clients put before an error of this gRPC code; none for those that say nothing.
///
/// Source: google.golang.org/grpc, codes/code_string.go; moby/buildkit, `grpcStatusError` in util/grpcerrors.
pub fn code_words(code: i32) -> Option<&'static str> {
    Some(match code {
        1 => "Canceled",
        3 => "InvalidArgument",
        4 => "DeadlineExceeded",
        5 => "NotFound",
        6 => "AlreadyExists",
        7 => "PermissionDenied",
        8 => "ResourceExhausted",
        9 => "FailedPrecondition",
        10 => "Aborted",
        11 => "OutOfRange",
        12 => "Unimplemented",
        13 => "Internal",
        14 => "Unavailable",
        15 => "DataLoss",
        16 => "Unauthenticated",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_comes_first_and_the_verdict_once() {
        let frame = b"Dockerfile:4\n--------------------\n   4 | >>> RUN false\n--------------------";
        let block = final_error_block(
            "process \"/bin/sh -c false\" did not complete successfully: exit code: 1\n",
            Some(frame),
        );
        let text = String::from_utf8(block).unwrap();
        assert!(text.ends_with(
            "--------------------\nERROR: failed to build: failed to solve: process \"/bin/sh -c false\" did not complete \
             successfully: exit code: 1\n"
        ));
        assert_eq!(
            final_error_block("failed to solve: Canceled: context canceled", None),
            b"ERROR: failed to build: failed to solve: Canceled: context canceled\n"
        );
    }
}
