//! `.gitignore` rules, read through the handles of the walk.

use std::io::Read as _;
use std::sync::Arc;

use cap_std::fs::Dir;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Largest rule file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The rules of one folder and those above it.
pub(super) struct Ignored {
    /// The folder, below the base of the walk.
    folder: String,
    rules: Gitignore,
    above: Option<Arc<Self>>,
}

impl Ignored {
    /// The rules that hold in a folder: its own before those above it.
    pub(super) fn enter(dir: &Dir, below: &str, above: Option<Arc<Self>>) -> Option<Arc<Self>> {
        let Ok(file) = crate::folder::open_regular(dir, ".gitignore") else {
            return above;
        };
        let mut text = String::new();
        if file.take(LARGEST).read_to_string(&mut text).is_err() {
            return above;
        }
        let mut builder = GitignoreBuilder::new("");
        for line in text.lines() {
            // A line that is no rule is no rule; git does the same.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(rules) => Some(Arc::new(Self {
                folder: below.to_owned(),
                rules,
                above,
            })),
            Err(_) => above,
        }
    }

    /// Whether the entry at `below` is ignored. The nearest rule that speaks of it decides.
    pub(super) fn covers(&self, below: &str, is_folder: bool) -> bool {
        let mut at = Some(self);
        while let Some(here) = at {
            let inside = below
                .strip_prefix(here.folder.as_str())
                .unwrap_or(below)
                .trim_start_matches('/');
            let found = here.rules.matched(inside, is_folder);
            if !found.is_none() {
                return found.is_ignore();
            }
            at = here.above.as_deref();
        }
        false
    }
}
