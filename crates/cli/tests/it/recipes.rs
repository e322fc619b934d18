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

/// The sample folder in the binary is the generator's, byte by byte, and the report's figures are the true ones.
#[test]
fn the_demo_reports_the_true_figures_of_the_sample_folder() {
    use deskhand_testkit::sample::{DEMO_SEED, sample_folder};
    let home = Home::offline();
    let result = offline(&home, &["demo", "--folder", "work", "--json"]).expect(0).json();
    let sample = sample_folder(DEMO_SEED).unwrap();
    for file in &sample.files {
        let copied = std::fs::read(home.work().join(file.name)).unwrap();
        assert!(
            copied == file.bytes,
            "{} differs: run `cargo run -p deskhand-testkit --bin sample-folder crates/cli/sample`",
            file.name
        );
    }
    assert_eq!(result["outputs"], serde_json::json!(["/mnt/work/report.docx"]));
    // There is no image here: that is said in a line, and the rest is done.
    let summary = result["summary"].as_str().unwrap();
    assert!(
        summary.contains("The report was not checked in the sandbox and no workbook was made: workspace unavailable: "),
        "{summary}"
    );
    assert!(!home.exists("figures.xlsx"));
    let reading = {
        let bytes = std::fs::read(home.work().join("report.docx")).unwrap();
        assert!(bytes.len() > 20_000, "a chart is in it");
        let id = result["id"].as_str().unwrap();
        offline(&home, &["export", id, "--json"]).expect(0).stdout
    };
    // Amounts are in cents in the expected figures.
    let total = sample.expected.orders_total;
    let grouped = thousands(total / 100);
    assert!(
        reading.contains(&format!("{grouped}.{:02}", total % 100)),
        "the total of all orders, {grouped}.{:02}, is in the report",
        total % 100
    );
}

fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn an_answer_quotes_the_file_as_it_is() {
    let home = Home::offline();
    home.write("notes.md", "notes about the trip to Lisbon on 14 March.\n");
    let ran = offline(&home, &["run", "-C", "work", "When is the trip to Lisbon?"]).expect(0);
    assert!(
        ran.stdout.contains("“notes about the trip to Lisbon on 14 March.”"),
        "{ran:#?}"
    );
}
