//! The demo with the real machine: its last step runs there, on any spreadsheets.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;

use deskhand_testkit::{
    ScriptedServer,
    sample::{DEMO_SEED, sample_folder},
};
use serde_json::Value;

use crate::home::{Home, Ran, bodies, ran};

fn home() -> Home {
    Home::with_machine(ScriptedServer::start([]))
}

fn offline(home: &Home, args: &[&str]) -> Ran {
    ran(home.command().args(args).output().unwrap())
}

fn files(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(home.work()).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    });
    files.collect()
}

/// What another library than the one that wrote it finds in a workbook: `{sheet: {title: {row: [cell…]}}}`.
const CELLS: &str = r#"python3 - <<'END'
import json, openpyxl
found = {}
for sheet in openpyxl.load_workbook("figures.xlsx").worksheets:
    blocks = found.setdefault(sheet.title, {"charts": len(sheet._charts)})
    title = None
    for row in sheet.iter_rows(values_only=True, min_col=1, max_col=6):
        if row[0] is not None and row[1] is None:
            title = row[0]
        elif row[0] is not None:
            blocks.setdefault(title, {})[str(row[0])] = row[1:]
print(json.dumps(found))
END"#;

#[test]
fn the_demo_makes_a_workbook_in_the_machine_and_undo_takes_all_back() {
    let home = home();
    let shown = offline(&home, &["demo", "--folder", "work"]).expect(0).stdout;
    for said in [
        "(check the report, make a workbook of its figures); 1 file changed · in the virtual machine",
        "In the sandbox I checked the report for faults and compared the workbook with it: ",
        "2 files changed.",
    ] {
        assert!(shown.contains(said), "{shown}");
    }
    assert!(!shown.contains("Check failed"), "{shown}");
    let sample = sample_folder(DEMO_SEED).unwrap();
    let after: Vec<String> = files(&home).into_keys().collect();
    let before: BTreeMap<String, Vec<u8>> = sample
        .files
        .iter()
        .map(|file| (file.name.to_owned(), file.bytes.clone()))
        .collect();
    let expected = before
        .keys()
        .cloned()
        .chain(["figures.xlsx".to_owned(), "report.docx".to_owned()]);
    assert_eq!(
        after,
        expected
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );

    let cells = offline(&home, &["sandbox", "exec", "-C", "work", CELLS])
        .expect(0)
        .json();
    let orders = &cells["Wholesale orders, first half of"];
    let by_month = &orders["Amount and Quantity by month (Order date)"];
    for (month, cents) in &sample.expected.orders_by_month {
        let name = ["January", "February", "March", "April", "May", "June"][month[5..].parse::<usize>().unwrap() - 1];
        assert_eq!(
            in_cents(&by_month[format!("{name} 2026")][1]),
            *cents,
            "{month}: {by_month:#}"
        );
    }
    let total = by_month["Total"][1].as_str().unwrap();
    assert!(total.starts_with("=SUM(C"), "a formula: {total}");
    assert_eq!(
        in_cents(&orders["Cells: orders.xlsx › Orders!A4:I385"]["Amount"][0]),
        sample.expected.orders_total
    );
    for (country, cents) in &sample.expected.orders_by_country {
        let joined = &cells["Tables together"];
        let found = joined
            .as_object()
            .unwrap()
            .values()
            .find_map(|block| block.get(country));
        assert_eq!(in_cents(&found.unwrap()[1]), *cents, "{country}: {joined:#}");
    }
    assert!(orders["charts"].as_u64().unwrap() > 0, "{orders:#}");

    // The comparison finds a figure that is another one: here the one of March.
    let events = offline(&home, &["export", &home.newest(), "--json"]).json();
    let command = strings(&events)
        .into_iter()
        .find(|text| text.starts_with("python3 -I /dev/fd/3"))
        .unwrap();
    assert!(command.contains(",28259.15,"), "{command}");
    let wrong = command.replace(",28259.15,", ",28259.25,");
    let said = offline(&home, &["sandbox", "exec", "-C", "work", &wrong])
        .expect(0)
        .json();
    assert_eq!(
        said["different"],
        serde_json::json!([
            "Wholesale orders, first half of, row 13",
            "Wholesale orders, first half of, row 17 (total)"
        ]),
        "{said:#}"
    );

    offline(&home, &["undo", &home.newest()]).expect(0);
    assert!(files(&home) == before, "the folder is as before");
}

fn in_cents(cell: &Value) -> i64 {
    (cell.as_f64().unwrap_or_else(|| panic!("{cell}")) * 100.0).round() as i64
}

/// Names, cells and figures that would be formulas, shell, markup or sheets' names, were they pasted anywhere.
#[test]
fn any_spreadsheets_give_a_workbook_that_agrees_with_the_report() {
    let home = home();
    home.write(
        "it's $(touch pwned) `x`.csv",
        "=cmd|' /C calc'!A0,\"a\nEND_OF_DATA\nb\",amount\n=1+1,'x,1.5\n=1+1,+y,2.25\n@SUM(1),'x,-7\n\u{feff}\u{202e}é 🎉,-2,1e6\n",
    );
    home.write("[a]:*?.csv", "day,kg\n2026-01-01,0.001\n2026-02-01,123456789.123\n,5\n");
    home.write("[a] :*?.csv", "day,kg\n1999-01-01,1\n2000-02-01,2\n");
    home.write("History.csv", "name,n\nada,1\nada,2\nbob,\n");
    home.write("none.csv", "city,country\nBonn,DE\nParis,FR\nLyon,FR\nKiel,DE\n");
    home.write("empty.csv", "a,b\n");
    home.write("zero.csv", "");
    let mut many = "group,amount\n".to_owned();
    for row in 0..500 {
        many.push_str(&format!(
            "{}{},{}.{:02}\n",
            "é".repeat(60),
            row % 150,
            row * 7919,
            row % 100
        ));
    }
    home.write("many.csv", many);
    let events = offline(
        &home,
        &[
            "run",
            "-C",
            "work",
            "--output-format",
            "stream-json",
            "Analyse these spreadsheets and draft a summary report",
        ],
    )
    .expect(0)
    .events();
    let last = bodies(&events, "task.finished")[0]["summary"].as_str().unwrap();
    assert!(last.contains("compared the workbook with it: "), "{last}");
    assert!(!last.contains("Check failed"), "{last}");
    assert!(home.exists("figures.xlsx") && !home.exists("pwned"));
    let names = offline(&home, &["sandbox", "exec", "-C", "work", CELLS])
        .expect(0)
        .json();
    assert!(names["History data"].is_object(), "{names:#}");
    // No text of the files has become a formula.
    let formulas: Vec<&str> = strings(&names)
        .into_iter()
        .filter(|text| text.starts_with('='))
        .collect();
    assert!(!formulas.is_empty());
    for formula in formulas {
        assert!(
            formula.starts_with("=SUM(") || formula.contains('/') && formula.contains('$'),
            "{formula}"
        );
    }
}

/// All values of cells that are texts.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
