//! Names of grants under `/mnt/`.

use std::collections::BTreeSet;
use std::path::Path;

/// A name for a granted folder: the folder's own, made fit to be one path component, with a number from 2 when it is
/// taken (compared without case, so that names differ on every platform).
pub fn unique<'a>(folder: &Path, taken: impl IntoIterator<Item = &'a str>) -> String {
    let own = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let plain: String = own
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '/' | '\\' | ':' | '\u{fffd}') {
                '-'
            } else {
                c
            }
        })
        .collect();
    let plain = plain.trim().trim_end_matches('.').trim();
    let plain = if plain.is_empty() { "folder" } else { plain };
    let taken: BTreeSet<String> = taken.into_iter().map(crate::portable::folded).collect();
    let free = |name: &str| !taken.contains(&crate::portable::folded(name));
    if free(plain) {
        return plain.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let name = format!("{plain}-{number}");
        if free(&name) {
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clashes_get_numbers() {
        assert_eq!(unique(Path::new("/home/a/work"), []), "work");
        assert_eq!(unique(Path::new("/home/a/Work"), ["work"]), "Work-2");
        assert_eq!(
            unique(Path::new("/home/a/work"), ["work", "work-2", "outputs"]),
            "work-3"
        );
        assert_eq!(unique(Path::new("/"), []), "folder");
        assert_eq!(unique(Path::new("/home/a/My Papers."), []), "My Papers");
    }
}
