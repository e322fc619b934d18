//! `image/build.sh` with played tools instead of Debian's: what it does again after it was killed, what it leaves, what it
//! refuses. The real build is `make image`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

struct Workshop {
    dir: TempDir,
}

impl Workshop {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tools = dir.path().join("tools");
        deskhand_testkit::image_tools(&tools);
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image"),
            &dir.path().join("recipe"),
        );
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The script, to be run by this program in front of it (to change the user), or by itself.
    fn build_by(&self, before: &[&str], env: &[(&str, &str)]) -> Output {
        let path = std::env::join_paths(
            std::iter::once(self.path("tools")).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        )
        .unwrap();
        let mut words = before.to_vec();
        words.push("bash");
        Command::new(words[0])
            .args(&words[1..])
            .arg(self.path("recipe/build.sh"))
            .arg("base")
            .args([self.path("out"), self.path("work")])
            .arg("this recipe")
            .env("PATH", path)
            .env("CALLS", self.path("calls"))
            .envs(env.iter().copied())
            .output()
            .unwrap()
    }

    fn build(&self, env: &[(&str, &str)]) -> Output {
        self.build_by(&[], env)
    }

    /// What was called since the last look.
    fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("calls"));
        calls.lines().map(str::to_owned).collect()
    }

    fn manifest(&self) -> Option<String> {
        std::fs::read_to_string(self.path("out/manifest")).ok()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("work/build.log")).unwrap_or_default()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[track_caller]
fn good(output: &Output, workshop: &Workshop) {
    assert!(output.status.success(), "{output:?}\n{}", workshop.log());
}

const ALL: [&str; 4] = ["mmdebstrap", "python3", "bwrap", "mkfs.erofs"];

#[test]
fn a_build_that_was_killed_goes_on_and_gives_the_same() {
    let whole = Workshop::new();
    good(&whole.build(&[]), &whole);
    assert_eq!(whole.calls(), ALL);
    let expected = whole.manifest().unwrap();
    assert!(expected.contains("\nsize 7 vmlinuz\n"), "{expected}");
    assert_eq!(
        std::fs::read_to_string(whole.path("out/recipe")).unwrap(),
        "this recipe"
    );

    for (stage, name) in ALL.iter().enumerate() {
        let workshop = Workshop::new();
        assert!(!workshop.build(&[("KILL_AT", name)]).status.success(), "{name}");
        assert_eq!(workshop.calls(), ALL[..=stage], "{name}");
        assert_eq!(workshop.manifest(), None, "{name}: nothing half is put in its place");
        good(&workshop.build(&[]), &workshop);
        let mut again: Vec<&str> = ALL[stage..].to_vec();
        if stage == 0 {
            // The download itself goes on with the packages it had.
            again.insert(1, "found the first package");
        }
        assert_eq!(workshop.calls(), again, "{name}: what was done is not done again");
        assert_eq!(workshop.manifest().unwrap(), expected, "{name}");
    }
}

#[test]
fn a_build_leaves_only_the_downloaded_system_and_a_renewal_needs_no_download() {
    let workshop = Workshop::new();
    good(&workshop.build(&[]), &workshop);
    workshop.calls();
    let mut left: Vec<_> = std::fs::read_dir(workshop.path("work"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["build.log", "modules.list", "packages.done", "system.tar"]);
    let skill = workshop.path("recipe/skills/docx.md");
    std::fs::write(&skill, "another skill").unwrap();
    good(&workshop.build(&[]), &workshop);
    assert_eq!(workshop.calls(), ALL[1..]);
    // The kernel is beside the disk, not on it; the skills are on it.
    let disk = std::fs::read_to_string(workshop.path("out/root.erofs")).unwrap();
    assert!(
        disk.contains("./usr/share/deskhand/skills/docx.md") && !disk.contains("kernel"),
        "{disk}"
    );
}

#[test]
fn a_base_image_that_is_too_large_is_not_put_in_its_place() {
    let workshop = Workshop::new();
    good(&workshop.build(&[]), &workshop);
    let before = workshop.manifest();
    // The played disk names its files.
    std::fs::write(workshop.path("recipe/skills/one-more.md"), "another skill").unwrap();
    let output = workshop.build(&[("LARGE", "320000001")]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("the image would have 320000008 bytes"), "{said}");
    assert_eq!(workshop.manifest(), before);
    good(&workshop.build(&[]), &workshop);
    assert_ne!(workshop.manifest(), before);
}

#[test]
fn what_is_missing_is_named_with_how_to_get_it() {
    let workshop = Workshop::new();
    // Nothing but what every system has.
    let bare = workshop.path("bare");
    std::fs::create_dir(&bare).unwrap();
    std::os::unix::fs::symlink("/bin/bash", bare.join("bash")).unwrap();
    std::fs::copy(workshop.path("tools/uname"), bare.join("uname")).unwrap();
    std::os::unix::fs::symlink("/usr/bin/env", bare.join("env")).unwrap();
    let output = Command::new("/bin/bash")
        .arg(workshop.path("recipe/build.sh"))
        .arg("check")
        .env("PATH", &bare)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("missing: mmdebstrap ") && said.contains(". On Debian: apt-get install mmdebstrap"),
        "{said}"
    );
    let checked = Command::new("bash")
        .arg(workshop.path("recipe/build.sh"))
        .arg("check")
        .env(
            "PATH",
            format!(
                "{}:{}",
                workshop.path("tools").display(),
                std::env::var("PATH").unwrap()
            ),
        )
        .output()
        .unwrap();
    good(&checked, &workshop);
}

/// As somebody who is not root. Where the tests do not run as root they are that already.
#[test]
fn an_ordinary_user_can_build() {
    let workshop = Workshop::new();
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let there = Command::new("runuser").arg("--version").output().is_ok();
    if !is_root || !there {
        good(&workshop.build(&[]), &workshop);
        return;
    }
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    open(workshop.dir.path());
    good(
        &workshop.build_by(&["runuser", "-u", "nobody", "--preserve-environment", "--"], &[]),
        &workshop,
    );
    assert_eq!(workshop.calls(), ALL);
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(workshop.path("out/root.erofs")).unwrap());
    assert_ne!(owner, 0);
}

/// The limit of the base image, on the one that is really there.
#[test]
fn the_base_image_keeps_to_its_limit() {
    let places = deskhand_sandbox::image::Places::new(&crate::desk::cache());
    let base = places.image_of(deskhand_sandbox::image::Layer::Base).unwrap();
    // Where only the office layer is built there is no base.
    if let Some(base) = base {
        assert!(base.bytes <= 320_000_000, "{} bytes", base.bytes);
    } else {
        assert!(places.built().is_ok(), "the image is needed: `make image`");
    }
}
