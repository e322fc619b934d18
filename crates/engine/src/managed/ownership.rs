//! Who could have written a file of the organisation's.
//!
//! The file in the platform's fixed place must be an administrator's alone: the file, the folders it lies in, and every
//! link on the way belong to root, and nobody else can write them. (On Linux the group's bits of a file with an access
//! list are the most the list allows anybody, so a list that lets somebody write is seen as well.) A further file, which
//! the environment names to try rules out, is its owner's; only one that everybody can write is refused.
//!
//! On Windows nothing is checked yet: there the access list would have to be read.

use std::path::Path;

/// Who alone may be able to write a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeper<'a> {
    /// Users with these numbers: root.
    Only(&'a [u32]),
    /// Whoever owns it, and their group.
    Owner,
}

impl Keeper<'_> {
    /// The computer's administrator.
    pub const ADMINISTRATOR: Self = Self::Only(&[0]);
}

/// Why others than its keeper could have written `file`; `None` when they could not.
///
/// # Errors
/// When the file or a folder above it cannot be looked at.
#[cfg(not(unix))]
pub(super) fn fault(_file: &Path, _keeper: Keeper<'_>) -> std::io::Result<Option<String>> {
    Ok(None)
}

#[cfg(unix)]
pub(super) use unix::fault;

#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "looks at a file of the computer's administrator and the folders above it; no task and no grant is involved"
)]
mod unix {
    use std::{fs, io, os::unix::fs::MetadataExt as _};

    use super::{Keeper, Path};

    /// Mode bits (POSIX `sys/stat.h`).
    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    /// In such a folder only its owner and an entry's own can replace the entry.
    const STICKY: u32 = 0o1000;
    /// Links that are followed.
    const LINKS: usize = 16;

    /// Why others than its keeper could have written `file`; `None` when they could not.
    ///
    /// # Errors
    /// When the file or a folder above it cannot be looked at.
    pub(in crate::managed) fn fault(file: &Path, keeper: Keeper<'_>) -> io::Result<Option<String>> {
        let Keeper::Only(owners) = keeper else {
            let mode = fs::metadata(file)?.mode();
            return Ok((mode & OTHERS_WRITE != 0).then(|| writable(file, mode)));
        };
        let mut at = file.to_owned();
        for _ in 0..LINKS {
            let folder = at.parent().unwrap_or(Path::new("/")).to_owned();
            // As it is written and as it is: a link in the middle lies in a folder, and so does what it leads to.
            for folder in folder.ancestors().chain(fs::canonicalize(&folder)?.ancestors()) {
                let found = fs::metadata(folder)?;
                if let Some(fault) = owned(folder, &found, owners) {
                    return Ok(Some(fault));
                }
                if found.mode() & (GROUP_WRITES | OTHERS_WRITE) != 0 && found.mode() & STICKY == 0 {
                    return Ok(Some(writable(folder, found.mode())));
                }
            }
            let found = fs::symlink_metadata(&at)?;
            if let Some(fault) = owned(&at, &found, owners) {
                return Ok(Some(fault));
            }
            if !found.is_symlink() {
                let writes = found.mode() & (GROUP_WRITES | OTHERS_WRITE) != 0;
                return Ok(writes.then(|| writable(&at, found.mode())));
            }
            at = folder.join(fs::read_link(&at)?);
        }
        Ok(Some("its links lead on and on".to_owned()))
    }

    fn owned(path: &Path, found: &fs::Metadata, owners: &[u32]) -> Option<String> {
        (!owners.contains(&found.uid())).then(|| {
            let path = path.display();
            format!(
                "{path} belongs to user {} and not to the computer's administrator, so anybody could have written it \
                 (to put it right: chown root {path})",
                found.uid()
            )
        })
    }

    fn writable(path: &Path, mode: u32) -> String {
        let path = path.display();
        format!(
            "{path} can be written by others than its owner (mode {:04o}), so anybody could have written it (to put it \
             right: chmod go-w {path})",
            mode & 0o7777
        )
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests")]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
        path::{Path, PathBuf},
    };

    use super::{Keeper, fault};

    struct Place {
        dir: tempfile::TempDir,
        /// Root, and whoever runs the tests.
        owners: [u32; 2],
    }

    impl Place {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let owners = [0, fs::metadata(dir.path()).unwrap().uid()];
            let place = Self { dir, owners };
            fs::create_dir(place.at("etc")).unwrap();
            mode(&place.at("etc"), 0o755);
            place.write("etc/policy.toml");
            place
        }

