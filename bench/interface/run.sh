#!/usr/bin/env bash
# How quick the interface is, against the goals of docs/serve.md. Nothing to compare with can be run here: rivals need an
# account. Prints a table; ends with an error when a goal is missed.
#
#   bench/interface/run.sh [EVENTS]      events of the large task, default 10000
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v chromium >/dev/null || { echo "bench: needs Debian's chromium (make setup)" >&2; exit 3; }
scripts/ui.sh >&2
cargo build --locked --quiet --release --package deskhand-cli --package deskhand-testkit --bins
DESKHAND_PROGRAMS="${CARGO_TARGET_DIR:-target}/release" exec node bench/interface/measure.mjs "${1:-10000}"
