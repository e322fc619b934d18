#!/usr/bin/env bash
# Checks that this machine can build Deskhand and installs what is missing where that is one command.
# Silent when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

# The oldest Rust that builds the workspace, from the one place that says so.
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

if ! command -v cargo >/dev/null; then
    say "Rust is missing. Install $wanted or later with rustup, then run this again."
    exit 1
fi
found=$(rustc --version | sed 's/rustc \([0-9.]*\).*/\1/')
if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
    say "Rust $found is too old, $wanted or later is needed: rustup update stable"
    exit 1
fi
for component in clippy rustfmt; do
    command -v "cargo-${component/rustfmt/fmt}" >/dev/null || {
        say "$component is missing: rustup component add $component"
        exit 1
    }
done

# SQLite, zstd, blake3 and ring are partly C and assembly: a C compiler with its headers.
program='#include <stdio.h>
int main(void) { return puts("") < 0; }'
compiles() { command -v cc >/dev/null && printf '%s' "$program" | cc -x c -o /dev/null - 2>/dev/null; }
compiles && exit 0

if command -v apt-get >/dev/null; then
    install="apt-get install -y --no-install-recommends gcc libc6-dev"
    if [ "$(id -u)" = 0 ]; then
        say "installing a C compiler"
        apt-get update -q >&2
        $install >&2
    else
        say "a C compiler is missing. Please run: sudo $install"
        exit 1
    fi
elif command -v xcode-select >/dev/null; then
    say "a C compiler is missing. Please run: xcode-select --install"
    exit 1
elif command -v dnf >/dev/null; then
    say "a C compiler is missing. Please run: sudo dnf install gcc"
    exit 1
else
    say "a C compiler is missing. Please install gcc or clang with its headers."
    exit 1
fi
compiles || { say "there is a C compiler now, but it still does not compile a five-word program"; exit 1; }
