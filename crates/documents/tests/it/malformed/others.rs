//! PDF, HTML, images, notebooks, mail and text.

use std::time::{Duration, Instant};

use deskhand_documents::{DocumentError, Kind, Limits, ReadOptions, read};
use deskhand_types::Coded as _;

use super::refusal_within;
use crate::fixtures::{open, pdf, png, refusal, shown, text, zip_text, zlib};

#[test]
fn pdf_page_trees_that_go_in_circles() {
    let bytes = pdf::objects(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 99 >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Parent 2 0 R /Count 99 >>".to_vec(),
    ]);
    insta::assert_snapshot!(refusal_within(5, "x.pdf", &bytes), @r#"documents.damaged: the PDF is damaged: it has no pages"#);
}

#[test]
fn pdf_forms_that_draw_themselves_or_each_other_too_often() {
    let form = |next: u32, calls: usize| {
        let resources = format!("/Resources << /XObject << /X {next} 0 R >> >>");
        pdf::stream(
            &format!("/Type /XObject /Subtype /Form /BBox [0 0 200 300] {resources}"),
            "/X Do ".repeat(calls).as_bytes(),
        )
    };
    let content = "BT /F1 12 Tf 20 250 Td (seen) Tj ET /X Do";
    let own = pdf::pages_with(&[content], "/XObject << /X 6 0 R >>", &[form(6, 2)]);
    assert_eq!(text(&open("x.pdf", &own)), "## Page 1\n\nseen\n");
    // Ten calls on each of twelve levels: the clock ends it.
    let forms: Vec<Vec<u8>> = (0..12).map(|level| form(7 + level, 10)).collect();
    let bytes = pdf::pages_with(&[content], "/XObject << /X 6 0 R >>", &forms);
    let limits = Limits {
        deadline: Duration::from_millis(500),
        ..Limits::default()
    };
    let start = Instant::now();
    let result = read("x.pdf", &bytes, &ReadOptions::default(), &limits);
    assert!(start.elapsed().as_secs() < 10);
    let timeout = DocumentError::Timeout {
        kind: Kind::Pdf,
        seconds: 0,
    };
    assert_eq!(result.map(|reading| text(&reading)), Err(timeout));
}

#[test]
fn pdf_bombs() {
    let packed = zlib(&vec![b' '; 8 << 20]);
    let content = |filters: &str, data: &[u8]| {
        pdf::objects(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Contents 4 0 R >>".to_vec(),
            pdf::stream(filters, data),
        ])
    };
    let limits = Limits {
        max_unpacked: 4 << 20,
        ..Limits::default()
    };
    let refused = |filters: &str, data: &[u8]| {
        let bytes = content(filters, data);
        let error = read("x.pdf", &bytes, &ReadOptions::default(), &limits).unwrap_err();
        format!("{}: {error}", error.code())
    };
    let expected = "documents.bomb: a stream of the PDF would unpack to more than the limit of 4194304 bytes: \
                    this looks like a decompression bomb";
    assert_eq!(refused("/Filter /FlateDecode", &packed), expected);
    let twice = zlib(&packed);
    assert!(twice.len() < 10_000);
    assert_eq!(refused("/Filter [/FlateDecode /FlateDecode]", &twice), expected);
    let thrice = zlib(&zlib(&zlib(b"q Q")));
    assert_eq!(
        refused("/Filter [/FlateDecode /FlateDecode /FlateDecode]", &thrice),
        expected
    );
    // Calling it an image does not help.
    let page = open("x.pdf", &content("/Subtype /Image /Filter /FlateDecode", &packed));
    assert_eq!(page.data["pages"][0]["text"], "[no text]");
}

