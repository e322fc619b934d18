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

# The sandbox: QEMU runs its machine, the others build its image. Only Linux has one so far.
sandbox_lacks() {
    [ "$(uname -s)" = Linux ] || return 1
    for tool in "qemu-system-$(uname -m)" mmdebstrap mkfs.erofs python3 bwrap depmod strip; do
        PATH=$PATH:/sbin:/usr/sbin command -v "$tool" >/dev/null || return 0
    done
    ! python3 -m pip --version >/dev/null 2>&1
}

# The web interface is built with Node; without it `make build` stops, and other builds have a placeholder in its place.
if ! command -v npm >/dev/null || [ "$(node --version | sed 's/v\([0-9]*\).*/\1/')" -lt 20 ]; then
    say "Node 20 or later is missing: the program is built without its web interface. See nodejs.org, then run this again."
fi

# The interface is tested in a real browser, on Debian.
browser_lacks() {
    [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null && ! command -v chromium >/dev/null
}

packages=()
compiles || packages+=(gcc libc6-dev)
if browser_lacks; then
    packages+=(chromium fonts-dejavu-core)
fi
if sandbox_lacks; then
    packages+=(qemu-system-x86 mmdebstrap erofs-utils python3 python3-pip bubblewrap kmod binutils uidmap)
fi
[ ${#packages[@]} -gt 0 ] || exit 0

if command -v apt-get >/dev/null; then
    install="apt-get install -y --no-install-recommends ${packages[*]}"
    if [ "$(id -u)" = 0 ]; then
        say "installing ${packages[*]}"
        apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive $install >&2
    else
        say "some programs are missing. Please run: sudo $install"
    fi
elif ! compiles; then
    if command -v xcode-select >/dev/null; then
        say "a C compiler is missing. Please run: xcode-select --install"
    else
        say "a C compiler is missing. Please install gcc or clang with its headers."
    fi
fi
compiles || { say "without a C compiler that compiles a five-word program nothing can be built"; exit 1; }
if sandbox_lacks; then
    say "without QEMU, mmdebstrap, erofs-utils, pip, bubblewrap and kmod there is no sandbox: shell commands will be refused"
fi
