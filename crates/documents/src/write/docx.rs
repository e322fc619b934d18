//! Markdown to a Word document.

mod body;
mod charts;
mod image;
mod parts;
mod table;
mod xml;

pub(super) use body::EXTENSIONS;
pub use charts::{EmbeddedChart, parse_charts};

use super::WriteError;

/// The largest Markdown text one document is made from, in bytes.
const MAX_MARKDOWN: usize = 16 << 20;

/// Choices for a document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DocxOptions {
    /// The document's title property; without it the first first-level heading.
    pub title: Option<String>,
    /// The document's author property.
    pub author: Option<String>,
    /// Text at the left of the footer; without it the title.
    pub footer: Option<String>,
    /// US Letter instead of A4.
    pub letter: bool,
}

/// Makes a Word document from Markdown (CommonMark with tables, strike-through and task lists).
///
/// The first first-level heading becomes the title, and the other headings move up by one level, so that the
/// navigation pane starts at heading 1. Fenced blocks named `chart` hold a [`super::ChartSpec`] and become images.
/// `images` gives the bytes of an image by the address in the text (PNG, JPEG, GIF); images it does not know are
/// replaced by their text alternative. Only `http`, `https` and `mailto` links become links. Raw HTML is shown as text.
///
/// # Errors
/// [`WriteError`] when a chart cannot be drawn or the content is too large.
pub fn docx(
    markdown: &str,
    images: &dyn Fn(&str) -> Option<Vec<u8>>,
    options: &DocxOptions,
) -> Result<Vec<u8>, WriteError> {
    if markdown.len() > MAX_MARKDOWN {
        return Err(WriteError::TooLarge {
            what: "bytes of a document's text",
            count: markdown.len(),
            limit: MAX_MARKDOWN,
        });
    }
    let page = if options.letter { parts::LETTER } else { parts::A4 };
    let body = body::render(markdown, images, page)?;
    parts::package(&body, options, page)
}

#[cfg(test)]
#[path = "docx_tests.rs"]
mod tests;
