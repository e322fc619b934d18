//! From what a model or a person writes to a guest path.

use deskhand_types::GuestPath;

use crate::error::WorkspaceError;
use crate::folder::Kind;
use crate::path::{self, MNT};
use crate::portable;
use crate::resolve::{self, Links};
use crate::workspace::Workspace;

/// The grant for outputs, which does not count when a relative path is taken to be in "the" granted folder.
const OUTPUTS: &str = "outputs";

impl Workspace {
    /// The guest path meant by `text`: `/mnt/work/a/../b`, `work/a`, `./a.csv` or `a.csv` where one folder is granted
    /// (beside the outputs), or a path of this machine inside a granted folder. Nothing needs to exist there.
    ///
    /// `..` is resolved by words. A name that does not exist as written but does in another Unicode form, or with
    /// another kind of space, or with characters nobody sees, is taken as it exists; on Windows and macOS, also in another case.
    ///
    /// # Errors
    /// The path is outside every grant, in a form that is never accepted, or could be in several folders.
    pub fn locate(&self, text: &str) -> Result<GuestPath, WorkspaceError> {
        let bad = |why: &str| WorkspaceError::BadPath {
            given: text.to_owned(),
            why: why.to_owned(),
        };
        let outside = || WorkspaceError::OutsideGrant {
            given: text.to_owned(),
            granted: self.granted(),
        };
        if text.contains('\0') {
            return Err(bad("it holds a NUL"));
        }
        if text.trim().is_empty() {
            return Err(bad("it is empty"));
        }
        if text.starts_with("\\\\") || text.starts_with("//") {
            return Err(bad("network and device paths are not opened"));
        }
        if text.starts_with('~') && (text == "~" || text.starts_with("~/")) {
            return Err(outside());
        }
        let path = if let Some(rest) = text.strip_prefix(MNT) {
            match self.below_mnt(rest) {
                // On Linux a granted folder may itself lie below the machine's /mnt.
                Some(path) if path.grant().is_some_and(|name| self.mounted(name).is_some()) => path,
                Some(_) => self.host_path(text).ok_or_else(|| WorkspaceError::NoSuchGrant {
                    given: text.to_owned(),
                    granted: self.granted(),
                })?,
                None => self.host_path(text).ok_or_else(outside)?,
            }
        } else if resolve::is_absolute(text) || text.starts_with('/') {
            self.host_path(text).ok_or_else(outside)?
        } else {
            self.relative_path(text)?
        };
        Ok(self.as_spelled(path))
    }

    /// `grant/rest` with `.` and `..` resolved by words; `None` when `..` leaves `/mnt` or no grant is named.
    fn below_mnt(&self, rest: &str) -> Option<GuestPath> {
        let parts = by_words(rest.split('/'))?;
        let (name, below) = parts.split_first()?;
        // The grant's name may be written in another Unicode form too.
        let name = match self.mounted(name) {
            Some(_) => (*name).to_owned(),
            None => self
                .all_mounted()
                .into_iter()
                .map(|mounted| mounted.grant.name)
                .find(|have| portable::lookalike(have) == portable::lookalike(name))
                .unwrap_or_else(|| (*name).to_owned()),
        };
        Some(joined(&name, below))
    }

    fn host_path(&self, text: &str) -> Option<GuestPath> {
        let mut found: Vec<(usize, GuestPath)> = self
            .all_mounted()
            .into_iter()
            .filter_map(|mounted| {
                let parts = resolve::below(text, &mounted.grant.folder)?;
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                Some((mounted.grant.folder.len(), joined(&mounted.grant.name, &parts)))
            })
            .collect();
        // Of nested grants the innermost.
        found.sort_by_key(|(length, _)| *length);
        found.pop().map(|(_, path)| path)
    }

