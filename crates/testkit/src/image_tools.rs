//! The tools that build the sandbox's image, played: with them in front on the search path a build takes no network and no
//! minute, and gives an image that cannot be started.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Each writes its name into `$CALLS`, where that is set, and ends the script where `$KILL_AT` says so, as a power cut would.
const TOOLS: [(&str, &str); 9] = [
    (
        "mmdebstrap",
        r#"
for argument; do case $argument in *sync-in*) debs=$(echo "$argument" | cut -d"'" -f2);; esac; done
[ -d "$debs" ] && [ -e "$debs/first.deb" ] && echo "found the first package" >>"$CALLS"
touch "$debs/first.deb"
die mmdebstrap
for target; do :; done
root=$(mktemp -d)
mkdir -p "$root"/{etc,usr/bin,tmp,dev,kernel/boot,kernel/lib/modules/6.1.0-x}
echo kernel >"$root/kernel/boot/vmlinuz-6.1.0-x"
echo module >"$root/kernel/lib/modules/6.1.0-x/a.ko"
echo "bash 5" >"$root/packages.list"
tar -C "$root" -cf "$target" .
rm -rf "$root"
"#,
    ),
    (
        "python3",
        r#"
case "$*" in *--version*) exit 0;; esac
die python3
while [ $# -gt 0 ]; do [ "$1" = --target ] && mkdir -p "$2" && echo library >"$2/library.py"; shift; done
"#,
    ),
    ("bwrap", "die bwrap"),
    ("depmod", ""),
    ("modprobe", r#"echo "insmod $4/lib/modules/$2/a.ko""#),
    ("strip", ""),
    (
        "mkfs.erofs",
        r#"
die mkfs.erofs
for argument; do image=$tree; tree=$argument; done
# What is packed: the kernel is not in it.
(cd "$tree" && find . -type f | sort) >"$image"
[ -z "${LARGE:-}" ] || truncate -s "$LARGE" "$image"
"#,
    ),
    ("newuidmap", ""),
    ("uname", "echo x86_64"),
];

/// Writes the tools into a folder, which is made.
///
/// # Panics
/// When they cannot be written: then no test makes sense.
pub fn image_tools(folder: &Path) {
    let write = |name: &str, script: &str| {
        let quiet = matches!(name, "uname" | "depmod" | "modprobe" | "strip" | "newuidmap");
        let note = if quiet {
            ""
        } else {
            "[ \"${2:-}\" = pip ] && [ \"${3:-}\" = --version ] || echo \"${0##*/}\" >>\"$CALLS\""
        };
        let text = format!(
            "#!/usr/bin/env bash\nCALLS=${{CALLS:-/dev/null}}\n\
             die() {{ [ \"${{KILL_AT:-}}\" != \"$1\" ] || {{ kill -KILL $PPID; exit 1; }}; }}\n{note}\n{script}\nexit 0\n"
        );
        let file = folder.join(name);
        std::fs::write(&file, text)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))
    };
    let written =
        std::fs::create_dir(folder).and_then(|()| TOOLS.iter().try_for_each(|(name, script)| write(name, script)));
    assert!(written.is_ok(), "the played tools could not be written: {written:?}");
}
