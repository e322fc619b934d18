//! Random tables: what a query says is what a loop over the same data says.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use crate::{csv, file, load, rows};

#[derive(Clone, Debug)]
struct Row {
    region: Option<usize>,
    day: u8,
    cents: Option<i64>,
    quantity: i32,
}

const REGIONS: [&str; 4] = ["North", "South", "East, far", "We\"st"];

fn table() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        proptest::option::weighted(0.9, 0..REGIONS.len()),
        1_u8..=28,
        proptest::option::weighted(0.9, -1_000_000_i64..1_000_000),
        0..1000_i32,
    )
        .prop_map(|(region, day, cents, quantity)| Row {
            region,
            day,
            cents,
            quantity,
        });
    proptest::collection::vec(row, 5..60)
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Writes the table in a locale: delimiter, group sign, decimal sign, date form.
fn write(rows: &[Row], german: bool) -> String {
    let delimiter = if german { ";" } else { "," };
    let mut text = ["day", "region", "amount", "quantity"].join(delimiter) + "\n";
    for row in rows {
        let day = if german {
            format!("{:02}.03.2026", row.day)
        } else {
            format!("2026-03-{:02}", row.day)
        };
        let amount = row.cents.map_or(String::new(), |cents| {
            let sign = if cents < 0 { "-" } else { "" };
            let (whole, rest) = (cents.abs() / 100, cents.abs() % 100);
            let (group, point) = if german { (".", ",") } else { (",", ".") };
            let whole = if whole >= 1000 {
                format!("{}{group}{:03}", whole / 1000, whole % 1000)
            } else {
                whole.to_string()
            };
            quote(&format!("{sign}{whole}{point}{rest:02}"))
        });
        let region = row.region.map_or(String::new(), |at| quote(REGIONS[at]));
        text.push_str(&[day, region, amount, row.quantity.to_string()].join(delimiter));
        text.push('\n');
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48), ..ProptestConfig::default() })]

    #[test]
    fn a_query_is_a_fold(data in table(), german in any::<bool>()) {
        // Without cents anywhere the column is a legitimate integer or empty one; the sums hold all the same.
        let mut catalog = csv(&write(&data, german));
        let mut folded: BTreeMap<Option<&str>, (i64, i64, u64)> = BTreeMap::new();
        for row in &data {
            let entry = folded.entry(row.region.map(|at| REGIONS[at])).or_default();
            entry.0 += row.cents.unwrap_or(0);
            entry.1 += i64::from(row.quantity);
            entry.2 += 1;
        }
        let want: Vec<_> = folded
            .iter()
            .map(|(region, (cents, quantity, count))| json!([region, cents, quantity, count]))
            .collect();
        let sql = "SELECT region, CAST(round(coalesce(sum(amount), 0) * 100) AS INTEGER), sum(quantity), count(*) \
                   FROM data GROUP BY region ORDER BY region";
        prop_assert_eq!(rows(&mut catalog, sql), json!(want));
        let days: Vec<_> = data.iter().map(|row| json!([format!("2026-03-{:02}", row.day)])).collect();
        prop_assert_eq!(rows(&mut catalog, "SELECT day FROM data ORDER BY _row"), json!(days));
    }

    #[test]
    fn workbook_and_text_agree(data in table()) {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, header) in ["day", "region", "amount", "quantity"].iter().enumerate() {
            sheet.write(0, column as u16, *header).unwrap();
        }
        let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        for (at, row) in data.iter().enumerate() {
            let at = at as u32 + 1;
            let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, row.day).unwrap();
            sheet.write_with_format(at, 0, &day, &date).unwrap();
            if let Some(region) = row.region {
                sheet.write(at, 1, REGIONS[region]).unwrap();
            }
            if let Some(cents) = row.cents {
                sheet.write(at, 2, cents as f64 / 100.0).unwrap();
            }
            sheet.write(at, 3, row.quantity).unwrap();
        }
        let mut catalog = load(vec![
            file("a.xlsx", workbook.save_to_buffer().unwrap()),
            file("b.csv", write(&data, false)),
        ]);
        let all = |table: &str| format!("SELECT _row, * FROM {table} ORDER BY 1");
        prop_assert_eq!(rows(&mut catalog, &all("a")), rows(&mut catalog, &all("b")));
    }
}
