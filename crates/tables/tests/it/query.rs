use std::time::{Duration, Instant};

use deskhand_tables::{FileRow, QueryLimits, TableError, Truncated};
use deskhand_types::{Coded, GuestPath};
use serde_json::json;

use crate::{csv, file, load, one, ranges, rows, run};

fn error(sql: &str) -> TableError {
    let mut catalog = load(vec![
        file("orders.csv", "order_id,customer_id,amount\n1,7,10\n2,8,20\n"),
        file("customers.csv", "customer_id,name\n7,Ann\n8,Bob\n"),
    ]);
    let before = rows(&mut catalog, "SELECT * FROM orders");
    let error = catalog.query(sql, &QueryLimits::default()).unwrap_err();
    assert_eq!(rows(&mut catalog, "SELECT * FROM orders"), before, "{sql}");
    error
}

#[test]
fn only_reading_is_allowed() {
    for sql in [
        "DELETE FROM orders",
        "UPDATE orders SET amount = 0",
        "INSERT INTO orders VALUES (1, 2, 3)",
        "DROP TABLE orders",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "ATTACH '/etc/passwd' AS x",
        "PRAGMA table_info(orders)",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('x')",
        "SELECT zeroblob(1000000000)",
        "VACUUM INTO '/tmp/x'",
        "BEGIN",
        "SELECT 1; DROP TABLE orders",
        "WITH x AS (SELECT 1) DELETE FROM orders",
        "",
        "-- nothing",
    ] {
        let error = error(sql);
        assert_eq!(error.code().as_str(), "tables.not-allowed", "{sql}: {error}");
    }
}

#[test]
fn errors_teach() {
    for (sql, code, text) in [
        (
            "SELECT * FROM order",
            "tables.sql",
            "the statement is not valid: near \"order\": syntax error. Write one SELECT in SQLite's dialect; names here never need quotes.",
        ),
        (
            "SELECT * FROM customer",
            "tables.unknown-table",
            "there is no table `customer`. Did you mean `customers`? The tables are: customers, orders.",
        ),
        (
            "SELECT amnt FROM orders",
            "tables.unknown-column",
            "there is no column `amnt`. Did you mean `amount`? `orders` has: order_id, customer_id, amount.",
        ),
        (
            "SELECT name FROM orders",
            "tables.unknown-column",
            "there is no column `name`. It is in `customers.name`. `orders` has: order_id, customer_id, amount.",
        ),
        (
            "SELECT customer_id FROM orders JOIN customers ON 1",
            "tables.ambiguous-column",
            "the column `customer_id` is in more than one table. Write `customers.customer_id` or `orders.customer_id` (or use the table's alias).",
        ),
        (
            "SELECT _row FROM (SELECT amount FROM orders)",
            "tables.unknown-column",
            "there is no column `_row`. `orders` has: order_id, customer_id, amount.",
        ),
    ] {
        let error = error(sql);
        assert_eq!(
            (error.code().as_str(), error.to_string().as_str()),
            (code, text),
            "{sql}"
        );
    }
    assert!(
        error("SELECT mediane(amount) FROM orders")
            .to_string()
            .contains("median(x)")
    );
}

