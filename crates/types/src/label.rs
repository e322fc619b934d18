//! Labels: where content came from and whose data it is.
//!
//! The two axes and the join are those of `docs/decisions/0003-labels.md` (after FIDES, arXiv 2505.23643):
//! labels only ever get worse by joining, and they travel with the content through events, files and memory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Who could have written this. Ordered from most to least trusted; joining takes the worse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Typed by the person in our own surfaces, or chosen on our cards; also what the harness itself made.
    Person,
    /// Configuration the person trusts by hash.
    TrustedConfig,
    /// Numbers, dates, ids and enumerations from a system of record, validated by the harness.
    Typed,
    /// A file in a granted folder: anybody may have written it.
    GrantedFile,
    /// A connector's answer.
    Connector,
    /// A web page, search result or feed.
    Web,
    /// Not known.
    Unknown,
}

impl Integrity {
    /// Whether text at this level may be taken as the person's wish.
    pub fn is_trusted(self) -> bool {
        self <= Self::Typed
    }
}

/// Whose data this is. Ordered; joining takes the more secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidentiality {
    /// Anybody may read it.
    Public,
    /// The person's own.
    Private,
    /// Keys, wallets, password stores, identity documents.
    Secret,
}

/// What kind of place a piece of content came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The person.
    Person,
    /// The harness itself (plan, echo of a write, clock).
    Harness,
    /// Configuration.
    Config,
    /// A granted file; the detail is its guest path.
    File,
    /// A connector; the detail is the server's name.
    Connector,
    /// The web; the detail is the URL's origin.
    Web,
}

/// One place content came from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Source {
    /// What kind of place.
    pub kind: SourceKind,
    /// Which one, as a person would name it (a guest path, a server, an origin).
    pub detail: String,
}

/// A label on a piece of content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    /// Who could have written it.
    pub integrity: Integrity,
    /// Whose data it is.
    pub confidentiality: Confidentiality,
    /// Where it came from; at most [`Label::MAX_SOURCES`], after which `sources_cut` is set.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<Source>,
    /// Whether sources were left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sources_cut: bool,
}

impl Label {
    /// How many sources a label names before it is cut.
    pub const MAX_SOURCES: usize = 64;

    /// Content typed by the person.
    pub fn person() -> Self {
        Self::from_source(Integrity::Person, Confidentiality::Private, SourceKind::Person, "you")
    }

    /// Content the harness itself made (a confirmation, a plan). The least element of the lattice.
    pub fn harness() -> Self {
        Self {
            integrity: Integrity::Person,
            confidentiality: Confidentiality::Public,
            sources: BTreeSet::new(),
            sources_cut: false,
        }
    }

    /// Content nobody knows the origin of.
    pub fn unknown() -> Self {
        Self {
            integrity: Integrity::Unknown,
            confidentiality: Confidentiality::Private,
            sources: BTreeSet::new(),
            sources_cut: false,
        }
    }

    /// Text the person brought in, which somebody else may have written: pasted, dropped, or from another program.
    pub fn pasted() -> Self {
        Self::from_source(
            Integrity::Unknown,
            Confidentiality::Private,
            SourceKind::Person,
            "text you pasted",
        )
    }

    /// Content of a granted file.
    pub fn file(guest_path: &str) -> Self {
        Self::from_source(
            Integrity::GrantedFile,
            Confidentiality::Private,
            SourceKind::File,
            guest_path,
        )
    }

    /// Content from one place.
    pub fn from_source(integrity: Integrity, confidentiality: Confidentiality, kind: SourceKind, detail: &str) -> Self {
        Self {
            integrity,
            confidentiality,
            sources: BTreeSet::from([Source {
                kind,
                detail: detail.to_owned(),
            }]),
            sources_cut: false,
        }
    }

    /// The join of two labels: the worse integrity, the higher confidentiality, all sources.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut sources: BTreeSet<_> = self.sources.union(&other.sources).cloned().collect();
        let mut sources_cut = self.sources_cut || other.sources_cut;
        while sources.len() > Self::MAX_SOURCES {
            sources.pop_last();
            sources_cut = true;
        }
        Self {
            integrity: self.integrity.max(other.integrity),
            confidentiality: self.confidentiality.max(other.confidentiality),
            sources,
            sources_cut,
        }
    }

    /// Whether this says more than the label of a file in a granted folder does: less to be trusted, or secret.
    pub fn is_worse_than_file(&self) -> bool {
        self.integrity > Integrity::GrantedFile || self.confidentiality > Confidentiality::Private
    }

    /// Whether untrusted text is among what this label covers.
    pub fn is_tainted(&self) -> bool {
        !self.integrity.is_trusted()
    }
}
