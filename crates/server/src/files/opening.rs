//! Which files the system's programs may be given. A model may have written them, so only kinds that are looked at, and
//! never kinds that a desktop runs, follows or renders as a page.

/// Documents, pictures and sound: what opening shows.
const LOOKED_AT: [&str; 38] = [
    "txt", "md", "csv", "tsv", "json", "log", "pdf", "docx", "doc", "odt", "rtf", "xlsx", "xls", "ods", "pptx", "ppt",
    "odp", "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "mp3", "wav", "ogg", "flac", "mp4",
    "mov", "webm", "eml", "ics", "vcf", "yaml", "yml",
];

/// Whether a file may be opened just so.
pub(crate) fn is_safe_to_open(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    // Windows ignores dots and blanks at the end of a name.
    let name = name.trim_end_matches(['.', ' ']);
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| LOOKED_AT.contains(&extension.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_desktop_would_run_is_not_opened() {
        for name in ["/a/report.docx", "/a/b.PDF", "C:\\x\\table.xlsx", "pic.jpeg"] {
            assert!(is_safe_to_open(name), "{name}");
        }
        for name in [
            "a.exe",
            "a.pdf.exe",
            "a.exe.",
            "a.desktop",
            "a.lnk",
            "a.url",
            "a.html",
            "a.svg",
            "a.sh",
            "a.docm",
            "a.xlsm",
            "a.jar",
            "a.app",
            "a.command",
            "a",
            ".bashrc",
            "a.js",
            "a.scr ",
        ] {
            assert!(!is_safe_to_open(name), "{name}");
        }
    }
}
