//! The same commands in bubblewrap on this computer: what namespaces alone cost, for scale.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::table::Samples;

pub struct Bare {
    /// What is at `/mnt/work`.
    pub work: PathBuf,
    pub python: PathBuf,
}

impl Bare {
    pub fn new(work: PathBuf, python: PathBuf) -> Self {
        std::fs::create_dir_all(&work).unwrap();
        Self { work, python }
    }

    /// Runs a command once; its output is read and counted.
    pub fn run(&self, text: &str) -> usize {
        let output = Command::new("bwrap")
            .args(["--unshare-all", "--die-with-parent", "--new-session"])
            .args([
                "--ro-bind",
                "/",
                "/",
                "--dev",
                "/dev",
                "--proc",
                "/proc",
                "--tmpfs",
                "/mnt",
            ])
            .arg("--bind")
            .arg(&self.work)
            .args(["/mnt/work", "--chdir", "/mnt/work", "bash", "-c", text])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{text}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout.len()
    }

    /// Runs it that often, after a round that is not counted.
    pub fn time(&self, rounds: usize, text: &str) -> Samples {
        self.run(text);
        let mut samples = Samples::default();
        for _ in 0..rounds {
            let begun = Instant::now();
            self.run(text);
            samples.add(begun.elapsed());
        }
        samples
    }
}
