//! What can go wrong while reading a document, with stable codes.

use deskhand_types::{Code, Coded};

use crate::Kind;

/// A document could not be read. Reading never changes anything, so no message needs to say so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The file has no bytes, and its kind has no empty form.
    #[error("the file is empty (0 bytes), so it is not a {0}")]
    Empty(Kind),
    /// The file as it lies on disk is larger than what is read.
    #[error("the file has {bytes} bytes; a {kind} is read up to {limit} bytes")]
    TooLarge {
        /// What it is.
        kind: Kind,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Unpacking would give more than the limit, or far more than the packed size explains.
    #[error("{part} would unpack to more than the limit of {limit} bytes: this looks like a decompression bomb")]
    Bomb {
        /// The part inside the file.
        part: String,
        /// The limit that was hit, in bytes.
        limit: u64,
    },
    /// Something is nested deeper than the limit.
    #[error("{part} is nested deeper than {limit} levels")]
    TooDeep {
        /// The part inside the file.
        part: String,
        /// The limit.
        limit: u64,
    },
    /// There is more of something than the limit.
    #[error("{part} has more than {limit} {what}")]
    TooMany {
        /// The part inside the file.
        part: String,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Two parts have one name, or parts overlap: programs would disagree about what the file says.
    #[error("the file is ambiguous: {0}; different programs would show different contents, so it is not read")]
    Ambiguous(String),
    /// XML with a document type declaration, where the format has none.
    #[error("{part} declares XML entities, which this format never needs and attacks use")]
    Entities {
        /// The part inside the file.
        part: String,
    },
    /// The bytes do not follow the format.
    #[error("the {kind} is damaged: {what}")]
    Damaged {
        /// What it should be.
        kind: Kind,
        /// What is wrong.
        what: String,
    },
    /// Encrypted with a password.
    #[error("the {0} is protected with a password")]
    Protected(Kind),
    /// Nothing here reads this.
    #[error("{what} cannot be read as text")]
    Unsupported {
        /// What it seems to be.
        what: String,
        /// What can be done.
        hint: String,
    },
    /// Offset or pages lie outside the document.
    #[error("{asked} is outside the document, which has {total} {unit}")]
    OutOfRange {
        /// What was asked for.
        asked: String,
        /// How much there is.
        total: u64,
        /// Of what.
        unit: &'static str,
    },
    /// A page range that is not `3` or `1-5`.
    #[error("`{0}` is not a page range")]
    BadPages(String),
    /// The time for reading ran out.
    #[error("reading the {kind} took longer than {seconds} s and was stopped")]
    Timeout {
        /// What it is.
        kind: Kind,
        /// The limit in seconds.
        seconds: u64,
    },
    /// A parser panicked; it was contained.
    #[error("the {0} confused its parser, so nothing of it was read")]
    ParserFailed(Kind),
    /// Too many readings that ran out of time have not ended yet.
    #[error("{0} earlier documents that took too long are still being stopped")]
    Busy(usize),
}

impl DocumentError {
    /// A damaged document.
    pub(crate) fn damaged(kind: Kind, what: impl Into<String>) -> Self {
        Self::Damaged {
            kind,
            what: what.into(),
        }
    }
}

impl Coded for DocumentError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Empty(_) => "documents.empty",
            Self::TooLarge { .. } => "documents.too-large",
            Self::Bomb { .. } => "documents.bomb",
            Self::TooDeep { .. } => "documents.too-deep",
            Self::TooMany { .. } => "documents.too-many",
            Self::Ambiguous(_) => "documents.ambiguous",
            Self::Entities { .. } => "documents.entities",
            Self::Damaged { .. } => "documents.damaged",
            Self::Protected(_) => "documents.protected",
            Self::Unsupported { .. } => "documents.unsupported",
            Self::OutOfRange { .. } => "documents.out-of-range",
            Self::BadPages(_) => "documents.bad-pages",
            Self::Timeout { .. } => "documents.timeout",
            Self::ParserFailed(_) => "documents.parser-failed",
            Self::Busy(_) => "documents.busy",
        })
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty(_) => {
                "Ask the person where the full file is; a copy that stopped half-way or a cloud file that was not \
                 downloaded looks like this."
            }
            Self::TooLarge { .. } => "Ask for a smaller file, or for the part that matters as CSV or text.",
            Self::Bomb { .. } | Self::Ambiguous(_) | Self::Entities { .. } => {
                "Do not unpack it another way. Tell the person that the file is built to mislead or overload programs, \
                 and where it came from."
            }
            Self::TooDeep { .. } | Self::TooMany { .. } => {
                "Ask for the part that matters in a simpler form, such as CSV, text or a PDF of the pages needed."
            }
            Self::Damaged { .. } => "Ask the person to open it and save it again, or to export it as PDF or CSV.",
            Self::Protected(_) => "Ask the person to save a copy without the password; passwords are not taken here.",
            Self::Unsupported { hint, .. } => hint,
            Self::OutOfRange { .. } => "Read it without offset and pages to see what there is.",
            Self::BadPages(_) => "Write `pages` as `3` or `1-5`, counted from 1.",
            Self::Timeout { .. } => "Read fewer pages at once with `pages`, or ask for the part that matters.",
            Self::ParserFailed(_) => "Ask the person to open it and save it again in a current format.",
            Self::Busy(_) => "Wait a minute and try again.",
        };
        Some(hint.to_owned())
    }
}
