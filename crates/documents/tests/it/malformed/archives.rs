//! Zip, tar and gzip.

use deskhand_documents::{Limits, ReadOptions, read};

use super::refusal_within;
use crate::fixtures::{gzip, open, refusal, shown, tar, text, zip, zip_text};

/// Nothing but spaces: the densest thing deflate makes.
fn blanks(megabytes: usize) -> Vec<u8> {
    vec![b' '; megabytes << 20]
}

#[test]
fn truncated() {
    let whole = zip_text(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")]);
    for cut in [1, 22, 30, whole.len() / 2, whole.len() - 4] {
        let refusal = refusal_within(1, "x.docx", &whole[..whole.len() - cut]);
        assert!(
            refusal.starts_with("documents.damaged: the Word document is damaged: "),
            "{cut}: {refusal}"
        );
    }
    insta::assert_snapshot!(refusal("x.zip", &whole[..whole.len() / 2]), @r#"documents.damaged: the zip archive is damaged: its table of contents is missing (was it cut off?)"#);
}

#[test]
fn bombs() {
    let blanks = blanks(9);
    let document = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &blanks)]);
    assert!(document.len() < 50_000);
    insta::assert_snapshot!(refusal_within(10, "bomb.docx", &document), @r#"documents.bomb: its part `word/document.xml` would unpack to more than the limit of 8388608 bytes: this looks like a decompression bomb"#);
    let book = zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", &blanks)]);
    insta::assert_snapshot!(refusal_within(10, "bomb.xlsx", &book), @r#"documents.bomb: its part `xl/workbook.xml` would unpack to more than the limit of 8388608 bytes: this looks like a decompression bomb"#);
    insta::assert_snapshot!(refusal_within(10, "bomb.tar.gz", &gzip(&blanks)), @r#"documents.bomb: the gzip stream would unpack to more than the limit of 8388608 bytes: this looks like a decompression bomb"#);
    // Listing unpacks nothing.
    let listed = zip(&[("blanks", &blanks)]);
    insta::assert_snapshot!(shown("bomb.zip", &listed).replace(&blanks.len().to_string(), "<size>"), @r#"
    Zip · 1 entry, <size> bytes unpacked · 3/3 Lines
    | name | bytes | |
    |---|---|---|
    | blanks | <size> | suspicious: would unpack to far more than its size |

    [some entries would unpack to far more than their size: this may be a decompression bomb]
    "#);
}

#[test]
fn lying_sizes() {
    // The directory says the part is small; it is not.
    let mut document = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &blanks(9))]);
    let at = memchr::memmem::rfind(&document, b"PK\x01\x02").unwrap();
    document[at + 24..at + 28].copy_from_slice(&10u32.to_le_bytes());
    assert!(refusal_within(10, "x.docx", &document).starts_with("documents.bomb: "));
    // The directory says the part is larger than the file.
    let mut document = zip_text(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")]);
    let at = memchr::memmem::rfind(&document, b"PK\x01\x02").unwrap();
    document[at + 20..at + 24].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    insta::assert_snapshot!(refusal("x.docx", &document), @r#"documents.damaged: the Word document is damaged: its part `word/document.xml` lies outside the file"#);
}

#[test]
fn two_parts_of_one_name_and_overlapping_parts() {
    // Every program picks another of two parts with one name.
    let mut double = zip_text(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", "<a/>"),
        ("word/documenu.xml", "<b/>"),
    ]);
    let rename = |bytes: &mut Vec<u8>| {
        let at = memchr::memmem::find(bytes, b"documenu").unwrap();
        bytes[at..at + 8].copy_from_slice(b"DOCUMENT");
    };
    rename(&mut double);
    insta::assert_snapshot!(refusal("x.docx", &double), @r#"documents.ambiguous: the file is ambiguous: the part `word/documenu.xml` has two names; different programs would show different contents, so it is not read"#);
    rename(&mut double);
    insta::assert_snapshot!(refusal("x.docx", &double), @r#"documents.ambiguous: the file is ambiguous: two parts are named `word/DOCUMENT.xml`; different programs would show different contents, so it is not read"#);
    // The first entry is said to reach into the second.
    let mut overlapping = zip_text(&[("a", "same bytes"), ("b", "same bytes")]);
    let first = memchr::memmem::find(&overlapping, b"PK\x01\x02").unwrap();
    overlapping[first + 20] += 1;
    insta::assert_snapshot!(refusal("x.zip", &overlapping), @r#"documents.ambiguous: the file is ambiguous: its parts overlap one another; different programs would show different contents, so it is not read"#);
    // Both entries of the directory are one.
    let mut one = zip_text(&[("a", "same bytes"), ("b", "same bytes")]);
    let second = memchr::memmem::rfind(&one, b"PK\x01\x02").unwrap();
    one[second + 42..second + 46].copy_from_slice(&0u32.to_le_bytes());
    assert!(refusal("x.zip", &one).starts_with("documents.ambiguous: "));
}

#[test]
fn too_many_entries() {
    let names: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let limits = Limits {
        max_entries: 100,
        ..Limits::default()
    };
    let error = read("x.zip", &zip(&parts), &ReadOptions::default(), &limits).unwrap_err();
    assert_eq!(error.to_string(), "the archive has more than 100 entries");
    // A count that lies.
    let mut lying = zip_text(&[("a", "b")]);
    let end = lying.len() - 22;
    lying[end + 10..end + 12].copy_from_slice(&9000u16.to_le_bytes());
    insta::assert_snapshot!(refusal("x.zip", &lying), @r#"documents.damaged: the zip archive is damaged: its table of contents is cut off"#);
    lying[end + 10..end + 12].copy_from_slice(&0u16.to_le_bytes());
    insta::assert_snapshot!(refusal("x.zip", &lying), @r#"documents.ambiguous: the file is ambiguous: its table of contents contradicts itself; different programs would show different contents, so it is not read"#);
}

#[test]
fn archives_in_archives_are_not_opened() {
    let mut inner = zip(&[("blanks", &blanks(1))]);
    for level in 0..20 {
        inner = zip(&[(&format!("level{level}.zip"), &inner)]);
    }
    let reading = open("nested.zip", &inner);
    assert!(text(&reading).contains("level19.zip"));
    assert_eq!(reading.part.total, 3);
}

#[test]
fn encrypted_entries_and_names_that_climb() {
    let mut bytes = zip_text(&[("../../etc/passwd", "x"), ("b", "y")]);
    let at = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[at + 8] |= 1;
    insta::assert_snapshot!(shown("x.zip", &bytes), @r#"
    Zip · 2 entries, 2 bytes unpacked · 4/4 Lines
    | name | bytes | |
    |---|---|---|
    | ../../etc/passwd | 1 | |
    | b | 1 | encrypted |

    [some entries are protected with a password]
    "#);
}

#[test]
fn broken_tars() {
    let good = tar(&[("a.txt", b"hello")]);
    let mut wrong = good.clone();
    wrong[0] = b'b';
    // Without its checksum it is still called a tar by its magic.
    insta::assert_snapshot!(refusal("x.tar", &wrong), @r#"documents.damaged: the tar archive is damaged: the header at byte 0 has a wrong checksum"#);
    let mut huge = good.clone();
    huge[124..136].copy_from_slice(b"77777777777\0");
    huge[148..156].fill(b' ');
    let sum: u32 = huge[..512].iter().map(|byte| u32::from(*byte)).sum();
    huge[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    insta::assert_snapshot!(shown("x.tar", &huge), @r#"
    Tar · 1 entry, 8589934591 bytes unpacked · 3/3 Lines
    | name | bytes | |
    |---|---|---|
    | a.txt | 8589934591 | |

    [the archive has no end mark; it may be cut off]
    "#);
    insta::assert_snapshot!(refusal("x.gz", b"\x1f\x8b\x08\0garbage"), @r#"documents.damaged: the gzip file is damaged: it cannot be unpacked"#);
}
