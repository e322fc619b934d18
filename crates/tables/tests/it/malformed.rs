//! Damaged and hostile files: a clear error within limits, and the other files unharmed.

use std::time::{Duration, Instant};

use deskhand_tables::{Catalog, Limits, Skipped};
use serde_json::json;

use crate::{
    file,
    formats::{ods, zip},
    one,
};

/// Loads the bytes beside a good file; returns why they were skipped, if they were.
fn load_hostile(name: &str, bytes: Vec<u8>, limits: &Limits) -> Option<Skipped> {
    let start = Instant::now();
    let files = vec![file("good.csv", "a,b\n1,2\n3,4\n"), file(name, bytes)];
    let (mut catalog, mut skipped) = Catalog::load(files, limits).unwrap();
    assert_eq!(one(&mut catalog, "SELECT sum(b) FROM good"), json!(6));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{name} took {:?}",
        start.elapsed()
    );
    assert!(skipped.len() < 2);
    skipped.pop()
}

fn code(name: &str, bytes: Vec<u8>) -> String {
    let skipped = load_hostile(name, bytes, &Limits::default());
    let skipped = skipped.unwrap_or_else(|| panic!("{name} was read"));
    assert!(skipped.reason.len() > 20, "{}", skipped.reason);
    skipped.code.as_str().to_owned()
}

