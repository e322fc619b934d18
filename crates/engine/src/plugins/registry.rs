//! The npm registry of the person: the one that npm would use, since that is where they have said so, if anywhere. It is asked
//! only when a package is to be fetched whose entry names no registry.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use deskhand_plugins::library::Registry;

use crate::models::Environment;

/// How long npm may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of its answer.
const MAX_ANSWER: u64 = 4_096;
/// The variable that says it without npm, as npm reads it; in either case.
const VARIABLES: [&str; 2] = ["NPM_CONFIG_REGISTRY", "npm_config_registry"];
/// What npm needs to find its own configuration, and nothing else of this program's environment.
const KEPT: [&str; 10] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SYSTEMROOT",
    "PATHEXT",
    "NPM_CONFIG_USERCONFIG",
    "NPM_CONFIG_GLOBALCONFIG",
    "NPM_CONFIG_PREFIX",
];

/// The registry that npm would use.
pub(super) struct NpmRegistry {
    env: Environment,
    /// Where npm is asked: not in a project, whose configuration is not the person's.
    folder: PathBuf,
}

impl NpmRegistry {
    /// Asks nobody.
    pub fn new(env: Environment, folder: &Path) -> Self {
        Self {
            env,
            folder: folder.to_owned(),
        }
    }

    /// What `npm config get registry` says; the reason in words when it cannot be asked.
    fn of_npm(&self) -> Result<String, String> {
        let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let kept = KEPT.into_iter().filter_map(|name| Some((name, (self.env)(name)?)));
        let mut child = Command::new(program)
            .args(["config", "get", "registry"])
            .current_dir(&self.folder)
            .env_clear()
            .envs(kept)
            // It is asked for one word, and is to fetch nothing.
            .env("NPM_CONFIG_UPDATE_NOTIFIER", "false")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("npm did not start ({error})"))?;
        let out = child.stdout.take();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            if let Some(out) = out {
                let _ = out.take(MAX_ANSWER).read_to_string(&mut text);
            }
            text
        });
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
                other => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(match other {
                        Err(error) => format!("npm could not be waited for ({error})"),
                        Ok(_) => format!("npm did not answer within {} seconds", PATIENCE.as_secs()),
                    });
                }
            }
        };
        if !status.success() {
            return Err("npm has no answer".to_owned());
        }
        let text = reading.join().unwrap_or_default();
        let address = text.trim();
        // Where nothing is set it says so in a word.
        url::Url::parse(address)
            .ok()
            .filter(url::Url::has_host)
            .map(|_| address.to_owned())
            .ok_or_else(|| "npm names no registry".to_owned())
    }
}

impl Registry for NpmRegistry {
    fn address(&self) -> Result<String, String> {
        let set = VARIABLES.into_iter().filter_map(|name| (self.env)(name));
        if let Some(set) = set.map(|set| set.trim().to_owned()).find(|set| !set.is_empty()) {
            return Ok(set);
        }
        self.of_npm().map_err(|why| {
            format!(
                "its entry names no registry, and {why}. Install Node.js, whose npm knows one, or give its address in the \
                 environment variable NPM_CONFIG_REGISTRY"
            )
        })
    }
}
