//! Labels of files, by content: what a task wrote is read with the label it was written with, by whichever task, under
//! whichever name (`injection.md` 4.5 number 5).

use std::sync::Arc;

use deskhand_store::{SqliteStore, StoreError};
use deskhand_types::{Grant, GuestPath, Hash, Label, SourceKind};
use deskhand_workspace::Workspace;

/// Largest file whose content is looked up, in bytes: what tools read.
const MAX_FILE: u64 = 100 * 1024 * 1024;

/// The labels of all contents that tasks have written.
#[derive(Clone)]
pub(crate) struct Labels(Arc<SqliteStore>);

impl Labels {
    /// Those of a store.
    pub const fn new(store: Arc<SqliteStore>) -> Self {
        Self(store)
    }

    /// A label, joined with those of the contents of the files it names.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_sources(&self, label: Label, workspace: &Workspace, grants: &[Grant]) -> Result<Label, StoreError> {
        if !self.0.has_labels()? {
            return Ok(label);
        }
        let mut joined = label.clone();
        // Where some are not named, any file of the folders may be meant.
        if label.sources_cut || label.sources.len() >= Label::MAX_SOURCES {
            joined = joined.join(&self.of_folders(Label::harness(), grants)?);
        }
        for source in label.sources.iter().filter(|source| source.kind == SourceKind::File) {
            let Ok(bytes) = workspace.read(&GuestPath::new(source.detail.clone()), MAX_FILE) else {
                continue;
            };
            joined = joined.join(&self.of_content(&Hash::of(&bytes))?);
        }
        Ok(joined)
    }

    /// The label of one content; the least one when it has none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_content(&self, content: &Hash) -> Result<Label, StoreError> {
        Ok(self.0.label_of(content)?.unwrap_or_else(Label::harness))
    }

    /// A label, joined with those of all that was written into folders.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_folders(&self, label: Label, grants: &[Grant]) -> Result<Label, StoreError> {
        let mut joined = label;
        for grant in grants {
            if let Some(written) = self.0.label_below(&grant.folder)? {
                joined = joined.join(&written);
            }
        }
        Ok(joined)
    }
}
