//! What a file is, by its content first and its name second.

use serde::{Deserialize, Serialize};

use crate::{
    archive::{Archive, cfb},
    encoding,
    options::Limits,
};

/// What a document is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text, source, Markdown, JSON, YAML, XML.
    Text,
    /// Values separated by commas or semicolons.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// Excel workbook (xlsx, xlsm).
    Xlsx,
    /// Excel binary workbook.
    Xlsb,
    /// Excel 97-2003 workbook.
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
    /// Word document.
    Docx,
    /// PowerPoint presentation.
    Pptx,
    /// PDF.
    Pdf,
    /// HTML page.
    Html,
    /// Jupyter notebook.
    Notebook,
    /// E-mail message.
    Mail,
    /// PNG, JPEG, GIF or WebP image.
    Image,
    /// Zip archive, and formats built on it that have no reader here.
    Zip,
    /// Tar archive.
    Tar,
    /// Gzip; a compressed tar archive or one compressed file.
    Gzip,
    /// Word, PowerPoint or Outlook file of the binary formats before 2007, or RTF.
    LegacyOffice,
    /// None of these.
    Binary,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text file",
            Self::Csv => "CSV file",
            Self::Tsv => "TSV file",
            Self::Xlsx => "Excel workbook",
            Self::Xlsb => "binary Excel workbook",
            Self::Xls => "Excel 97-2003 workbook",
            Self::Ods => "OpenDocument spreadsheet",
            Self::Docx => "Word document",
            Self::Pptx => "PowerPoint presentation",
            Self::Pdf => "PDF",
            Self::Html => "HTML page",
            Self::Notebook => "notebook",
            Self::Mail => "mail message",
            Self::Image => "image",
            Self::Zip => "zip archive",
            Self::Tar => "tar archive",
            Self::Gzip => "gzip file",
            Self::LegacyOffice => "Office 97-2003 file",
            Self::Binary => "binary file",
        })
    }
}

/// What `bytes` are. Content decides where it can; the name decides between kinds of text, and what a damaged or empty
/// file should have been.
pub fn kind_of(name: &str, bytes: &[u8]) -> Kind {
    match by_magic(name, bytes) {
        Some(kind) => kind,
        None if bytes.is_empty() => by_name(name).unwrap_or(Kind::Text),
        None if encoding::is_binary(bytes) => Kind::Binary,
        None => text_kind(name, bytes),
    }
}

/// What the name says.
pub(crate) fn by_name(name: &str) -> Option<Kind> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "txt" | "md" | "json" | "jsonl" | "xml" | "yaml" | "yml" | "toml" | "log" => Kind::Text,
        "csv" => Kind::Csv,
        "tsv" | "tab" => Kind::Tsv,
        "xlsx" | "xlsm" | "xltx" | "xltm" => Kind::Xlsx,
        "xlsb" => Kind::Xlsb,
        "xls" | "xlt" => Kind::Xls,
        "ods" => Kind::Ods,
        "docx" | "docm" | "dotx" | "dotm" => Kind::Docx,
        "pptx" | "pptm" | "ppsx" | "potx" => Kind::Pptx,
        "pdf" => Kind::Pdf,
        "html" | "htm" | "xhtml" => Kind::Html,
        "ipynb" => Kind::Notebook,
        "eml" => Kind::Mail,
        "png" | "jpg" | "jpeg" | "gif" | "webp" => Kind::Image,
        "zip" => Kind::Zip,
        "tar" => Kind::Tar,
        "gz" | "tgz" => Kind::Gzip,
        "doc" | "ppt" | "msg" | "rtf" => Kind::LegacyOffice,
        _ => return None,
    })
}

/// Whether a file of this name is text in whose source stands more than a person sees: pages, mails, notebooks, RTF.
pub fn is_rendered_text(name: &str) -> bool {
    matches!(
        by_name(name),
        Some(Kind::Html | Kind::Mail | Kind::Notebook | Kind::LegacyOffice)
    )
}

fn by_magic(name: &str, bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(zip_kind(name, bytes));
    }
    if bytes.starts_with(&cfb::MAGIC) {
        return Some(cfb_kind(name, bytes));
    }
    // The header may be preceded by up to a kilobyte of something else; every reader accepts that.
    if bytes.starts_with(b"%PDF-") || (by_name(name) == Some(Kind::Pdf) && has_pdf_header(bytes)) {
        return Some(Kind::Pdf);
    }
    let image = bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"\xff\xd8\xff")
        || bytes.starts_with(b"GIF87a")
        || bytes.starts_with(b"GIF89a")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"));
    if image {
        return Some(Kind::Image);
    }
    // RTF is text, but what it shows is not what it says: hidden text is in it as plainly as any other.
    if bytes.starts_with(b"{\\rtf") {
        return Some(Kind::LegacyOffice);
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return Some(Kind::Gzip);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(Kind::Tar);
    }
    None
}

