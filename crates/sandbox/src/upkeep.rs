//! What is kept on this computer for machines, and throwing it away. Nothing of the person's is in it (I10).

use std::path::Path;

use crate::image::{Layer, Places};
use crate::{SandboxError, console, error::host, folder, own};

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

/// Bytes that are free where all this is kept, where the system tells.
pub fn free_space(places: &Places) -> Option<u64> {
    let there = places.root().ancestors().find(|folder| folder.exists())?;
    crate::platform::free_space(there)
}

/// Ends machines whose owner is gone and deletes the templates and what building an image left; with `image` also images
/// and builds that were cut off. Machines of processes that live, and builds in work, are left alone. Returns how many machines were ended.
///
/// # Errors
/// When something cannot be deleted; what is gone is made again when it is needed.
pub fn reset(places: &Places, image: bool) -> Result<u32, SandboxError> {
    let ended = own::sweep(places);
    remove(&places.templates())?;
    for console in [console::of_lost_machine(places), console::of_failed_boot(places)] {
        let _ = std::fs::remove_file(console);
    }
    for layer in Layer::ALL {
        // A build that was cut off goes on with what it left.
        let built = places.image(layer).join("manifest").exists();
        if image || built {
            leave_nothing_of_building(places, layer)?;
        }
    }
    if image {
        remove(&places.root().join("images"))?;
    }
    Ok(ended)
}

/// Deletes intermediate results, unless somebody builds right now.
fn leave_nothing_of_building(places: &Places, layer: Layer) -> Result<(), SandboxError> {
    let work = places.work(layer);
    let lock = std::fs::File::open(work.join("lock"));
    if let Ok(lock) = &lock
        && lock.try_lock().is_err()
    {
        return Ok(());
    }
    remove(&work)
}

pub(crate) fn remove(folder: &Path) -> Result<(), SandboxError> {
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
        for folder in [
            "templates/a",
            "templates/b.partial",
            "images/base",
            "build/base",
            "build/office",
        ] {
            std::fs::create_dir_all(places.root().join(folder)).unwrap();
            std::fs::write(places.root().join(folder).join("file"), "x").unwrap();
        }
        std::fs::write(places.root().join("images/base/manifest"), "x").unwrap();
        std::fs::write(console::of_failed_boot(&places), "panic").unwrap();
        assert_eq!(kept(&places).templates, 1);
        reset(&places, false).unwrap();
        assert!(!places.templates().exists() && places.root().join("images/base/file").exists());
        assert!(!console::of_failed_boot(&places).exists());
        // What the built image was made from is not needed; a build that was cut off goes on.
        assert!(!places.work(Layer::Base).exists() && places.work(Layer::Office).exists());
        reset(&places, true).unwrap();
        assert!(!places.root().join("images").exists() && !places.work(Layer::Office).exists());
    }

    #[test]
    fn a_reset_leaves_a_build_in_work_alone() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        let work = places.work(Layer::Base);
        std::fs::create_dir_all(&work).unwrap();
        let lock = std::fs::File::create(work.join("lock")).unwrap();
        lock.lock().unwrap();
        reset(&places, true).unwrap();
        assert!(work.exists());
        drop(lock);
        reset(&places, true).unwrap();
        assert!(!work.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn free_space_is_known_before_there_is_a_folder() {
        let cache = tempfile::tempdir().unwrap();
        assert!(free_space(&Places::new(&cache.path().join("not/yet"))).unwrap() > 0);
    }
}
