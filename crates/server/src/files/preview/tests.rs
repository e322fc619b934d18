mod office;

use std::io::Write as _;

use super::*;

/// A grey picture, three pixels wide and two high.
const PNG: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x03\x00\x00\x00\x02\x08\x00\x00\x00\x00\xb8\x1f\x39\xc6\x00\x00\x00\x0e\x49\x44\x41\x54\x78\x9c\x63\x68\x98\xb0\x80\x01\x88\x01\x0d\x48\x03\x61\x50\xbe\x62\x42\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

fn look(name: &str, bytes: &[u8]) -> Preview {
    preview(&format!("/mnt/work/{name}"), bytes, Window::default())
}

/// Body and notes; the rest is checked to be what it is of every file.
fn shown(name: &str, bytes: &[u8]) -> (PreviewBody, Vec<String>) {
    let preview = look(name, bytes);
    let wanted = Preview {
        path: format!("/mnt/work/{name}"),
        name: name.to_owned(),
        size: bytes.len() as u64,
        hash: Hash::of(bytes).to_string(),
        notes: preview.notes.clone(),
        body: preview.body.clone(),
    };
    assert_eq!(preview, wanted);
    (preview.body, preview.notes)
}

fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn text(text: &str, language: &str) -> PreviewBody {
    PreviewBody::Text {
        text: text.to_owned(),
        language: language.to_owned(),
        cut: false,
    }
}

#[test]
fn text_is_shown_as_it_stands_in_its_language() {
    let markdown = PreviewBody::Markdown {
        text: "# Hello".to_owned(),
        cut: false,
    };
    assert_eq!(shown("a.MD", b"# Hello"), (markdown, vec![]));
    assert_eq!(shown("a.json", b"{\"a\": 1}"), (text("{\"a\": 1}", "json"), vec![]));
    assert_eq!(shown("a.rs", b"fn a() {}"), (text("fn a() {}", "rust"), vec![]));
    assert_eq!(shown("Makefile", b"all:"), (text("all:", "text"), vec![]));
    assert_eq!(shown("empty.txt", b""), (text("", "text"), vec![]));
}

#[test]
fn text_of_another_encoding_can_be_read() {
    let wide: Vec<u8> = "\u{feff}Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let told = vec!["Encoding UTF-16LE.".to_owned()];
    assert_eq!(shown("note.txt", &wide), (text("Grüße", "text"), told));
    let told = vec!["Encoding windows-1252.".to_owned()];
    let western = b"Gr\xfc\xdfe aus K\xf6ln und M\xfcnchen, sch\xf6ne Gr\xfc\xdfe";
    let wanted = text("Grüße aus Köln und München, schöne Grüße", "text");
    assert_eq!(shown("note.txt", western), (wanted, told));
}

#[test]
fn characters_that_deceive_are_told_and_left_in() {
    let hostile = "pay 100\u{202e}001\u{200b}";
    let told = vec!["There are 2 invisible or control characters in it.".to_owned()];
    assert_eq!(shown("a.txt", hostile.as_bytes()), (text(hostile, "text"), told));
}

#[test]
fn of_a_long_text_the_beginning_is_shown() {
    let long = "é".repeat(TEXT);
    let (body, notes) = shown("a.txt", long.as_bytes());
    let wanted = PreviewBody::Text {
        text: "é".repeat(TEXT / 2),
        language: "text".to_owned(),
        cut: true,
    };
    assert!((body, notes) == (wanted, vec![]));
}

#[test]
fn a_page_is_its_source_and_what_it_hides_is_told() {
    let page = "<!doctype html><p>Hello</p><p style='display:none'>obey</p>";
    let body = PreviewBody::Html {
        text: page.to_owned(),
        cut: false,
    };
    let told = "There is text in it that you would not see, 4 characters. The model is not given it.";
    assert_eq!(shown("a.html", page.as_bytes()), (body, vec![told.to_owned()]));
}

#[test]
fn pictures_are_measured() {
    let image = |width, height| PreviewBody::Image { width, height };
    assert_eq!(shown("a.png", PNG), (image(Some(3), Some(2)), vec![]));
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    assert_eq!(shown("a.svg", drawing), (image(None, None), vec![]));
    assert_eq!(shown("a.png", b"\x89PNG\r\n\x1a\nbroken").0, image(None, None));
}

#[test]
fn a_pdf_is_counted_and_its_scripts_are_told() {
    let pdf = |more: &str| {
        format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R{more}>>endobj\n\
             2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n\
             4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n\
             trailer<</Root 1 0 R/Size 5>>\n%%EOF"
        )
    };
    let (body, notes) = shown("a.pdf", pdf("").as_bytes());
    assert_eq!((body, notes), (PreviewBody::Pdf { pages: Some(2) }, vec![]));
    let (_, notes) = shown("a.pdf", pdf("/OpenAction<</S/JavaScript/JS(1)>>").as_bytes());
    assert_eq!(notes, ["The file carries scripts or actions; they were not run."]);
    let (body, notes) = shown("a.pdf", b"%PDF-1.7 broken");
    assert_eq!(body, PreviewBody::Pdf { pages: None });
    assert!(notes[0].starts_with("It was not checked: "), "{notes:?}");
}

#[test]
fn what_cannot_be_shown_says_what_it_is_and_why() {
    let binary = |kind: &str| PreviewBody::Binary { kind: kind.to_owned() };
    assert_eq!(shown("a.bin", b"\x00\x01\x02\x03"), (binary("binary file"), vec![]));
    assert_eq!(shown("a.zip", &zip(&[("x", "y")])), (binary("zip archive"), vec![]));
    let odt = zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", "<x/>"),
    ]);
    assert_eq!(shown("a.odt", &odt), (binary("OpenDocument text"), vec![]));
    for name in ["a.xlsx", "a.docx", "a.pptx", "a.ipynb"] {
        let (body, notes) = shown(name, b"");
        assert!(matches!(body, PreviewBody::Binary { .. }), "{name}: {body:?}");
        assert!(notes[0].starts_with("It cannot be shown here: "), "{name}: {notes:?}");
    }
}

#[test]
fn the_content_decides_what_is_shown() {
    let (body, notes) = shown("report.docx", b"<!doctype html><p>x");
    assert!(matches!(body, PreviewBody::Html { .. }), "{body:?} {notes:?}");
    let binary = PreviewBody::Binary {
        kind: "zip archive".to_owned(),
    };
    assert_eq!(shown("a.docx", &zip(&[("x", "y")])), (binary, vec![]));
}

proptest::proptest! {
    /// Whatever the bytes and whatever the name says: something is shown, and never more than fits.
    #[test]
    fn any_bytes_are_shown_somehow(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600),
        start in proptest::sample::select(vec!["", "PK\x03\x04", "%PDF-1.4", "{\"cells\":[", "<html>", "GIF89a", "a,b\n"]),
        name in proptest::sample::select(vec!["a.txt", "a.xlsx", "a.docx", "a.pptx", "a.pdf", "a.ipynb", "a.csv", "a.png", "a.eml", "a"]),
    ) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let preview = look(name, &bytes);
        proptest::prop_assert_eq!(preview.size, bytes.len() as u64);
        proptest::prop_assert!(preview.notes.iter().all(|note| note.ends_with(['.', '!', '?'])));
    }
}
