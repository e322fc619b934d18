//! The embedded default: no key, no network, no model.

use crate::home::{Home, ran};

fn offline(home: &Home, args: &[&str]) -> crate::home::Ran {
    ran(home.command().args(args).output().unwrap())
}

#[test]
fn spreadsheets_become_a_report_without_any_model() {
    let home = Home::offline();
    home.write("sales.csv", "date,region,amount\n2026-01-03,North,10.50\n2026-01-09,South,4.00\n2026-02-01,North,2.00\n2026-02-11,East,8.25\n");
    let result = offline(
        &home,
        &[
            "run",
            "-C",
            "work",
            "--json",
            "Analyse these spreadsheets and draft a summary report",
        ],
    )
    .expect(0)
    .json();
    assert_eq!(
        result["model"],
        serde_json::json!({"provider": "recipes", "name": "built-in"})
    );
    assert_eq!(
        result["outputs"],
        serde_json::json!(["/mnt/work/report.docx"]),
        "{result:#}"
    );
    assert!(home.exists("report.docx"));
    let id = result["id"].as_str().unwrap();
    // Every figure comes from a query of this run.
    let exported = offline(&home, &["export", id, "--json"]).expect(0).stdout;
    assert!(exported.contains("24.75"), "the total of all amounts");
    offline(&home, &["undo", id]).expect(0);
    assert!(!home.exists("report.docx"));
}

#[test]
fn a_request_nothing_fits_is_answered_plainly() {
    let home = Home::offline();
    let ran = offline(&home, &["run", "-C", "work", "Compose a symphony about the sea"]);
    assert!(ran.code == 0 || ran.code == 3, "{ran:#?}");
    assert!(ran.stdout.contains("no AI model"), "{ran:#?}");
}
