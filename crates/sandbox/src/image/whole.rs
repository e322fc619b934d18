//! Whether an image is whole: its manifest names every part, with length and hash. Lengths are looked at whenever the
//! image is used, hashes at the end of a build and when somebody asks (`deskhand doctor`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use super::Image;
use crate::SandboxError;

/// Parts no image is without.
const NEEDED: [&str; 2] = ["vmlinuz", "root.erofs"];

/// What a manifest says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub kernel: String,
    parts: BTreeMap<String, Part>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    /// Bytes; images of the first recipes do not say.
    size: Option<u64>,
    sha256: String,
}

impl Manifest {
    /// Reads `kernel VERSION`, `size BYTES NAME` and `SHA256  NAME`. `None` when it does not name what it must.
    pub fn parse(text: &str) -> Option<Self> {
        let mut kernel = None;
        let mut parts: BTreeMap<String, Part> = BTreeMap::new();
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("kernel ") {
                kernel = Some(version.to_owned());
            } else if let Some((size, name)) = line.strip_prefix("size ").and_then(|rest| rest.split_once(' ')) {
                parts.entry(name.to_owned()).or_default().size = Some(size.parse().ok()?);
            } else if let Some((sha256, name)) = line.split_once("  ") {
                sha256.clone_into(&mut parts.entry(name.to_owned()).or_default().sha256);
            }
        }
        let hashed = parts.values().all(|part| part.sha256.len() == 64);
        let inside = parts.keys().all(|name| {
            Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        });
        let complete = NEEDED.iter().all(|name| parts.contains_key(*name));
        (hashed && inside && complete).then_some(Self { kernel: kernel?, parts })
    }

    /// What is wrong with the lengths of the parts in this folder.
    pub fn wrong_length(&self, folder: &Path) -> Option<String> {
        self.parts.iter().find_map(|(name, part)| {
            let found = match std::fs::metadata(folder.join(name)) {
                Ok(meta) if meta.is_file() => meta.len(),
                _ => return Some(format!("{name} is missing")),
            };
            let size = part.size.unwrap_or(found);
            (size != found).then(|| format!("{name} has {found} bytes instead of {size}"))
        })
    }
}

impl Image {
    /// Reads all of it and compares the hashes.
    ///
    /// # Errors
    /// [`SandboxError::Unavailable`] when a part is not what was built.
    pub fn verify(&self) -> Result<(), SandboxError> {
        let manifest = std::fs::read_to_string(self.folder.join("manifest"))
            .ok()
            .and_then(|text| Manifest::parse(&text))
            .ok_or_else(|| damaged("its manifest cannot be read"))?;
        for (name, part) in &manifest.parts {
            let found = sha256(&self.folder.join(name)).map_err(|error| damaged(&format!("{name}: {error}")))?;
            if found != part.sha256 {
                return Err(damaged(&format!("{name} is not what was built")));
            }
        }
        Ok(())
    }
}

/// An image that cannot be used as it is.
pub(super) fn damaged(why: &str) -> SandboxError {
    SandboxError::Unavailable {
        why: format!("the machine's image is damaged: {why}"),
        hint: "Run `deskhand sandbox build`: it is made again. File tools work without it.".to_owned(),
    }
}

fn sha256(file: &Path) -> io::Result<String> {
    let (mut file, mut hasher) = (File::open(file)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            let digest = hasher.finalize();
            return Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect());
        };
        hasher.update(bytes);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{Layer, Places, build::fingerprint};
    use super::*;

    /// Puts an image in its place that is whole and cannot be started, made by this recipe or another.
    pub(crate) fn put(places: &Places, layer: Layer, current: bool) {
        let folder = places.image(layer);
        std::fs::create_dir_all(folder.join("modules")).unwrap();
        let mut manifest = format!("layer {}\nkernel 6.1.0\n", layer.as_str());
        for (name, text) in [("vmlinuz", "kernel"), ("root.erofs", "disk"), ("modules/01-a.ko", "a")] {
            std::fs::write(folder.join(name), text).unwrap();
            let hash = sha256(&folder.join(name)).unwrap();
            manifest.push_str(&format!("size {} {name}\n{hash}  {name}\n", text.len()));
        }
        std::fs::write(folder.join("manifest"), manifest).unwrap();
        let recipe = if current { fingerprint() } else { "another".to_owned() };
        std::fs::write(folder.join("recipe"), recipe).unwrap();
    }

    fn why(error: &SandboxError) -> String {
        error.to_string()
    }

    #[test]
    fn a_part_that_was_cut_off_is_seen_when_the_image_is_used() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        put(&places, Layer::Base, true);
        assert_eq!(places.built().unwrap().bytes, 10);
        std::fs::write(places.image(Layer::Base).join("root.erofs"), "di").unwrap();
        let error = places.built().unwrap_err();
        assert!(why(&error).ends_with("root.erofs has 2 bytes instead of 4"), "{error}");
        std::fs::remove_file(places.image(Layer::Base).join("modules/01-a.ko")).unwrap();
        assert!(why(&places.built().unwrap_err()).contains("01-a.ko is missing"));
    }

    #[test]
    fn a_changed_part_of_the_same_length_is_seen_by_its_hash() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        put(&places, Layer::Base, true);
        let image = places.built().unwrap();
        image.verify().unwrap();
        std::fs::write(image.folder.join("root.erofs"), "disc").unwrap();
        assert_eq!(places.built().unwrap(), image, "lengths alone do not tell");
        assert!(why(&image.verify().unwrap_err()).ends_with("root.erofs is not what was built"));
    }

    #[test]
    fn a_manifest_that_names_too_little_or_another_place_is_none() {
        let hash = "0".repeat(64);
        let both = format!("{hash}  vmlinuz\n{hash}  root.erofs\n");
        assert!(
            Manifest::parse(&format!("kernel 6\n{both}")).is_some(),
            "without lengths"
        );
        for text in [
            both.clone(),
            format!("kernel 6\n{hash}  vmlinuz\n"),
            format!("kernel 6\n{both}{hash}  ../other\n"),
            format!("kernel 6\n{both}{hash}  /other\n"),
            format!("kernel 6\n{both}size 3 modules/a.ko\n"),
            format!("kernel 6\n{both}size x vmlinuz\n"),
        ] {
            assert_eq!(Manifest::parse(&text), None, "{text}");
        }
    }
}
