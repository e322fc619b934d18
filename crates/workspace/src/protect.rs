//! Which folders may be granted at all, and what stays hidden inside one that is.
//!
//! Default restriction (DESIGN, "Files"): a folder inside the personal folder; never a system folder, the root of a
//! drive, a key store, a browser profile or Deskhand's own data. A folder that *contains* such places may be granted
//! (the personal folder itself is the usual case): the places inside are masked, as if they did not exist.

use std::path::{Component, Path, PathBuf};

use deskhand_policy::{SECRET_BEGINNINGS, SECRET_EXTENSIONS, SECRET_PLACES};
use deskhand_types::{Code, Coded};

mod places;

/// A folder that may be granted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedFolder {
    /// The folder, absolute, links resolved, in the platform's own form.
    pub path: PathBuf,
    /// Whether it lies outside the personal folder (and was allowed all the same).
    pub outside_home: bool,
    /// Existing protected places inside it, which stay hidden. For telling the person.
    pub masked: Vec<PathBuf>,
}

/// Why a folder may not be granted. Nothing was granted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It does not exist or cannot be looked at.
    #[error("the folder {folder} cannot be opened: {source}")]
    Unreachable {
        /// As given.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not a folder.
    #[error("{folder} is not a folder")]
    NotAFolder {
        /// Resolved.
        folder: String,
    },
    /// Its path is not Unicode, or in a form that is not accepted (network shares, devices).
    #[error("{folder} cannot be granted: {why}")]
    BadForm {
        /// As given.
        folder: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The root of a drive, or a folder that holds all personal folders.
    #[error("{folder} is too wide to be granted")]
    TooWide {
        /// Resolved.
        folder: String,
    },
    /// A system folder.
    #[error("{folder} belongs to the system and is never granted")]
    System {
        /// Resolved.
        folder: String,
    },
    /// A key store, browser profile or Deskhand's own data.
    #[error("{folder} is a protected place and is never granted")]
    Protected {
        /// Resolved.
        folder: String,
    },
    /// Outside the personal folder, which was not allowed.
    #[error("{folder} is outside your personal folder; it was not granted")]
    OutsideHome {
        /// Resolved.
        folder: String,
    },
}

impl Coded for Refusal {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Unreachable { .. } => "workspace.folder-unreachable",
            Self::NotAFolder { .. } => "workspace.folder-not-a-folder",
            Self::BadForm { .. } => "workspace.folder-bad-form",
            Self::TooWide { .. } => "workspace.folder-too-wide",
            Self::System { .. } => "workspace.folder-system",
            Self::Protected { .. } => "workspace.folder-protected",
            Self::OutsideHome { .. } => "workspace.folder-outside-home",
        })
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } => "Check the spelling, or whether the drive is connected.".into(),
            Self::NotAFolder { .. } => "Grant the folder the file is in.".into(),
            Self::OutsideHome { .. } => "Use --allow-outside-home to grant it once, which is recorded.".into(),
            _ => "Grant a folder with your own documents in it.".into(),
        })
    }
}

