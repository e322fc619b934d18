#!/usr/bin/env bash
# Builds the sandbox's guest agent: a static program for Linux, put beside the program `deskhand` of every profile.
#
#   scripts/guest.sh [PROFILE-FOLDER...]     default: debug release
set -euo pipefail
cd "$(dirname "$0")/.."

machine=$(uname -m)
case $machine in
x86_64 | aarch64) ;;
*) echo "guest: machines can be made for x86_64 and aarch64 only, so far" >&2; exit 3 ;;
esac
[ "$(uname -s)" = Linux ] || { echo "guest: the agent is built on Linux" >&2; exit 3; }

target=$machine-unknown-linux-gnu
# A folder of its own: other flags would make cargo build everything else anew.
output=${CARGO_TARGET_DIR:-target}
RUSTFLAGS="-C target-feature=+crt-static" ${CARGO:-cargo} build --locked --profile guest --quiet \
    --package deskhand-guest --target "$target" --target-dir "$output/guest"
[ $# -gt 0 ] || set -- debug release
for profile in "$@"; do
    mkdir -p "$output/$profile"
    # Replaced in one step: a program that is running keeps the old one.
    cp "$output/guest/$target/guest/deskhand-guest" "$output/$profile/.deskhand-guest.new"
    mv "$output/$profile/.deskhand-guest.new" "$output/$profile/deskhand-guest.$machine"
done