#[test]
fn broken_pdf() {
    let whole = pdf::pages(&["BT /F1 12 Tf 20 250 Td (still here) Tj ET"]);
    // Without its table of objects it is repaired.
    let cut = memchr::memmem::find(&whole, b"xref").unwrap();
    assert!(text(&open("x.pdf", &whole[..cut])).contains("still here"));
    insta::assert_snapshot!(refusal("x.pdf", b"%PDF-1.7\nnothing"), @r#"documents.damaged: the PDF is damaged: it has no readable table of pages"#);
    insta::assert_snapshot!(refusal("x.pdf", &whole[..100]), @r#"documents.damaged: the PDF is damaged: it has no readable table of pages"#);
    let encrypted = pdf::objects(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [] /Count 0 >>".to_vec(),
    ]);
    let encrypted = String::from_utf8(encrypted).unwrap().replace(
        "/Root 1 0 R",
        &format!(
            "/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >>",
            "ab".repeat(32)
        ),
    );
    insta::assert_snapshot!(refusal("x.pdf", encrypted.as_bytes()), @r#"documents.protected: the PDF is protected with a password"#);
}

#[test]
fn deep_html() {
    insta::assert_snapshot!(refusal_within(5, "x.html", "<div>".repeat(50_000).as_bytes()), @r#"documents.too-deep: the page is nested deeper than 256 levels"#);
    // Formatting left open is closed and opened again by every paragraph, as browsers do.
    assert_eq!(
        text(&open("x.html", "<b><p>x".repeat(300).as_bytes()))
            .matches('x')
            .count(),
        300
    );
    // Deep in lists without closing tags is what browsers repair; so is this.
    assert!(text(&open("x.html", "<p>a<table><p>b<tr><td>c</i></p>".as_bytes())).contains('c'));
}

#[test]
fn wide_html_stays_bounded() {
    let page = "<i class=x>word</i> ".repeat(5_000);
    let reading = open(
        "x.html",
        format!("<style>{}</style>{page}", ".y .x{display:none}".repeat(500)).as_bytes(),
    );
    assert!(text(&reading).len() < 120_000);
}

#[test]
fn broken_images() {
    let whole = png(50, 50);
    insta::assert_snapshot!(refusal("x.png", &whole[..60]), @r#"documents.damaged: the image is damaged: its pixels cannot be decoded"#);
    insta::assert_snapshot!(refusal("x.png", &whole[..whole.len() / 2]), @r#"documents.damaged: the image is damaged: its pixels cannot be decoded"#);
    insta::assert_snapshot!(refusal("x.png", b"\x89PNG\r\n\x1a\n"), @r#"documents.damaged: the image is damaged: its header is broken"#);
    // A header that says a hundred thousand by a hundred thousand pixels.
    let mut huge = whole.clone();
    huge[16..20].copy_from_slice(&100_000u32.to_be_bytes());
    huge[20..24].copy_from_slice(&100_000u32.to_be_bytes());
    let crc = flate2_crc(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    insta::assert_snapshot!(refusal_within(1, "x.png", &huge), @r#"documents.too-many: the image has more than 80000000 pixels"#);
}

fn flate2_crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn broken_notebooks_and_mail() {
    insta::assert_snapshot!(refusal("x.ipynb", b"{\"cells\": ["), @r#"documents.damaged: the notebook is damaged: it is not JSON (line 1, column 11)"#);
    insta::assert_snapshot!(refusal("x.ipynb", b"{\"worksheets\": []}"), @r#"documents.damaged: the notebook is damaged: it has no list of cells (notebooks older than version 4 are not read)"#);
    insta::assert_snapshot!(refusal_within(1, "x.ipynb", "[".repeat(100_000).as_bytes()), @r#"documents.damaged: the notebook is damaged: it is not JSON (line 1, column 128)"#);
    insta::assert_snapshot!(refusal("x.eml", b"\r\n\r\n"), @r#"documents.damaged: the mail message is damaged: it has no headers"#);
    let nested = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(5000);
    let start = Instant::now();
    let _ = read("x.eml", nested.as_bytes(), &ReadOptions::default(), &Limits::default());
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn bytes_that_are_no_text() {
    insta::assert_snapshot!(refusal("x.txt", b"\x7fELF\x02\x01\x01\0\0\0\0\0"), @r#"documents.unsupported: a binary file (.txt) cannot be read as text"#);
    insta::assert_snapshot!(refusal("x", b"\0\0\0\0"), @r#"documents.unsupported: a binary file cannot be read as text"#);
    insta::assert_snapshot!(shown("x.txt", b"ok \xff\xfe\xfa broken \xc3"), @r#"
    Text · 1 line · 1/1 Lines
         1	ok ˙ţú broken Ă

    [encoding windows-1250]
    "#);
    insta::assert_snapshot!(shown("x.csv", b"a,b\n\"never closed,1\n2,3\n"), @r#"
    Csv · 2 rows, 2 columns · 2/2 Rows
    | | A | B |
    |---|---|---|
    | 1 | a | b |
    | 2 | never closed,1 2,3 | |
    "#);
}

#[test]
fn documents_without_a_reader() {
    insta::assert_snapshot!(refusal("x.rtf", b"{\\rtf1 {\\v hidden} text}"), @r#"documents.unsupported: an RTF document cannot be read as text"#);
    insta::assert_snapshot!(shown("x.odt", &zip_text(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<x/>")])), @r#"
    Zip · 2 entries, 43 bytes unpacked · 4/4 Lines
    | name | bytes | |
    |---|---|---|
    | mimetype | 39 | |
    | content.xml | 4 | |

    [this is an OpenDocument text: only the list of its parts is shown; its text can be read as docx or PDF]
    "#);
}

#[test]
fn the_wrong_extension() {
    insta::assert_snapshot!(shown("x.docx", &pdf::pages(&["BT /F1 12 Tf 20 250 Td (text) Tj ET"])), @r#"
    Pdf · 1 page · 1/1 Pages
    ## Page 1

    text

    [the name says Word document, the content is a PDF]
    "#);
    insta::assert_snapshot!(refusal("x.xlsx", b"PK\x03\x04 no more"), @r#"documents.damaged: the Excel workbook is damaged: its table of contents is missing (was it cut off?)"#);
}
