#!/usr/bin/env bash
# Installs the MCP servers of others that the tests of crates/mcp run, in the versions of the lock files in
# scripts/mcp-servers, into the cache. Does nothing when nothing changed. Nothing of it is part of Deskhand.
set -euo pipefail
cd "$(dirname "$0")/mcp-servers"

say() { printf 'mcp-servers: %s\n' "$*" >&2; }

target=${DESKHAND_CACHE:-$HOME/.cache/deskhand}/mcp-servers
state=$(cat package.json package-lock.json python.txt python-mcp1.txt ../mcp-servers.sh | sha256sum)
if [ "$(cat "$target/.state" 2>/dev/null)" = "$state" ]; then
    exit 0
fi

command -v npm >/dev/null || { say "Node 20 or later is missing. See nodejs.org, then run this again."; exit 1; }

# Debian has the module that makes environments in a package of its own.
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install="apt-get install -y --no-install-recommends python3 python3-venv"
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "installing python3-venv"
        apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive $install >&2
    else
        say "Python's venv is missing. Please run: sudo $install"
        exit 1
    fi
fi

# Beside the old ones, and in their place only once all of them are there.
mkdir -p "$(dirname "$target")"
new=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$new"' EXIT

cp package.json package-lock.json .npmrc "$new/"
say "installing servers from npm"
npm ci --prefix "$new" --no-audit --no-fund --ignore-scripts --loglevel=error >&2

# Two environments: some servers are not ready for the second major version of Python's SDK.
environment() {
    say "installing servers from PyPI ($1)"
    python3 -m venv "$new/$1"
    # `python -m`, since the scripts beside it name the folder they were made in.
    "$new/$1/bin/python" -m pip install --quiet --no-deps --disable-pip-version-check --requirement "$2" >&2
}
environment python python.txt
environment python-mcp1 python-mcp1.txt

printf '%s\n' "$state" >"$new/.state"
old=$target.old
rm -rf "$old"
[ ! -e "$target" ] || mv "$target" "$old"
mv "$new" "$target"
rm -rf "$old"
trap - EXIT
