//! Office documents.

use super::refusal_within;
use crate::fixtures::{
    binary,
    office::{docx, docx_parts, docx_with, ods, p, pack, pptx, rels, shape, xlsx, xlsx_parts},
    open, refusal, shown, text, zip_text,
};

#[test]
fn empty_files() {
    for name in [
        "x.docx", "x.xlsx", "x.pptx", "x.pdf", "x.png", "x.zip", "x.eml", "x.ipynb", "x.ods", "x.xls",
    ] {
        assert!(refusal(name, b"").starts_with("documents.empty: "), "{name}");
    }
    insta::assert_snapshot!(refusal("x.docx", b""), @r#"documents.empty: the file is empty (0 bytes), so it is not a Word document"#);
}

#[test]
fn billion_laughs() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">]>";
    let mut parts = docx_parts(&p("&c;"));
    parts[2].1 = format!("{laughs}{}", parts[2].1);
    insta::assert_snapshot!(refusal_within(1, "x.docx", &pack(&parts)), @r#"documents.entities: its part `word/document.xml` declares XML entities, which this format never needs and attacks use"#);
    let sheet = "<sheetData><row><c t=\"str\"><v>&c;</v></c></row></sheetData>";
    let mut parts = xlsx_parts(&[("S", "", sheet)], "", &[]);
    parts[2].1 = format!("{laughs}{}", parts[2].1);
    insta::assert_snapshot!(refusal_within(1, "x.xlsx", &pack(&parts)), @r#"documents.entities: its part `xl/worksheets/sheet1.xml` declares XML entities, which this format never needs and attacks use"#);
    let content = format!("{laughs}<office:document-content xmlns:office=\"x\">&c;</office:document-content>");
    let sheet = zip_text(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", &content),
    ]);
    insta::assert_snapshot!(refusal_within(1, "x.ods", &sheet), @r#"documents.entities: its part `content.xml` declares XML entities, which this format never needs and attacks use"#);
    // An entity nobody declared means nothing.
    let sheet = "<sheetData><row><c t=\"str\"><v>a&unknown;b</v></c></row></sheetData>";
    assert!(text(&open("x.xlsx", &xlsx(&[("S", "", sheet)], "", &[]))).contains("| 1 | ab |"));
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    insta::assert_snapshot!(refusal_within(5, "x.docx", &docx(&deep("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"))), @r#"documents.too-deep: its part `word/document.xml` is nested deeper than 256 levels"#);
    insta::assert_snapshot!(refusal_within(5, "x.pptx", &pptx(&[("", &deep("<p:grpSp>", "</p:grpSp>"))])), @r#"documents.too-deep: its part `ppt/slides/slide1.xml` is nested deeper than 256 levels"#);
    insta::assert_snapshot!(refusal_within(5, "x.xlsx", &xlsx(&[("S", "", &deep("<x>", "</x>"))], "", &[])), @r#"documents.too-deep: its part `xl/worksheets/sheet1.xml` is nested deeper than 256 levels"#);
    insta::assert_snapshot!(refusal_within(5, "x.ods", &ods("", &deep("<table:table>", "</table:table>"))), @r#"documents.too-deep: its part `content.xml` is nested deeper than 256 levels"#);
}

#[test]
fn a_million_columns() {
    for reference in ["XFE1", "AAAAA1", "ZZZZZZ1"] {
        let sheet = format!("<sheetData><row r=\"1\"><c r=\"{reference}\"><v>1</v></c></row></sheetData>");
        assert_eq!(
            refusal_within(1, "x.xlsx", &xlsx(&[("S", "", &sheet)], "", &[])),
            "documents.too-many: sheet 'S' has more than 16384 columns"
        );
    }
    let cells = "<c><v>1</v></c>".repeat(1_000_000);
    let sheet = format!("<sheetData><row>{cells}</row></sheetData>");
    insta::assert_snapshot!(refusal_within(10, "x.xlsx", &xlsx(&[("S", "", &sheet)], "", &[])), @r#"documents.too-many: sheet 'S' has more than 16384 columns"#);
    let table = "<table:table table:name=\"T\"><table:table-row><table:table-cell table:number-columns-repeated=\"1000000\">\
        <text:p>x</text:p></table:table-cell></table:table-row></table:table>";
    insta::assert_snapshot!(refusal_within(1, "x.ods", &ods("", table)), @r#"documents.too-many: sheet 'T' has more than 16384 columns"#);
}

#[test]
fn rows_beyond_the_sheet() {
    let sheet = "<sheetData><row r=\"4294967296\"><c r=\"A4294967296\"><v>1</v></c></row></sheetData>";
    insta::assert_snapshot!(refusal("x.xlsx", &xlsx(&[("S", "", sheet)], "", &[])), @r#"documents.too-many: sheet 'S' has more than 1048576 rows"#);
    let table = "<table:table table:name=\"T\"><table:table-row table:number-rows-repeated=\"4294967296\"><table:table-cell>\
        <text:p>x</text:p></table:table-cell></table:table-row></table:table>";
    insta::assert_snapshot!(refusal("x.ods", &ods("", table)), @r#"documents.too-many: sheet 'T' has more than 1048576 rows"#);
}

#[test]
fn lying_dimensions_and_corners() {
    // Two cells a sheet apart: seventeen billion cells for a reader that is dense, two for one that is not.
    let sheet = "<dimension ref=\"A1:ZZZ99999999\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
        <row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row></sheetData>";
    insta::assert_snapshot!(shown("x.xlsx", &xlsx(&[("S", "", sheet)], "", &[])), @r#"
    Xlsx · 1 sheet, 2 rows · 2/2 Rows
    ## Sheet 1 of 1: S (`S!A1:XFD1048576`)

    | | A | XFD |
    |---|---|---|
    | 1 | 1 | |
    | 1048576 | | 2 |
    "#);
    let table = "<table:table table:name=\"T\"><table:table-row table:number-rows-repeated=\"1048576\">\
        <table:table-cell table:number-columns-repeated=\"16384\"><text:p>x</text:p></table:table-cell></table:table-row></table:table>";
    let reading = open("x.ods", &ods("", table));
    assert_eq!(
        (reading.part.total, reading.data["sheets"][0]["range"].as_str()),
        (1_048_576, Some("A1:XFD1048576"))
    );
}

#[test]
fn cells_that_point_nowhere() {
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>99</v></c><c r=\"B1\" t=\"s\"><v>-1</v></c><c r=\"??\" s=\"777\"><v>3</v></c>\
        <c t=\"s\"><v>0</v></c><c r=\"E1\"><f t=\"shared\" si=\"9\"/><v>5</v></c></row></sheetData>";
    insta::assert_snapshot!(shown("x.xlsx", &xlsx(&[("S", "", sheet)], "", &["zero"])), @r#"
    Xlsx · 1 sheet, 1 row · 1/1 Rows
    ## Sheet 1 of 1: S (`S!A1:E1`)

    | | A | C | D | E |
    |---|---|---|---|---|
    | 1 | | 3 | zero | 5 |
    "#);
}

#[test]
fn cyclic_relationships_and_styles() {
    // The document is its own footnotes, header and styles; styles are based on one another.
    let mut parts = docx_parts(&p("text"));
    parts.push((
        "word/_rels/document.xml.rels".into(),
        rels(&[
            ("a", "footnotes", "document.xml"),
            ("b", "header", "document.xml"),
            ("c", "styles", "document.xml"),
            ("d", "numbering", "../word/document.xml"),
        ]),
    ));
    insta::assert_snapshot!(shown("x.docx", &pack(&parts)), @r#"
    Docx · 5 characters · 1/1 Lines
    text
    "#);
    let styles = "<w:style w:styleId=\"A\"><w:basedOn w:val=\"B\"/></w:style><w:style w:styleId=\"B\"><w:basedOn w:val=\"A\"/></w:style>";
    let body = "<w:p><w:pPr><w:pStyle w:val=\"A\"/></w:pPr><w:r><w:t>text</w:t></w:r></w:p>";
    assert_eq!(
        text(&open(
            "x.docx",
            &docx_with(body, &[("styles.xml", "styles", styles)], &[])
        )),
        "text\n"
    );
}

#[test]
fn missing_parts() {
    let no_body = zip_text(&[("[Content_Types].xml", "<Types/>"), ("word/styles.xml", "<x/>")]);
    insta::assert_snapshot!(refusal("x.docx", &no_body), @r#"documents.damaged: the Word document is damaged: its part `word/document.xml` is missing"#);
    let no_sheet = {
        let mut parts = xlsx_parts(&[("S", "", "")], "", &[]);
        parts.retain(|(name, _)| !name.contains("sheet1"));
        pack(&parts)
    };
    insta::assert_snapshot!(refusal("x.xlsx", &no_sheet), @r#"documents.damaged: the Excel workbook is damaged: its part `xl/worksheets/sheet1.xml` is missing"#);
    insta::assert_snapshot!(shown("x.pptx", &pptx(&[])), @r#"Pptx · 0 slides · 0/0 Slides"#);
}

#[test]
fn not_xml() {
    let mut parts = docx_parts("");
    parts[2].1 = "\u{0}\u{1}not xml at all".to_owned();
    insta::assert_snapshot!(refusal("x.docx", &pack(&parts)), @r#"documents.damaged: the Word document is damaged: its part `word/document.xml` is not well-formed XML (UnknownToken)"#);
    let sheet = xlsx(&[("S", "", "<sheetData><row><c><v>1</v></row")], "", &[]);
    insta::assert_snapshot!(refusal("x.xlsx", &sheet), @r#"documents.damaged: the Excel workbook is damaged: its part `xl/worksheets/sheet1.xml` is not well-formed XML"#);
}

#[test]
fn many_shapes_stay_bounded() {
    let shapes = shape("", "", "x").repeat(20_000);
    let reading = open("x.pptx", &pptx(&[("", &shapes)]));
    assert_eq!(reading.part.total, 1);
    assert!(text(&reading).len() <= 110_000);
}

#[test]
fn encrypted_office_files() {
    insta::assert_snapshot!(refusal("x.docx", &binary::empty_streams(&["EncryptionInfo", "EncryptedPackage"])), @r#"documents.protected: the Word document is protected with a password"#);
    insta::assert_snapshot!(refusal("x.doc", &binary::empty_streams(&["WordDocument"])), @r#"documents.unsupported: a Word file from before 2007 cannot be read as text"#);
    insta::assert_snapshot!(refusal("x.xls", &binary::empty_streams(&["Workbook"])), @r#"documents.damaged: the Excel 97-2003 workbook is damaged: it has no records of a workbook"#);
    let cut = &binary::empty_streams(&["Workbook"])[..600];
    insta::assert_snapshot!(refusal("x.xls", cut), @r#"documents.damaged: the Excel 97-2003 workbook is damaged: its sector tables are broken (was it cut off?)"#);
}

#[test]
fn old_workbooks_that_would_be_huge() {
    // A dense reader would hold sixteen million cells for each sheet.
    let corners = [binary::number(0, 0, 1.0), binary::number(65_535, 255, 2.0)].concat();
    let bytes = binary::xls(&[("A", false, corners.clone()), ("B", false, corners)]);
    insta::assert_snapshot!(refusal_within(2, "x.xls", &bytes), @r#"documents.too-many: the workbook has more than 4000000 cells"#);
    let encrypted = binary::xls(&[("A", false, binary::record(0x002F, &[0; 6]))]);
    insta::assert_snapshot!(refusal("x.xls", &encrypted), @r#"documents.protected: the Excel 97-2003 workbook is protected with a password"#);
}

#[test]
fn sectors_that_go_in_circles() {
    let mut bytes = binary::xls(&[("A", false, binary::number(0, 0, 1.0))]);
    // The second sector of the workbook is followed by its first.
    bytes[512 + 3 * 4..512 + 4 * 4].copy_from_slice(&2u32.to_le_bytes());
    insta::assert_snapshot!(refusal_within(2, "x.xls", &bytes), @r#"documents.damaged: the Excel 97-2003 workbook is damaged: it has no workbook in it"#);
}
