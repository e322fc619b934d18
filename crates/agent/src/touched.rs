//! The files a task has to do with: what it read and wrote, what joined its conversation, and what the person named. For
//! skills that are for some files only; nothing is decided by it.

use std::collections::BTreeSet;

use deskhand_types::{ChangeSet, GuestPath};

/// Paths that are kept, and words, at most: what comes after is left out, and a skill for it is then called by its name.
const MAX_PATHS: usize = 4_096;
const MAX_WORDS: usize = 256;
/// Bytes of the longest word that is taken for a file's name.
const LONGEST: usize = 512;

/// The files a task has to do with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Touched {
    paths: BTreeSet<GuestPath>,
    words: BTreeSet<String>,
}

impl Touched {
    /// What was read, written or attached.
    pub fn paths(&self) -> impl Iterator<Item = &GuestPath> {
        self.paths.iter()
    }

    /// Words of the person that may name a file: with a dot or a slash in them, as they were written.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    pub(crate) fn take(&mut self, path: &GuestPath) {
        if self.paths.len() < MAX_PATHS {
            self.paths.insert(path.clone());
        }
    }

    pub(crate) fn take_changes(&mut self, set: &ChangeSet) {
        for change in &set.changes {
            change
                .from
                .iter()
                .chain([&change.path])
                .for_each(|path| self.take(path));
        }
    }

    pub(crate) fn hear(&mut self, text: &str) {
        let around = |letter: char| !letter.is_alphanumeric() && !matches!(letter, '/' | '\\' | '_' | '~' | '*');
        for word in text.split_whitespace() {
            let word = word.trim_start_matches(['@', '"', '\'', '(', '[', '`', '“', '„', '«']);
            let word = word.trim_end_matches(around);
            let is_name = word.contains(['.', '/', '\\']) && word.len() <= LONGEST;
            if is_name && self.words.len() < MAX_WORDS {
                self.words.insert(word.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_name_a_file_are_kept_without_what_stands_around_them() {
        let mut touched = Touched::default();
        touched.hear("Check @a/b.csv, \"c.xlsx\" (and ./d.md); no file here. Is e.TXT?");
        let words: Vec<&str> = touched.words().collect();
        assert_eq!(words, ["./d.md", "a/b.csv", "c.xlsx", "e.TXT"]);
    }
}
