//! What is kept on this computer for machines, and throwing it away. Nothing of the person's is in it (I10).

use std::path::Path;

use crate::image::Places;
use crate::{SandboxError, error::host, folder, own};

/// What is kept for machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// Saved machines that others start from.
    pub templates: u32,
    /// Machines that run now, of whatever process.
    pub machines: u32,
    /// Bytes on disk, images among them.
    pub bytes: u64,
}

/// Looks at what is kept.
pub fn kept(places: &Places) -> Kept {
    Kept {
        templates: templates(places),
        machines: folders(&places.machines()),
        bytes: folder::disk_use(places.root()),
    }
}

/// Counts the saved machines, without looking at how much room anything takes.
pub(crate) fn templates(places: &Places) -> u32 {
    folders(&places.templates())
}

/// Ends machines whose owner is gone and deletes the templates; with `image` also images and what building them left.
/// Machines of processes that live are left alone. Returns how many machines were ended.
///
/// # Errors
/// When something cannot be deleted; what is gone is made again when it is needed.
pub fn reset(places: &Places, image: bool) -> Result<u32, SandboxError> {
    let ended = own::sweep(places);
    remove(&places.templates())?;
    if image {
        remove(&places.root().join("images"))?;
        remove(&places.root().join("build"))?;
    }
    Ok(ended)
}

fn remove(folder: &Path) -> Result<(), SandboxError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(host("deleting what is kept", error)),
        _ => Ok(()),
    }
}

/// Folders in a folder that are whole.
fn folders(folder: &Path) -> u32 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let whole = entries.flatten().filter(|entry| {
        let partial = entry.file_name().to_string_lossy().ends_with(".partial");
        !partial && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    u32::try_from(whole.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_reset_deletes_templates_and_keeps_the_image_unless_told() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        assert_eq!((kept(&places), reset(&places, true)), (Kept::default(), Ok(0)));
        for folder in ["templates/a", "templates/b.partial", "images/base", "build/base"] {
            std::fs::create_dir_all(places.root().join(folder)).unwrap();
            std::fs::write(places.root().join(folder).join("file"), "x").unwrap();
        }
        assert_eq!(kept(&places).templates, 1);
        reset(&places, false).unwrap();
        assert!(!places.templates().exists() && places.root().join("images/base/file").exists());
        reset(&places, true).unwrap();
        assert!(!places.root().join("images").exists() && !places.root().join("build").exists());
    }
}
