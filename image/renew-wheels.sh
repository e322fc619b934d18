#!/usr/bin/env bash
# Renews wheels.txt: the newest versions that fit the image's Python, pinned by the hash of the one file that is taken.
#
#   image/renew-wheels.sh                 all of them, as new as they are
#   image/renew-wheels.sh NAME[==VERSION]…   only these, and what they need; the others stay
#
# What has no wheel for the platform, or fits no longer, ends the script and changes nothing. Read the difference, build
# the image, and run image/tests in it. Packages come from where pip is set to fetch them.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
LIST=$HERE/wheels.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the image is for; the rest of the list is what these need.
WANTED=(lxml matplotlib numpy openpyxl pandas pdfplumber pillow pypdf python-docx python-pptx reportlab xlsxwriter)
# As in build.sh, so that the file that is hashed here is the file that is installed there.
FOR=(--python-version 3.11 --implementation cp --only-binary=:all: --platform manylinux_2_28_x86_64
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64)

if [ $# -gt 0 ]; then
    # What is not named is held at its version.
    sed -n 's/^\([A-Za-z0-9._-]*==[^ ]*\) .*/\1/p' "$LIST" >"$work/held"
    for name in "$@"; do
        sed -i "/^$(printf '%s' "${name%%[=<>]*}" | sed 's/[._-]/[._-]/g')==/Id" "$work/held"
    done
    wanted=("$@" -r "$work/held")
else
    wanted=("${WANTED[@]}")
fi
python3 -m pip download --quiet --dest "$work/wheels" "${FOR[@]}" "${wanted[@]}"

{
    sed -n '/^#/p' "$LIST"
    for wheel in "$work"/wheels/*.whl; do
        file=${wheel##*/}
        name=${file%%-*} rest=${file#*-}
        # Names as projects write them, where the file's differs and people look for it.
        case $name in python_* | charset_*) name=${name/_/-} ;; pdfminer_*) name=${name/_/.} ;; esac
        hash=$(python3 -m pip hash "$wheel" | sed -n 's/^--hash=//p')
        printf '%s==%s --hash=%s\n' "$name" "${rest%%-*}" "$hash"
    done | LC_ALL=C sort -f
} >"$work/list"
mv "$work/list" "$LIST"
chmod 644 "$LIST"
