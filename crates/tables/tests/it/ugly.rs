//! Workbooks as people have them.

use deskhand_tables::{ColumnKind, NoteKind};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::json;

use crate::{book, columns, notes, one, ranges, rows, run};

fn day(year: u16, month: u8, day: u8) -> ExcelDateTime {
    ExcelDateTime::from_ymd(year, month, day).unwrap()
}

/// Title, blank row, header in row 4, money format, a subtotal per region, a wrong grand total.
fn orders() -> Workbook {
    let mut workbook = Workbook::new();
    let euro = Format::new().set_num_format("#,##0.00 [$€-407]");
    let date = Format::new().set_num_format("dd.mm.yyyy");
    let sheet = workbook.add_worksheet().set_name("Orders").unwrap();
    sheet.write(0, 0, "Order list").unwrap();
    sheet.write(1, 0, "printed 1 April").unwrap();
    for (column, header) in ["Date", "Region", "Order No", "Amount", "Paid"].iter().enumerate() {
        sheet.write(3, column as u16, *header).unwrap();
    }
    let data = [
        (1, "North", 1001, 10.5),
        (2, "North", 1002, 20.0),
        (3, "South", 1003, 30.25),
        (4, "South", 1004, 40.0),
    ];
    let mut row = 4;
    for (at, (d, region, number, amount)) in data.iter().enumerate() {
        sheet.write_with_format(row, 0, day(2026, 3, *d), &date).unwrap();
        sheet.write(row, 1, *region).unwrap();
        sheet.write(row, 2, *number).unwrap();
        sheet.write_with_format(row, 3, *amount, &euro).unwrap();
        sheet.write(row, 4, at % 2 == 0).unwrap();
        row += 1;
        if at == 1 {
            sheet.write(row, 1, "Total North").unwrap();
            sheet.write_with_format(row, 3, 30.5, &euro).unwrap();
            row += 1;
        }
    }
    sheet.write(row, 0, "Grand total").unwrap();
    let formula = Formula::new("SUM(D5:D9)").set_result("110.75");
    sheet.write_formula_with_format(row, 3, formula, &euro).unwrap();
    sheet.write(row + 2, 0, "All amounts include VAT.").unwrap();
    workbook
}

#[test]
fn titles_totals_and_remarks() {
    let mut catalog = book(orders());
    assert_eq!(catalog.tables().len(), 1);
    let table = &catalog.tables()[0];
    assert_eq!(
        (
            table.name.as_str(),
            table.range.as_str(),
            table.header_row,
            table.first_row,
            table.last_row,
            table.rows
        ),
        ("book", "Orders!A4:E9", 4, 5, 9, 4)
    );
    assert_eq!(
        columns(table),
        [
            "date: date, date",
            "region: text, category",
            "order_no: integer, key",
            "amount: money EUR, measure",
            "paid: boolean (1/0), category"
        ]
    );
    let stated: Vec<_> = table
        .summary_rows
        .iter()
        .map(|row| {
            (
                row.row,
                row.label.as_str(),
                row.covers,
                row.checks[0].stated,
                row.checks[0].computed,
                row.checks[0].agrees,
            )
        })
        .collect();
    assert_eq!(
        stated,
        [
            (7, "Total North", (5, 6), 30.5, 30.5, true),
            (10, "Grand total", (5, 9), 110.75, 100.75, false)
        ]
    );
    assert_eq!(
        notes(table, NoteKind::TotalMismatch),
        ["Row 10 (\"Grand total\") states 110.75 for `amount`, but rows 5-9 give 100.75."]
    );
    let result = run(&mut catalog, "SELECT sum(amount) FROM book");
    assert_eq!(json!(result.rows), json!([[100.75]]));
    assert_eq!(
        json!(result.sources),
        json!([{
            "table": "book", "path": "/mnt/work/book.xlsx", "sheet": "Orders", "range": "Orders!D5:D9",
            "columns": ["Amount"], "rows": 4, "without_rows": [7]
        }])
    );
    assert_eq!(
        rows(&mut catalog, "SELECT date, _row FROM book WHERE paid"),
        json!([["2026-03-01", 5], ["2026-03-03", 8]])
    );
}

