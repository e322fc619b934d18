#!/usr/bin/env bash
# Files: table queries against pandas, and search against ripgrep, on the same data in one run. See README.md.
#
#   bench/files/run.sh [--rounds N]
#
# pandas and openpyxl are installed by pip into a virtual environment in the user's cache folder; nothing else is
# touched. Ripgrep is used where it is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() { sed -n '2,/^set /{s/^# \{0,1\}//p}' bench/files/run.sh; }

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

cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskhand/bench
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$cache"

cargo build --locked --release --quiet --package deskhand-tables --example bench_tables
cargo build --locked --release --quiet --package deskhand-workspace --example bench_search
tables=$(realpath "$target")/release/examples/bench_tables
search=$(realpath "$target")/release/examples/bench_search

python=$cache/python/bin/python
if ! "$python" -c 'import pandas, openpyxl' 2>/dev/null; then
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet --disable-pip-version-check pandas openpyxl
fi

scratch=$(mktemp -d "$cache/files.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
"$tables" generate "$scratch"

median() { sort -n | awk '{ list[NR] = $1 } END { print list[int((NR + 1) / 2)] }'; }

echo "Table queries: load a file, group by two columns, three aggregates. Milliseconds, median of $rounds, in process"
echo "(start-up and imports not counted). The answers are compared."
"$python" bench/files/compare.py "$tables" "$scratch" "$rounds"

echo
echo "Search: files that match a pattern, in a tree of text files. Milliseconds, median of $rounds, files in cache."
if ! command -v rg >/dev/null; then
    echo "rg is not installed: search was not compared"
    exit 0
fi
"$search" generate "$scratch/tree"
printf '%-28s %10s %10s %7s\n' pattern deskhand rg ratio
for pattern in 'needle-4711' 'invoice [0-9]{5}-A' '(?i)OVERDUE' 'nowhere at all'; do
    found=$("$search" run "$scratch/tree" "$pattern" "$rounds")
    ours=${found%% *}
    count=${found##* }
    # The same number of threads as Deskhand's search uses, and no ignore files of the user's own.
    theirs=$(for _ in $(seq "$rounds"); do
        start=$(date +%s%N)
        rg --no-config --files-with-matches --no-messages -e "$pattern" "$scratch/tree" >"$scratch/rg.txt" || true
        echo $((($(date +%s%N) - start) / 1000))
    done | median)
    expected=$(wc -l <"$scratch/rg.txt")
    if [ "$count" -ne "$expected" ]; then
        echo "run.sh: the searches differ for '$pattern': $count files, rg $expected" >&2
        exit 1
    fi
    awk -v p="$pattern" -v a="$ours" -v b="$theirs" \
        'BEGIN { printf "%-28s %10.1f %10.1f %6.2fx\n", p, a, b / 1000, a / (b / 1000) }'
done
echo "rg's times include starting its process; Deskhand's search runs inside one."