fn has_pdf_header(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes);
    memchr::memmem::find(head, b"%PDF-").is_some()
}

fn zip_kind(name: &str, bytes: &[u8]) -> Kind {
    let Ok(archive) = Archive::open(Kind::Zip, bytes, &Limits::default()) else {
        // Damaged or hostile: what it should have been makes the better message.
        return match by_name(name) {
            Some(kind @ (Kind::Docx | Kind::Xlsx | Kind::Xlsb | Kind::Pptx | Kind::Ods)) => kind,
            _ => Kind::Zip,
        };
    };
    let has = |part: &str| archive.find(part).is_some();
    let has_prefix = |prefix: &str| archive.entries().iter().any(|entry| entry.name.starts_with(prefix));
    if has("xl/workbook.bin") {
        Kind::Xlsb
    } else if has("[Content_Types].xml") && has_prefix("xl/") {
        Kind::Xlsx
    } else if has("[Content_Types].xml") && has_prefix("word/") {
        Kind::Docx
    } else if has("[Content_Types].xml") && has_prefix("ppt/") {
        Kind::Pptx
    } else if has("content.xml")
        && archive
            .find("mimetype")
            .and_then(|entry| archive.read(entry).ok())
            .is_some_and(|mime| mime.starts_with(b"application/vnd.oasis.opendocument.spreadsheet"))
    {
        Kind::Ods
    } else {
        Kind::Zip
    }
}

fn cfb_kind(name: &str, bytes: &[u8]) -> Kind {
    match cfb::Compound::open(bytes) {
        Ok(compound) if compound.has("Workbook") || compound.has("Book") => Kind::Xls,
        // An encrypted package may be any of them; the name says which one the person means.
        Ok(compound) if compound.has("EncryptedPackage") => match by_name(name) {
            Some(kind @ (Kind::Docx | Kind::Xlsx | Kind::Xlsb | Kind::Pptx)) => kind,
            _ => Kind::LegacyOffice,
        },
        Err(_) if by_name(name) == Some(Kind::Xls) => Kind::Xls,
        Ok(_) | Err(_) => Kind::LegacyOffice,
    }
}

fn text_kind(name: &str, bytes: &[u8]) -> Kind {
    let named = by_name(name);
    if let Some(kind @ (Kind::Csv | Kind::Tsv | Kind::Html | Kind::Notebook | Kind::Mail | Kind::Text)) = named {
        return kind;
    }
    // Old "Excel" exports are often HTML or CSV with the wrong name; anything else that is text is text.
    let head = bytes
        .get(..1024)
        .unwrap_or(bytes)
        .trim_ascii_start()
        .to_ascii_lowercase();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let html = head.starts_with(b"<!doctype html") || head.starts_with(b"<html");
    if html && (named.is_some() || !name.contains('.')) {
        return Kind::Html;
    }
    match named {
        Some(Kind::Xls | Kind::Xlsx) if memchr::memchr(b'\t', head).is_some() => Kind::Tsv,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_before_the_name() {
        assert_eq!(kind_of("a.docx", b"%PDF-1.7\n"), Kind::Pdf);
        assert_eq!(kind_of("a.txt", b"\x89PNG\r\n\x1a\n"), Kind::Image);
        assert_eq!(kind_of("report.pdf", b"just text"), Kind::Text);
        assert_eq!(kind_of("old.xls", b"<html><table>"), Kind::Html);
        assert_eq!(kind_of("old.xls", b"a\tb\n1\t2\n"), Kind::Tsv);
        assert_eq!(kind_of("page", b"<!DOCTYPE html><p>"), Kind::Html);
        assert_eq!(kind_of("component.vue", b"<html>"), Kind::Text);
        assert_eq!(kind_of("data.bin", b"\0\x01\x02\x03"), Kind::Binary);
        assert_eq!(kind_of("x.docx", b"PK\x03\x04 cut off"), Kind::Docx);
        assert_eq!(kind_of("x.docx", b""), Kind::Docx);
        assert_eq!(kind_of("main.rs", b"fn main() {}"), Kind::Text);
    }
}