#[test]
fn merged_and_multi_row_headers() {
    let mut workbook = Workbook::new();
    let plain = Format::new();
    let sheet = workbook.add_worksheet().set_name("Plan").unwrap();
    sheet.merge_range(0, 0, 0, 4, "Budget 2026", &plain).unwrap();
    sheet.merge_range(1, 0, 2, 0, "Region", &plain).unwrap();
    sheet.merge_range(1, 1, 1, 2, "Q1", &plain).unwrap();
    sheet.merge_range(1, 3, 1, 4, "Q2", &plain).unwrap();
    for (column, header) in [(1, "Actual"), (2, "Plan"), (3, "Actual"), (4, "Plan")] {
        sheet.write(2, column, header).unwrap();
    }
    for (at, name) in ["North", "South", "West"].iter().enumerate() {
        let row = 3 + at as u32;
        sheet.write(row, 0, *name).unwrap();
        for column in 1..5 {
            sheet
                .write(row, column, f64::from(row) * 10.0 + f64::from(column))
                .unwrap();
        }
    }
    let mut catalog = book(workbook);
    let table = &catalog.tables()[0];
    assert_eq!(table.title.as_deref(), Some("Budget 2026"));
    let headers: Vec<&str> = table.columns.iter().map(|column| column.header.as_str()).collect();
    assert_eq!(
        headers,
        ["Region", "Q1 / Actual", "Q1 / Plan", "Q2 / Actual", "Q2 / Plan"]
    );
    assert_eq!((table.range.as_str(), table.header_row), ("Plan!A2:E6", 3));
    assert_eq!(one(&mut catalog, "SELECT sum(q2_plan) FROM book"), json!(34 + 44 + 54));
    assert_eq!(ranges(&mut catalog, "SELECT sum(q2_plan) FROM book"), ["Plan!E4:E6"]);
}

#[test]
fn several_tables_in_a_sheet() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("All in one").unwrap();
    let table = |sheet: &mut rust_xlsxwriter::Worksheet, top: u32, left: u16, headers: &[&str], rows: u32| {
        for (column, header) in headers.iter().enumerate() {
            sheet.write(top, left + column as u16, *header).unwrap();
            for row in 1..=rows {
                if column == 0 {
                    sheet.write(top + row, left, format!("{header}{row}")).unwrap();
                } else {
                    sheet
                        .write(top + row, left + column as u16, row * (column as u32 + 1))
                        .unwrap();
                }
            }
        }
    };
    table(sheet, 0, 0, &["Item", "Stock"], 4);
    table(sheet, 0, 4, &["Supplier", "Orders", "Late"], 3);
    sheet.write(8, 0, "Returns").unwrap();
    table(sheet, 10, 0, &["Reason", "Count"], 2);
    let catalog = book(workbook);
    let found: Vec<_> = catalog
        .tables()
        .iter()
        .map(|table| {
            (
                table.name.as_str(),
                table.range.as_str(),
                table.rows,
                table.title.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("book", "'All in one'!A1:B5", 4, None),
            ("book_2", "'All in one'!E1:G4", 3, None),
            ("book_3", "'All in one'!A11:B13", 2, Some("Returns"))
        ]
    );
}

#[test]
fn blank_rows_and_spacer_columns_do_not_split() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in [(0, "Name"), (1, "Jan"), (3, "Feb"), (5, "Mar")] {
        sheet.write(0, column, header).unwrap();
        for row in [1, 2, 5, 6] {
            if column == 0 {
                sheet.write(row, 0, format!("p{row}")).unwrap();
            } else {
                sheet.write(row, column, row).unwrap();
            }
        }
    }
    sheet.write(8, 0, "Total").unwrap();
    for column in [1, 3, 5] {
        sheet.write(8, column, 14).unwrap();
    }
    let mut catalog = book(workbook);
    assert_eq!(catalog.tables().len(), 1, "{:#?}", catalog.tables());
    let table = &catalog.tables()[0];
    assert_eq!((table.rows, table.range.as_str()), (4, "Sheet1!A1:F7"));
    assert_eq!(table.summary_rows.len(), 1);
    assert_eq!(
        rows(&mut catalog, "SELECT sum(jan), sum(feb), sum(mar) FROM book"),
        json!([[14, 14, 14]])
    );
}

