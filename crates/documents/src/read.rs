//! From bytes to a reading: which reader, and what surrounds all of them.

use deskhand_types::Veil;

use crate::{
    DocumentError, Kind, Limits, Note, NoteKind, ReadOptions, Reading,
    archive::{cfb, listing},
    delimited, docx, guard,
    guard::Clock,
    html,
    kind::{by_name, kind_of},
    mail, notebook, pdf, picture, pptx, sheets, text,
};

/// Reads a part of a document.
///
/// `name` is the file's name (its extension decides where the content does not), `bytes` the whole file.
///
/// # Errors
/// Every [`DocumentError`]; none leaves anything changed.
pub fn read(name: &str, bytes: &[u8], options: &ReadOptions, limits: &Limits) -> Result<Reading, DocumentError> {
    let kind = kind_of(name, bytes);
    within(kind, bytes, limits)?;
    if bytes.is_empty() && !matches!(kind, Kind::Text | Kind::Csv | Kind::Tsv | Kind::Html) {
        return Err(DocumentError::Empty(kind));
    }
    // A package that is encrypted with a password lies in a compound file ([MS-OFFCRYPTO]).
    if matches!(kind, Kind::Docx | Kind::Xlsx | Kind::Xlsb | Kind::Pptx) && bytes.starts_with(&cfb::MAGIC) {
        return Err(DocumentError::Protected(kind));
    }
    let mut reading = match kind {
        // These readers are this crate's own, bounded by what they read, and take no detour through a thread, so
        // that a page of a large file needs no copy of it.
        Kind::Text => text::read(bytes, options)?,
        Kind::Csv | Kind::Tsv => delimited::read(kind, bytes, options, &Clock::start(kind, limits.deadline))?,
        Kind::LegacyOffice | Kind::Binary => return Err(unsupported(name, kind)),
        _ => {
            let (bytes, options, limits) = (bytes.to_vec(), *options, *limits);
            guard::run(kind, limits.deadline, move |clock| {
                contained(kind, &bytes, &options, &limits, &clock)
            })?
        }
    };
    if let Some(named) = by_name(name)
        && named != kind
        && !alike(named, kind)
    {
        let note = Note {
            kind: NoteKind::WrongName,
            text: format!("the name says {named}, the content is {} {kind}", article(kind)),
            count: 0,
        };
        reading.notes.insert(0, note);
    }
    if kind == Kind::Zip
        && let Some(what) = unread_package(name)
    {
        reading.notes.push(Note {
            kind: NoteKind::Remark,
            text: format!("this is {what}: only the list of its parts is shown; its text can be read as docx or PDF"),
            count: 0,
        });
    }
    reading.tell();
    Ok(reading)
}

/// Whether the file may be that large.
fn within(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<(), DocumentError> {
    let bytes = bytes.len() as u64;
    if bytes > limits.max_bytes {
        return Err(DocumentError::TooLarge {
            kind,
            bytes,
            limit: limits.max_bytes,
        });
    }
    Ok(())
}

/// What a person does not see of a workbook: hidden sheets, rows and columns, and cells whose text cannot be told from
/// their ground. Nothing for files that are no workbooks.
///
/// `name` and `bytes` as for [`read()`].
///
/// # Errors
/// Every [`DocumentError`] of a workbook; then nobody knows what is hidden in it.
pub fn hidden_cells(name: &str, bytes: &[u8], limits: &Limits) -> Result<Veil, DocumentError> {
    let kind = kind_of(name, bytes);
    if !matches!(kind, Kind::Xlsx | Kind::Xlsb | Kind::Xls | Kind::Ods) {
        // Another reader may still find a workbook in a container that is not known as one here.
        let contained = bytes.starts_with(b"PK") || bytes.starts_with(&cfb::MAGIC) || bytes.starts_with(&[0x09]);
        return Ok(if contained { Veil::closed() } else { Veil::open() });
    }
    within(kind, bytes, limits)?;
    let (bytes, limits) = (bytes.to_vec(), *limits);
    let sheets = guard::run(kind, limits.deadline, move |clock| {
        sheets::survey(kind, &bytes, &limits, &clock)
    })?;
    Ok(Veil::of(sheets))
}

/// The readers that run behind the net of [`guard`].
fn contained(
    kind: Kind,
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    match kind {
        Kind::Xlsx | Kind::Xlsb | Kind::Xls | Kind::Ods => sheets::read(kind, bytes, options, limits, clock),
        Kind::Docx => docx::read(bytes, options, limits, clock),
        Kind::Pptx => pptx::read(bytes, options, limits, clock),
        Kind::Pdf => pdf::read(bytes, options, limits, clock),
        Kind::Html => html::read(bytes, options, limits, clock),
        Kind::Notebook => notebook::read(bytes, options, limits),
        Kind::Mail => mail::read(bytes, options, limits, clock),
        Kind::Image => picture::read(bytes, limits),
        Kind::Zip => listing::zip(bytes, options, limits),
        Kind::Tar => listing::tar_archive(bytes, options, limits),
        Kind::Gzip => listing::gzip(bytes, options, limits, clock),
        Kind::Text | Kind::Csv | Kind::Tsv => text::read(bytes, options),
        Kind::LegacyOffice | Kind::Binary => Err(unsupported("", kind)),
    }
}

fn unsupported(name: &str, kind: Kind) -> DocumentError {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    if kind == Kind::LegacyOffice {
        let (what, target) = match extension.as_deref() {
            Some("ppt" | "pps" | "pptx") => ("a PowerPoint file from before 2007", "pptx or PDF"),
            Some("msg") => ("an Outlook message file", "eml or PDF"),
            Some("rtf") => ("an RTF document", "docx or PDF"),
            Some("doc" | "docx") => ("a Word file from before 2007", "docx or PDF"),
            _ => (
                "an Office file of the binary formats before 2007",
                "its current format or PDF",
            ),
        };
        return DocumentError::Unsupported {
            what: what.to_owned(),
            hint: format!("Ask the person to save it as {target}, or convert it in the sandbox."),
        };
    }
    let what = match extension {
        Some(extension) if extension.len() <= 8 && extension.chars().all(|c| c.is_ascii_alphanumeric()) => {
            format!("a binary file (.{extension})")
        }
        _ => "a binary file".to_owned(),
    };
    DocumentError::Unsupported {
        what,
        hint: "Its content is not text, an office document, a PDF, an image or an archive. If a program for it \
               exists, use that in the sandbox; otherwise ask the person for an export as text, CSV or PDF."
            .to_owned(),
    }
}

/// Documents that are zip archives and have no reader here, by their name.
fn unread_package(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "odt" | "ott" => "an OpenDocument text",
        "odp" => "an OpenDocument presentation",
        "odg" => "an OpenDocument drawing",
        "epub" => "an electronic book",
        "pages" => "a Pages document",
        "numbers" => "a Numbers spreadsheet",
        "key" => "a Keynote presentation",
        "vsdx" => "a Visio drawing",
        _ => return None,
    })
}

/// Kinds whose names are used for one another without harm.
const fn alike(named: Kind, kind: Kind) -> bool {
    matches!(
        (named, kind),
        (
            Kind::Text,
            Kind::Csv | Kind::Tsv | Kind::Html | Kind::Mail | Kind::Notebook
        ) | (Kind::Csv, Kind::Tsv | Kind::Text)
            | (Kind::Tsv, Kind::Csv | Kind::Text)
    )
}

fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::Xlsx | Kind::Xls | Kind::Ods | Kind::Html | Kind::Image | Kind::LegacyOffice => "an",
        _ => "a",
    }
}
