//! Reading on from where a reading ended gives everything once, whatever the kind and however small the readings.

use std::time::Instant;

use deskhand_documents::{DocumentError, Limits, ReadOptions, Reading, read};

use crate::fixtures::{
    office::{docx, p, pptx, shape, xlsx},
    pdf, refusal,
};

/// Follows `next` to the end; gives the readings.
fn read_through(name: &str, bytes: &[u8], limit: Option<u64>, max_chars: usize) -> Vec<Reading> {
    let mut options = ReadOptions {
        offset: None,
        limit,
        pages: None,
        max_chars,
        with_hidden: false,
    };
    let mut readings = Vec::new();
    loop {
        let reading = read(name, bytes, &options, &Limits::default()).unwrap();
        let next = reading.part.next.clone();
        readings.push(reading);
        let Some(next) = next else { return readings };
        options.offset = next.offset;
        options.pages = next.pages.map(|pages| pages.parse().unwrap());
        assert!(readings.len() < 200, "{name}: no end");
    }
}

fn words(readings: &[Reading]) -> Vec<String> {
    let text: String = readings
        .iter()
        .map(|reading| reading.blocks[0].as_text().unwrap_or_default())
        .collect();
    text.split_whitespace()
        .filter(|word| word.starts_with("item"))
        .map(|word| word.trim_end_matches('|').to_owned())
        .collect()
}

#[test]
fn everything_once() {
    let items: Vec<String> = (1..=60).map(|n| format!("item{n}")).collect();
    let slides: Vec<String> = items.chunks(3).map(|items| shape("", "", &items.join("\n"))).collect();
    let slides: Vec<(&str, &str)> = slides.iter().map(|slide| ("", slide.as_str())).collect();
    let contents: Vec<String> = items
        .chunks(3)
        .map(|items| {
            let lines: String = items.iter().map(|item| format!("({item}) Tj 0 -20 Td ")).collect();
            format!("BT /F1 12 Tf 20 250 Td {lines} ET")
        })
        .collect();
    let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
    let cell = |row: usize, item: &str| {
        format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>{item}</t></is></c></row>")
    };
    let rows = |items: &[String]| {
        let rows: String = (1..).zip(items).map(|(row, item)| cell(row, item)).collect();
        format!("<sheetData>{rows}</sheetData>")
    };
    let (one, two) = (rows(&items[..30]), rows(&items[30..]));
    let documents = [
        ("x.txt", items.join("\n").into_bytes()),
        ("x.csv", items.join("\n").into_bytes()),
        ("x.docx", docx(&items.iter().map(|item| p(item)).collect::<String>())),
        ("x.pptx", pptx(&slides)),
        ("x.pdf", pdf::pages(&contents)),
        ("x.xlsx", xlsx(&[("One", "", &one), ("Two", "", &two)], "", &[])),
    ];
    for (name, bytes) in &documents {
        for (limit, max_chars) in [(None, 100_000), (None, 150), (None, 40), (Some(7), 100_000)] {
            // A limit on rows is one for each sheet, so sheets cut by it alone are not read through by `next`.
            if limit.is_some() && *name == "x.xlsx" {
                continue;
            }
            let readings = read_through(name, bytes, limit, max_chars);
            assert_eq!(words(&readings), items, "{name}, {limit:?}, {max_chars}");
            assert_eq!(
                readings.len() > 1,
                max_chars < 1000 || limit.is_some(),
                "{name}, {limit:?}, {max_chars}"
            );
        }
    }
}

#[test]
fn beyond_the_end() {
    let ask = |name: &str, bytes: &[u8], offset: Option<u64>, pages: Option<&str>| {
        let options = ReadOptions {
            offset,
            pages: pages.map(|pages| pages.parse().unwrap()),
            ..ReadOptions::default()
        };
        read(name, bytes, &options, &Limits::default()).unwrap_err().to_string()
    };
    assert_eq!(
        ask("x.txt", b"a\nb", Some(3), None),
        "line 3 is outside the document, which has 2 lines"
    );
    assert_eq!(
        ask("x.csv", b"a\nb", Some(3), None),
        "row 3 is outside the document, which has 2 rows"
    );
    let slides = pptx(&[("", &shape("", "", "a"))]);
    assert_eq!(
        ask("x.pptx", &slides, None, Some("2-3")),
        "slide 2 is outside the document, which has 1 slide"
    );
    let book = xlsx(&[("S", "", "<sheetData/>")], "", &[]);
    assert_eq!(
        ask("x.xlsx", &book, None, Some("2")),
        "sheet 2 is outside the document, which has 1 sheet"
    );
    assert_eq!(
        ask("x.pdf", &pdf::pages(&["", ""]), None, Some("9")),
        "page 9 is outside the document, which has 2 pages"
    );
}

#[test]
fn a_page_of_a_large_file_is_quick() {
    let line = "2024-03-01,North,1200.50,\"a note, quoted\"\n";
    let csv = line.repeat(10 * (1 << 20) / line.len());
    let start = Instant::now();
    let options = ReadOptions {
        offset: Some(1000),
        limit: Some(50),
        ..ReadOptions::default()
    };
    for name in ["big.csv", "big.txt"] {
        let reading = read(name, csv.as_bytes(), &options, &Limits::default()).unwrap();
        assert_eq!(
            (reading.part.shown, reading.part.total),
            (50, csv.lines().count() as u64),
            "{name}"
        );
    }
    // Many times what it takes; how long exactly is for the benches.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn files_beyond_the_limit_are_refused() {
    let limits = Limits {
        max_bytes: 10,
        ..Limits::default()
    };
    let error = read("x.txt", b"more than ten", &ReadOptions::default(), &limits).unwrap_err();
    assert_eq!(
        error,
        DocumentError::TooLarge {
            kind: deskhand_documents::Kind::Text,
            bytes: 13,
            limit: 10
        }
    );
    insta::assert_snapshot!(refusal("x.bin", b"\0\x01\x02\x03\0"), @r#"documents.unsupported: a binary file (.bin) cannot be read as text"#);
}
