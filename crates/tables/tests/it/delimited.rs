use deskhand_tables::NoteKind;
use serde_json::json;

use crate::{columns, csv, file, load, notes, one, ranges, rows, run};

#[test]
fn a_plain_file() {
    let mut catalog = csv("date,region,amount\n2026-01-05,North,10.50\n2026-01-06,South,20\n2026-02-01,North,5.25\n");
    let table = &catalog.tables()[0];
    assert_eq!(
        (table.name.as_str(), table.range.as_str(), table.rows),
        ("data", "A1:C4", 3)
    );
    assert_eq!(
        columns(table),
        ["date: date, date", "region: text, category", "amount: number, measure"]
    );
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT region, sum(amount) AS total FROM data GROUP BY region ORDER BY 1"
        ),
        json!([["North", 15.75], ["South", 20]])
    );
    assert_eq!(
        rows(&mut catalog, "SELECT year_month(date), count(*) FROM data GROUP BY 1"),
        json!([["2026-01", 2], ["2026-02", 1]])
    );
}

#[test]
fn a_german_export() {
    let text = "Umsatzliste 2026;;;\n;;;\nDatum;Kunde;Betrag;Menge\n01.03.2026;Müller;1.234,50 €;1.000\n15.04.2026;Schmidt;2.000,00 €;2.500\n\
                16.04.2026;Müller;-10,00 €;12\nSumme;;3.224,50 €;3.512\n";
    let latin: Vec<u8> = encoding(text);
    let mut catalog = load(vec![file("Umsätze März.csv", latin)]);
    let table = &catalog.tables()[0];
    assert_eq!(table.name, "umsaetze_maerz");
    assert_eq!(table.title.as_deref(), Some("Umsatzliste 2026"));
    assert_eq!(
        columns(table),
        [
            "datum: date, date",
            "kunde: text, category",
            "betrag: money EUR, measure",
            "menge: integer, measure"
        ]
    );
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT datum, kunde, betrag, menge, _row FROM umsaetze_maerz"
        ),
        json!([
            ["2026-03-01", "Müller", 1234.5, 1000, 4],
            ["2026-04-15", "Schmidt", 2000, 2500, 5],
            ["2026-04-16", "Müller", -10, 12, 6]
        ])
    );
    let table = &catalog.tables()[0];
    assert_eq!(table.summary_rows.len(), 1);
    assert!(
        table.summary_rows[0].checks.iter().all(|check| check.agrees),
        "{:?}",
        table.summary_rows
    );
    assert_eq!(notes(table, NoteKind::TotalMismatch), [""; 0]);
    assert_eq!(notes(table, NoteKind::Reading).len(), 2, "{:?}", table.notes);
}

/// Windows-1252, as German Excel saves it.
fn encoding(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            '€' => 0x80,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect()
}

#[test]
fn row_numbers_and_star() {
    let mut catalog = csv("a,b\n\n1,x\n1,x\n2,y\n");
    assert_eq!(run(&mut catalog, "SELECT * FROM data").columns, ["a", "b"]);
    assert_eq!(
        rows(&mut catalog, "SELECT _row, a FROM data WHERE b = 'x'"),
        json!([[3, 1], [4, 1]])
    );
    assert_eq!(
        rows(&mut catalog, "SELECT DISTINCT * FROM data"),
        json!([[1, "x"], [2, "y"]])
    );
    assert_eq!(
        run(&mut catalog, "SELECT d._row, max(_row) FROM data d").columns,
        ["_row", "max(_row)"]
    );
    assert_eq!(
        rows(
            &mut catalog,
            "WITH w AS (SELECT _row, a FROM data) SELECT _row FROM w WHERE a = 2"
        ),
        json!([[5]])
    );
    assert_eq!(
        notes(&catalog.tables()[0], NoteKind::DuplicateRows),
        ["1 rows repeat an earlier row in every column: 4."]
    );
}

