//! Git, through the `git` program in an environment of its own: no hooks, no questions, no settings of the system or the
//! person, only https, ssh and file.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::error::LibraryError;
use super::super::ports::Git;

/// What is to be checked out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    /// https, ssh or file.
    pub url: String,
    /// Branch or tag; `None`: the repository's own choice.
    pub reference: Option<String>,
    /// The commit; wins over `reference`.
    pub sha: Option<String>,
    /// Only this folder is needed; it stays at its path below the root.
    pub folder: Option<String>,
}

/// An address as `git` is given it: https, ssh (also `git@host:path`), file; `owner/repo` becomes GitHub's.
pub fn address(given: &str) -> Result<String, LibraryError> {
    let bad = |why: &str| LibraryError::Source {
        given: given.chars().take(200).collect(),
        why: why.to_owned(),
    };
    if given.starts_with('-') || given.chars().any(|letter| letter.is_control() || letter == ' ') {
        return Err(bad("a git address does not look like this"));
    }
    if let Some((scheme, rest)) = given.split_once("://") {
        let host = rest.split('/').next().unwrap_or_default();
        return match scheme {
            // A host that begins with `-` would be an option to ssh.
            "https" | "ssh" if !host.is_empty() && !host.starts_with('-') && !host.contains("@-") => {
                if scheme == "https" && host.contains('@') {
                    return Err(bad("it holds a user's name or password"));
                }
                Ok(given.to_owned())
            }
            "file" if rest.starts_with('/') => Ok(given.to_owned()),
            _ => Err(bad("only https, ssh and file addresses are fetched from")),
        };
    }
    if let Some((user, path)) = given.split_once(':') {
        let is_ssh = user.starts_with("git@") && !user.starts_with("git@-") && !path.starts_with(['-', ':']);
        return if is_ssh {
            Ok(given.to_owned())
        } else {
            Err(bad("only https, ssh and file addresses are fetched from"))
        };
    }
    super::shorthand(given).ok_or_else(|| bad("a git address does not look like this"))
}

/// Whether a text may be the name of a branch or tag (and never an option).
pub fn is_reference(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(['-', '/'])
        && !name.ends_with(['/', '.'])
        && !name.contains("..")
        && !name.contains("@{")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./+@".contains(&byte))
}

/// The `git` program.
#[derive(Clone, Debug)]
pub struct GitProgram {
    /// The program: `git`, or where it is.
    pub program: PathBuf,
    /// How long one step may take.
    pub timeout: Duration,
    /// More of the environment, such as `https_proxy`. Nothing else of this process's environment is passed on but `PATH`
    /// and `SSH_AUTH_SOCK`.
    pub environment: Vec<(String, String)>,
}

impl Default for GitProgram {
    fn default() -> Self {
        Self {
            program: PathBuf::from("git"),
            timeout: Duration::from_secs(120),
            environment: Vec::new(),
        }
    }
}

/// Settings given on the command line, which win over those a repository brings.
const SETTINGS: [&str; 14] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "core.autocrlf=false",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "credential.helper=",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.fsckObjects=true",
];

impl GitProgram {
    /// Runs `git` in `folder`; answers what it printed.
    fn run(&self, what: &str, folder: &Path, arguments: &[&str]) -> Result<String, LibraryError> {
        let fail = |why: String| LibraryError::Fetch {
            what: what.to_owned(),
            why,
        };
        let mut command = Command::new(&self.program);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let kept = |name: &str| std::env::var_os(name).map(|value| (OsString::from(name), value));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(["PATH", "SSH_AUTH_SOCK", "SYSTEMROOT"].into_iter().filter_map(kept))
            .envs([
                ("GIT_CONFIG_NOSYSTEM", "1"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_SYSTEM", "/dev/null"),
                ("GIT_ATTR_NOSYSTEM", "1"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_ASKPASS", "true"),
                ("SSH_ASKPASS", "true"),
                ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes"),
                ("GIT_LFS_SKIP_SMUDGE", "1"),
                ("GIT_TEMPLATE_DIR", ""),
                ("GIT_ALLOW_PROTOCOL", "https:ssh:file"),
                ("LC_ALL", "C"),
            ])
            .env("HOME", folder)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // `git` starts others (`git-remote-https`, `ssh`): they end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .spawn()
            .map_err(|why| fail(format!("`git` did not start ({why})")))?;
        let drain = |stream: Option<Box<dyn Read + Send>>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                if let Some(stream) = stream {
                    let _ = stream.take(16 << 20).read_to_end(&mut bytes);
                }
                String::from_utf8_lossy(&bytes).into_owned()
            })
        };
        let out = drain(
            child
                .stdout
                .take()
                .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        );
        let told = drain(
            child
                .stderr
                .take()
                .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        );
        let end = Instant::now() + self.timeout;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
                other => {
                    end_group(&child);
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(fail(match other {
                        Err(why) => why.to_string(),
                        Ok(_) => format!("`git` did not finish within {} seconds", self.timeout.as_secs()),
                    }));
                }
            }
        };
        let out = out.join().unwrap_or_default();
        if status.success() {
            return Ok(out);
        }
        let told = told.join().unwrap_or_default();
        let last = told
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it failed");
        Err(fail(format!(
            "git says: {}",
            last.chars().take(300).collect::<String>()
        )))
    }
}

