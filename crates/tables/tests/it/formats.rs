//! JSON, OpenDocument, and files under the wrong name.

use std::io::Write;

use deskhand_tables::{ColumnKind, NoteKind};
use serde_json::json;

use crate::{columns, file, load, notes, one, ranges, rows};

/// A zip archive of these parts.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An OpenDocument spreadsheet with this inside `office:spreadsheet`.
pub fn ods(body: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:calcext="c">
        <office:automatic-styles><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
        <office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"#
    );
    zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest/>"),
        ("content.xml", content.as_bytes()),
    ])
}

#[test]
fn json_lists_and_lines() {
    let list = r#"{"meta": 1, "orders": [
        {"id": "A1", "when": "2026-01-01", "total": 10.5, "customer": {"name": "Ann", "vip": true}, "tags": ["x"]},
        {"id": "A2", "when": "2026-01-02", "total": 4, "customer": {"name": "Bob", "vip": false}, "extra": null}]}"#;
    let lines = "{\"a\": 1, \"b\": \"x\"}\n\nnot json\n{\"b\": \"y\", \"a\": 2.5}\n";
    let mut catalog = load(vec![file("api.json", list), file("log.jsonl", lines)]);
    let api = &catalog.tables()[0];
    assert_eq!(
        (api.name.as_str(), api.sheet.as_deref(), api.range.as_str()),
        ("api", Some("orders"), "items 1-2")
    );
    assert_eq!(
        columns(api),
        [
            "id: text, key",
            "when_: date, date",
            "total: number, measure",
            "customer_name: text, text",
            "customer_vip: boolean (1/0), category",
            "tags: text, text",
            "extra: text, text"
        ]
    );
    assert_eq!(
        ranges(&mut catalog, "SELECT customer_name, total FROM api"),
        ["items 1-2, total, customer.name"]
    );
    assert_eq!(
        rows(&mut catalog, "SELECT a, b, _row FROM log"),
        json!([[1, "x", 1], [2.5, "y", 4]])
    );
    assert_eq!(
        notes(&catalog.tables()[1], NoteKind::Reading),
        ["1 lines are not JSON and were left out: 3."]
    );
}

#[test]
fn opendocument() {
    let cell = |kind: &str, value: &str| format!(r#"<table:table-cell office:value-type="{kind}" {value}/>"#);
    let text = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let repeated = format!(
            r#"<table:table-row table:number-rows-repeated="2">{}</table:table-row>"#,
            [
                cell("date", r#"office:date-value="2026-03-02T10:00:00""#),
                cell("percentage", r#"office:value="0.5""#),
                cell("currency", r#"office:currency="EUR" office:value="1""#),
                r#"<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>"#.to_owned(),
            ]
            .concat()
        );
    let body = format!(
        r#"<table:table table:name="Sales">
        <table:table-column/><table:table-column table:visibility="collapse"/><table:table-column table:number-columns-repeated="1022"/>
        {}{}{}{}<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
        </table:table><table:table table:name="Old" table:style-name="ta2">{}{}</table:table>"#,
        row(&[text("Day &amp; date"), text("Share"), text("Price"), text("Who")]),
        row(&[
            cell("date", r#"office:date-value="2026-03-01""#),
            cell("percentage", r#"office:value="0.25""#),
            cell("currency", r#"office:currency="EUR" office:value="12.5""#),
            text("Ann<text:s text:c=\"1\"/>B"),
        ]),
        repeated,
        row(&[
            cell("date", r#"office:date-value="2026-03-04""#),
            "<table:table-cell/>".to_owned(),
            cell("currency", r#"office:currency="EUR" office:value="2""#),
            text("Bob"),
        ]),
        row(&[text("k"), text("v")]),
        row(&[text("x"), cell("float", r#"office:value="3""#)]),
    );
    let mut catalog = load(vec![file("book.ods", ods(&body))]);
    let names: Vec<_> = catalog
        .tables()
        .iter()
        .map(|t| (t.name.as_str(), t.hidden, t.range.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("book_sales", false, "Sales!A1:D5"),
            ("book_old_hidden", true, "Old!A1:B2")
        ]
    );
    let sales = &catalog.tables()[0];
    assert_eq!(sales.columns[0].header, "Day & date");
    assert_eq!(
        sales.columns[2].kind,
        ColumnKind::Money {
            currency: Some("EUR".to_owned())
        }
    );
    assert!(sales.columns[1].hidden);
    assert_eq!(
        rows(&mut catalog, "SELECT day_date, share, price, who, _row FROM book_sales"),
        json!([
            ["2026-03-01 00:00:00", 0.25, 12.5, "Ann B", 2],
            ["2026-03-02 10:00:00", 0.5, 1, null, 3],
            ["2026-03-02 10:00:00", 0.5, 1, null, 4],
            ["2026-03-04 00:00:00", null, 2, "Bob", 5]
        ])
    );
}

#[test]
fn the_content_decides_not_the_name() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "a").unwrap();
    sheet.write(0, 1, "b").unwrap();
    sheet.write(1, 0, "x").unwrap();
    sheet.write(1, 1, 5).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let mut catalog = load(vec![
        file("really_xlsx.xls", bytes.clone()),
        file("really_xlsx_too.csv", bytes),
        file("really_text.xls", "a\tb\nx\t7\n"),
    ]);
    assert_eq!(one(&mut catalog, "SELECT b FROM really_xlsx"), json!(5));
    assert_eq!(one(&mut catalog, "SELECT b FROM really_xlsx_too"), json!(5));
    assert_eq!(one(&mut catalog, "SELECT b FROM really_text"), json!(7));
}
