#!/usr/bin/env bash
# Builds the disk image of the sandbox from Debian packages and pinned Python wheels.
#
#   image/build.sh LAYER OUT WORK [RECIPE]
#   image/build.sh check              only: is everything here that a build needs?
#
# LAYER  base | office
# OUT    folder that receives: vmlinuz, modules/NN-*.ko, root.erofs, packages.list, manifest, recipe
# WORK   folder for intermediate results; a build that was cut off goes on from there
# RECIPE what this recipe is known by: it goes into OUT, so that an image tells which one it was made by
#
# Progress goes to standard output as lines "step N/M words"; everything else to WORK/build.log. Runs as root, and as
# an ordinary user where the system has user namespaces with a range of ids (newuidmap). Nothing outside OUT and WORK
# is changed. Needs: mmdebstrap, mkfs.erofs, python3 with pip, bwrap, kmod, strip.
set -euo pipefail

LAYER=${1:?layer}
SUITE=bookworm
PYTHON=3.11
STEPS=7
# Largest base image in bytes: what everybody downloads the parts of, keeps on disk and waits for. The office layer is
# for who wants it.
LARGEST=320000000
case $LAYER in base | office | check) ;; *) echo "unknown layer $LAYER" >&2; exit 2 ;; esac
[ "$(uname -m)" = x86_64 ] || { echo "the image can be built for x86_64 only, so far" >&2; exit 3; }

# What a minimal system lacks, in words a person can act on.
lacks=()
for tool in mmdebstrap mkfs.erofs python3 bwrap depmod modprobe strip tar; do
    PATH=$PATH:/sbin:/usr/sbin command -v "$tool" >/dev/null || lacks+=("$tool")
