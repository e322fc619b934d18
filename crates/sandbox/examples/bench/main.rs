//! The sandbox benchmark of `bench/sandbox`: a machine's life and what goes through it, beside bubblewrap on this computer.
//!
//!     bench CACHE AGENT SCRATCH PYTHON ROUNDS     prints one table
//!
//! `CACHE` is the application's cache with a built image, which is only read; templates and machines are made in
//! `SCRATCH`. `PYTHON` is a Python of this computer that has pandas.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark's driver reads and writes its own files and stops at the first failure"
)]

mod bare;
mod desk;
mod life;
mod table;
mod through;

use std::path::PathBuf;

use desk::Setting;
use table::Table;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cache, agent, scratch, python, rounds] = arguments.as_slice() else {
        eprintln!("bench CACHE AGENT SCRATCH PYTHON ROUNDS");
        std::process::exit(2);
    };
    let rounds: usize = rounds.parse().expect("a number of rounds");
    let setting = Setting::new(cache.as_ref(), agent.as_ref(), scratch.as_ref());
    let bare = bare::Bare::new(setting.scratch.join("bare"), PathBuf::from(python));
    let mut table = Table::default();

    life::boot(&setting, &mut table).await;
    life::warm_start(&setting, &bare, rounds, &mut table).await;
    life::suspend(&setting, rounds, &mut table).await;

    let desk = setting.desk();
    let room = desk.room().await;
    through::commands(&desk, &room, &bare, rounds, &mut table).await;
    through::python(&desk, &room, &bare, rounds, &mut table).await;
    through::changes(&desk, &room, &bare, rounds, &mut table).await;
    through::reading(&desk, &room, &bare, rounds, &mut table).await;
    through::many_files(&desk, &room, &bare, rounds, &mut table).await;
    through::output(&desk, &room, &bare, rounds, &mut table).await;
    println!("machine: {}", desk.sandbox.described().await.expect("it runs"));
    room.close().await;
    table.print();
}