#[test]
fn runaway_statements_are_stopped() {
    let mut catalog = csv("a,b\n1,2\n");
    let limits = QueryLimits {
        timeout: Duration::from_millis(200),
        ..QueryLimits::default()
    };
    let start = Instant::now();
    for sql in [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r x, r y",
    ] {
        let error = catalog.query(sql, &limits).unwrap_err();
        assert_eq!(error.code().as_str(), "tables.query-timeout", "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(5));
    // The limit is the statement's own.
    assert_eq!(one(&mut catalog, "SELECT a + b FROM data"), json!(3));
}

#[test]
fn results_are_cut_visibly() {
    let text = (0..50).fold("n,t\n".to_owned(), |text, n| format!("{text}{n},{}\n", "x".repeat(100)));
    let mut catalog = csv(&text);
    let few = QueryLimits {
        max_rows: 10,
        ..QueryLimits::default()
    };
    let result = catalog.query("SELECT n FROM data", &few).unwrap();
    assert_eq!(
        (result.rows.len(), result.truncated),
        (10, Some(Truncated::Rows { limit: 10 }))
    );
    let exact = catalog.query("SELECT n FROM data LIMIT 10", &few).unwrap();
    assert_eq!((exact.rows.len(), exact.truncated), (10, None));
    let small = QueryLimits {
        max_bytes: 1_000,
        ..QueryLimits::default()
    };
    let result = catalog.query("SELECT t FROM data", &small).unwrap();
    assert_eq!(
        (result.rows.len(), result.truncated),
        (9, Some(Truncated::Bytes { limit: 1_000 }))
    );
}

#[test]
fn functions() {
    let mut catalog = csv("d,x,t\n2026-02-03,1,Ärger\n2026-05-04,2,abc 12\n2026-11-08,4,x\n2026-12-31,9,x\n");
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT year(d), quarter(d), month(d), year_month(d), weekday(d) FROM data"
        ),
        json!([
            [2026, 1, 2, "2026-02", 2],
            [2026, 2, 5, "2026-05", 1],
            [2026, 4, 11, "2026-11", 7],
            [2026, 4, 12, "2026-12", 4]
        ])
    );
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT median(x), percentile(x, 25), percentile(x, 100), stddev(x), stddev_pop(x), variance(x) FROM data"
        ),
        json!([[
            3,
            1.75,
            9,
            3.559_026_084_010_44,
            3.082_207_001_484_49,
            12.666_666_666_666_7
        ]])
    );
    assert_eq!(
        rows(&mut catalog, "SELECT median(x), stddev(x) FROM data WHERE x > 99"),
        json!([[null, null]])
    );
    assert_eq!(
        one(&mut catalog, "SELECT count(*) FROM data WHERE t REGEXP '^[a-z]+ \\d+$'"),
        json!(1)
    );
    assert_eq!(
        rows(&mut catalog, "SELECT lower(t), upper('straße') FROM data LIMIT 1"),
        json!([["ärger", "STRASSE"]])
    );
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT parse_number('1.234,50 €'), parse_number('x'), parse_date('3 Mar 2026'), hours('7:30'), year('nonsense')"
        ),
        json!([[1234.5, null, "2026-03-03", 7.5, null]])
    );
    let error = catalog
        .query("SELECT percentile(x, 200) FROM data", &QueryLimits::default())
        .unwrap_err();
    assert!(error.to_string().contains("rank from 0 to 100"), "{error}");
    let error = catalog
        .query("SELECT t REGEXP '(' FROM data", &QueryLimits::default())
        .unwrap_err();
    assert!(error.to_string().contains("unclosed group"), "{error}");
}

#[test]
fn sums_do_not_drift() {
    let text = (0..10_000).fold("y,x\n".to_owned(), |text, _| text + "1,0.1\n");
    let mut catalog = csv(&text);
    assert_eq!(one(&mut catalog, "SELECT sum(x) FROM data"), json!(1000));
    assert_eq!(catalog.tables()[0].columns[1].sum, Some(1000.0));
}

#[test]
fn joins_cite_both_tables() {
    let mut catalog = load(vec![
        file("orders.csv", "order_id,customer_id,amount\n1,7,10\n2,8,20\n3,7,5\n"),
        file("customers.csv", "customer_id,name,city\n7,Ann,Bonn\n8,Bob,Ulm\n"),
    ]);
    let sql = "SELECT c.name, sum(o.amount) FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY 1 ORDER BY 2";
    for join in [
        sql.to_owned(),
        sql.replace("ON o.customer_id = c.customer_id", "USING (customer_id)"),
        sql.replace("JOIN", "NATURAL JOIN")
            .replace("ON o.customer_id = c.customer_id", ""),
    ] {
        assert_eq!(rows(&mut catalog, &join), json!([["Ann", 15], ["Bob", 20]]), "{join}");
        let sources: Vec<_> = run(&mut catalog, &join)
            .sources
            .into_iter()
            .map(|source| (source.table, source.range, source.columns.join("+"), source.rows))
            .collect();
        assert_eq!(
            sources,
            [
                (
                    "customers".to_owned(),
                    "A2:B3".to_owned(),
                    "customer_id+name".to_owned(),
                    2
                ),
                (
                    "orders".to_owned(),
                    "B2:C4".to_owned(),
                    "customer_id+amount".to_owned(),
                    3
                )
            ],
            "{join}"
        );
    }
}

#[test]
fn the_file_list_is_a_table() {
    let mut catalog = csv("a,b\n1,2\n");
    let row = |path: &str, size: u64| {
        let name = path.rsplit('/').next().unwrap().to_owned();
        let (stem, ext) = name
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        FileRow {
            path: GuestPath::new(path),
            folder: path.rsplit_once('/').unwrap().0.to_owned(),
            name,
            stem,
            ext,
            size,
            modified: "2026-01-02 03:04:05".to_owned(),
            hash: None,
        }
    };
    catalog
        .add_file_list([
            row("/mnt/work/a.pdf", 10),
            row("/mnt/work/x/b.pdf", 30),
            row("/mnt/work/c.txt", 5),
        ])
        .unwrap();
    assert_eq!(
        rows(
            &mut catalog,
            "SELECT ext, count(*), sum(size) FROM files GROUP BY ext ORDER BY ext"
        ),
        json!([["pdf", 2, 40], ["txt", 1, 5]])
    );
    assert_eq!(
        ranges(&mut catalog, "SELECT sum(size) FROM files"),
        ["the granted folders"]
    );
    assert_eq!(catalog.table("files").unwrap().columns[5].sum, Some(45.0));
}