#[test]
fn provenance_names_the_cells() {
    let mut catalog =
        csv("id,region,amount,note,paid\n1,N,10,a,2026-01-01\n2,S,20,b,2026-01-02\n3,S,30,c,2026-01-03\n");
    assert_eq!(ranges(&mut catalog, "SELECT sum(amount) FROM data"), ["C2:C4"]);
    assert_eq!(
        ranges(
            &mut catalog,
            "SELECT region, sum(amount) FROM data WHERE paid > '2026' GROUP BY 1"
        ),
        ["B2:C4", "E2:E4"]
    );
    assert_eq!(ranges(&mut catalog, "SELECT count(*) FROM data"), ["A2:E4"]);
    let result = run(&mut catalog, "SELECT x.amount FROM (SELECT amount, note FROM data) x");
    // SQLite reports every column the statement names, used or not: never too few cells.
    assert_eq!(result.sources.len(), 1);
    assert_eq!(result.sources[0].columns, ["amount", "note"]);
}

#[test]
fn identifiers_stay_text() {
    let mut catalog = csv(
        "plz,sku,phone,big,n\n01067,A-1,+49 351 1234,12345678901234567890,1\n80331,A-2,089 12,98765432109876543210,2\n",
    );
    assert_eq!(
        columns(&catalog.tables()[0]),
        [
            "plz: text, key",
            "sku: text, key",
            "phone: text, key",
            "big: text, key",
            "n: integer, measure"
        ]
    );
    assert_eq!(
        one(&mut catalog, "SELECT plz FROM data WHERE sku = 'A-1'"),
        json!("01067")
    );
}

#[test]
fn unreadable_cells_are_listed_not_lost_silently() {
    let mut catalog = csv(
        "item,qty,when\na,5,2026-01-01\nb,n/a,2026-01-02\nc,7,-\nd,about ten,2026-01-04\ne,8,2026-01-05\nf,9,2026-01-06\ng,#DIV/0!,soon\nh,4,2026-01-08\n",
    );
    let table = &catalog.tables()[0];
    let unreadable: Vec<_> = table
        .notes
        .iter()
        .filter(|note| matches!(note.kind, NoteKind::Unreadable | NoteKind::ErrorCells))
        .map(|note| (note.column.clone().unwrap(), note.cells.clone()))
        .collect();
    assert_eq!(
        unreadable,
        [
            ("qty".to_owned(), vec!["B5".to_owned(), "B8".to_owned()]),
            ("when_".to_owned(), vec!["C8".to_owned()])
        ]
    );
    assert_eq!(
        rows(&mut catalog, "SELECT sum(qty), count(qty), count(when_) FROM data"),
        json!([[33, 5, 6]])
    );
}

#[test]
fn dates_by_evidence() {
    // One proof settles the column.
    let mut catalog = csv("d,x\n03/04/2026,1\n25/12/2026,2\n05/06/2026,3\n");
    assert_eq!(
        rows(&mut catalog, "SELECT d FROM data"),
        json!([["2026-04-03"], ["2026-12-25"], ["2026-06-05"]])
    );
    assert_eq!(notes(&catalog.tables()[0], NoteKind::AmbiguousDates), [""; 0]);
    // So does another column of the file.
    let mut catalog = csv("d,e\n03/04/2026,12/25/2026\n05/06/2026,1/2/2026\n");
    assert_eq!(
        rows(&mut catalog, "SELECT d FROM data"),
        json!([["2026-03-04"], ["2026-05-06"]])
    );
    // So does being in order.
    let mut catalog = csv("d,e\n01/12/2026,a\n02/01/2026,b\n02/11/2026,c\n03/02/2026,d\n");
    assert_eq!(one(&mut catalog, "SELECT d FROM data LIMIT 1"), json!("2026-01-12"));
    // Without evidence the reading is announced.
    let mut catalog = csv("d,e\n03/04/2026,a\n");
    assert_eq!(one(&mut catalog, "SELECT d FROM data"), json!("2026-04-03"));
    assert_eq!(
        notes(&catalog.tables()[0], NoteKind::AmbiguousDates),
        ["Column `d`: 1 dates could be day or month first; they are read day first (D/M/YYYY), for want of evidence."]
    );
}

#[test]
fn mixed_date_formats() {
    let mut catalog = csv("when,x\n2026-03-01,1\n2.3.2026,2\n3 Mar 2026,3\n4/3/2026,4\n31/3/2026,5\n");
    let table = &catalog.tables()[0];
    assert_eq!(
        table.columns[0].formats_seen,
        ["D/M/YYYY", "YYYY-MM-DD", "D.M.YYYY", "D MMM YYYY"]
    );
    assert_eq!(notes(table, NoteKind::MixedDates).len(), 1);
    assert_eq!(
        rows(&mut catalog, "SELECT when_ FROM data"),
        json!([
            ["2026-03-01"],
            ["2026-03-02"],
            ["2026-03-03"],
            ["2026-03-04"],
            ["2026-03-31"]
        ])
    );
}

