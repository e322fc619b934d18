//! The window's program. Everything is in the library.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match deskhand_desktop::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deskhand-desktop: the window could not be shown: {error}");
            eprintln!("deskhand-desktop: `deskhand serve` shows the same in a browser");
            ExitCode::FAILURE
        }
    }
}
