//! Grants: which folders a task may see, and how.

use serde::{Deserialize, Serialize};

/// What may be done in a granted folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum GrantMode {
    /// Reading only.
    #[serde(rename = "ro")]
    ReadOnly,
    /// Creating freely; overwriting, moving and deleting are reversible and follow the task's mode. The default.
    #[default]
    #[serde(rename = "rw-no-delete")]
    ReadWriteNoDelete,
    /// Everything, reversibly.
    #[serde(rename = "rw")]
    ReadWrite,
}

impl GrantMode {
    /// The name used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "ro",
            Self::ReadWriteNoDelete => "rw-no-delete",
            Self::ReadWrite => "rw",
        }
    }
}

impl std::fmt::Display for GrantMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for GrantMode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "ro" => Ok(Self::ReadOnly),
            "rw-no-delete" => Ok(Self::ReadWriteNoDelete),
            "rw" => Ok(Self::ReadWrite),
            _ => Err(()),
        }
    }
}

/// A folder the person granted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The name under `/mnt/`, unique in a task: the folder's own name, with a number when names clash.
    pub name: String,
    /// The folder on this machine: absolute, resolved, in the platform's own form.
    pub folder: String,
    /// What may be done there.
    pub mode: GrantMode,
    /// Whether the person allowed a folder outside the personal folder for this grant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside_home: bool,
}

/// A path as models and people see it: `/mnt/<grant>/<relative path>`, always with `/`, no `.` or `..`.
/// Made by `workspace` (and by tests); elsewhere treat it as an opaque, comparable name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuestPath(String);

impl GuestPath {
    /// Wraps a path already in guest form.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The grant's name: the part after `/mnt/`.
    pub fn grant(&self) -> Option<&str> {
        self.0
            .strip_prefix("/mnt/")
            .and_then(|rest| rest.split('/').next())
            .filter(|name| !name.is_empty())
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }
}

impl std::fmt::Display for GuestPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
