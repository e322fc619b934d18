//! The Deskhand side of the search benchmark in `bench/files`: makes a tree of text files, and times searches in it.
//!
//!     bench_search generate FOLDER
//!     bench_search run FOLDER PATTERN ROUNDS     prints milliseconds and the number of files found
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark's driver reads and writes its own files and stops at the first failure"
)]

use std::{fmt::Write, fs, path::Path, sync::Arc, time::Instant};

use deskhand_types::{BlobError, BlobStore, Grant, GrantMode, Hash, Timestamp};
use deskhand_workspace::{GrepQuery, Options, Workspace};

const FOLDERS: u64 = 60;
const FILES: u64 = 50;
const LINES: u64 = 400;
const WORDS: [&str; 16] = [
    "delivery", "invoice", "customer", "region", "North", "the", "of", "paid", "amount", "order", "from", "date",
    "and", "note", "open", "for",
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "generate", folder] => generate(Path::new(folder)),
        [_, "run", folder, pattern, rounds] => run(folder, pattern, rounds.parse().expect("a number of rounds")),
        _ => eprintln!("bench_search generate FOLDER | run FOLDER PATTERN ROUNDS"),
    }
}

fn generate(folder: &Path) {
    let mut seed = 0x5EED_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for group in 0..FOLDERS {
        let place = folder.join(format!("group {group}"));
        fs::create_dir_all(&place).unwrap();
        for file in 0..FILES {
            let mut text = String::new();
            for _ in 0..LINES {
                for _ in 0..12 {
                    let word = next() % WORDS.len() as u64;
                    text.push_str(WORDS.get(word as usize).unwrap());
                    text.push(' ');
                }
                let number = next() % 100_000;
                writeln!(text, "{number:05}-{}", if number % 997 == 0 { 'A' } else { 'B' }).unwrap();
            }
            match (group * FILES + file) % 100 {
                7 => text.push_str("here is needle-4711\n"),
                13 => text.push_str("this one is Overdue\n"),
                21 => text.push_str("invoice 00123-A\n"),
                _ => {}
            }
            fs::write(place.join(format!("file {file}.txt")), text).unwrap();
        }
    }
}

/// Searching keeps nothing.
struct NoBlobs;

impl BlobStore for NoBlobs {
    fn put(&self, _: &[u8]) -> Result<Hash, BlobError> {
        Err(BlobError::Store("searching keeps nothing".to_owned()))
    }
    fn put_reader(&self, _: &mut dyn std::io::Read) -> Result<(Hash, u64), BlobError> {
        Err(BlobError::Store("searching keeps nothing".to_owned()))
    }
    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError> {
        Err(BlobError::Missing(*hash))
    }
    fn copy_to(&self, hash: &Hash, _: &mut dyn std::io::Write) -> Result<u64, BlobError> {
        Err(BlobError::Missing(*hash))
    }
    fn contains(&self, _: &Hash) -> Result<bool, BlobError> {
        Ok(false)
    }
}

fn run(folder: &str, pattern: &str, rounds: usize) {
    let workspace = Workspace::new(Arc::new(NoBlobs), Options::new(Arc::new(|| Timestamp(0))));
    let grant = Grant {
        name: "tree".to_owned(),
        folder: folder.to_owned(),
        mode: GrantMode::ReadOnly,
        outside_home: true,
    };
    workspace.add_grant(grant).unwrap();
    let query = GrepQuery {
        head_limit: 1_000_000,
        ..GrepQuery::new(pattern)
    };
    let mut found = 0;
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            let result = workspace.grep(&query).unwrap();
            assert!(result.cut.is_none(), "{:?}", result.cut);
            found = result.total_files;
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{:.3} {found}", times.get(times.len() / 2).unwrap());
}
