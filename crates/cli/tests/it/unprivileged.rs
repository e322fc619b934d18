//! The real machine run by somebody who is not root. Where the tests do not run as root, all others do that already.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use deskhand_testkit::ScriptedServer;
use serde_json::json;

use crate::home::{Home, Ran, cache, ran};

/// A folder of nobody's, with the program, the guest agent and the machine's disk in it.
struct Nobodys {
    dir: tempfile::TempDir,
}

/// Whether a program ends well.
fn does(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    let output = command.args(args).current_dir("/").output();
    output.is_ok_and(|output| output.status.success())
}

const AS_NOBODY: [&str; 3] = ["-u", "nobody", "--"];
/// Runs what follows the first word with that for `/dev/fuse`, if it is a device and may be put there.
const OPENED: &str = "[ ! -c \"$1\" ] || mount --bind \"$1\" /dev/fuse; shift; exec \"$@\"";

fn can_be_nobody() -> bool {
    rustix::process::geteuid().is_root() && does("runuser", &[&AS_NOBODY[..], &["true"]].concat())
}

impl Nobodys {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let this = Self { dir };
        for folder in ["bin", "home", "data", "work", "cache/sandbox"] {
            std::fs::create_dir_all(this.path(folder)).unwrap();
        }
        // The folder they are in may be closed to others.
        let program = Path::new(env!("CARGO_BIN_EXE_deskhand"));
        let agent = program.with_file_name(deskhand_sandbox::AGENT_FILE_NAME);
        for file in [program, &agent] {
            std::fs::copy(file, this.path("bin").join(file.file_name().unwrap())).unwrap();
        }
        let copied = Command::new("cp")
            .args(["-a", "--sparse=always", "--reflink=auto"])
            .args([cache().join("sandbox/images"), cache().join("sandbox/templates")])
            .arg(this.path("cache/sandbox"))
            .status();
        assert!(copied.unwrap().success());
        let _ = Command::new("mknod")
            .arg("--mode=666")
            .arg(this.path("fuse"))
            .args(["c", "10", "229"])
            .status();
        std::fs::write(this.path("work/a.txt"), "as it was\n").unwrap();
        std::fs::write(this.path("data/settings.toml"), "[sandbox]\nallow_os = true\n").unwrap();
        let given = Command::new("chown")
            .args(["-R", "nobody:"])
            .args(["home", "data", "work", "cache"].map(|folder| this.path(folder)))
            .status();
        assert!(given.unwrap().success());
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs the program as nobody, with nothing of this process's environment. The device of shared folders is open to all,
    /// as it is on a person's computer and not in every container: this process's alone, nobody else's changes.
    fn run(&self, args: &[&str]) -> Ran {
        let variable = |name: &str, folder: &str| format!("{name}={}", self.path(folder).display());
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", OPENED, "sh"])
            .arg(self.path("fuse"))
            .arg("runuser")
            .args(AS_NOBODY)
            .args(["env", "-i", "NO_COLOR=1"])
            .arg(format!("PATH={}", std::env::var("PATH").unwrap()))
            .args([variable("HOME", "home"), variable("DESKHAND_HOME", "data")])
            .arg(variable("DESKHAND_CACHE", "cache"))
            .arg(self.path("bin/deskhand"))
            .args(args)
            .current_dir(self.path("home"));
        ran(command.output().unwrap())
    }

    /// One command for looking, in this tier.
    fn look(&self, tier: &str) -> Ran {
        let work = self.path("work").display().to_string();
        let command = "cat a.txt; python3 -c 'print(6 * 7)'; echo new >a.txt; echo made >b.txt";
        self.run(&[
            "sandbox",
            "exec",
            "--json",
            "--allow-outside-home",
            "--sandbox",
            tier,
            "-C",
            &work,
            command,
        ])
    }
}

#[test]
fn an_ordinary_user_runs_commands_in_the_machine_and_in_the_weaker_sandbox() {
    if !can_be_nobody() {
        println!("this is not root, or there is no `runuser` or no `nobody`: not tested");
        return;
    }
    // A saved machine, so that nobody need not boot one.
    let home = Home::with_machine(ScriptedServer::start([]));
    home.run(&["sandbox", "exec", "-C", "work", "true"]).expect(0);

    let nobodys = Nobodys::new();
    let check = |tier: &str| {
        let ran = nobodys.look(tier).expect(0);
        let told = ran.json();
        let changed: Vec<_> = told["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| &change["path"])
            .collect();
        assert_eq!(
            (&told["tier"], &told["output"], &told["exit_code"], json!(changed)),
            (
                &json!(tier),
                &json!("as it was\n42\n"),
                &json!(0),
                json!(["/mnt/work/a.txt", "/mnt/work/b.txt"])
            ),
            "{ran:#?}"
        );
    };
    check("vm");
    // Nothing was changed, and the machine is gone with what it had.
    assert_eq!(
        std::fs::read_to_string(nobodys.path("work/a.txt")).unwrap(),
        "as it was\n"
    );
    assert!(!nobodys.path("work/b.txt").exists());
    assert_eq!(
        std::fs::read_dir(nobodys.path("cache/sandbox/machines"))
            .unwrap()
            .count(),
        0
    );

    // The weaker sandbox needs what not every system gives its users.
    let namespace = [
        &AS_NOBODY[..],
        &["unshare", "--user", "--map-root-user", "--mount", "true"],
    ]
    .concat();
    let fuse = ["--mount", "sh", "-c", OPENED, "sh"];
    let device = nobodys.path("fuse").display().to_string();
    let opens = [
        &fuse[..],
        &[&device, "runuser"],
        &AS_NOBODY,
        &["sh", "-c", "exec 3<>/dev/fuse"],
    ]
    .concat();
    if does("runuser", &namespace) && does("unshare", &opens) {
        check("os");
    } else {
        println!("nobody may not make user namespaces or not use /dev/fuse here: a refusal is tested");
        let refused = nobodys.look("os").expect(1).json();
        assert_eq!(refused["error"]["code"], "sandbox.unavailable", "{refused:#}");
    }
}