/// Judges whether `folder` may be granted. Looks at the file system (resolves links, so that a link to a protected
/// place is judged by where it leads), changes nothing.
///
/// `home` is the personal folder; `app_dirs` are Deskhand's own folders (data, cache).
///
/// # Errors
/// The [`Refusal`].
pub fn judge(
    folder: &Path,
    home: Option<&Path>,
    app_dirs: &[PathBuf],
    allow_outside_home: bool,
) -> Result<ResolvedFolder, Refusal> {
    let given = folder.display().to_string();
    refuse_forms(folder).map_err(|why| Refusal::BadForm {
        folder: given.clone(),
        why,
    })?;
    let path = resolve(folder).map_err(|source| Refusal::Unreachable {
        folder: given.clone(),
        source,
    })?;
    if path.to_str().is_none() {
        return Err(Refusal::BadForm {
            folder: given,
            why: "its path is not Unicode",
        });
    }
    refuse_forms(&path).map_err(|why| Refusal::BadForm { folder: given, why })?;
    let shown = path.display().to_string();
    if !std::fs::metadata(&path).is_ok_and(|meta| meta.is_dir()) {
        return Err(Refusal::NotAFolder { folder: shown });
    }
    let home = home.and_then(|home| resolve(home).ok());
    if path.parent().is_none() || home.as_deref().is_some_and(|home| home != path && inside(home, &path)) {
        return Err(Refusal::TooWide { folder: shown });
    }
    let at_home = home.as_deref().is_some_and(|home| inside(&path, home));
    // A personal folder below a system folder (some services live in /var) is personal all the same.
    if !at_home && is_system(&path) {
        return Err(Refusal::System { folder: shown });
    }
    let app_dirs: Vec<PathBuf> = app_dirs.iter().filter_map(|dir| resolve(dir).ok()).collect();
    if app_dirs.iter().any(|dir| inside(&path, dir)) || within_masked(&path) {
        return Err(Refusal::Protected { folder: shown });
    }
    if !at_home && !allow_outside_home {
        return Err(Refusal::OutsideHome { folder: shown });
    }
    let mut masked: Vec<PathBuf> = home.as_deref().map(known_places).unwrap_or_default();
    masked.extend(app_dirs);
    masked.retain(|place| inside(place, &path) && place.exists());
    masked.sort();
    Ok(ResolvedFolder {
        path,
        outside_home: !at_home,
        masked,
    })
}

/// The protected places of a person: for [`crate::Options::protected`]. Those that do not exist are harmless.
pub fn places(home: Option<&Path>, app_dirs: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = home.map(known_places).unwrap_or_default();
    all.extend(app_dirs.iter().cloned());
    all
}

fn known_places(home: &Path) -> Vec<PathBuf> {
    // The table is folded; on a case-sensitive system the usual spellings of the few that are not lower case matter
    // only for telling the person, since masking goes by folded names anyway.
    secret_names()
        .filter(|parts| {
            parts
                .first()
                .is_some_and(|first| first.starts_with('.') || matches!(*first, "library" | "appdata" | "snap"))
        })
        .map(|parts| parts.iter().fold(home.to_path_buf(), |path, part| path.join(part)))
        .collect()
}

/// The names of places of secrets, as the policy has them: folded component sequences that are masked wherever they occur in
/// a granted folder.
fn secret_names() -> impl Iterator<Item = &'static [&'static str]> {
    SECRET_PLACES.iter().flat_map(|places| places.names).copied()
}

/// Whether an entry is masked: `above` are the components from the grant's root (or more), `name` the entry itself.
pub(crate) fn masks(above: &[String], name: &str) -> bool {
    if !may_mask(name) {
        return false;
    }
    let name = crate::portable::folded(name);
    if has_masked_form(&name) {
        return true;
    }
    secret_names().any(|parts| {
        let Some((last, rest)) = parts.split_last() else {
            return false;
        };
        *last == name
            && above.len() >= rest.len()
            && above
                .iter()
                .rev()
                .zip(rest.iter().rev())
                .all(|(have, want)| crate::portable::folded(have) == **want)
    })
}

/// A quick test that nearly every name fails: whether [`masks`] may hold for it.
pub(crate) fn may_mask(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|first| !first.is_ascii() || LAST_INITIALS.contains(first.to_ascii_lowercase()))
        || name.rsplit_once('.').is_some_and(|(_, extension)| {
            // Other letters than ASCII may fold to these.
            !extension.is_ascii()
                || SECRET_EXTENSIONS
                    .iter()
                    .any(|masked| masked.eq_ignore_ascii_case(extension))
        })
}

/// First characters of the last components of the table (a test keeps it complete).
const LAST_INITIALS: &str = "._1abcdefgiklmoprstuvw";

/// Whether a folded name is masked for how it begins or ends.
fn has_masked_form(folded: &str) -> bool {
    SECRET_BEGINNINGS.iter().any(|beginning| folded.starts_with(beginning))
        || folded
            .rsplit_once('.')
            .is_some_and(|(_, extension)| SECRET_EXTENSIONS.contains(&extension))
}

/// Whether some component of an absolute path is masked.
pub(crate) fn within_masked(path: &Path) -> bool {
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    (0..parts.len()).any(|end| {
        let (above, rest) = parts.split_at(end);
        rest.first().is_some_and(|name| masks(above, name))
    })
}

