//! What a task's log costs: 400 turns of eight events each, on the disk of the current folder (or of the folder given).
//!
//! `cargo run --release -p deskhand-store --example append_speed [FOLDER]`
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::time::{Duration, Instant};

use deskhand_store::{Durability, EventLog as _, SqliteStore};
use deskhand_types::{
    BlobStore as _, Block, EventBody, EventDraft, Label, StopReason, TaskId, Timestamp, ToolOutcome, Usage,
};

const TURNS: usize = 400;
const PER_TURN: usize = 8;

fn draft(turn: usize, number: usize) -> EventDraft {
    let label = Label::file("/mnt/work/notes.txt");
    match number {
        1 => EventBody::ModelAnswered {
            turn: turn as u64,
            content: vec![Block::text(
                "I will read the next file and then look at the figures again.",
            )],
            stop: StopReason::ToolUse,
            usage: Usage::default(),
            cost_usd: Some(0.002),
            model: "scripted".to_owned(),
        }
        .into(),
        5 => EventDraft {
            body: EventBody::ToolFinished {
                call: "call".into(),
                outcome: ToolOutcome::text("a line of a file\n".repeat(120), label.clone(), "Read one file"),
            },
            label: Some(label),
        },
        _ => EventBody::PersonSaid {
            text: format!("event {number} of turn {turn}"),
            queued: None,
            voice: Vec::new(),
        }
        .into(),
    }
}

fn report(name: &str, mut times: Vec<Duration>) {
    let early: Vec<_> = times.iter().take(50).copied().collect();
    let late: Vec<_> = times.iter().rev().take(50).copied().collect();
    let median = |mut part: Vec<Duration>| {
        part.sort();
        part.get(part.len() / 2).copied().unwrap_or_default()
    };
    times.sort();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    println!(
        "{name:34} first 50: {:>9.1?}   last 50: {:>9.1?}   p99: {p99:>9.1?}",
        median(early),
        median(late)
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = tempfile::tempdir_in(parent)?;
    let started = Instant::now();
    let store = SqliteStore::open(folder.path())?;
    println!(
        "open: {:.1?}; then per turn of {PER_TURN} appends, median:",
        started.elapsed()
    );
    for (name, durability) in [
        ("survives the process", Durability::Process),
        ("one of them survives a power cut", Durability::Power),
    ] {
        let task = TaskId::new(name);
        let mut times = Vec::new();
        for turn in 0..TURNS {
            let started = Instant::now();
            for number in 0..PER_TURN {
                let seq = (turn * PER_TURN + number) as u64;
                let wait = if number == 6 { durability } else { Durability::Process };
                store.append_with(&task, seq, Timestamp(0), &[draft(turn, number)], wait)?;
            }
            times.push(started.elapsed());
        }
        report(name, times);
    }

    let task = TaskId::new("survives the process");
    for (what, work) in [
        (
            "verify",
            Box::new(|| store.verify(&task).map(|v| v.events)) as Box<dyn Fn() -> _>,
        ),
        (
            "read",
            Box::new(|| store.read(&task, 0).map(|events| events.len() as u64)),
        ),
        (
            "first search, indexing",
            Box::new(|| store.search("figures", 10).map(|hits| hits.len() as u64)),
        ),
        (
            "next search",
            Box::new(|| store.search("figures", 10).map(|hits| hits.len() as u64)),
        ),
    ] {
        let started = Instant::now();
        let count = work()?;
        println!("{what}: {:.1?} ({count})", started.elapsed());
    }

    for size in [1_000_usize, 100_000, 10_000_000] {
        let mut times = Vec::new();
        for number in 0..20_u8 {
            let content: Vec<u8> = (0..size).map(|at| (at as u8).wrapping_mul(31) ^ number).collect();
            let started = Instant::now();
            store.put(&content)?;
            times.push(started.elapsed());
        }
        report(&format!("put {size} bytes"), times);
    }
    println!("{:?}", store.usage()?);
    Ok(())
}
