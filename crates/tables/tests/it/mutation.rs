//! Random damage to good files: never a panic, and whatever loads can be queried.

use deskhand_tables::{Catalog, Limits, QueryLimits};

use crate::{file, formats::ods};

/// A small generator: the same damage every run for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let bold = rust_xlsxwriter::Format::new().set_num_format("0.00 €");
    let sheet = workbook.add_worksheet();
    sheet.merge_range(0, 0, 0, 2, "Title", &bold).unwrap();
    for row in 1..30_u32 {
        sheet.write(row, 0, format!("name {row}")).unwrap();
        sheet.write_with_format(row, 1, f64::from(row) * 1.5, &bold).unwrap();
        sheet.write(row, 2, row % 2 == 0).unwrap();
    }
    let row = r#"<table:table-row table:number-rows-repeated="3"><table:table-cell office:value-type="float" office:value="1.5"/><table:table-cell office:value-type="string"><text:p>a &amp; b</text:p></table:table-cell></table:table-row>"#;
    vec![
        ("a.xlsx", workbook.save_to_buffer().unwrap()),
        ("b.ods", ods(&format!(r#"<table:table table:name="T">{}</table:table>"#, row.repeat(5)))),
        (
            "c.csv",
            "Report\n\nDate;Name;\"Amount, €\"\n01.02.2026;\"x;y\";1.234,50\n2/3/2026;\"q\"\"r\";(5,00)\nTotal;;1.229,50\n"
                .as_bytes()
                .to_vec(),
        ),
        ("d.json", br#"[{"a": 1, "b": {"c": [1, 2], "d": "x"}}, {"a": 2.5, "e": null}]"#.to_vec()),
        ("e.jsonl", b"{\"a\": 1}\n{\"a\": \"x\", \"b\": true}\n[1, 2]\n".to_vec()),
        ("f.tsv", b"a\tb\tc\n1\t2\t3\n\t\t\n4\t5\t6\n".to_vec()),
    ]
}

fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.next(4) {
        let at = random.next(bytes.len());
        match random.next(6) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + random.next(40)).min(bytes.len());
                let piece = bytes[at.min(end)..end].to_vec();
                let to = random.next(bytes.len());
                bytes.splice(to..to, piece);
            }
            2 if !bytes.is_empty() => {
                let end = (at + random.next(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => bytes.insert(at.min(bytes.len()), random.next(256) as u8),
            _ if !bytes.is_empty() => bytes[at] = random.next(256) as u8,
            _ => {}
        }
    }
    bytes
}

#[test]
fn damaged_files_never_panic() {
    let iterations: usize = std::env::var("DESKHAND_FUZZ_ITERATIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(600);
    let limits = Limits {
        max_cells: 200_000,
        max_unpacked_bytes: 8 << 20,
        ..Limits::default()
    };
    let seeds = seeds();
    let mut random = Random(0x5EED_CAFE);
    let mut loaded = 0;
    for round in 0..iterations {
        let (name, good) = &seeds[round % seeds.len()];
        let bytes = damage(good, &mut random);
        let (mut catalog, skipped) = Catalog::load(vec![file(name, bytes)], &limits).unwrap();
        assert!(
            skipped
                .iter()
                .all(|skipped| skipped.code.as_str() != "tables.parser-failed"),
            "round {round}, {name}: a parser panicked"
        );
        let tables: Vec<String> = catalog.tables().iter().map(|table| table.name.clone()).collect();
        loaded += tables.len();
        for table in tables {
            let info = catalog.table(&table).unwrap().clone();
            let result = catalog
                .query(&format!("SELECT count(*) FROM {table}"), &QueryLimits::default())
                .unwrap();
            assert_eq!(result.rows, [[serde_json::json!(info.rows)]], "round {round}, {name}");
        }
        let _ = catalog.describe();
        catalog.relations().unwrap();
    }
    // The damage must not be so great that only the first check of each parser is tested.
    assert!(loaded > iterations / 4, "{loaded} of {iterations}");
}
