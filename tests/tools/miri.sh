#!/usr/bin/env bash
# Runs the test around the unsafe blocks of src/matcher/prefilter/maps.rs under miri, which finds undefined behaviour: in the code for AVX2
# and in the plain code, which the test compares. Needs a nightly toolchain with the components miri and rust-src.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# It looks at no processor, so that it must be told what one has.
export RUSTFLAGS="${RUSTFLAGS:-} -Ctarget-feature=+avx2,+bmi1,+bmi2,+lzcnt,+popcnt"
# proptest looks where it stands.
export MIRIFLAGS="${MIRIFLAGS:-} -Zmiri-disable-isolation"
cargo +nightly miri test --lib the_fast_looks_and_the_plain_one_meet_the_same
