#!/usr/bin/env bash
# Builds the window with its service, runs its tests, and on Linux drives it once on a screen that only exists in memory.
#
#   PROFILE=dev scripts/desktop.sh      without optimisation, which builds faster
#   DESKHAND_BIN=FILE                   drive this service instead of building one
#   SCRIPTED_MODEL=FILE                 and this model
#
# What is driven is in scripts/desktop-drive.sh and scripts/desktop-stay.sh; the screenshot is target/desktop.png.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'desktop: %s\n' "$*" >&2; }

profile=${PROFILE:-release}
target=${CARGO_TARGET_DIR:-target}
folder=$target/$([ "$profile" = dev ] && echo debug || echo "$profile")

# The system's web view, and what the drive looks with. Apart from scripts/setup.sh, since nothing else needs them.
to_build=(libwebkit2gtk-4.1-dev build-essential libxdo-dev libssl-dev libayatana-appindicator3-dev librsvg2-dev)
to_drive=(xvfb xauth xdotool wmctrl openbox imagemagick dbus dbus-x11 curl python3 python3-gi gir1.2-glib-2.0 libglib2.0-bin
    desktop-file-utils shared-mime-info procps fonts-dejavu-core)
if [ "$(uname -s)" = Linux ] && command -v dpkg-query >/dev/null; then
    missing=()
    for package in "${to_build[@]}" "${to_drive[@]}"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        if [ "$(id -u)" != 0 ]; then
            say "some packages are missing. Please run: sudo apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        say "installing ${missing[*]}"
        apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
    fi
fi

cargo test --locked --package deskhand-desktop
cargo build --locked --profile "$profile" --package deskhand-desktop
[ "${folder#/}" != "$folder" ] || folder=$PWD/$folder
if [ -z "${DESKHAND_BIN:-}" ]; then
    cargo build --locked --profile "$profile" --package deskhand-cli
    DESKHAND_BIN=$folder/deskhand
fi

if [ "$(uname -s)" != Linux ]; then
    say "built $folder/deskhand-desktop; it is driven on Linux only"
    exit 0
fi
if [ -z "${SCRIPTED_MODEL:-}" ]; then
    cargo build --locked --profile "$profile" --package deskhand-testkit --bin scripted-model
    SCRIPTED_MODEL=$folder/scripted-model
fi
export DESKHAND_BIN SCRIPTED_MODEL
# Without -noreset the screen begins anew whenever its last window is gone, and breaks whoever opens one just then.
for drive in desktop-drive desktop-stay; do
    dbus-run-session -- xvfb-run --auto-servernum --server-args '-screen 0 1280x840x24 -noreset' \
        "scripts/$drive.sh" "$folder/deskhand-desktop" "$target/desktop${drive#desktop-drive}.png"
done
