#!/usr/bin/env bash
# Builds the web interface into ui/dist, from where the program takes it. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/../ui"

if ! command -v npm >/dev/null; then
    echo "ui: Node 20 or later is missing; the program is built with a placeholder instead of its web interface" >&2
    exit 0
fi

# What the result depends on: the sources, the lock file, the API's document.
state=$(cat $(git ls-files --cached --others --exclude-standard . ../docs/openapi.json | sort) 2>/dev/null | sha256sum)
if [ -f dist/index.html ] && [ "$(cat dist/.state 2>/dev/null)" = "$state" ] && [ -d node_modules ]; then
    exit 0
fi
npm ci --no-audit --no-fund --loglevel=error
npm run --silent build
printf '%s\n' "$state" >dist/.state
