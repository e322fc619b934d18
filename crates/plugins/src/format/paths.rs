//! Paths that foreign files name.

use std::path::{Component, Path, PathBuf};

/// Why a path was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathFault {
    /// Absolute, with `..`, or without `./` in front.
    #[error("`{0}` is not a path below the plugin: it must begin with `./` and hold no `..`")]
    Form(String),
    /// A link leads out.
    #[error("`{0}` leads outside of the plugin's folder")]
    Outside(String),
    /// Nothing is there.
    #[error("`{0}` is not there")]
    Missing(String),
}

/// A path of a manifest: relative, `./…`, no `..`, inside `root` also after its links are followed.
/// `root` is taken as it is; the answer is below it as written.
pub fn declared(root: &Path, text: &str) -> Result<PathBuf, PathFault> {
    let form = || PathFault::Form(text.to_owned());
    let rest = match text {
        "." | "./" => "",
        _ => text.strip_prefix("./").ok_or_else(form)?,
    };
    if rest.contains(['\\', '\0']) {
        return Err(form());
    }
    let rest = Path::new(rest);
    if rest
        .components()
        .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err(form());
    }
    let path = root.join(rest);
    if path.symlink_metadata().is_err() {
        return Err(PathFault::Missing(text.to_owned()));
    }
    match inside(root, &path) {
        Some(_) => Ok(path.components().collect()),
        None => Err(PathFault::Outside(text.to_owned())),
    }
}

/// `path` with its links followed, if it is there and inside `root`.
pub fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let root = std::fs::canonicalize(root).ok()?;
    let path = std::fs::canonicalize(path).ok()?;
    path.starts_with(&root).then_some(path)
}

/// Names of folders that are never walked.
pub fn is_skipped(name: &str) -> bool {
    matches!(name, ".git" | "node_modules")
}
