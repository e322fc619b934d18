//! The image's own tests, run in the machine: `deskhand-check` finds what is planted, and what the skills say works there.
//!
//! All of them, in two machines side by side; emulated, each takes minutes, so they have more time than other tests
//! (`.config/nextest.toml`). With the office layer, which CI does not build, `make office` runs the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use deskhand_sandbox::image::{Layer, Places};

use crate::desk::{Desk, cache};

fn image() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image")
}

/// A desk with a copy of `image/tests` in its folder.
fn desk() -> Desk {
    let desk = Desk::new();
    for (folder, to) in [
        ("tests", "tests"),
        ("tests/expected", "tests/expected"),
        ("skills", "skills"),
    ] {
        for entry in std::fs::read_dir(image().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                desk.put(&format!("{to}/{name}"), std::fs::read(&path).unwrap());
            }
        }
    }
    desk
}

/// Runs all tests of a file of `image/tests`.
async fn run(file: &str) {
    let desk = desk();
    let room = desk.room().await;
    let command = format!("cd tests && python3 -B -m unittest {file} 2>&1");
    let heard = desk.run_for(&room, &command, Duration::from_secs(600)).await;
    // Nothing is left in the person's folder.
    assert_eq!(heard.ran.changes, [], "{}", heard.text);
    let said = heard.good();
    let tests = std::fs::read_to_string(image().join("tests").join(format!("{file}.py"))).unwrap();
    let count = tests.matches("\n    def test_").count();
    assert!(count > 5 && said.contains(&format!("Ran {count} tests")), "{said}");
    // None is left out.
    assert!(said.trim_end().ends_with("\nOK"), "{said}");
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_find_all_that_is_planted() {
    run("test_check").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_all_skills_say_works_in_the_machine() {
    // That the tests and the image are of one commit shows in the skills: they are in both.
    let desk = desk();
    let room = desk.room().await;
    desk.run(&room, "diff -r skills /usr/share/deskhand/skills")
        .await
        .good();
    room.close().await;
    run("test_skills").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_that_are_promised_are_there_and_work() {
    let desk = Desk::new();
    desk.put("figures.json", r#"{"north": [1, 2], "south": []}"#);
    desk.put("notes/letter.txt", "Dear all\nthe invoice is late\n");
    let room = desk.room().await;
    let command = r#"set -euo pipefail
jq -c '.north | add' figures.json
rg --no-heading -n invoice notes
cd /tmp
python3 - <<'END'
from reportlab.pdfgen.canvas import Canvas
page = Canvas("a.pdf")
page.drawString(72, 700, "Sales grew"), page.showPage(), page.drawString(72, 700, "Costs fell"), page.save()
import pypdf, pdfplumber
print(len(pypdf.PdfReader("a.pdf").pages), pdfplumber.open("a.pdf").pages[0].extract_text())
import pandas, openpyxl, docx, pptx, matplotlib, PIL, xlsxwriter
END
pdftotext -f 2 a.pdf - | head -n 1
pdftoppm -r 20 -png -f 1 -l 1 a.pdf page
file --brief --mime-type page-1.png
git init -q . && git add a.pdf && git -c user.name=a -c user.email=a@b commit -qm first && git log --format=%s
zip -q a.zip a.pdf && unzip -Z1 a.zip && xz -k a.pdf && xz -t a.pdf.xz
curl --version | head -c 4; echo
command -v pip pip3 || echo "no pip""#;
    assert_eq!(
        desk.run(&room, command).await.good(),
        "3\nnotes/letter.txt:2:the invoice is late\n2 Sales grew\nCosts fell\nimage/png\nfirst\na.pdf\ncurl\nno pip\n"
    );
    // LibreOffice is in the office layer, and only there.
    let office = Places::new(&cache()).built().unwrap().layer == Layer::Office;
    let found = desk
        .run(&room, "command -v soffice pandoc tesseract qpdf | wc -l")
        .await;
    assert_eq!(found.good().trim(), if office { "4" } else { "0" });
    room.close().await;
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
