//! Writing a plugin as a `.plugin` file: a zip of its folder, the same bytes every time.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;

use super::error::LibraryError;
use super::home::Library;
use super::id::PluginId;
use super::tree;

impl Library {
    /// An installed plugin as a `.plugin` file. Links inside the plugin become copies; values and data are not in it.
    pub fn export(&self, id: &PluginId) -> Result<Vec<u8>, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        pack(&self.root.join(&installed.folder))
    }
}

/// A folder as a zip.
pub(super) fn pack(root: &Path) -> Result<Vec<u8>, LibraryError> {
    let bad = |why: zip::result::ZipError| LibraryError::file(root)(std::io::Error::other(why));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, path) in tree::walk(root)? {
        let Some(real) = crate::format::paths::inside(root, &path) else {
            continue;
        };
        let kind = fs::metadata(&real).map_err(LibraryError::file(&real))?;
        if kind.is_file() {
            let mode = if tree::is_executable(&kind) { 0o755 } else { 0o644 };
            zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode))
                .map_err(bad)?;
            let bytes = fs::read(&real).map_err(LibraryError::file(&real))?;
            zip.write_all(&bytes).map_err(LibraryError::file(&real))?;
        }
    }
    Ok(zip.finish().map_err(bad)?.into_inner())
}
