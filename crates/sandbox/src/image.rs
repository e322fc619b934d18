//! The machine's disk image: where it is, what it is made of, building it.

mod build;

use std::path::{Path, PathBuf};

use crate::{SandboxError, error::host};

pub use build::{Progress, build};

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
    /// Its folder: `vmlinuz`, `root.erofs`, `modules/`, `manifest`, `packages.list`.
    pub folder: PathBuf,
    /// Hash of the manifest, which names the hash of every part.
    pub key: String,
    /// The kernel's version.
    pub kernel: String,
    /// Bytes on disk.
    pub bytes: u64,
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

    /// The richest image that is built.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when there is none.
    pub fn built(&self) -> Result<Image, SandboxError> {
        Layer::ALL
            .into_iter()
            .find_map(|layer| self.image_of(layer))
            .ok_or_else(|| SandboxError::Unavailable {
                why: "the machine's image is not built yet".to_owned(),
                hint: "Run `deskhand sandbox build` (about three minutes, 400 MB). File tools work without it."
                    .to_owned(),
            })
    }

    /// The image of a layer, when it is built and whole.
    pub fn image_of(&self, layer: Layer) -> Option<Image> {
        let folder = self.image(layer);
        let manifest = std::fs::read_to_string(folder.join("manifest")).ok()?;
        let size = |name: &str| std::fs::metadata(folder.join(name)).ok().map(|meta| meta.len());
        let kernel = manifest
            .lines()
            .find_map(|line| line.strip_prefix("kernel "))?
            .to_owned();
        Some(Image {
            layer,
            key: blake3::hash(manifest.as_bytes()).to_hex().to_string(),
            kernel,
            bytes: size("root.erofs")? + size("vmlinuz")?,
            folder,
        })
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