/// Ends all that a program started. It leads its group and is not waited for yet, so that its id means no other.
#[cfg(unix)]
fn end_group(child: &std::process::Child) {
    let leader = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(leader) = leader {
        // Some may be gone already.
        let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end_group(_: &std::process::Child) {}

impl Git for GitProgram {
    fn checkout(&self, request: &Checkout, into: &Path) -> Result<String, LibraryError> {
        let url = address(&request.url)?;
        if request.reference.as_deref().is_some_and(|name| !is_reference(name)) {
            return Err(LibraryError::Source {
                given: request.reference.clone().unwrap_or_default(),
                why: "it is not the name of a branch or tag".to_owned(),
            });
        }
        std::fs::create_dir_all(into).map_err(LibraryError::file(into))?;
        let run = |arguments: &[&str]| self.run(&url, into, arguments);
        run(&["init", "--quiet", "--", "."])?;
        run(&["remote", "add", "--", "origin", &url])?;
        if let Some(folder) = &request.folder {
            run(&[
                "sparse-checkout",
                "set",
                "--no-cone",
                "--",
                &format!("/{}/", sparse(folder)),
            ])?;
        }
        let wanted = request
            .sha
            .as_deref()
            .or(request.reference.as_deref())
            .unwrap_or("HEAD");
        // Blobs outside of the folder are not fetched where the server can leave them out.
        let shallow = [
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--filter=blob:none",
            "--",
            "origin",
            wanted,
        ];
        let mut fetched = run(&shallow);
        if fetched.is_err() {
            fetched = run(&["fetch", "--quiet", "--depth=1", "--no-tags", "--", "origin", wanted]);
        }
        let target = match (&fetched, &request.sha) {
            (Ok(_), _) => "FETCH_HEAD",
            // Some servers give no single commits: then everything that has a name.
            (Err(_), Some(sha)) => {
                run(&[
                    "fetch",
                    "--quiet",
                    "--",
                    "origin",
                    "+refs/heads/*:refs/remotes/origin/*",
                ])?;
                sha
            }
            (Err(_), None) => return fetched,
        };
        run(&["checkout", "--quiet", "--detach", target])?;
        let commit = run(&["rev-parse", "HEAD"])?.trim().to_owned();
        if let Some(sha) = &request.sha
            && *sha != commit
        {
            return Err(LibraryError::Digest {
                what: url,
                expected: sha.clone(),
                found: commit,
            });
        }
        let own = into.join(".git");
        std::fs::remove_dir_all(&own).map_err(LibraryError::file(&own))?;
        Ok(commit)
    }

    fn tags(&self, url: &str) -> Result<Vec<String>, LibraryError> {
        let url = address(url)?;
        let listed = self.run(&url, Path::new("/"), &["ls-remote", "--tags", "--refs", "--", &url])?;
        Ok(listed
            .lines()
            .filter_map(|line| line.split_once("refs/tags/").map(|(_, name)| name.to_owned()))
            .collect())
    }
}

/// A folder as a pattern that means only itself.
fn sparse(folder: &str) -> String {
    let mut pattern = String::new();
    for letter in folder.trim_matches('/').chars() {
        if r"\*?[]!#".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}