#[test]
fn hidden_things_are_flagged() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Open").unwrap();
    for row in 0..5_u32 {
        sheet
            .write(row, 0, if row == 0 { "k".to_owned() } else { format!("r{row}") })
            .unwrap();
        if row == 0 {
            sheet.write(0, 1, "v").unwrap();
            sheet.write(0, 2, "secret").unwrap();
        } else {
            sheet.write(row, 1, row).unwrap();
            sheet.write(row, 2, row).unwrap();
        }
    }
    sheet.set_row_hidden(2).unwrap();
    sheet.set_column_hidden(2).unwrap();
    let sheet = workbook.add_worksheet().set_name("Old rates").unwrap();
    sheet.set_hidden(true);
    for (row, (a, b)) in [("code", "rate"), ("x", "1"), ("y", "2")].iter().enumerate() {
        sheet.write(row as u32, 0, *a).unwrap();
        sheet.write(row as u32, 1, *b).unwrap();
    }
    let mut catalog = book(workbook);
    let names: Vec<_> = catalog
        .tables()
        .iter()
        .map(|table| (table.name.as_str(), table.hidden))
        .collect();
    assert_eq!(names, [("book_open", false), ("book_old_rates_hidden", true)]);
    let open = &catalog.tables()[0];
    assert_eq!(
        notes(open, NoteKind::HiddenRows),
        ["1 rows are hidden or filtered out in the sheet but are in the table: 3."]
    );
    assert_eq!(
        notes(open, NoteKind::HiddenColumns),
        ["Columns hidden in the sheet are in the table: `secret`."]
    );
    assert!(open.columns[2].hidden);
    assert_eq!(notes(&catalog.tables()[1], NoteKind::HiddenSheet).len(), 1);
    assert_eq!(one(&mut catalog, "SELECT sum(v) FROM book_open"), json!(10));
    let profiled: Vec<_> = catalog.profiles().into_iter().map(|profile| profile.table).collect();
    assert_eq!(profiled, ["book_open"]);
}

#[test]
fn cells_merged_downwards_are_filled() {
    let mut workbook = Workbook::new();
    let plain = Format::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in ["Region", "Shop", "Sales"].iter().enumerate() {
        sheet.write(0, column as u16, *header).unwrap();
    }
    for row in 1..=4_u32 {
        sheet.write(row, 1, format!("shop {row}")).unwrap();
        sheet.write(row, 2, row * 10).unwrap();
    }
    sheet.merge_range(1, 0, 3, 0, "North", &plain).unwrap();
    sheet.write(4, 0, "South").unwrap();
    let mut catalog = book(workbook);
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT region, sum(sales) FROM book GROUP BY 1 ORDER BY 1"
        ),
        json!([["North", 60], ["South", 40]])
    );
    assert_eq!(
        notes(&catalog.tables()[0], NoteKind::MergedCells),
        ["2 cells covered by merged ones got the merged value."]
    );
}

#[test]
fn units_repeated_headers_sections_and_footnotes() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let lines: [&[&str]; 13] = [
        &["Part", "Supplier", "Weight", "Price"],
        &["", "", "kg", "€"],
        &["Pumps"],
        &["p1", "ACME", "1.5", "10.00"],
        &["p2", "ACME", "2.5", "20.00"],
        &["Part", "Supplier", "Weight", "Price"],
        &["p3", "Bolt", "3", "30.00"],
        &["Valves"],
        &["v1", "Bolt", "0.5", "5.00"],
        &["v2", "ACME", "0.25", "6.00"],
        &["v3", "ACME", "0.75", "7.00"],
        &["v4", "ACME", "1", "8.00"],
        &["Prices without VAT"],
    ];
    for (row, line) in lines.iter().enumerate() {
        for (column, text) in line.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let (row, column) = (row as u32, column as u16);
            match text.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).unwrap(),
                Err(_) => sheet.write(row, column, *text).unwrap(),
            };
        }
    }
    let mut catalog = book(workbook);
    let table = &catalog.tables()[0];
    assert_eq!(table.columns[2].unit.as_deref(), Some("kg"));
    assert_eq!(
        table.columns[3].kind,
        ColumnKind::Money {
            currency: Some("EUR".to_owned())
        }
    );
    assert!(!table.columns[3].additive);
    assert_eq!(
        notes(table, NoteKind::SkippedRows),
        [
            "1 repeated header rows left out: 6.",
            "2 heading rows between the data left out: 3, 8.",
            "1 remarks below the data left out: 13.",
            "1 row of units left out: 2."
        ]
    );
    assert_eq!(
        rows(&mut catalog, "SELECT count(*), sum(weight), avg(price) FROM book"),
        json!([[7, 9.5, 12.285_714_285_714_3]])
    );
}

