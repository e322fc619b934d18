//! Read, inspect and write office documents, PDF, HTML, mail, images and text.
//!
//! [`read()`] turns untrusted bytes into compact Markdown a model can use, with addresses (line, page, sheet and cell),
//! page by page, and tells in notes what it left out: text a person would not see is never passed on
//! (the injection specification, section 4.5 point 1).
//!
//! Architecture invariants: no IO (bytes come in, data goes out); nothing a document says about its own size is
//! believed; every reader is bounded by [`Limits`] in bytes, depth, counts and time, and no input panics.

mod archive;
mod colour;
mod delimited;
mod docx;
mod encoding;
mod error;
mod guard;
mod html;
mod kind;
mod mail;
mod markdown;
mod notebook;
mod options;
mod outline;
mod package;
mod pages;
mod pdf;
mod picture;
mod plain;
mod pptx;
mod read;
mod reading;
mod sheets;
mod text;
pub mod write;
mod xml;

pub use error::DocumentError;
pub use kind::{Kind, is_rendered_text, kind_of};
pub use options::{Limits, PageRange, ReadOptions};
pub use plain::{invisible_characters, plain_text};
pub use read::{hidden_cells, read};
pub use reading::{Next, Note, NoteKind, Part, Reading, Unit};
