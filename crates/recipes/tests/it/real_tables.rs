//! The report on real files: the sample folder of the demo, whose true figures are known, and tables nobody would
//! choose.

use deskhand_tables::{Catalog, Limits, TableFile};
use deskhand_testkit::sample::{DEMO_SEED, sample_folder};
use deskhand_types::GuestPath;

use crate::world::World;

const REQUEST: &str = "Analyse these spreadsheets and draft a summary report";

fn world(files: &[(&str, Vec<u8>)]) -> World {
    let names: Vec<(&str, &str)> = files.iter().map(|(name, _)| (*name, "")).collect();
    let mut world = World::new(&names);
    let tables = files
        .iter()
        .map(|(name, bytes)| TableFile {
            path: GuestPath::new(format!("/mnt/work/{name}")),
            bytes: bytes.clone(),
            veil: deskhand_types::Veil::open(),
        })
        .collect();
    let (catalog, skipped) = Catalog::load(tables, &Limits::default()).unwrap();
    assert!(skipped.is_empty(), "{skipped:?}");
    world.catalog = Some(catalog);
    world
}

/// Cents as the report writes them.
fn euros(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("€{grouped}.{:02}", cents % 100)
}

fn section<'a>(report: &'a str, heading: &str) -> &'a str {
    let start = report
        .find(heading)
        .unwrap_or_else(|| panic!("no {heading} in\n{report}"));
    let rest = &report[start + heading.len()..];
    &rest[..rest.find("\n#").unwrap_or(rest.len())]
}

#[test]
fn the_figures_of_the_sample_folder_are_right() {
    for seed in [DEMO_SEED, 11] {
        let sample = sample_folder(seed).unwrap();
        let files: Vec<(&str, Vec<u8>)> = sample
            .files
            .iter()
            .map(|file| (file.name, file.bytes.clone()))
            .collect();
        let mut world = world(&files);
        let last = world.say(REQUEST);
        let report = world.files["/mnt/work/report.docx"].clone();
        let expected = &sample.expected;
        assert!(!last.contains("Check failed"), "{last}\n{report}");

        let orders = section(&report, "\n### Amount and Quantity by month (Order date)");
        for (month, cents) in &expected.orders_by_month {
            let name =
                ["January", "February", "March", "April", "May", "June"][month[5..].parse::<usize>().unwrap() - 1];
            let line = orders
                .lines()
                .find(|line| line.starts_with(&format!("| {name} 2026 |")))
                .unwrap_or_else(|| panic!("{month}\n{orders}"));
            assert!(line.contains(&euros(*cents)), "{line} {cents}");
        }
        assert!(
            orders.contains(&format!("**{}**", euros(expected.orders_total))),
            "{orders}"
        );
        let categories = section(&report, "\n### Amount and Quantity by Category");
        for (category, cents) in &expected.orders_by_category {
            let line = categories
                .lines()
                .find(|line| line.starts_with(&format!("| {category} |")))
                .unwrap();
            assert!(line.contains(&euros(*cents)), "{line} {cents}");
        }
        let countries = section(&report, "\n### Amount by Country");
        for (country, cents) in &expected.orders_by_country {
            let line = countries
                .lines()
                .find(|line| line.starts_with(&format!("| {country} |")))
                .unwrap();
            assert!(line.contains(&euros(*cents)), "{line} {cents}");
        }
        let (lost_rows, lost_cents) = expected.orders_without_customer;
        assert!(
            countries.contains(&format!("**{lost_rows} rows** of")) && countries.contains(&euros(lost_cents)),
            "{countries}"
        );
        let expenses = section(&report, "\n### Gross and Net by Category");
        for (category, cents) in &expected.expenses_by_category {
            let line = expenses
                .lines()
                .find(|line| line.starts_with(&format!("| {category} |")))
                .unwrap();
            assert!(line.contains(&euros(*cents)), "{line} {cents}");
        }
        let flaws = &expected.flaws;
        let quality = section(&report, "\n## Data quality");
        assert!(quality.contains(&flaws.wrong_total), "{quality}");
        assert!(quality.contains(&euros(flaws.stated_total)[3..]), "{quality}");
        for finding in [
            "hidden",
            "written in 3 ways",
            "differ only in spelling",
            "stored as text",
            "repeat an earlier row",
        ] {
            assert!(quality.to_lowercase().contains(finding), "{finding}: {quality}");
        }
        assert!(report.contains("```chart"), "{report}");
        if seed == DEMO_SEED {
            insta::assert_snapshot!("demo_report", report);
            insta::assert_snapshot!("demo_last_message", last);
        }
    }
}

#[test]
fn strange_tables_give_a_report_all_the_same() {
    let wide = {
        let header: Vec<String> = (0..400).map(|i| format!("c{i}")).collect();
        let row: Vec<String> = (0..400).map(|i| (i * 7 % 13).to_string()).collect();
        format!("{}\n{}\n{}\n", header.join(","), row.join(","), row.join(","))
    };
    let names = "name\nada\nbob\ncid\n".to_owned();
    let no_figures = "city,country\nBonn,DE\nParis,FR\nLyon,FR\nKiel,DE\n".to_owned();
    let one_row = "a,b\n1,2\n".to_owned();
    let hostile = "\"na|me `x`\",\"{{ 7*7 }}\",amount\n\"| a | b |\",\"<script>alert(1)</script>\",1\n\"\n# big\",\"```\",2\n\"select\",\"\"\"; drop table files; --\",3\n\"x\",\"y\",4\n".to_owned();
    let negative = "day,amount\n2026-01-01,-5\n2026-02-01,3\n2026-03-01,-1\n".to_owned();
    let empty_columns = "a,,c\n1,,x\n2,,x\n3,,y\n".to_owned();
    let old = "year,population\n1200,5\n1300,6\n1400,9\n".to_owned();
    let keywords = "order,group,select,from\n1,a,b,2020-01-01\n2,a,c,2021-05-05\n3,b,c,2023-01-01\n".to_owned();
    for (name, text) in [
        ("wide.csv", wide),
        ("names.csv", names),
        ("none.csv", no_figures),
        ("one.csv", one_row),
        ("hostile.csv", hostile),
        ("negative.csv", negative),
        ("empty.csv", empty_columns),
        ("old.csv", old),
        ("keywords.csv", keywords),
    ] {
        let mut world = world(&[(name, text.into_bytes())]);
        world.sandbox = Some(|_| serde_json::json!({"compared": 1, "different": [], "errors": [], "warnings": 0}));
        let last = world.say(REQUEST);
        let report = world
            .files
            .get("/mnt/work/report.docx")
            .unwrap_or_else(|| panic!("{name}: {}", world.transcript));
        assert!(
            !last.contains("Check failed") && !world.transcript.contains("-> failed"),
            "{name}: {}\n{report}",
            world.transcript
        );
        assert!(!report.contains("49") || name == "wide.csv", "{name}: {report}");
        let text = world.word_file_text("/mnt/work/report.docx");
        if name == "hostile.csv" {
            assert!(text.contains("7*7") || text.contains(r"7\*7"), "{text}");
        }
    }
}
