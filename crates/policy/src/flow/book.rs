//! Labels of what is written, by content hash (`injection.md` 4.5 number 5: "written files carry their label by content
//! hash, so a later session is tainted when it reads them").

use std::collections::BTreeMap;

use deskhand_types::{Hash, Label};
use serde::{Deserialize, Serialize};

/// The labels of contents that were written. A label in it never gets better.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelBook(BTreeMap<Hash, Label>);

impl LabelBook {
    /// Content was written from a context with this label. The same content written twice has both.
    pub fn wrote(&mut self, content: Hash, label: &Label) {
        let joined = self
            .0
            .get(&content)
            .map_or_else(|| label.clone(), |known| known.join(label));
        self.0.insert(content, joined);
    }

    /// The label of content that is read: that of the place it is read from, joined with that it was written with.
    pub fn read(&self, content: &Hash, place: &Label) -> Label {
        self.0
            .get(content)
            .map_or_else(|| place.clone(), |known| known.join(place))
    }

    /// Takes in the labels of another book, as when tasks are joined or a log is replayed.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|(content, label)| self.wrote(*content, label));
    }
}
