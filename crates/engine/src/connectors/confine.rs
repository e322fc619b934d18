//! What keeps the program of a local server apart from this computer (Linux): namespaces through `bwrap`. It sees the
//! system's programs, a folder of its own, and the folders the person named; no network unless they said so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use deskhand_mcp::Program;
use deskhand_types::ProgramAccess;

/// What every program may see of the system, read only.
const SYSTEM: [&str; 20] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/resolv.conf",
    "/etc/ssl",
];

/// Why a program cannot be kept apart here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotConfined(pub String);

/// What is known of this computer.
pub(crate) struct Place {
    /// `bwrap`, where it is.
    pub bwrap: Option<PathBuf>,
    /// Where programs are looked for.
    pub path: Vec<PathBuf>,
    /// The person's folder: nothing of it is seen unless it is named, or holds the program itself.
    pub personal: PathBuf,
}

impl Place {
    /// As it is: `path` is the variable `PATH`.
    pub fn find(path: &str, personal: &Path) -> Self {
        let path: Vec<PathBuf> = std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .collect();
        Self {
            bwrap: look_for("bwrap", &path),
            path,
            personal: personal.to_owned(),
        }
    }

    /// The program a command names: as it is when it is a path, looked for otherwise.
    ///
    /// # Errors
    /// In words, when there is none: a missing runtime is named.
    pub fn program(&self, command: &str) -> Result<PathBuf, String> {
        let found = if Path::new(command).is_absolute() {
            Some(PathBuf::from(command)).filter(|file| file.is_file())
        } else {
            look_for(command, &self.path)
        };
        found.ok_or_else(|| {
            let what = match command {
                "npx" | "node" | "npm" => "It comes with Node.js: install that, then try again.",
                "uvx" | "uv" => "It comes with uv: install that, then try again.",
                "docker" => "Install Docker, then try again.",
                "python" | "python3" | "pipx" => "Install Python, then try again.",
                "bun" | "bunx" | "deno" | "php" | "java" | "dotnet" | "ruby" | "go" => {
                    "Install that language's runtime, then try again."
                }
                _ => "Check that it is installed, or give its whole path.",
            };
            format!("the program `{command}` was not found on this computer. {what}")
        })
    }

    /// The program as it is started, confined. `own` is a folder of the server's own: its home.
    ///
    /// # Errors
    /// When this computer cannot keep it apart; it must not be started then.
    pub fn confine(
        &self,
        program: &Path,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        access: &ProgramAccess,
        own: &Path,
    ) -> Result<Program, NotConfined> {
        let Some(bwrap) = &self.bwrap else {
            return Err(NotConfined(
                "bubblewrap (`bwrap`) is not installed, so its program cannot be kept apart from your files".to_owned(),
            ));
        };
        let mut words: Vec<String> = ["--unshare-all", "--die-with-parent", "--new-session"]
            .map(str::to_owned)
            .to_vec();
        if access.network {
            words.push("--share-net".to_owned());
        }
        let mut bind = |option: &str, what: &str| words.extend([option.to_owned(), what.to_owned(), what.to_owned()]);
        for folder in SYSTEM {
            bind("--ro-bind-try", folder);
        }
        words.extend(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"].map(str::to_owned));
        let mut bind = |option: &str, what: &str| words.extend([option.to_owned(), what.to_owned(), what.to_owned()]);
        for folder in self.homes_of(program, arguments) {
            bind("--ro-bind", &folder.to_string_lossy());
        }
        for folder in &access.folders {
            bind(if folder.writable { "--bind" } else { "--ro-bind" }, &folder.path);
        }
        bind("--bind", &own.to_string_lossy());
        let home = own.to_string_lossy().into_owned();
        // Variables come by the environment: what is among the arguments stands in the list of processes.
        let mut all = self.minimal(&home);
        all.extend(environment.clone());
        words.extend(["--chdir".to_owned(), home, "--".to_owned()]);
        words.push(program.to_string_lossy().into_owned());
        words.extend(arguments.iter().cloned());
        Ok(Program {
            command: bwrap.clone(),
            arguments: words,
            environment: all,
            folder: PathBuf::from("/"),
        })
    }

    /// The program with all of the person's rights, as they said.
    pub fn unconfined(
        &self,
        program: &Path,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        own: &Path,
    ) -> Program {
        let mut all = self.minimal(&self.personal.to_string_lossy());
        all.extend(environment.clone());
        Program {
            command: program.to_owned(),
            arguments: arguments.to_vec(),
            environment: all,
            folder: own.to_owned(),
        }
    }

    /// The variables a program needs to run at all.
    fn minimal(&self, home: &str) -> BTreeMap<String, String> {
        let path = std::env::join_paths(&self.path).unwrap_or_default();
        [
            ("PATH", path.to_string_lossy().into_owned()),
            ("HOME", home.to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TMPDIR", "/tmp".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// What lies outside the system's folders and must be readable for the program to run: the program, what it is a link
    /// to, and files named in its arguments. A program that lies in `…/bin` or `…/shims` brings the folder around it (an
    /// environment of Python, an installation of Node, pyenv); of everything else only the file itself is shown.
    fn homes_of(&self, program: &Path, arguments: &[String]) -> BTreeSet<PathBuf> {
        let mut homes = BTreeSet::new();
        let system = |path: &Path| SYSTEM.iter().any(|known| path.starts_with(known));
        let mut add_program = |file: &Path| {
            let folder = file.parent();
            let around = folder.filter(|folder| folder.ends_with("bin") || folder.ends_with("shims"));
            let around = around.and_then(Path::parent);
            // Never the person's folder itself, nor one above it.
            let around = around.filter(|folder| !self.personal.starts_with(folder));
            let shown = around.unwrap_or(file);
            if shown.is_absolute() && !system(shown) {
                homes.insert(shown.to_owned());
            }
        };
        add_program(program);
        if let Ok(real) = resolve(program) {
            add_program(&real);
        }
        for argument in arguments {
            let file = Path::new(argument);
            if file.is_absolute() && file.is_file() && !system(file) {
                homes.insert(file.to_owned());
            }
        }
        homes
    }

    /// What a program sees of the person's folder beside the folders they named, because it lies there.
    pub fn shown(&self, command: &str, arguments: &[String]) -> Vec<PathBuf> {
        let Ok(program) = self.program(command) else {
            return Vec::new();
        };
        let homes = self.homes_of(&program, arguments);
        homes
            .into_iter()
            .filter(|home| home.starts_with(&self.personal))
            .collect()
    }
}

fn look_for(name: &str, path: &[PathBuf]) -> Option<PathBuf> {
    if name.contains('/') {
        return None;
    }
    path.iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of this computer, not a granted folder"
)]
fn resolve(file: &Path) -> std::io::Result<PathBuf> {
    std::fs::canonicalize(file)
}
