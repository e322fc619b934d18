//! A fuzzer that needs nothing but `cargo test`: valid documents are mutated, also inside their compressed parts, and
//! read. No panic in this crate, no overrun of time; a reading or an error. The parsers of others that are used for
//! xls, PDF, mail and images do panic now and then; those panics are contained and come out as
//! `documents.parser-failed`.
//!
//! `DESKHAND_FUZZ_ITERATIONS` (default 60) mutations are tried for each kind, from `DESKHAND_FUZZ_SEED` (default 1).
//! A failure prints the seed of the one mutation, which alone repeats it with `DESKHAND_FUZZ_ITERATIONS=1`.
//! The same entry points have targets for `cargo fuzz` in `fuzz/`.

mod mutate;
pub mod own_panic;
mod seeds;

use std::time::{Duration, Instant};

use deskhand_documents::{DocumentError, Limits, ReadOptions, read};
use mutate::Mutator;

/// Beyond this, a single small document took too long.
const SLOWEST: Duration = Duration::from_secs(20);

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Small limits: the documents are small, and every limit should be met now and then.
fn limits() -> Limits {
    Limits {
        max_unpacked: 4 << 20,
        max_nodes: 50_000,
        max_cells: 100_000,
        max_pixels: 1_000_000,
        deadline: Duration::from_secs(10),
        ..Limits::default()
    }
}

fn fuzz(name: &str, seeds: &[Vec<u8>]) {
    own_panic::watch();
    let first = variable("DESKHAND_FUZZ_SEED", 1);
    let iterations = variable("DESKHAND_FUZZ_ITERATIONS", 60);
    for seed in first..first + iterations {
        let bytes = Mutator::new(seed).mutate(seeds);
        let start = Instant::now();
        let result = read(name, &bytes, &ReadOptions::default(), &limits());
        let repeat = format!("DESKHAND_FUZZ_SEED={seed} DESKHAND_FUZZ_ITERATIONS=1");
        assert!(start.elapsed() < SLOWEST, "{name}: slow, repeat with {repeat}");
        match result {
            Err(DocumentError::ParserFailed(_)) if own_panic::happened() => {
                panic!("{name}: a parser panicked, repeat with {repeat}")
            }
            Err(DocumentError::Busy(_) | DocumentError::Timeout { .. }) => panic!("{name}: slow, repeat with {repeat}"),
            _ => {}
        }
    }
}

#[test]
fn text() {
    fuzz("x.txt", &seeds::text());
}

#[test]
fn csv() {
    fuzz("x.csv", &seeds::csv());
}

#[test]
fn docx() {
    fuzz("x.docx", &seeds::docx());
}

#[test]
fn pptx() {
    fuzz("x.pptx", &seeds::pptx());
}

#[test]
fn xlsx() {
    fuzz("x.xlsx", &seeds::xlsx());
}

#[test]
fn ods() {
    fuzz("x.ods", &seeds::ods());
}

#[test]
fn xls() {
    fuzz("x.xls", &seeds::xls());
}

#[test]
fn xlsb() {
    fuzz("x.xlsb", &seeds::xlsb());
}

#[test]
fn pdf() {
    fuzz("x.pdf", &seeds::pdf());
}

#[test]
fn html() {
    fuzz("x.html", &seeds::html());
}

#[test]
fn notebook() {
    fuzz("x.ipynb", &seeds::notebook());
}

#[test]
fn mail() {
    fuzz("x.eml", &seeds::mail());
}

#[test]
fn image() {
    fuzz("x.png", &seeds::image());
}

#[test]
fn archive() {
    fuzz("x.zip", &seeds::archive());
}

#[test]
fn the_seeds_can_be_read() {
    let kinds = [
        ("x.txt", seeds::text()),
        ("x.csv", seeds::csv()),
        ("x.docx", seeds::docx()),
        ("x.pptx", seeds::pptx()),
        ("x.xlsx", seeds::xlsx()),
        ("x.ods", seeds::ods()),
        ("x.xls", seeds::xls()),
        ("x.xlsb", seeds::xlsb()),
        ("x.pdf", seeds::pdf()),
        ("x.html", seeds::html()),
        ("x.ipynb", seeds::notebook()),
        ("x.eml", seeds::mail()),
        ("x.png", seeds::image()),
        ("x.zip", seeds::archive()),
    ];
    for (name, seeds) in kinds {
        for seed in seeds {
            let reading = read(name, &seed, &ReadOptions::default(), &limits());
            assert!(
                reading.as_ref().is_ok_and(|reading| reading.part.shown > 0),
                "{name}: {reading:?}"
            );
        }
    }
}

#[test]
fn the_mutator_is_deterministic_and_changes_things() {
    let seeds = seeds::docx();
    let once: Vec<_> = (0..20).map(|seed| Mutator::new(seed).mutate(&seeds)).collect();
    let twice: Vec<_> = (0..20).map(|seed| Mutator::new(seed).mutate(&seeds)).collect();
    assert_eq!(once, twice);
    assert!(once.iter().filter(|bytes| !seeds.contains(bytes)).count() > 15);
    // Some mutations keep the container whole and change what is inside.
    let inside = once
        .iter()
        .filter(|bytes| zip::ZipArchive::new(std::io::Cursor::new(bytes)).is_ok())
        .count();
    assert!(inside > 3, "{inside}");
}
