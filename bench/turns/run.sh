#!/usr/bin/env bash
# What a turn costs besides the model: Deskhand, and Codex CLI and Claude Code where they are installed, against the
# same scripted model in one run. See README.md.
#
#   bench/turns/run.sh [--with-peers] [--without-peers] [--enforce] [--turns N] [--timeout SECONDS]
#
# --with-peers installs the peers from npm, by package name, into the user's cache folder; nothing else is touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() { sed -n '2,/^set /{s/^# \{0,1\}//p}' bench/turns/run.sh; }

peers=installed
options=()
while [ $# -gt 0 ]; do
    case $1 in
    --with-peers) peers=install ;;
    --without-peers) peers=none ;;
    --enforce) options+=("$1") ;;
    --turns | --timeout)
        options+=("$1" "${2:?"$1 takes a number"}")
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
# Not in /tmp: where that is memory, writes to disk would cost nothing.
mkdir -p "$cache"

cargo build --locked --release --quiet --package deskhand-cli --bin deskhand
cargo build --locked --release --quiet --package deskhand-testkit --bin bench-turns
driver=$(realpath "$target")/release/bench-turns
options+=(--deskhand "$(realpath "$target")/release/deskhand")

if [ "$peers" = install ]; then
    command -v npm >/dev/null || { echo "run.sh: --with-peers needs npm; install Node.js first" >&2; exit 2; }
    # The packages' own install scripts stay off where npm asks for leave; the launchers work without.
    npm install --prefix "$cache/npm" --no-fund --no-audit --loglevel error @openai/codex @anthropic-ai/claude-code
fi
missing=()
for peer in codex claude; do
    [ "$peers" = none ] && continue
    if [ -x "$cache/npm/node_modules/.bin/$peer" ]; then
        options+=("--$peer" "$cache/npm/node_modules/.bin/$peer")
    elif program=$(command -v "$peer"); then
        options+=("--$peer" "$program")
    else
        missing+=("$peer")
    fi
done

scratch=$(mktemp -d "$cache/turns.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
options+=(--scratch "$scratch")

status=0
# A network of its own, with loopback alone: no peer can reach anything but the scripted model.
# shellcheck disable=SC2016 # expanded by the inner shell
shut='ip link set lo up && exec "$0" "$@"'
if unshare --map-root-user --net true 2>/dev/null && command -v ip >/dev/null; then
    echo "network: loopback alone"
    unshare --map-root-user --net sh -c "$shut" "$driver" "${options[@]}" || status=$?
else
    echo "network: not shut off (needs user namespaces and ip); the programs are told to use none"
    "$driver" "${options[@]}" || status=$?
fi
for peer in "${missing[@]}"; do
    echo "$peer: not run, it is not installed (--with-peers installs it)"
done
exit "$status"
