//! Writes the sample spreadsheets of the demo into a folder: `sample-folder FOLDER [SEED]`.
#![allow(
    clippy::disallowed_methods,
    reason = "writes the demo's own new files; no user's file is touched"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use deskhand_testkit::sample::{DEMO_SEED, sample_folder};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: sample-folder FOLDER [SEED]");
        return ExitCode::from(2);
    };
    let seed = match arguments.next().map(|text| text.parse()) {
        None => DEMO_SEED,
        Some(Ok(seed)) => seed,
        Some(Err(_)) => {
            eprintln!("the seed must be a whole number");
            return ExitCode::from(2);
        }
    };
    let made = match sample_folder(seed) {
        Ok(made) => made,
        Err(error) => {
            eprintln!("the sample files could not be made: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = std::fs::create_dir_all(&folder) {
        eprintln!("{}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    for file in &made.files {
        let path = folder.join(file.name);
        if let Err(error) = std::fs::write(&path, &file.bytes) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        println!("{} ({} bytes)", path.display(), file.bytes.len());
    }
    ExitCode::SUCCESS
}
