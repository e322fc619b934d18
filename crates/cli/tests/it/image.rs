//! The machine's image as the commands tell of it: whether it is this version's, whole, can be built, and what it takes.
//! The images here cannot be started.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::home::{Home, ran};

fn sandbox(home: &Home) -> PathBuf {
    home.cache.join("sandbox")
}

/// Puts an image in its place that another version of Deskhand made.
fn put_image(home: &Home) {
    let folder = sandbox(home).join("images/base");
    std::fs::create_dir_all(&folder).unwrap();
    let mut manifest = "layer base\nkernel 6.1.0-x\n".to_owned();
    for (name, text) in [("vmlinuz", "kernel"), ("root.erofs", "disk")] {
        std::fs::write(folder.join(name), text).unwrap();
        let sum = Command::new("sha256sum")
            .arg(name)
            .current_dir(&folder)
            .output()
            .unwrap();
        let _ = write!(
            manifest,
            "size {} {name}\n{}",
            text.len(),
            String::from_utf8_lossy(&sum.stdout)
        );
    }
    std::fs::write(folder.join("manifest"), manifest).unwrap();
    std::fs::write(folder.join("recipe"), "that of last year").unwrap();
}

fn part(home: &Home) -> Value {
    let status = home.run(&["sandbox", "status", "--json"]).expect(0).json();
    let parts = status["parts"].as_array().unwrap();
    parts.iter().find(|part| part["name"] == "image").unwrap().clone()
}

fn check(home: &Home, name: &str) -> Value {
    let checks = home.run(&["doctor", "--json"]).expect(0).json();
    let checks = checks.as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap().clone()
}

#[test]
fn an_image_of_another_version_is_told_wherever_it_is_used() {
    let home = Home::new([Turn::new().text("done").into()]);
    let told = |text: &str| text.contains("made by another version of Deskhand");
    let quiet = home.run(&["run", "-C", "work", "go"]);
    assert!(
        !told(&quiet.stderr),
        "without an image there is nothing to tell: {quiet:#?}"
    );

    put_image(&home);
    let image = part(&home);
    assert_eq!(image["ok"], true, "commands can run");
    assert!(told(image["detail"].as_str().unwrap()), "{image:#}");
    let hint = image["hint"].as_str().unwrap();
    assert!(hint.starts_with("`deskhand sandbox build` renews it"), "{hint}");
    let status = home.run(&["sandbox", "status", "--json"]).json();
    assert_eq!(status["image"]["current"], false);
    let checked = check(&home, "image");
    assert_eq!(checked["ok"], false, "{checked:#}");
    assert!(told(checked["detail"].as_str().unwrap()), "{checked:#}");
    let resumed = home.run(&["resume", &home.newest()]);
    assert!(told(&resumed.stderr), "{resumed:#?}");
}

#[test]
fn a_damaged_image_is_not_taken_for_a_good_one() {
    let home = Home::offline();
    put_image(&home);
    let disk = sandbox(&home).join("images/base/root.erofs");
    // The same length: only the hash tells, and `doctor` looks at it.
    std::fs::write(&disk, "disc").unwrap();
    assert_eq!(part(&home)["ok"], true);
    let checked = check(&home, "image");
    assert_eq!(checked["ok"], false);
    assert_eq!(
        (checked["detail"].as_str().unwrap(), checked["hint"].as_str().unwrap()),
        (
            "the machine's image is damaged: root.erofs is not what was built (for shell commands)",
            "Run `deskhand sandbox build`: it is made again. File tools work without it."
        )
    );
    // Cut off: seen by everybody.
    std::fs::write(&disk, "di").unwrap();
    let image = part(&home);
    assert_eq!(image["ok"], false);
    assert_eq!(
        image["detail"],
        "the machine's image is damaged: root.erofs has 2 bytes instead of 4"
    );
    let refused = home.run(&["sandbox", "exec", "-C", "work", "ls"]).expect(1);
    assert!(refused.stderr.contains("sandbox.unavailable"), "{refused:#?}");
}

/// A computer that has bash and the like, and none of the tools of a build.
fn without_tools(home: &Home) -> PathBuf {
    let folder = home.path().join("few");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["bash", "uname", "id", "dirname", "env"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|path| path.join(name))
            .find(|file| file.exists())
            .unwrap();
        let _ = std::os::unix::fs::symlink(found, folder.join(name));
    }
    folder
}

