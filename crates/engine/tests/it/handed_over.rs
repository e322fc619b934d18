//! Files that are handed over: looked at, and handed over whatever is found.

use deskhand_testkit::Turn;
use deskhand_types::{EventBody, Integrity};
use serde_json::json;

use crate::desk::{Desk, done, text};

#[tokio::test]
async fn what_a_program_would_find_wrong_is_told_and_holds_nothing_back() {
    let paths = ["/mnt/work/plan.xlsx", "/mnt/work/report.docx", "/mnt/work/notes.md"];
    let desk = Desk::new([
        Turn::new().tool("PresentFiles", json!({"paths": paths})).into(),
        Turn::new()
            .tool("PresentFiles", json!({"paths": ["/mnt/work/notes.md"]}))
            .into(),
        done(),
    ]);
    // The error values are in row 300, behind what one reading shows.
    let workbook = include_bytes!("../data/error-values.xlsx");
    std::fs::write(desk.file("plan.xlsx"), workbook).unwrap();
    std::fs::write(desk.file("report.docx"), &workbook[..500]).unwrap();
    desk.write("notes.md", "# Notes\n");
    let task = desk.run().await;
    let outcomes = desk.outcomes(&task);
    let told = text(&outcomes[0]);
    assert!(told.starts_with("The files are shown to the person.\n"), "{told}");
    assert!(
        told.contains(
            "- /mnt/work/plan.xlsx holds error values: #DIV/0! in 'Plan'!B300, #REF! in 'Plan'!A301\n- /mnt/work/report.docx does not open: "
        ),
        "{told}"
    );
    assert_eq!(outcomes[0].error, None, "it holds nothing back");
    assert!(
        outcomes[0].summary.ends_with("; something is wrong with 2"),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[0].data["faults"][0]["path"], "/mnt/work/plan.xlsx");
    assert_eq!(outcomes[0].label.integrity, Integrity::GrantedFile);
    assert_eq!(text(&outcomes[1]), "The files are shown to the person.");
    assert_eq!(outcomes[1].label.integrity, Integrity::Person);
    let presented: Vec<usize> = desk
        .events(&task)
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::OutputPresented { paths } => Some(paths.len()),
            _ => None,
        })
        .collect();
    assert_eq!(presented, [3, 1]);
}
