//! Random bytes never panic, whatever they are called, and what is read keeps its promises.

use deskhand_documents::{DocumentError, Limits, ReadOptions, kind_of, read};
use deskhand_types::Block;
use proptest::prelude::*;

use crate::fuzz::own_panic;

const NAMES: [&str; 15] = [
    "x.txt", "x.csv", "x.tsv", "x.html", "x.ipynb", "x.eml", "x.pdf", "x.png", "x.docx", "x.xlsx", "x.xls", "x.zip",
    "x.tar", "x.gz", "x",
];

/// Beginnings that lead into each parser.
const HEADS: [&[u8]; 12] = [
    b"",
    b"%PDF-1.4\n",
    b"PK\x03\x04",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"RIFF\x20\0\0\0WEBPVP8 ",
    b"\x1f\x8b\x08\0\0\0\0\0",
    b"<!doctype html>",
    b"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    b"\xff\xfe",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(
        name in proptest::sample::select(&NAMES[..]),
        head in proptest::sample::select(&HEADS[..]),
        tail in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [head, &tail].concat();
        check(name, &bytes, &ReadOptions::default())?;
    }

    #[test]
    fn markup_never_panics(
        name in proptest::sample::select(&["x.html", "x.eml", "x.csv", "x.txt"][..]),
        text in "(<[a-z/!]{0,3}[ a-z='\"]{0,6}>|&[a-z#0-9]{0,4};|[\\PC]{0,4}|\r\n|\t|\"|,|<table>|<tr>|<td>|<pre>|<li>|<style>){0,60}",
    ) {
        check(name, text.as_bytes(), &ReadOptions::default())?;
    }

    #[test]
    fn windows_of_text_never_panic(
        text in "(\\PC{0,12}[\r\n,;\"\t]{1,2}){0,30}",
        name in proptest::sample::select(&["x.txt", "x.csv"][..]),
        offset in proptest::option::of(0u64..40),
        limit in proptest::option::of(0u64..40),
        max_chars in 0usize..200,
    ) {
        check(name, text.as_bytes(), &ReadOptions { offset, limit, pages: None, max_chars, with_hidden: false })?;
    }
}

/// Reads; holds what every reading promises.
fn check(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<(), TestCaseError> {
    own_panic::watch();
    match read(name, bytes, options, &Limits::default()) {
        Ok(reading) => {
            prop_assert_eq!(reading.kind, kind_of(name, bytes));
            prop_assert!(reading.part.shown <= reading.part.total.max(1));
            for text in reading.blocks.iter().filter_map(Block::as_text) {
                prop_assert!(!text.is_empty());
                prop_assert!(
                    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')),
                    "{:?}",
                    text
                );
            }
            Ok(())
        }
        // A panic of this crate that was contained is a fault all the same.
        Err(DocumentError::ParserFailed(kind)) if own_panic::happened() => {
            Err(TestCaseError::fail(format!("the {kind} parser panicked")))
        }
        Err(_) => Ok(()),
    }
}