#[test]
fn what_a_build_lacks_is_named_before_and_when_it_is_tried() {
    let home = Home::offline();
    let few = without_tools(&home);
    let run = |args: &[&str]| ran(home.command().env("PATH", &few).args(args).output().unwrap());
    let tried = run(&["sandbox", "build"]).expect(1);
    assert!(
        tried
            .stderr
            .contains("the image cannot be built here: missing: mmdebstrap")
            && tried.stderr.contains("On Debian: apt-get install mmdebstrap"),
        "{tried:#?}"
    );
    let status = run(&["sandbox", "status"]).expect(0);
    assert!(
        status.stdout.contains("To build it here, this is missing: mmdebstrap")
            && status.stdout.contains("apt-get install mmdebstrap"),
        "{status:#?}"
    );
    // Without even a shell.
    let none = home.path().join("none");
    std::fs::create_dir_all(&none).unwrap();
    let tried = ran(home
        .command()
        .env("PATH", &none)
        .args(["sandbox", "build"])
        .output()
        .unwrap())
    .expect(1);
    assert!(
        tried.stderr.contains("cannot be built here: missing: bash"),
        "{tried:#?}"
    );
}

#[test]
fn doctor_tells_speed_and_free_space_of_this_computer() {
    let home = Home::offline();
    let status = home.run(&["sandbox", "status", "--json"]).expect(0).json();
    let speed = check(&home, "virtualisation");
    assert_eq!(speed["ok"], status["slow_because"].is_null(), "{speed:#}");
    let detail = speed["detail"].as_str().unwrap();
    match status["slow_because"].as_str() {
        Some(why) => assert!(
            detail.ends_with(why) && detail.contains("several times slower"),
            "{detail}"
        ),
        None => assert!(detail.contains("KVM"), "{detail}"),
    }
    let disk = check(&home, "sandbox disk");
    let free = status["free"].as_u64().unwrap();
    assert_eq!(disk["ok"], free >= 2_000_000_000, "{disk:#}");
    assert!(disk["detail"].as_str().unwrap().contains("GB free"), "{disk:#}");
}

#[test]
fn a_reset_frees_what_it_says() {
    let home = Home::offline();
    put_image(&home);
    let put = |name: &str| {
        let file = sandbox(&home).join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, vec![1; 3_000_000]).unwrap();
    };
    for name in [
        "templates/1234/memory",
        "build/base/system.tar",
        "build/office/system.tar",
        "console-of-failed-boot.log",
    ] {
        put(name);
    }
    let freed = |args: &[&str]| home.run(args).expect(0).json()["freed_bytes"].as_u64().unwrap();
    let there = |name: &str| sandbox(&home).join(name).exists();
    assert!(freed(&["sandbox", "reset", "--json"]) >= 9_000_000);
    assert!(!there("templates") && !there("build/base") && !there("console-of-failed-boot.log"));
    assert!(
        there("images/base/root.erofs") && there("build/office"),
        "a build that was cut off goes on"
    );
    assert!(freed(&["sandbox", "reset", "--image", "--json"]) >= 3_000_000);
    assert!(!there("images") && !there("build/office"));
    let status = home.run(&["sandbox", "status", "--json"]).json();
    assert_eq!((&status["image"], &status["templates"]), (&Value::Null, &json!(0)));
}

/// The real program with the recipe it carries, on a computer whose tools are played and whose QEMU is too old: all but the
/// first start of a machine, which comes last.
#[test]
fn a_build_tells_each_step_as_it_comes_and_what_is_built_is_not_built_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::offline();
    let tools = home.path().join("tools");
    deskhand_testkit::image_tools(&tools);
    let qemu = tools.join("qemu-system-x86_64");
    std::fs::write(&qemu, "#!/bin/sh\necho 'QEMU emulator version 6.2.0'\n").unwrap();
    std::fs::set_permissions(&qemu, std::fs::Permissions::from_mode(0o755)).unwrap();
    let usual = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([tools].into_iter().chain(std::env::split_paths(&usual))).unwrap();
    let build = |args: &[&str]| {
        let args = [&["sandbox", "build"], args].concat();
        let ran = ran(home.command().env("PATH", &path).args(args).output().unwrap()).expect(1);
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains("QEMU 6.2.0 is too old"),
            "{ran:#?}"
        );
        ran
    };
    let steps = [
        "Downloading and unpacking Debian packages",
        "Laying out the file system",
        "Installing Python libraries",
        "Compiling Python libraries",
        "Collecting the kernel",
        "Packing the image",
        "Finishing",
    ];
    let numbered = || (1..).zip(steps);
    let told = build(&["--json"]).stdout;
    let lines: Vec<Value> = told
        .lines()
        .take(steps.len())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected: Vec<Value> = numbered()
        .map(|(step, what)| json!({"step": step, "of": steps.len(), "what": what}))
        .collect();
    assert_eq!(lines, expected, "{told}");
    assert_eq!(part(&home)["ok"], true);

    let again = build(&["--json"]).stdout;
    assert!(!again.contains("\"step\""), "{again}");
    // For people, in words and without anything only a terminal understands.
    std::fs::remove_dir_all(sandbox(&home).join("images")).unwrap();
    let shown = build(&[]).stderr;
    let lines: Vec<&str> = shown.lines().take(steps.len()).collect();
    let expected: Vec<String> = numbered()
        .map(|(step, what)| format!("step {step} of {}: {what}", steps.len()))
        .collect();
    assert_eq!(lines, expected, "{shown}");
}
