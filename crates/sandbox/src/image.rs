//! The machine's disk image: where it is, what it is made of, building it.

mod build;
mod whole;

use std::path::{Path, PathBuf};

use self::whole::{Manifest, damaged};
use crate::{SandboxError, error::host};

pub use build::{Progress, build, lacking};
#[cfg(test)]
pub(crate) use whole::tests::put;

/// What an image holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Layer {
    /// Python with libraries for documents and data, and the usual tools.
    #[default]
    Base,
    /// The same with LibreOffice, pandoc and tesseract.
    Office,
}

impl Layer {
    /// All layers, the richest first.
    pub const ALL: [Self; 2] = [Self::Office, Self::Base];

    /// The name used on the command line and in folders.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Office => "office",
        }
    }
}

/// A built image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// What it holds.
    pub layer: Layer,
    /// Its folder: `vmlinuz`, `root.erofs`, `modules/`, `manifest`, `packages.list`, `recipe`.
    pub folder: PathBuf,
    /// Hash of the manifest, which names the hash of every part.
    pub key: String,
    /// The kernel's version.
    pub kernel: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether the recipe of this program made it. Another one's has the skills and checks of that version.
    pub current: bool,
}

/// Where everything of the sandbox is in the cache folder. Nothing here is the person's: all of it can be deleted at
/// any time, at the price of building it again (I10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    root: PathBuf,
}

impl Places {
    /// Below the application's cache folder.
    pub fn new(cache: &Path) -> Self {
        Self {
            root: cache.join("sandbox"),
        }
    }

    /// All of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of an image.
    pub fn image(&self, layer: Layer) -> PathBuf {
        self.root.join("images").join(layer.as_str())
    }

    /// The layer a renewal is of: whoever has the office layer keeps it.
    pub fn kept_layer(&self) -> Layer {
        if self.image(Layer::Office).exists() {
            Layer::Office
        } else {
            Layer::Base
        }
    }

    /// Intermediate results of building.
    pub fn work(&self, layer: Layer) -> PathBuf {
        self.root.join("build").join(layer.as_str())
    }

    /// Templates that machines start from.
    pub fn templates(&self) -> PathBuf {
        self.root.join("templates")
    }

    /// Folders of machines that run now.
    pub fn machines(&self) -> PathBuf {
        self.root.join("machines")
    }

    /// The image that is used: one of this program's recipe before one of another, then the richest.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when there is none, or when one is damaged.
    pub fn built(&self) -> Result<Image, SandboxError> {
        let mut older = None;
        for layer in Layer::ALL {
            match self.image_of(layer)? {
                Some(image) if image.current => return Ok(image),
                found => older = older.or(found),
            }
        }
        older.ok_or_else(|| SandboxError::Unavailable {
            why: "the machine's image is not built yet".to_owned(),
            hint: "Run `deskhand sandbox build` (about three minutes, 700 MB with its saved state). File tools work \
                   without it."
                .to_owned(),
        })
    }

    /// The image of a layer, when it is built.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when a part of it is missing or was cut off.
    pub fn image_of(&self, layer: Layer) -> Result<Option<Image>, SandboxError> {
        let folder = self.image(layer);
        let Ok(text) = std::fs::read_to_string(folder.join("manifest")) else {
            return Ok(None);
        };
        let manifest = Manifest::parse(&text).ok_or_else(|| damaged("its manifest cannot be read"))?;
        if let Some(why) = manifest.wrong_length(&folder) {
            return Err(damaged(&why));
        }
        let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
        Ok(Some(Image {
            layer,
            key: blake3::hash(text.as_bytes()).to_hex().to_string(),
            kernel: manifest.kernel,
            bytes: size("root.erofs") + size("vmlinuz"),
            current: build::made(&folder),
            folder,
        }))
    }
}

impl Image {
    /// The kernel modules, in the order they are loaded.
    pub(crate) fn modules(&self) -> Result<Vec<(String, Vec<u8>)>, SandboxError> {
        let failed = |error: std::io::Error| host("reading the image's kernel modules", error);
        let mut names: Vec<_> = std::fs::read_dir(self.folder.join("modules"))
            .map_err(failed)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        names.sort_by_key(std::fs::DirEntry::file_name);
        names
            .into_iter()
            .map(|entry| {
                let bytes = std::fs::read(entry.path()).map_err(failed)?;
                Ok((entry.file_name().to_string_lossy().into_owned(), bytes))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_used_is_of_this_recipe_and_else_the_richest() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        let used = || places.built().map(|image| (image.layer, image.current));
        assert!(used().unwrap_err().to_string().ends_with("is not built yet"));
        put(&places, Layer::Base, false);
        assert_eq!(used(), Ok((Layer::Base, false)), "an older one is used, and says so");
        put(&places, Layer::Office, false);
        assert_eq!(used(), Ok((Layer::Office, false)));
        put(&places, Layer::Base, true);
        assert_eq!(used(), Ok((Layer::Base, true)));
        put(&places, Layer::Office, true);
        assert_eq!(used(), Ok((Layer::Office, true)));
    }
}
