//! The window's program. Everything is in the library.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::panic::catch_unwind;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Without a display the windowing library panics, with a message of its own.
    match catch_unwind(deskhand_desktop::run) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => eprintln!("deskhand-desktop: the window could not be shown: {error}"),
        Err(_) => eprintln!("deskhand-desktop: the window could not be shown"),
    }
    eprintln!("deskhand-desktop: `deskhand serve` shows the same in a browser");
    ExitCode::FAILURE
}
