//! The cache folder, part by part. Nothing of the person's is in it (I10).

use std::path::{Path, PathBuf};

use deskhand_sandbox::{folder::disk_use, image::Places};
use deskhand_server::api::{CachePart, CacheUse};

/// Where the local model's weights are, below the cache.
const WEIGHTS: &str = "models";

/// The cache folder.
pub(super) struct Cache {
    folder: PathBuf,
    sandbox: Places,
}

impl Cache {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            sandbox: Places::new(folder),
        }
    }

    /// What each part takes; those that take nothing are left out.
    pub fn uses(&self) -> Vec<CacheUse> {
        let all = [
            CachePart::Image,
            CachePart::Templates,
            CachePart::LocalModel,
            CachePart::Other,
        ];
        let uses = all.map(|part| CacheUse {
            part,
            bytes: self.bytes(part),
        });
        uses.into_iter().filter(|used| used.bytes > 0).collect()
    }

    /// Bytes on disk.
    pub fn bytes(&self, part: CachePart) -> u64 {
        self.folders(part).iter().map(|folder| disk_use(folder)).sum()
    }

    /// Deletes a part. Machines that run are left alone.
    pub fn clean(&self, part: CachePart) -> Result<(), String> {
        for folder in self.folders(part) {
            delete(&folder).map_err(|error| {
                format!(
                    "{} could not be deleted whole: {error}. What is left can be deleted by hand; nothing of yours is in it",
                    folder.display()
                )
            })?;
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "Deskhand's own cache, not a granted folder")]
    fn folders(&self, part: CachePart) -> Vec<PathBuf> {
        let root = self.sandbox.root();
        match part {
            CachePart::Image => vec![root.join("images"), root.join("build")],
            CachePart::Templates => vec![self.sandbox.templates()],
            CachePart::LocalModel => vec![self.folder.join(WEIGHTS)],
            CachePart::Other => std::fs::read_dir(&self.folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path != root && *path != self.folder.join(WEIGHTS))
                .collect(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "Deskhand's own cache, not a granted folder")]
fn delete(path: &Path) -> std::io::Result<()> {
    let deleted = match std::fs::symlink_metadata(path) {
        // A link is taken away, never what it leads to.
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match deleted {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use super::*;

    #[test]
    fn each_part_is_measured_and_deleted_by_itself() {
        let cache = tempfile::tempdir().unwrap();
        let parts = [
            ("sandbox/images/base", CachePart::Image),
            ("sandbox/templates/a", CachePart::Templates),
            ("models", CachePart::LocalModel),
            ("old", CachePart::Other),
        ];
        let files: Vec<PathBuf> = parts.iter().map(|(at, _)| cache.path().join(at).join("file")).collect();
        for file in &files {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, vec![1; 100_000]).unwrap();
        }
        let machine = cache.path().join("sandbox/machines/one/disk");
        std::fs::create_dir_all(machine.parent().unwrap()).unwrap();
        std::fs::write(&machine, "runs").unwrap();
        let kept = Cache::new(cache.path());
        for (index, (_, part)) in parts.into_iter().enumerate() {
            assert!(kept.bytes(part) >= 100_000, "{part:?}");
            kept.clean(part).unwrap();
            let there: Vec<bool> = files.iter().map(|file| file.exists()).collect();
            let wanted: Vec<bool> = (0..files.len()).map(|other| other > index).collect();
            assert_eq!(there, wanted, "{part:?}");
        }
        assert!(machine.exists(), "machines that run are left alone");
        assert_eq!(kept.uses(), []);
        kept.clean(CachePart::Other).unwrap();
    }
}