        fn at(&self, path: &str) -> PathBuf {
            self.dir.path().join(path)
        }

        fn write(&self, path: &str) {
            fs::write(self.at(path), "").unwrap();
            mode(&self.at(path), 0o644);
        }

        fn fault(&self, path: &str) -> Option<String> {
            fault(&self.at(path), Keeper::Only(&self.owners)).unwrap()
        }

        fn refused(&self, path: &str, words: &str) {
            let why = self.fault(path).unwrap();
            assert!(why.contains(words), "{why}");
        }
    }

    fn mode(path: &Path, bits: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
    }

    #[test]
    fn what_only_its_keeper_can_write_is_taken() {
        let place = Place::new();
        assert_eq!(place.fault("etc/policy.toml"), None);
        mode(&place.at("etc/policy.toml"), 0o444);
        assert_eq!(place.fault("etc/policy.toml"), None);
    }

    #[test]
    fn what_its_group_or_others_can_write_is_refused() {
        let place = Place::new();
        for bits in [0o664, 0o646, 0o666, 0o622] {
            mode(&place.at("etc/policy.toml"), bits);
            place.refused("etc/policy.toml", &format!("(mode {bits:04o})"));
        }
        mode(&place.at("etc/policy.toml"), 0o644);
        for bits in [0o775, 0o777, 0o757] {
            mode(&place.at("etc"), bits);
            place.refused("etc/policy.toml", "/etc can be written");
        }
        // There nobody but its owner can replace it.
        mode(&place.at("etc"), 0o1777);
        assert_eq!(place.fault("etc/policy.toml"), None);
    }

    #[test]
    fn what_belongs_to_somebody_else_is_refused() {
        let place = Place::new();
        let file = place.at("etc/policy.toml");
        // Nobody who runs tests has that number.
        let stranger = 54_321;
        if chown(&file, Some(stranger), None).is_ok() {
            place.refused("etc/policy.toml", "policy.toml belongs to user 54321");
            chown(&file, Some(0), None).unwrap();
            assert_eq!(place.fault("etc/policy.toml"), None);
            chown(place.at("etc"), Some(stranger), None).unwrap();
            place.refused("etc/policy.toml", "etc belongs to user 54321");
        } else {
            // Not root: then it is not root's either.
            let why = fault(&file, Keeper::ADMINISTRATOR).unwrap().unwrap();
            assert!(why.contains("belongs to user"), "{why}");
        }
    }

    #[test]
    fn a_link_is_no_better_than_where_it_lies_and_where_it_leads() {
        let place = Place::new();
        fs::create_dir(place.at("store")).unwrap();
        mode(&place.at("store"), 0o755);
        place.write("store/rules.toml");
        fs::remove_file(place.at("etc/policy.toml")).unwrap();
        // By way of another link, and relative.
        symlink("../middle.toml", place.at("etc/policy.toml")).unwrap();
        symlink(place.at("store/rules.toml"), place.at("middle.toml")).unwrap();
        assert_eq!(place.fault("etc/policy.toml"), None);
        mode(&place.at("store"), 0o777);
        place.refused("etc/policy.toml", "store can be written");
        mode(&place.at("store"), 0o755);
        mode(&place.at("store/rules.toml"), 0o666);
        place.refused("etc/policy.toml", "rules.toml can be written");
        mode(&place.at("store/rules.toml"), 0o644);
        // The folder the second link lies in.
        mode(place.dir.path(), 0o777);
        place.refused("etc/policy.toml", "can be written");
        mode(place.dir.path(), 0o755);
        // A folder on the way that is a link.
        symlink(place.at("etc"), place.at("way")).unwrap();
        assert_eq!(place.fault("way/policy.toml"), None);
        // In a circle.
        fs::remove_file(place.at("middle.toml")).unwrap();
        symlink("etc/policy.toml", place.at("middle.toml")).unwrap();
        place.refused("etc/policy.toml", "on and on");
    }

    #[test]
    fn a_further_file_is_its_owners_unless_everybody_can_write_it() {
        let place = Place::new();
        let file = place.at("etc/policy.toml");
        for (bits, taken) in [(0o600, true), (0o664, true), (0o666, false), (0o602, false)] {
            mode(&file, bits);
            let why = fault(&file, Keeper::Owner).unwrap();
            assert_eq!(why.is_none(), taken, "{bits:o}: {why:?}");
        }
    }
}
