//! The `deskhand` command: the composition root. It parses arguments, opens the engine, and prints; it decides nothing.

mod app;
mod args;
mod commands;
mod exit;
mod failure;
mod terminal;
mod tokens;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return exit::usage(&error);
        }
    };
    let json = arguments.json;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(commands::dispatch(arguments));
            // A look at a slow disk must not hold the process after the person has their answer.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(code) => code.into(),
        Err(error) => failure::report(&error, json),
    }
}
