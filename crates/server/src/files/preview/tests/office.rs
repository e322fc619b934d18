//! Previews of office documents and tables.

use deskhand_documents::write::{self, DocxOptions};
use deskhand_testkit::sample::sample_folder;

use super::*;
use crate::api::Sheet;

fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}

#[test]
fn a_word_document_is_shown_as_text_without_words_for_the_model() {
    let docx = write::docx("# Offer\n\nTwo **chairs**.\n", &|_| None, &DocxOptions::default()).unwrap();
    let (body, notes) = shown("a.docx", &docx);
    let PreviewBody::Document { text, cut } = body else {
        panic!("{body:?}")
    };
    let wanted = "# Offer\n\nTwo chairs.\n\nPage footer: Offer Page 1 of 1";
    assert_eq!((text.trim(), cut), (wanted, false));
    assert_eq!(notes, Vec::<String>::new());
    let mail =
        "From: a@example.org\r\nSubject: Offer\r\nContent-Type: text/html\r\n\r\n<p>Two chairs</p><p hidden>obey</p>";
    let (body, notes) = shown("a.eml", mail.as_bytes());
    let PreviewBody::Document { text, .. } = body else {
        panic!("{body:?}")
    };
    assert!(text.contains("Two chairs") && !text.contains("tell them"), "{text}");
    assert!(
        notes.iter().any(|note| note.starts_with("There is text in it")),
        "{notes:?}"
    );
}

#[test]
fn slides_are_shown_one_by_one_and_hidden_ones_are_told() {
    let names = "xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" \
                 xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
                 xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let packaged = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let shape = |kind: &str, text: &str| {
        format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"t\"/><p:cNvSpPr/><p:nvPr><p:ph type=\"{kind}\"/></p:nvPr></p:nvSpPr>\
             <p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    };
    let slide = |more: &str, title: &str, line: &str| {
        format!(
            "<p:sld {names}{more}><p:cSld><p:spTree>{}{}</p:spTree></p:cSld></p:sld>",
            shape("title", title),
            shape("body", line)
        )
    };
    let relation = |id: u32, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |list: &str| format!("<Relationships xmlns=\"{packaged}\">{list}</Relationships>");
    let slides = relation(1, "slide", "slides/slide1.xml") + &relation(2, "slide", "slides/slide2.xml");
    let list = "<p:sldId id=\"256\" r:id=\"rId1\"/><p:sldId id=\"257\" r:id=\"rId2\"/>";
    let pptx = zip(&[
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        (
            "_rels/.rels",
            &relations(&relation(1, "officeDocument", "ppt/presentation.xml")),
        ),
        (
            "ppt/presentation.xml",
            &format!("<p:presentation {names}><p:sldIdLst>{list}</p:sldIdLst></p:presentation>"),
        ),
        ("ppt/_rels/presentation.xml.rels", &relations(&slides)),
        ("ppt/slides/slide1.xml", &slide("", "Plan", "Buy chairs")),
        ("ppt/slides/slide2.xml", &slide(" show=\"0\"", "Secret", "obey")),
    ]);
    let (body, notes) = shown("a.pptx", &pptx);
    let PreviewBody::Slides { slides } = body else {
        panic!("{body:?}")
    };
    assert_eq!(slides.len(), 1);
    assert_eq!((slides[0].number, slides[0].title.as_str()), (1, "Plan"));
    assert!(slides[0].text.contains("Buy chairs"), "{slides:?}");
    assert_eq!(notes, ["Hidden slide 2 not shown (10 characters)."]);
}

#[test]
fn sheets_are_paged_and_hidden_ones_are_told() {
    let folder = sample_folder(2026).unwrap();
    let orders = &folder.files[0];
    let (body, notes) = shown(orders.name, &orders.bytes);
    let PreviewBody::Sheets { sheets } = body else {
        panic!("{body:?}")
    };
    let [first, rest @ ..] = sheets.as_slice() else {
        panic!("there is no sheet")
    };
    // Empty rows stand in their places and do not count.
    let with_content = first.rows.iter().filter(|row| !row.is_empty()).count() as u64;
    assert_eq!((first.first_row, with_content), (1, first.total_rows.min(ROWS)));
    assert!(rest.iter().all(|sheet| sheet.rows.is_empty()), "only one is read");
    assert_eq!(notes, ["Hidden sheet 'Prices 2025': 12 rows not shown."]);
    let at = |row| Window {
        sheet: Some(&first.name),
        row: Some(row),
    };
    let PreviewBody::Sheets { sheets } = preview("/mnt/work/orders.xlsx", &orders.bytes, at(3)).body else {
        panic!("no sheets")
    };
    assert_eq!((sheets[0].first_row, &sheets[0].rows[0]), (3, &first.rows[2]));
    let beyond = preview("/mnt/work/orders.xlsx", &orders.bytes, at(900_000));
    assert!(matches!(beyond.body, PreviewBody::Binary { .. }), "{beyond:?}");
}

#[test]
fn tables_in_text_and_of_other_programs_are_sheets() {
    let sheet = |name: &str, rows: Vec<Vec<String>>| PreviewBody::Sheets {
        sheets: vec![Sheet {
            name: name.to_owned(),
            total_rows: rows.len() as u64,
            total_columns: rows[0].len() as u64,
            first_row: 1,
            rows,
        }],
    };
    let wanted = sheet("", rows(&[&["a", "b"], &["1", "=cmd|' /C calc'!A0"]]));
    assert_eq!(shown("a.csv", b"a;b\n1;=cmd|' /C calc'!A0\n"), (wanted.clone(), vec![]));
    assert_eq!(shown("a.tsv", b"a\tb\n1\t=cmd|' /C calc'!A0\n"), (wanted, vec![]));
    let content = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"T\"><table:table-row>\
         <table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"string\"><text:p>y</text:p></table:table-cell>\
         </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let ods = zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content),
    ]);
    assert_eq!(shown("a.ods", &ods), (sheet("T", rows(&[&["x", "y"]])), vec![]));
}

#[test]
fn columns_that_are_not_shown_are_told() {
    let wide: String = (0..150).map(|n| format!("c{n},")).collect();
    let (body, notes) = shown("a.csv", format!("{wide}\n{wide}\n").as_bytes());
    let PreviewBody::Sheets { sheets } = body else {
        panic!("{body:?}")
    };
    assert_eq!((sheets[0].total_columns, sheets[0].rows[0].len()), (151, 100));
    assert_eq!(notes, ["Only the first 100 of 151 columns are shown."]);
}

#[test]
fn a_notebook_shows_its_cells_and_what_they_gave_as_text() {
    let notebook = serde_json::json!({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Sums\n", "of numbers"]},
            {"cell_type": "code", "metadata": {}, "source": "6 * 7", "outputs": [
                {"output_type": "stream", "text": ["a\n"]},
                {"output_type": "display_data", "metadata": {}, "data": {"text/plain": ["42"], "text/html": "<script>1</script>"}},
                {"output_type": "error", "ename": "E", "evalue": "broken", "traceback": []},
            ]},
        ],
    });
    let cell = |kind: &str, source: &str, output: &str| Cell {
        kind: kind.to_owned(),
        source: source.to_owned(),
        output: output.to_owned(),
    };
    let (body, _) = shown("a.ipynb", notebook.to_string().as_bytes());
    let cells = vec![
        cell("markdown", "# Sums\nof numbers", ""),
        cell("code", "6 * 7", "a\n42broken"),
    ];
    assert_eq!(body, PreviewBody::Notebook { cells });
}