#[test]
fn lone_separators_follow_the_file() {
    let mut catalog = csv("a;b\n1.234;5,5\n2.500;6,25\n");
    assert_eq!(
        rows(&mut catalog, "SELECT a, b FROM data"),
        json!([[1234, 5.5], [2500, 6.25]])
    );
    let mut catalog = csv("a,b\n1.234,5.5\n2.500,6.25\n");
    assert_eq!(
        rows(&mut catalog, "SELECT a, b FROM data"),
        json!([[1.234, 5.5], [2.5, 6.25]])
    );
}

#[test]
fn mixed_currencies_get_a_column() {
    let mut catalog = csv("who,price\na,€5.00\nb,$7.50\nc,€2.50\n");
    let table = &catalog.tables()[0];
    assert_eq!(
        columns(table),
        [
            "who: text, text",
            "price: money, measure",
            "price_currency: text, category"
        ]
    );
    assert_eq!(notes(table, NoteKind::MixedCurrencies).len(), 1);
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT price_currency, sum(price) FROM data GROUP BY 1 ORDER BY 1"
        ),
        json!([["EUR", 7.5], ["USD", 7.5]])
    );
    assert_eq!(
        ranges(&mut catalog, "SELECT price_currency, sum(price) FROM data GROUP BY 1"),
        ["B2:B4"]
    );
}

#[test]
fn files_without_a_header() {
    let mut catalog = csv("2026-01-01,North,5\n2026-01-02,South,6\n2026-01-03,North,7\n");
    let table = &catalog.tables()[0];
    assert_eq!((table.header_row, table.first_row, table.rows), (0, 1, 3));
    assert_eq!(notes(table, NoteKind::NoHeader).len(), 1);
    assert_eq!(rows(&mut catalog, "SELECT sum(column_c) FROM data"), json!([[18]]));
}

#[test]
fn percents_booleans_times() {
    let mut catalog =
        csv("share,done,start,spent\n12%,true,09:30,1:30\n7.5 %,false,10:00,26:15\n0%,TRUE,23:59:59,0:45\n");
    assert_eq!(
        columns(&catalog.tables()[0]),
        [
            "share: percent (0.12 = 12 %), measure",
            "done: boolean (1/0), category",
            "start: time, category",
            "spent: duration in hours, measure"
        ]
    );
    assert_eq!(
        rows(&mut catalog, "SELECT share, done, start, spent FROM data"),
        json!([
            [0.12, 1, "09:30:00", 1.5],
            [0.075, 0, "10:00:00", 26.25],
            [0, 1, "23:59:59", 0.75]
        ])
    );
}

#[test]
fn spelling_variants_are_found() {
    let catalog = csv("region,x\nNorth,1\nnorth,2\nNorth ,3\nSouth,4\n");
    assert_eq!(
        notes(&catalog.tables()[0], NoteKind::SpellingVariants),
        ["Column `region`: values differ only in spelling: \"North\" (2) / \"north\" (1)."]
    );
}

#[test]
fn names_are_stable_and_clash_free() {
    let files = || {
        vec![
            file("b/sales.csv", "x,y\n1,2\n"),
            file("a/sales.csv", "x,y\n3,4\n"),
            file("Order.csv", "select,select,2026\na,b,3\n"),
            file("files.csv", "x,y\n1,2\n"),
        ]
    };
    let mut catalog = load(files());
    let names = |catalog: &deskhand_tables::Catalog| -> Vec<(String, String)> {
        let tables = catalog.tables().iter();
        tables
            .map(|table| (table.name.clone(), table.path.to_string()))
            .collect()
    };
    let want = [
        ("order_", "/mnt/work/Order.csv"),
        ("sales", "/mnt/work/a/sales.csv"),
        ("sales_2", "/mnt/work/b/sales.csv"),
        ("files_2", "/mnt/work/files.csv"),
    ]
    .map(|(name, path)| (name.to_owned(), path.to_owned()));
    assert_eq!(names(&catalog), want);
    let mut reversed = files();
    reversed.reverse();
    assert_eq!(names(&load(reversed)), want);
    assert_eq!(
        rows(&mut catalog, "SELECT select_, select__2, c_2026 FROM order_"),
        json!([["a", "b", 3]])
    );
}
