#!/usr/bin/env bash
# Type-checks the workspace for Windows (x86_64-pc-windows-gnu) on Debian. Arguments go to `cargo check`
# (default: the default members; try `-p deskhand-store`).
#
# Needs no Windows and no rustup target: Debian's rustc-web and its library source are unpacked into the cache folder,
# and cargo builds the standard library from there (-Z build-std). mingw-w64 compiles the C parts (SQLite, zstd, ring).
# It proves that the code compiles there, not that it works there.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/deskhand/windows"
tree="$cache/rustc-web"
triple=x86_64-pc-windows-gnu

say() { printf 'windows-check: %s\n' "$*" >&2; }

command -v apt-get >/dev/null || { say "this recipe needs Debian's packages; on Windows itself run 'cargo check'"; exit 1; }

# apt-get, as root: directly, or told to the person.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@" >&2
    else
        say "please run: sudo $*"
        exit 1
    fi
}

if ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
    say "installing the C compiler for Windows"
    [ "$(id -u)" != 0 ] || as_root apt-get update -q
    as_root apt-get install -y -q --no-install-recommends gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64
fi

if [ ! -e "$tree/complete" ]; then
    [ -n "$(apt-cache policy rustc-web)" ] || as_root apt-get update -q
    # The compiler's libraries carry their version in their names.
    depends() { apt-cache depends "$1" | sed -n "s/^ *Depends: \($2.*\)/\1/p"; }
    library=$(depends libstd-rust-web-dev libstd-rust-web-)
    llvm=$(depends "$library" libllvm)
    say "downloading rustc-web, its library source, $library and $llvm into $cache (about 140 MB)"
    rm -rf "$cache/packages" "$tree"
    mkdir -p "$cache/packages" "$tree"
    (cd "$cache/packages" && apt-get download -q rustc-web libstd-rust-web-dev rust-web-src "$library" "$llvm" >&2)
    for package in "$cache"/packages/*.deb; do dpkg -x "$package" "$tree"; done
    rm -rf "$cache/packages"
    touch "$tree/complete"
fi

export RUSTC="$tree/usr/bin/rustc"
LD_LIBRARY_PATH="$(dirname "$(find "$tree/usr/lib" -name 'librustc_driver-*.so' -print -quit)")"
export LD_LIBRARY_PATH
# Unstable cargo and compiler flags, for this check only.
export RUSTC_BOOTSTRAP=1
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"

say "$("$RUSTC" --version), $triple"
cargo check --locked -Z build-std=std,panic_abort --target "$triple" "$@"
say "passed"