fn good_xlsx() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..50_u32 {
        sheet.write(row, 0, format!("text {row}")).unwrap();
        sheet.write(row, 1, row).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

/// An xlsx of one sheet with this XML.
fn xlsx(sheet: &str) -> Vec<u8> {
    zip(&[
        ("[Content_Types].xml", br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#),
        ("_rels/.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{sheet}</worksheet>"#).as_bytes()),
    ])
}

fn number(cell: &str) -> String {
    format!(r#"<c r="{cell}"><v>1</v></c>"#)
}

#[test]
fn truncated_and_garbled() {
    let good = good_xlsx();
    for cut in [1, 30, good.len() / 2, good.len() - 30] {
        assert_eq!(code("cut.xlsx", good[..cut].to_vec()), "tables.malformed", "{cut}");
    }
    assert_eq!(code("empty.xlsx", Vec::new()), "tables.malformed");
    assert_eq!(code("text.xlsx", b"hello".to_vec()), "tables.malformed");
    assert_eq!(
        code("page.xls", b"<html><table><tr><td>1</td></tr></table></html>".to_vec()),
        "tables.malformed"
    );
    assert_eq!(code("binary.csv", vec![0, 1, 2, 3, 0, 0, 9]), "tables.malformed");
    assert_eq!(code("bad.json", b"[{\"a\": 1}, ".to_vec()), "tables.malformed");
    assert_eq!(code("deep.json", "[".repeat(100_000).into_bytes()), "tables.malformed");
    assert_eq!(code("number.json", b"5".to_vec()), "tables.not-a-table");
    assert_eq!(
        code("other.zip.xlsx", zip(&[("readme.txt", b"hi")])),
        "tables.not-a-table"
    );
    assert_eq!(code("word.docx", b"x".to_vec()), "tables.not-a-table");
}

#[test]
fn lying_dimensions_cost_nothing() {
    let far = format!(
        r#"<dimension ref="A1:XFD1048576"/><sheetData><row r="1">{}{}</row><row r="1048576">{}</row></sheetData>"#,
        number("A1"),
        number("B1"),
        number("A1048576")
    );
    assert_eq!(load_hostile("lies.xlsx", xlsx(&far), &Limits::default()), None);
    let wide = format!(
        r#"<sheetData><row r="1">{}{}</row></sheetData>"#,
        number("A1"),
        number("XFD1")
    );
    assert_eq!(code("wide.xlsx", xlsx(&wide)), "tables.too-large");
    let beyond = format!(
        r#"<sheetData><row r="4294967295">{}</row></sheetData>"#,
        number("ZZZZZZ4294967295")
    );
    assert_ne!(code("beyond.xlsx", xlsx(&beyond)), "");
    let backwards = format!(
        r#"<sheetData><row r="9">{}{}</row><row r="2">{}{}</row></sheetData>"#,
        number("B9"),
        number("A9"),
        number("A2"),
        number("B2")
    );
    assert_eq!(
        load_hostile("backwards.xlsx", xlsx(&backwards), &Limits::default()),
        None
    );
}

#[test]
fn a_million_columns() {
    let line = vec!["x"; 1_000_000].join(",");
    assert_eq!(
        code("wide.csv", format!("{line}\n{line}\n").into_bytes()),
        "tables.too-large"
    );
    let object: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":1")).collect();
    assert_eq!(
        code("wide.json", format!("[{{{}}}]", object.join(",")).into_bytes()),
        "tables.too-large"
    );
    let cell =
        r#"<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000000"/>"#;
    let body = format!(r#"<table:table table:name="x"><table:table-row>{cell}</table:table-row></table:table>"#);
    assert_eq!(code("wide.ods", ods(&body)), "tables.too-large");
}

#[test]
fn repeated_rows_are_counted_before_they_are_made() {
    let cell = r#"<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000"/>"#;
    let body = format!(
        r#"<table:table table:name="x"><table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row></table:table>"#
    );
    let limits = Limits {
        max_cells: 1_000_000,
        ..Limits::default()
    };
    let skipped = load_hostile("tall.ods", ods(&body), &limits).unwrap();
    assert_eq!(skipped.code.as_str(), "tables.too-large");
}

#[test]
fn zip_bombs() {
    let limits = Limits {
        ratio_from: 1 << 20,
        ..Limits::default()
    };
    // 4 MiB of blanks pack to 4 kB.
    let blanks = vec![b' '; 4 << 20];
    let bomb = |part: &str| zip(&[("xl/workbook.xml", b"<workbook/>"), (part, &blanks)]);
    for part in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"] {
        let skipped = load_hostile("bomb.xlsx", bomb(part), &limits).unwrap();
        assert_eq!(
            skipped.reason.split(':').next(),
            Some("times the file grows when unpacked"),
            "{part}"
        );
    }
    // The bytes are counted, not what the archive declares.
    let mut lying = bomb("xl/sharedStrings.xml");
    let declared = (4_u32 << 20).to_le_bytes();
    while let Some(at) = lying.windows(4).position(|window| window == declared) {
        lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert_ne!(load_hostile("liar.xlsx", lying, &limits), None);
    // The bound on the whole holds whatever the ratio.
    let small = Limits {
        max_unpacked_bytes: 1 << 20,
        ..Limits::default()
    };
    let skipped = load_hostile("big.xlsx", bomb("xl/worksheets/sheet1.xml"), &small).unwrap();
    assert_eq!(skipped.code.as_str(), "tables.too-large");
}

#[test]
fn a_shared_string_used_often_counts_each_time() {
    let text = "x".repeat(1 << 20);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..200_u32 {
        sheet.write(row, 0, &text[..32_000]).unwrap();
    }
    let limits = Limits {
        max_text_bytes: 1 << 20,
        ..Limits::default()
    };
    let skipped = load_hostile("strings.xlsx", workbook.save_to_buffer().unwrap(), &limits).unwrap();
    assert_eq!(skipped.code.as_str(), "tables.too-large");
}

#[test]
fn too_many_rows_are_refused_not_cut() {
    let limits = Limits {
        max_rows: 1_000,
        ..Limits::default()
    };
    let text = (0..2_000).fold("a,b\n".to_owned(), |text, n| format!("{text}{n},1\n"));
    let skipped = load_hostile("long.csv", text.into_bytes(), &limits).unwrap();
    assert_eq!(
        skipped.reason,
        "rows in one sheet: 1001 is over the limit of 1000. Split the file, or export the part that matters as CSV."
    );
}

#[test]
fn time_is_limited() {
    let limits = Limits {
        timeout: Duration::ZERO,
        ..Limits::default()
    };
    let (catalog, skipped) = Catalog::load(vec![file("a.csv", "a,b\n1,2\n")], &limits).unwrap();
    assert_eq!(catalog.tables(), []);
    assert_eq!(skipped[0].code.as_str(), "tables.load-timeout");
}

#[test]
fn protected_workbooks_say_so() {
    // An encrypted workbook is a compound file with this stream.
    let mut container = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    container.create_stream("/EncryptedPackage").unwrap();
    let bytes = container.into_inner().into_inner();
    assert_eq!(code("secret.xlsx", bytes), "tables.encrypted");
}
