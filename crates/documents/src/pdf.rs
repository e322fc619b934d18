//! PDF: the text of each page as it is drawn, through hayro's interpreter.
//!
//! Why an interpreter and not a text extractor: it tells where each glyph is drawn, how large, in which colour, clipped
//! by what and painted over by what, so that text a person cannot see can be told from text they can. Pages that are
//! scans are given as pictures, since an invisible text layer behind a scan may say anything.
//!
//! `data`: `{"pages": [{"number", "text"}]}`.

mod device;
mod ground;
mod layers;
mod layout;
mod streams;

use std::{panic::AssertUnwindSafe, sync::Arc};

use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings,
    hayro_syntax::{DecryptionError, LoadPdfError, Pdf, page::Page as PdfPage},
    interpret_page,
    kurbo::{Affine, Rect},
};
use serde_json::json;

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading, Unit,
    guard::Clock,
    pages::{self, Page},
    picture,
    reading::{Notes, plural},
};
use device::{Device, Stopped};

/// Reads pages.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let mut notes = Notes::of(options);
    let bytes = streams::checked(bytes, limits, clock)?;
    if memchr::memmem::find(&bytes, b"/JavaScript").is_some() || memchr::memmem::find(&bytes, b"/Launch").is_some() {
        notes.add(
            NoteKind::Active,
            "the file carries scripts or actions; they were not run",
            0,
        );
    }
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => DocumentError::Protected(Kind::Pdf),
        LoadPdfError::Decryption(_) => {
            DocumentError::damaged(Kind::Pdf, "it is encrypted in a way that is not understood")
        }
        LoadPdfError::Invalid => DocumentError::damaged(Kind::Pdf, "it has no readable table of pages"),
    })?;
    clock.check()?;
    let all = pdf.pages();
    let total = all.len() as u64;
    if total == 0 {
        return Err(DocumentError::damaged(Kind::Pdf, "it has no pages"));
    }
    let off = layers::switched_off(&pdf);
    let all_on = if options.with_hidden && off > 0 {
        layers::all_on(&pdf)
    } else {
        None
    };
    if off > 0 {
        let what = plural(off, "layer that is switched off", "layers that are switched off");
        let how = if all_on.is_some() {
            "shown because it was asked for"
        } else {
            "not shown"
        };
        notes.add(NoteKind::HiddenPart, format!("{what} {how}"), off);
    }
    let (first, last) = pages::range(total, Unit::Pages, options, limits, &mut notes)?;
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings {
        warning_sink: Arc::new(|_| {}),
        ..InterpreterSettings::default()
    };
    let mut rendered = Vec::new();
    let mut images = 0;
    let mut chars = 0;
    for (number, page) in (1..).zip(all.iter()) {
        if number < first || number > last {
            continue;
        }
        // Enough text for this reading; what comes later is read when it is asked for.
        if chars > options.max_chars {
            break;
        }
        clock.check()?;
        let found = extract(page, &cache, &settings, clock)?;
        let more = match &all_on {
            Some(all_on) => layers::beyond(all_on, number, &found, &settings, clock)?,
            None => Vec::new(),
        };
        let mut page = render(number, found, limits, &mut images, &mut notes);
        if !more.is_empty() {
            page.text.push('\n');
            page.text.push_str(&layout::text(&more, &mut notes));
        }
        chars += page.text.len() + 12;
        rendered.push(page);
    }
    let shown = pages::assemble(&rendered, total, Unit::Pages, options, &mut notes)?;
    let data: Vec<_> = rendered
        .iter()
        .filter(|page| page.number <= shown.last)
        .map(|page| json!({"number": page.number, "text": page.text}))
        .collect();
    Ok(Reading {
        kind: Kind::Pdf,
        blocks: shown.blocks,
        notes: notes.finish(),
        part: shown.part,
        data: json!({ "pages": data }),
        summary: plural(total, "page", "pages"),
    })
}

/// Runs the page's drawing instructions into a device that gathers glyphs.
fn extract<'a>(
    page: &'a PdfPage<'a>,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    clock: &Clock,
) -> Result<device::Found, DocumentError> {
    let upright = Affine::new(page.initial_transform(true).as_coeffs());
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut context = Context::new(upright, area, cache, page.xref(), settings.clone());
    let mut device = Device::new(area, *clock);
    // The device cannot return an error to the interpreter, so when time is over it unwinds out of it.
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| interpret_page(page, &mut context, &mut device)));
    match result {
        Ok(()) => Ok(device.finish()),
        Err(payload) if payload.is::<Stopped>() => Err(clock.timeout()),
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

fn render(number: u64, found: device::Found, limits: &Limits, images: &mut u64, notes: &mut Notes) -> Page {
    let mut text = layout::text(&found.spans, notes);
    let mut blocks = Vec::new();
    if found.spans.iter().all(|span| span.hidden) && !found.scans.is_empty() {
        // A scan: the picture is what a person sees.
        for scan in found.scans {
            if *images >= limits.max_images {
                notes.add(
                    NoteKind::Cut,
                    "not all scanned pages are shown; read fewer pages at once",
                    0,
                );
                break;
            }
            if let Ok(picture) = picture::prepare(&scan, limits) {
                *images += 1;
                blocks.push(picture.block);
            }
        }
        if !blocks.is_empty() {
            if !text.is_empty() {
                notes.add(
                    NoteKind::HiddenPart,
                    "the text layer behind scanned pages is not shown, since it cannot be compared with the picture",
                    0,
                );
            }
            text = format!("[page {number} is a picture, below]");
        }
    } else if found.images > 0 {
        notes.add(NoteKind::Remark, "pictures on the pages are not shown", 0);
    }
    if text.is_empty() && blocks.is_empty() {
        text = if found.images > 0 {
            format!("[page {number} has no text; it is a picture that cannot be shown]")
        } else {
            "[no text]".to_owned()
        };
    }
    Page {
        number,
        head: format!("## Page {number}"),
        text,
        images: blocks,
    }
}
