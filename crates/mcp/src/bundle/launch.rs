//! What a bundle runs once it is unpacked.

use std::collections::BTreeMap;

use crate::bundle::manifest::{Kind, Launch};
use crate::bundle::settings::Filled;
use crate::bundle::{Bundle, BundleError, Values};
use crate::config::{Command, Server, Transport};

/// The system a bundle is to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// macOS, `darwin` in manifests.
    MacOs,
    /// Windows, `win32` in manifests.
    Windows,
    /// Linux.
    Linux,
}

impl Platform {
    /// As manifests call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MacOs => "darwin",
            Self::Windows => "win32",
            Self::Linux => "linux",
        }
    }

    /// The one this program runs on; anything that is neither Windows nor macOS counts as Linux.
    pub fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// Folders that variables of a manifest stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// Where the bundle was unpacked to: `${__dirname}`.
    pub bundle: String,
    /// `${HOME}`.
    pub home: String,
    /// `${DESKTOP}`.
    pub desktop: String,
    /// `${DOCUMENTS}`.
    pub documents: String,
    /// `${DOWNLOADS}`.
    pub downloads: String,
}

impl Bundle {
    /// The server that the unpacked bundle is. Fails with [`BundleError::Missing`] while required settings are not given.
    pub fn server(&self, folders: &Folders, values: &Values, platform: Platform) -> Result<Server, BundleError> {
        let system = |name: &str| -> Option<String> {
            Some(match name {
                "__dirname" => folders.bundle.clone(),
                "HOME" => folders.home.clone(),
                "DESKTOP" => folders.desktop.clone(),
                "DOCUMENTS" => folders.documents.clone(),
                "DOWNLOADS" => folders.downloads.clone(),
                "pathSeparator" | "/" => if platform == Platform::Windows { "\\" } else { "/" }.to_owned(),
                _ => return None,
            })
        };
        let settings = self.manifest.filled(values, &|text| {
            replace(text, |name| Ok::<_, ()>(system(name))).unwrap_or_default()
        })?;
        let fill = |text: &str| {
            replace(text, |name| match name.strip_prefix("user_config.") {
                None => Ok(system(name)),
                Some(key) => match settings.get(key) {
                    Some(Filled::One(value)) => Ok(Some(value.clone())),
                    Some(Filled::Many(_)) => Err(BundleError::Setting {
                        key: key.to_owned(),
                        reason: "it is a list, and stands where one value is needed".to_owned(),
                    }),
                    None => Ok(None),
                },
            })
        };
        let launch = self.launch(platform);
        let mut args = Vec::new();
        for arg in &launch.args {
            let whole = arg
                .strip_prefix("${user_config.")
                .and_then(|rest| rest.strip_suffix('}'));
            match whole.and_then(|key| settings.get(key)) {
                Some(Filled::Many(items)) => args.extend(items.iter().cloned()),
                _ => args.push(fill(arg)?),
            }
        }
        let mut env = BTreeMap::new();
        for (name, value) in &launch.env {
            env.insert(name.clone(), fill(value)?);
        }
        let mut command = fill(&launch.command)?;
        let has_exe = command
            .get(command.len().saturating_sub(4)..)
            .is_some_and(|end| end.eq_ignore_ascii_case(".exe"));
        if self.manifest.kind == Kind::Binary && platform == Platform::Windows && !has_exe {
            command.push_str(".exe");
        }
        Ok(Server {
            key: self.manifest.name.clone(),
            transport: Transport::Stdio(Command {
                command,
                args,
                env,
                cwd: (!folders.bundle.is_empty()).then(|| folders.bundle.clone()),
            }),
            timeout: None,
            always_load: false,
        })
    }

    /// What the manifest says for this system, or what follows from its kind.
    fn launch(&self, platform: Platform) -> Launch {
        let manifest = &self.manifest;
        if let Some(declared) = &manifest.launch {
            let mut launch = declared.clone();
            if let Some(other) = declared.overrides.get(platform.name()) {
                launch.command = other.command.clone().unwrap_or(launch.command);
                launch.args = other.args.clone().unwrap_or(launch.args);
                launch.env = other.env.clone().unwrap_or(launch.env);
            }
            return launch;
        }
        let entry = manifest.entry_point.clone().unwrap_or_default();
        let inside = format!("${{__dirname}}${{/}}{entry}");
        let python = if platform == Platform::Windows {
            "python"
        } else {
            "python3"
        };
        let (command, args) = match manifest.kind {
            Kind::Node => ("node".to_owned(), vec![inside]),
            Kind::Python => (python.to_owned(), vec![inside]),
            Kind::Binary => (inside, Vec::new()),
            // uv reads `pyproject.toml` of the folder it is told.
            Kind::Uv => (
                "uv".to_owned(),
                ["run", "--directory", "${__dirname}", &entry]
                    .map(str::to_owned)
                    .to_vec(),
            ),
        };
        Launch {
            command,
            args,
            ..Launch::default()
        }
    }
}

/// Fills in `${…}` in one pass; what nothing is known of stays as it is.
fn replace<E>(text: &str, value: impl Fn(&str) -> Result<Option<String>, E>) -> Result<String, E> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        if let Some((name, behind)) = after.split_once('}')
            && let Some(value) = value(name)?
        {
            filled.push_str(&value);
            rest = behind;
        } else {
            filled.push_str("${");
            rest = after;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}
