//! The image's own tests, run in the machine: `deskhand-check` finds what is planted, and what the skills say works there.
//!
//! A subset: emulated, the whole takes over three minutes (one test of Word or slides alone takes half a minute, since
//! it makes a document for each fault). All of it runs with
//! `deskhand sandbox exec --timeout 600 -C image/tests:ro 'python3 -B -m unittest discover'` after a change of the image.

use std::path::Path;
use std::time::Duration;

use crate::desk::Desk;

/// A desk with a copy of `image/tests` in its folder.
fn desk() -> Desk {
    let desk = Desk::new();
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image");
    for (folder, to) in [
        ("tests", "tests"),
        ("tests/expected", "tests/expected"),
        ("skills", "skills"),
    ] {
        for entry in std::fs::read_dir(image.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                desk.put(&format!("{to}/{name}"), std::fs::read(&path).unwrap());
            }
        }
    }
    desk
}

/// Runs the tests whose names hold one of these, and says how many there were.
async fn run(names: &[&str], count: u32) {
    let desk = desk();
    let room = desk.room().await;
    let chosen: Vec<String> = names.iter().map(|name| format!("-k {name}")).collect();
    let command = format!("python3 -B -m unittest discover -s tests {} 2>&1", chosen.join(" "));
    let heard = desk.run_for(&room, &command, Duration::from_secs(300)).await;
    // Nothing is left in the person's folder.
    assert_eq!(heard.ran.changes, [], "{}", heard.text);
    let said = heard.good();
    assert!(said.contains(&format!("Ran {count} tests")), "{said}");
    // One that is left out says why; in this image there is no LibreOffice.
    assert!(
        said.trim_end().ends_with("OK") || said.contains("\nOK (skipped="),
        "{said}"
    );
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_find_what_is_planted() {
    run(
        &[
            "CommandLine",
            "test_check.Image",
            "test_others",
            "test_workbooks",
            "test_time",
            "terminal",
        ],
        8,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_skills_say_works_in_the_machine() {
    // That the tests and the image are of one commit shows in the skills: they are in both.
    let desk = desk();
    let room = desk.room().await;
    desk.run(&room, "diff -r skills /usr/share/deskhand/skills")
        .await
        .good();
    room.close().await;
    run(&["test_all_are_there", "test_xlsx"], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_document_passes_the_check_and_a_broken_one_does_not() {
    let desk = Desk::new();
    let room = desk.room().await;
    let make = r#"python3 - <<'END'
import docx
document = docx.Document()
document.add_heading("Report", 1)
document.add_paragraph("All is well.")
document.save("good.docx")
whole = open("good.docx", "rb").read()
open("cut off.docx", "wb").write(whole[: len(whole) // 2])
END"#;
    desk.land(&room, make).await;
    let good = desk.run(&room, "deskhand-check --json good.docx").await.good();
    let good: serde_json::Value = serde_json::from_str(&good).unwrap();
    assert_eq!(
        (&good[0]["kind"], &good[0]["errors"]),
        (&"Word document".into(), &0.into()),
        "{good:#}"
    );
    let broken = desk.run(&room, "deskhand-check --json 'cut off.docx' good.docx").await;
    assert_eq!(broken.ran.exited.code, 1, "{}", broken.text);
    let broken: serde_json::Value = serde_json::from_str(&broken.text).unwrap();
    assert_eq!(broken[0]["findings"][0]["code"], "broken", "{broken:#}");
    assert_eq!(
        (&broken[0]["errors"], &broken[1]["errors"]),
        (&1.into(), &0.into()),
        "{broken:#}"
    );
    room.close().await;
}
