#!/usr/bin/env bash
# The sandbox: a machine's start, rest and return, and what goes through it, beside bubblewrap on this computer in the same
# run. See README.md.
#
#   bench/sandbox/run.sh [--rounds N]
#
# Needs the image (`make image`), which is only read: templates and machines of the bench are made in a folder of its own
# in the user's cache. pandas for this computer's side is installed by pip into a virtual environment there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() { sed -n '2,/^set /{s/^# \{0,1\}//p}' bench/sandbox/run.sh; }

rounds=5
while [ $# -gt 0 ]; do
    case $1 in
    --rounds)
        rounds=${2:?"--rounds takes a number"}
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        echo "run.sh: $1 is not understood" >&2
        exit 2
        ;;
    esac
    shift
done

[ "$(uname -s)" = Linux ] || { echo "there is no sandbox for this system yet: nothing to measure"; exit 0; }
if ! command -v bwrap >/dev/null; then
    echo "bubblewrap, which the sandbox is compared with, is not installed: nothing was measured"
    exit 0
fi

images=${DESKHAND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deskhand}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskhand/bench
target=${CARGO_TARGET_DIR:-target}
# Not in /tmp: where that is memory, writes to disk would cost nothing.
mkdir -p "$cache"

if ! ls "$images"/sandbox/images/*/manifest >/dev/null 2>&1; then
    echo "the machine's image is not built yet ('make image' builds it): nothing was measured"
    exit 0
fi
cargo build --locked --release --quiet --package deskhand-sandbox --example bench
scripts/guest.sh release
release=$(realpath "$target")/release

python=$cache/python/bin/python
if ! "$python" -c 'import pandas' 2>/dev/null; then
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet --disable-pip-version-check pandas openpyxl
fi

scratch=$(mktemp -d "$cache/sandbox.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
echo "$(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg) before"
"$release/examples/bench" "$(realpath "$images")" "$release/deskhand-guest.$(uname -m)" "$scratch" "$python" "$rounds"
echo "load $(cut -d' ' -f1-3 /proc/loadavg) after"
