//! The skills that come with Deskhand: those in the machine's image, as skills like any other.

use deskhand_plugins::mount::File;

/// Folder and text. The same files are in the machine's image.
const FILES: [(&str, &str); 5] = [
    ("charts", include_str!("../../../../image/skills/charts.md")),
    ("docx", include_str!("../../../../image/skills/docx.md")),
    ("pdf", include_str!("../../../../image/skills/pdf.md")),
    ("pptx", include_str!("../../../../image/skills/pptx.md")),
    ("xlsx", include_str!("../../../../image/skills/xlsx.md")),
];

/// Name and files of each.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Vec<File>)> {
    FILES.iter().map(|(name, text)| {
        let file = File {
            path: "SKILL.md".to_owned(),
            bytes: text.as_bytes().to_vec(),
            runs: false,
        };
        (*name, vec![file])
    })
}