done
python3 -m pip --version >/dev/null 2>&1 || lacks+=("python3-pip")
if [ "$EUID" != 0 ] && ! command -v newuidmap >/dev/null; then lacks+=("newuidmap (package uidmap)"); fi
if [ ${#lacks[@]} -gt 0 ]; then
    echo "missing: ${lacks[*]}. On Debian: apt-get install mmdebstrap erofs-utils python3-pip bubblewrap kmod binutils uidmap" >&2
    exit 3
fi
[ "$LAYER" != check ] || exit 0
OUT=${2:?out} WORK=${3:?work} RECIPE=${4:-}
HERE=$(cd "$(dirname "$0")" && pwd)
export PATH=$PATH:/sbin:/usr/sbin LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=0

mkdir -p "$WORK"
exec 3>&1 >>"$WORK/build.log" 2>&1
say() { echo "step $1/$STEPS $2" >&3; echo "== $(date +%T) $2"; }
trap 'code=$?; [ $code = 0 ] || { echo "failed; the last lines of $WORK/build.log:" >&3; tail -n 8 "$WORK/build.log" >&3; }' EXIT
names() { grep -hv '^#' "$@" | grep . ; }
# A stage is done when its stamp names the same inputs.
done_before() { [ "$(cat "$WORK/$1.done" 2>/dev/null)" = "$2" ]; }
finish() { printf '%s\n' "$2" >"$WORK/$1.done"; }

lists=("$HERE/packages.txt"); [ "$LAYER" = office ] && lists+=("$HERE/packages-office.txt")
# What the download depends on is less than the whole script: a change to a later stage must not repeat it.
# What was downloaded is kept in the folder $2 while it goes on, a few packages at a time, so that a download that was
# cut off goes on too; mmdebstrap's own folder is gone then.
download() {
    local hooks=() few
    while read -r few; do
        hooks+=(--essential-hook="APT_CONFIG=\"\$MMDEBSTRAP_APT_CONFIG\" apt-get --quiet --yes --download-only install $few"
            --essential-hook="sync-out /var/cache/apt/archives '$2'")
    done < <(names "${lists[@]}" | xargs -n 4)
    mkdir -p "$2"
    # A kernel is fetched and unpacked, never installed: no boot loader, no hooks.
    mmdebstrap --format=tar --variant=minbase --skip=cleanup/apt/lists,download/empty,essential/unlink \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --include="$(names "${lists[@]}" | paste -sd,)" \
        --setup-hook='mkdir -p "$1/var/cache/apt/archives"' --setup-hook="sync-in '$2' /var/cache/apt/archives" \
        --essential-hook="sync-out /var/cache/apt/archives '$2'" "${hooks[@]}" \
        --customize-hook='chroot "$1" sh -c "mkdir /kernel /kernel.deb && cd /kernel.deb && apt-get download \$(apt-cache depends linux-image-cloud-amd64 | sed -n \"s/ *Depends: \(linux-image-[0-9].*\)/\1/p\") && dpkg -x linux-image-*.deb /kernel && rm -r /kernel.deb"' \
        --customize-hook='chroot "$1" dpkg-query -W -f "\${Package} \${Version}\n" > "$1/packages.list"' \
        "$SUITE" "$1"
}
digest() { sha256sum | cut -c1-16; }
packages=$({ declare -f download; echo "$SUITE"; cat "${lists[@]}"; } | digest)

say 1 "Downloading and unpacking Debian packages"
tarball=$WORK/system.tar
if ! done_before packages "$packages"; then
    download "$WORK/system.partial.tar" "$WORK/debs"
    mv "$WORK/system.partial.tar" "$tarball"
    finish packages "$packages"
    rm -rf "$WORK/debs"
fi

say 2 "Laying out the file system"
tree=$WORK/tree
layout=$({ echo "$packages"; cat "$HERE/build.sh"; } | digest)
wheels=$({ echo "$layout"; cat "$HERE/wheels.txt" "$HERE/preload.txt"; } | digest)
own=$({ echo "$wheels"; cd "$HERE" && find bin lib skills -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum; } | digest)
if ! done_before tree "$layout"; then
    [ -e "$tree" ] && chmod -R u+w "$tree" && rm -rf "$tree"
    rm -f "$WORK"/{wheels,own,compiled}.done
    rm -rf "$WORK"/{kernel,packages.list}
    mkdir "$tree"
    tar -C "$tree" --no-same-owner --no-same-permissions --exclude='./dev/*' -xf "$tarball"
    chmod -R u+rwX "$tree"
    # Packages are not managed in the machine; packages.list says what is in it.
    (cd "$tree" && rm -rf var/lib/apt var/lib/dpkg/info var/cache/* var/log/* usr/share/zoneinfo/right usr/share/lintian \
        usr/share/bash-completion usr/share/perl/*/unicore/lib/*.txt tmp/* boot etc/ssh root/* )
    mkdir -p "$tree"/{mnt,home/task,tmp,run,scratch,usr/lib/deskhand}
    chmod 1777 "$tree/tmp"
    # No name of a machine, no resolver: there is no network but the proxy.
    : >"$tree/etc/resolv.conf"; echo sandbox >"$tree/etc/hostname"; : >"$tree/etc/machine-id"
    printf '127.0.0.1 localhost sandbox\n::1 localhost\n' >"$tree/etc/hosts"
    # Programs keep no right they do not need: nothing runs as root, so nothing is set-user-id.
    find "$tree" -xdev -type f -perm /6000 -exec chmod a-s {} +
    finish tree "$layout"
fi

say 3 "Installing Python libraries"
target=$tree/usr/local/lib/python$PYTHON/dist-packages
if ! done_before wheels "$wheels"; then
    rm -rf "$target" "$WORK/compiled.done"
    python3 -m pip install --quiet --no-compile --no-deps --require-hashes --target "$target" \
        --python-version $PYTHON --implementation cp --only-binary=:all: \
        --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 \
        --requirement "$HERE/wheels.txt"
    # Test suites and sample data of libraries are a third of them.
    find "$target" -type d \( -name tests -o -name test -o -name sample_data \) -prune -exec rm -rf {} +
    rm -rf "$target/bin"
    names "$HERE/preload.txt" >"$tree/usr/lib/deskhand/preload.txt"
    finish wheels "$wheels"
fi
# What Deskhand adds itself: what the agent reads about making documents, and the program that checks them.
if ! done_before own "$own"; then
    rm -rf "$tree"/usr/share/deskhand "$tree"/usr/lib/deskhand/check "$WORK/compiled.done"
    install -d "$tree/usr/share/deskhand/skills" "$tree/usr/lib/deskhand/check"
    install -m 644 "$HERE"/skills/*.md "$tree/usr/share/deskhand/skills/"
    install -m 644 "$HERE"/lib/deskhand/check/*.py "$tree/usr/lib/deskhand/check/"
    install -m 755 "$HERE"/bin/* "$tree/usr/bin/"
    finish own "$own"
fi

say 4 "Compiling Python libraries"
if ! done_before compiled "$own"; then
    # With the image's own Python, and without times in it: the same input gives the same bytes, and the result counts
    # although every file of the image has the time 0. -f, since Debian's own compiled files are of another kind.
    bwrap --bind "$tree" / --dev /dev --proc /proc --unshare-all --die-with-parent --setenv PYTHONHASHSEED 0 \
        python3 -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
        /usr/lib/python3 /usr/lib/python$PYTHON "/usr/local/lib/python$PYTHON/dist-packages" /usr/lib/deskhand
    finish compiled "$own"
fi

say 5 "Collecting the kernel"
# A build that was cut off while it packed had put these aside.
put_back() {
    [ ! -e "$WORK/kernel" ] || mv "$WORK/kernel" "$tree/kernel"
    [ ! -e "$WORK/packages.list" ] || mv "$WORK/packages.list" "$tree/packages.list"
}
put_back
result=$WORK/result
rm -rf "$result"; mkdir -p "$result/modules"
kernel=$tree/kernel
version=$(ls "$kernel/lib/modules")
depmod -b "$kernel" "$version"
n=0
for module in $(names "$HERE/modules.txt"); do
    modprobe -S "$version" -d "$kernel" --show-depends "$module" | sed -n 's/^insmod //p' | while read -r file _; do
        basename "$file"
        printf '%s\n' "$file"
    done
done | paste - - | awk '!seen[$1]++ {print $2}' >"$WORK/modules.list"
while read -r file; do
    n=$((n + 1))
    out=$(printf '%s/modules/%02d-%s' "$result" $n "$(basename "${file%.xz}")")
    case $file in *.xz) xz -dc "$file" >"$out" ;; *) cp "$file" "$out" ;; esac
    strip --strip-debug "$out"
done <"$WORK/modules.list"
cp "$kernel/boot/vmlinuz-$version" "$result/vmlinuz"

say 6 "Packing the image"
cp "$tree/packages.list" "$result/packages.list"
mv "$kernel" "$WORK/kernel"
mv "$tree/packages.list" "$WORK/packages.list"
status=0
mkfs.erofs -zlz4hc -T0 -U 00000000-0000-0000-0000-000000000000 --all-root "$result/root.erofs" "$tree" >/dev/null || status=$?
put_back
[ $status = 0 ] || exit $status

say 7 "Finishing"
bytes=$(($(stat -c %s "$result/vmlinuz") + $(stat -c %s "$result/root.erofs")))
echo "the image has $bytes bytes"
if [ "$LAYER" = base ] && [ "$bytes" -gt "$LARGEST" ]; then
    echo "the image would have $bytes bytes; the base image has at most $LARGEST. Nothing was put in its place"
    exit 1
fi
# Lengths are looked at whenever the image is used, hashes at the end of the build and by `deskhand doctor`.
{
    echo "layer $LAYER"
    echo "kernel $version"
    (cd "$result" && stat -c 'size %s %n' vmlinuz root.erofs modules/* packages.list)
    (cd "$result" && sha256sum vmlinuz root.erofs modules/* packages.list)
} >"$result/manifest"
printf '%s' "$RECIPE" >"$result/recipe"
mkdir -p "$(dirname "$OUT")"
rm -rf "$OUT.old"; [ -e "$OUT" ] && mv "$OUT" "$OUT.old"
mv "$result" "$OUT"
rm -rf "$OUT.old"
# What took the room is not needed again; the downloaded system is, when the image is renewed for other wheels or skills
# (`deskhand sandbox reset` deletes it). The stamps first: a tree that is half gone must not count.
rm -f "$WORK"/{tree,wheels,own,compiled}.done
chmod -R u+w "$tree"; rm -rf "$tree"