#[test]
fn numbers_as_text_percent_formats_and_error_cells() {
    let mut workbook = Workbook::new();
    let percent = Format::new().set_num_format("0.0%");
    let sheet = workbook.add_worksheet();
    for (column, header) in ["Item", "Qty", "Margin", "Check"].iter().enumerate() {
        sheet.write(0, column as u16, *header).unwrap();
    }
    for row in 1..=6_u32 {
        sheet.write(row, 0, format!("i{row}")).unwrap();
        if row == 3 {
            sheet.write(row, 1, "1,200").unwrap();
        } else {
            sheet.write(row, 1, row).unwrap();
        }
        sheet
            .write_with_format(row, 2, f64::from(row) / 100.0, &percent)
            .unwrap();
        if row == 5 {
            sheet
                .write_formula(row, 3, Formula::new("1/0").set_result("#DIV/0!"))
                .unwrap();
        } else {
            sheet.write(row, 3, row).unwrap();
        }
    }
    let mut catalog = book(workbook);
    let table = &catalog.tables()[0];
    assert_eq!(
        columns(table),
        [
            "item: text, key",
            "qty: integer, measure",
            "margin: percent (0.12 = 12 %), measure",
            "check_: integer, measure"
        ]
    );
    assert_eq!(
        notes(table, NoteKind::MixedNumbers),
        ["Column `qty`: 1 numbers are stored as text; they are read as numbers here."]
    );
    let errors = table
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::ErrorCells)
        .unwrap();
    assert_eq!(errors.cells, ["D6"]);
    assert_eq!(
        rows(&mut catalog, "SELECT sum(qty), sum(margin), sum(check_) FROM book"),
        json!([[1218, 0.21, 16]])
    );
}

#[test]
fn day_numbers_without_a_format() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in ["Due date", "Views"].iter().enumerate() {
        sheet.write(0, column as u16, *header).unwrap();
    }
    for row in 1..=3_u32 {
        sheet.write(row, 0, 46_000 + row).unwrap();
        sheet.write(row, 1, 46_000 + row).unwrap();
    }
    let mut catalog = book(workbook);
    assert_eq!(
        rows(&mut catalog, "SELECT due_date, views FROM book LIMIT 1"),
        json!([["2025-12-10", 46001]])
    );
    assert_eq!(catalog.tables()[0].columns[0].formats_seen, ["day number"]);
}

#[test]
fn years_and_months_as_headers() {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("mmm yyyy");
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "Country").unwrap();
    sheet.write(0, 1, 2024).unwrap();
    sheet.write(0, 2, 2025).unwrap();
    sheet.write_with_format(0, 3, day(2026, 1, 1), &date).unwrap();
    for row in 1..=3_u32 {
        sheet.write(row, 0, format!("c{row}")).unwrap();
        for column in 1..=3 {
            sheet.write(row, column, f64::from(row) * 1.5).unwrap();
        }
    }
    let catalog = book(workbook);
    let headers: Vec<&str> = catalog.tables()[0]
        .columns
        .iter()
        .map(|column| column.header.as_str())
        .collect();
    assert_eq!(headers, ["Country", "2024", "2025", "2026-01"]);
    let names: Vec<&str> = catalog.tables()[0]
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["country", "c_2024", "c_2025", "c_2026_01"]);
}

#[test]
fn the_schema_for_a_model_is_short() {
    let catalog = book(orders());
    assert_eq!(
        catalog.describe(),
        "### book (4 rows, book.xlsx Orders!A4:E9)\n\
         Title: Order list\n\
         - `date` date: 2026-03-01 to 2026-03-04\n\
         - `region` text, 2 values: North, South\n\
         - `order_no` integer, key: 1001 to 1004\n\
         - `amount` money EUR: 10.5 to 40\n\
         - `paid` boolean (1/0)\n\
         ! Row 10 (\"Grand total\") states 110.75 for `amount`, but rows 5-9 give 100.75.\n\
         ! 2 rows state totals or averages of others and are left out: 7, 10.\n\n\
         SQLite dialect; dates are ISO text; `_row` is the row in the sheet. Also: year(d) quarter(d) month(d) [numbers], \
         year_month(d) ['2026-03'], weekday(d) [1 = Monday], median(x) percentile(x, 0..100) stddev(x) variance(x), \
         x REGEXP 'pattern', parse_number(text) parse_date(text), hours('7:30').\n"
    );
}