/// Masked places below the folder `folder` that are masked only because of its own name or those above it: folded
/// components below it. Moving the folder would unmask them.
pub(crate) fn masked_below(folder: &deskhand_types::GuestPath) -> Vec<Vec<&'static str>> {
    let names: Vec<String> = folder
        .as_str()
        .split('/')
        .skip(3)
        .map(crate::portable::folded)
        .collect();
    let mut below = Vec::new();
    for parts in secret_names() {
        for cut in 1..parts.len() {
            let (head, tail) = parts.split_at(cut);
            if names.len() >= head.len()
                && names
                    .iter()
                    .rev()
                    .zip(head.iter().rev())
                    .all(|(have, want)| have == want)
            {
                below.push(tail.to_vec());
            }
        }
    }
    below
}

fn refuse_forms(path: &Path) -> Result<(), &'static str> {
    use std::path::Prefix;
    match path.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::Disk(_) => Ok(()),
            Prefix::UNC(..) | Prefix::VerbatimUNC(..) => Err("network shares are not granted"),
            _ => Err("device paths are not granted"),
        },
        _ => Ok(()),
    }
}

/// The path with links resolved; on Windows without the `\\?\` that resolving puts before a drive.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    let resolved = std::fs::canonicalize(path)?;
    #[cfg(windows)]
    if let Some(text) = resolved.to_str()
        && let Some(plain) = text.strip_prefix(r"\\?\")
        && plain.as_bytes().get(1) == Some(&b':')
    {
        return Ok(PathBuf::from(plain));
    }
    Ok(resolved)
}

fn is_system(path: &Path) -> bool {
    let in_any = |list: &[&str]| list.iter().any(|place| inside(path, Path::new(place)));
    // Links count too: `/bin` is one on most systems, and `/lib` may resolve below `/usr`.
    in_any(places::SYSTEM) && !in_any(places::EXCEPT)
}

/// Whether `path` is `folder` or inside it, by component, as the platform compares names.
fn inside(path: &Path, folder: &Path) -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        let fold = |path: &Path| -> Vec<String> {
            path.components()
                .map(|part| crate::portable::folded(&part.as_os_str().to_string_lossy()))
                .collect()
        };
        let (path, folder) = (fold(path), fold(folder));
        return path.starts_with(&folder);
    }
    path.starts_with(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_test_on_initials_is_complete() {
        for parts in secret_names() {
            let last = parts.last().unwrap();
            assert!(LAST_INITIALS.contains(last.chars().next().unwrap()), "{last}");
            assert_eq!(crate::portable::folded(last), *last);
        }
        for beginning in SECRET_BEGINNINGS {
            assert!(LAST_INITIALS.contains(beginning.chars().next().unwrap()), "{beginning}");
            assert!(masks(&[], &format!("{beginning}x")));
        }
        for extension in SECRET_EXTENSIONS {
            assert!(masks(&[], &format!("x.{}", extension.to_uppercase())), "{extension}");
        }
    }

    #[test]
    fn masked_by_folded_names_anywhere() {
        let none: Vec<String> = vec![];
        assert!(masks(&none, ".ssh"));
        assert!(masks(&none, ".SSH"));
        assert!(masks(&["deep".into(), ".Config".into()], "GCloud"));
        // U+212A KELVIN SIGN folds to k.
        assert!(masks(&none, ".\u{212a}ube"));
        assert!(masks(&["Library".into()], "\u{212a}eychains"));
        assert!(!masks(&none, "gcloud"));
        assert!(!masks(&none, "notes.txt"));
        assert!(!masks(&none, ".sshd"));
        assert!(masks(&none, ".env") && masks(&none, ".ENV.local") && masks(&none, "Id_RSA"));
        // The same sign, in an extension.
        assert!(masks(&none, "safe.\u{212a}dbx"));
        assert!(!masks(&none, ".envrc") && !masks(&none, "id_rsa.pub") && !masks(&none, "kdbx"));
        assert!(within_masked(Path::new("/home/u/.ssh/keys")));
        assert!(!within_masked(Path::new("/home/u/work")));
    }
}
