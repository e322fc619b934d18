//! Where the program `deskhand` is.

use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where to look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Places {
    /// `DESKHAND_BIN`: the program itself. When it is set, nothing else counts.
    pub named: Option<OsString>,
    /// The window's own program: the two are installed side by side.
    pub own: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
}

impl Places {
    /// The places of this process.
    pub fn here() -> Self {
        Self {
            named: std::env::var_os("DESKHAND_BIN").filter(|named| !named.is_empty()),
            own: std::env::current_exe().ok(),
            path: std::env::var_os("PATH"),
        }
    }

    /// The first program there is.
    pub fn find(&self) -> Option<PathBuf> {
        self.candidates().into_iter().find(|candidate| candidate.is_file())
    }

    fn candidates(&self) -> Vec<PathBuf> {
        if let Some(named) = &self.named {
            return vec![PathBuf::from(named)];
        }
        let name = format!("deskhand{EXE_SUFFIX}");
        let beside = self.own.as_deref().and_then(Path::parent).map(Path::to_owned);
        let on_path = self.path.as_deref().map(OsStr::to_owned).unwrap_or_default();
        // An empty or relative entry of PATH would mean the folder one happens to be in.
        let on_path = std::env::split_paths(&on_path).filter(|folder| folder.is_absolute());
        beside
            .into_iter()
            .chain(on_path)
            .map(|folder| folder.join(&name))
            .collect()
    }
}
