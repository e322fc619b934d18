//! The window's program. Everything is in the library.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::panic::catch_unwind;
use std::process::ExitCode;

use deskhand_desktop::login::{self, Asked};
use deskhand_desktop::words;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // Needs no display and no window.
    if let Some(asked) = login::asked(&words) {
        return switch_login(asked);
    }
    // Without a display the windowing library panics, with a message of its own.
    match catch_unwind(deskhand_desktop::run) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => eprintln!("deskhand-desktop: the window could not be shown: {error}"),
        Err(_) => eprintln!("deskhand-desktop: the window could not be shown"),
    }
    eprintln!("deskhand-desktop: `deskhand serve` shows the same in a browser");
    ExitCode::FAILURE
}

fn switch_login(asked: Asked) -> ExitCode {
    let (on, said) = match asked {
        Asked::On => (true, words::login::ON),
        Asked::Off => (false, words::login::OFF),
        Asked::Unclear => {
            eprintln!("deskhand-desktop: {}", words::login::UNCLEAR);
            return ExitCode::from(2);
        }
    };
    match login::switch(on) {
        Ok(()) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let said = words::tray::login_refused(&error.to_string());
            eprintln!("deskhand-desktop: {}", said.replace("\n\n", " "));
            ExitCode::FAILURE
        }
    }
}
