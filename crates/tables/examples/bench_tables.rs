//! The Deskhand side of `bench/files`: makes the data, and times loading it and one grouped sum.
//!
//!     bench_tables generate FOLDER
//!     bench_tables run FILE ROUNDS     prints one line of JSON: milliseconds and the answer
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark's driver reads and writes its own files and stops at the first failure"
)]

use std::{fmt::Write, fs, path::Path, time::Instant};

use deskhand_tables::{Catalog, Limits, QueryLimits, TableFile};
use deskhand_types::GuestPath;

const CSV_ROWS: u64 = 200_000;
const XLSX_ROWS: u64 = 20_000;
const REGIONS: [&str; 5] = ["North", "South", "East", "West", "Overseas"];
const PRODUCTS: [&str; 7] = ["Bolt", "Nut", "Washer", "Screw, long", "Hinge", "Bracket", "Spring"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "generate", folder] => generate(Path::new(folder)),
        [_, "run", file, rounds] => run(file, rounds.parse().expect("a number of rounds")),
        _ => eprintln!("bench_tables generate FOLDER | run FILE ROUNDS"),
    }
}

struct Row {
    id: u64,
    day: (u16, u8, u8),
    region: &'static str,
    product: &'static str,
    quantity: u64,
    cents: u64,
    note: String,
}

/// Row `n` of the data: the same every time.
fn row(n: u64) -> Row {
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let pick = |list: &[&'static str], by: u64| list[(mixed / by % list.len() as u64) as usize];
    Row {
        id: 100_000 + n,
        day: (
            2024 + (mixed % 3) as u16,
            (mixed / 3 % 12) as u8 + 1,
            (mixed / 36 % 28) as u8 + 1,
        ),
        region: pick(&REGIONS, 11),
        product: pick(&PRODUCTS, 13),
        quantity: mixed / 17 % 90 + 1,
        cents: mixed / 19 % 900_000,
        note: if mixed.is_multiple_of(3) {
            String::new()
        } else {
            format!("delivery {} by {}", n % 977, mixed % 31)
        },
    }
}

fn generate(folder: &Path) {
    let mut text = "Order ID,Date,Region,Product,Quantity,Amount,Paid,Note\n".to_owned();
    for n in 0..CSV_ROWS {
        let row = row(n);
        let (year, month, day) = row.day;
        let product = if row.product.contains(',') {
            format!("\"{}\"", row.product)
        } else {
            row.product.to_owned()
        };
        writeln!(
            text,
            "{},{year}-{month:02}-{day:02},{},{product},{},{}.{:02},{},{}",
            row.id,
            row.region,
            row.quantity,
            row.cents / 100,
            row.cents % 100,
            if n % 4 == 0 { "false" } else { "true" },
            row.note
        )
        .unwrap();
    }
    fs::write(folder.join("orders.csv"), text).unwrap();

    let mut workbook = rust_xlsxwriter::Workbook::new();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip([
        "Order ID", "Date", "Region", "Product", "Quantity", "Amount", "Paid", "Note",
    ]) {
        sheet.write(0, column, header).unwrap();
    }
    for n in 0..XLSX_ROWS {
        let (row, at) = (row(n), n as u32 + 1);
        let (year, month, day) = row.day;
        let moment = rust_xlsxwriter::ExcelDateTime::from_ymd(year, month, day).unwrap();
        sheet.write(at, 0, row.id).unwrap();
        sheet.write_with_format(at, 1, moment, &date).unwrap();
        sheet.write(at, 2, row.region).unwrap();
        sheet.write(at, 3, row.product).unwrap();
        sheet.write(at, 4, row.quantity).unwrap();
        sheet.write(at, 5, row.cents as f64 / 100.0).unwrap();
        sheet.write(at, 6, n % 4 != 0).unwrap();
        if !row.note.is_empty() {
            sheet.write(at, 7, row.note).unwrap();
        }
    }
    workbook.save(folder.join("orders.xlsx")).unwrap();
}

fn run(file: &str, rounds: usize) {
    let mut times = Vec::new();
    let mut answer = serde_json::Value::Null;
    for _ in 0..rounds {
        let start = Instant::now();
        let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap();
        let files = vec![TableFile {
            path: GuestPath::new(format!("/mnt/bench/{name}")),
            bytes: fs::read(file).unwrap(),
            veil: deskhand_types::Veil::open(),
        }];
        let (mut catalog, skipped) = Catalog::load(files, &Limits::default()).unwrap();
        assert!(skipped.is_empty(), "{skipped:?}");
        let loaded = start.elapsed();
        let sql = "SELECT region, product, count(*), sum(quantity), round(sum(amount), 2) FROM orders \
                   GROUP BY region, product ORDER BY region, product";
        let result = catalog.query(sql, &QueryLimits::default()).unwrap();
        times.push((start.elapsed().as_secs_f64() * 1e3, loaded.as_secs_f64() * 1e3));
        answer = serde_json::json!(result.rows);
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (total, load) = times[times.len() / 2];
    println!(
        "{}",
        serde_json::json!({"ms": total, "load_ms": load, "answer": answer})
    );
}