    fn relative_path(&self, text: &str) -> Result<GuestPath, WorkspaceError> {
        let none = || WorkspaceError::NoSuchGrant {
            given: text.to_owned(),
            granted: self.granted(),
        };
        let outside = || WorkspaceError::OutsideGrant {
            given: text.to_owned(),
            granted: self.granted(),
        };
        let parts = by_words(text.split('/')).ok_or_else(outside)?;
        let folders: Vec<String> = self
            .all_mounted()
            .into_iter()
            .filter(|mounted| !mounted.is_hidden())
            .map(|m| m.grant.name)
            .filter(|name| name != OUTPUTS)
            .collect();
        let only = match folders.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let by_grant = parts
            .split_first()
            .filter(|(name, _)| self.mounted(name).is_some())
            .map(|(name, below)| joined(name, below));
        let in_only = only.as_ref().map(|name| joined(name, &parts));
        match (by_grant, in_only) {
            // `work/a.csv` with one folder `work`: in it, unless only `work/work/a.csv` exists.
            (Some(path), Some(inner)) if !self.exists(&path) && self.exists(&inner) => Ok(inner),
            (Some(path), _) | (None, Some(path)) => Ok(path),
            (None, None) => {
                let mut existing = folders
                    .iter()
                    .map(|name| joined(name, &parts))
                    .filter(|path| self.exists(&self.as_spelled(path.clone())));
                match (existing.next(), existing.next()) {
                    (Some(path), None) => Ok(path),
                    _ => Err(none()),
                }
            }
        }
    }

    fn exists(&self, path: &GuestPath) -> bool {
        match self.resolve(path, Links::Follow) {
            Ok(resolve::Place::Root(_)) => true,
            Ok(resolve::Place::Entry(spot)) => matches!(spot.inspect(), Ok(Some(_))),
            Err(_) => false,
        }
    }

    /// The path as its existing part is spelled on disk. Best effort: what cannot be looked at stays as written.
    fn as_spelled(&self, asked: GuestPath) -> GuestPath {
        let Ok((mounted, parts)) = self.open_grant(&asked) else {
            return asked;
        };
        let mut folder = mounted.root;
        let mut spelled = folder.path().clone();
        let mut rest = parts.iter();
        while let Some(part) = rest.next() {
            let name = spelling(&folder, part);
            spelled = path::child(&spelled, &name);
            // Through a link nothing is looked up: the link's own path is what was asked for.
            match folder.open_folder(&name) {
                Ok(next) => folder = next,
                Err(_) => {
                    return rest.fold(spelled, |path, part| path::child(&path, part));
                }
            }
        }
        spelled
    }
}

/// The name of the entry meant by `part`, as it is spelled on disk.
fn spelling(folder: &crate::folder::Folder, part: &str) -> String {
    let insensitive = cfg!(any(windows, target_os = "macos"));
    let exists = matches!(folder.inspect(part), Ok(Some(meta)) if meta.kind != Kind::Other);
    // Reading the whole folder is only worth it when the name does not lead anywhere, or leads somewhere under
    // another spelling.
    if exists && !insensitive {
        return part.to_owned();
    }
    let names: Vec<String> = folder.names().unwrap_or_default().into_iter().flatten().collect();
    if names.iter().any(|name| name == part) {
        return part.to_owned();
    }
    let key = |name: &str| {
        let name = portable::lookalike(&deskhand_types::visible(name).0);
        if insensitive { portable::folded(&name) } else { name }
    };
    let wanted = key(part);
    let mut alike = names.into_iter().filter(|name| key(name) == wanted);
    match (alike.next(), alike.next()) {
        (Some(name), None) => name,
        _ => part.to_owned(),
    }
}

fn joined(grant: &str, below: &[impl AsRef<str>]) -> GuestPath {
    below
        .iter()
        .fold(GuestPath::new(format!("{MNT}{grant}")), |path, part| {
            path::child(&path, part.as_ref())
        })
}

/// Components with `.` and empty ones left out and `..` resolved by words; `None` when `..` goes above the start.
fn by_words<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Vec<&'a str>> {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            "" | "." => {}
            ".." => {
                kept.pop()?;
            }
            name => kept.push(name),
        }
    }
    Some(kept)
}
