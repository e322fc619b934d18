//! What goes through a machine that runs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use deskhand_sandbox::Room;
use deskhand_types::{CallId, Cause};

use crate::bare::Bare;
use crate::desk::Desk;
use crate::table::{Beside, Samples, Table};

const BIG: u64 = 256 << 20;
const OUTPUT: u64 = 32 << 20;
const CHANGED: usize = 5_000;
const FILES: usize = 2_000;
/// A file changed this recently may change again without showing it, so the guest keeps nothing of it.
const SETTLED: Duration = Duration::from_millis(2_500);

async fn time(desk: &Desk, room: &Room, rounds: usize, text: &str) -> Samples {
    desk.run(room, text).await;
    let mut samples = Samples::default();
    for _ in 0..rounds {
        samples.add(desk.run(room, text).await.all);
    }
    samples
}

/// What a command costs where nothing has to be started.
pub async fn commands(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let ours = time(desk, room, rounds * 2, "true").await;
    table.add(
        "a command in a machine that runs (`true`)",
        &ours,
        Beside::Bare(&bare.time(rounds * 2, "true")),
        None,
    );
}

pub async fn python(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let script = "-c 'import pandas; print(pandas.DataFrame({\"a\": [1, 2]}).a.sum())'";
    let theirs = bare.time(rounds, &format!("{} {script}", bare.python.display()));
    let warm = time(desk, room, rounds, &format!("python3 {script}")).await;
    table.add(
        "import pandas, one sum: warm Python",
        &warm,
        Beside::Bare(&theirs),
        None,
    );
    let cold = time(desk, room, rounds.min(3), &format!("/usr/bin/python3 {script}")).await;
    table.add("- by /usr/bin/python3 itself", &cold, Beside::Bare(&theirs), None);
}

/// A command makes many small files; they are sent, put in the blob store, prepared, and land.
pub async fn changes(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let [mut made, mut sent, mut stored, mut prepared, mut applied, mut all] = [(); 6].map(|()| Samples::default());
    let script = |round: usize| {
        format!(
            "python3 -c 'import os\nfor d in range(50): os.makedirs(f\"{round}/{{d}}\")\nfor n in range({CHANGED}): open(f\"{round}/{{n % 50}}/{{n}}.txt\", \"w\").write(f\"{round} {{n}}\\n\" * 20)'; echo made"
        )
    };
    let mut theirs = Samples::default();
    for round in 0..rounds.min(3) {
        let begun = Instant::now();
        bare.run(&script(round));
        theirs.add(begun.elapsed());
        desk.stored();
        let begun = Instant::now();
        let heard = desk.run(room, &script(round)).await;
        let (workspace, changes) = (desk.workspace.clone(), heard.ran.changes);
        made.add(heard.last_word);
        sent.add(heard.all.saturating_sub(heard.last_word));
        stored.add(desk.stored());
        let cause = Cause::Call {
            call: CallId::new("call"),
        };
        let step = Instant::now();
        let overlay = workspace
            .prepare_overlay(format!("01task.{round}").as_str().into(), cause, changes)
            .unwrap();
        prepared.add(step.elapsed());
        let step = Instant::now();
        workspace.apply(&overlay.set).unwrap();
        applied.add(step.elapsed());
        all.add(begun.elapsed());
        let landed: usize = (0..50)
            .map(|d| fs::read_dir(desk.work.join(format!("{round}/{d}"))).unwrap().count())
            .sum();
        assert_eq!((landed, overlay.left_out.len()), (CHANGED, 0));
    }
    table.add(
        "5,000 new small files, to the folder",
        &all,
        Beside::Bare(&theirs),
        None,
    );
    table.add("- the command makes them", &made, Beside::Bare(&theirs), None);
    table.add("- found, sent, in the blob store", &sent, Beside::Nothing, None);
    table.add("- - of it putting them into the store", &stored, Beside::Nothing, None);
    table.add("- change-set prepared", &prepared, Beside::Nothing, None);
    table.add("- change-set applied, read back", &applied, Beside::Nothing, None);
}

pub async fn reading(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let noise = noise(BIG);
    for folder in [&desk.work, &bare.work] {
        fs::write(folder.join("big-0"), &noise).unwrap();
    }
    drop(noise);
    tokio::time::sleep(SETTLED).await;
    let read = |n: usize| format!("dd if=big-{n} bs=1M of=/dev/null status=none");
    let theirs = bare.time(rounds, &read(0));
    let [mut first, mut again] = [(); 2].map(|()| Samples::default());
    for round in 0..rounds {
        // Under a new name it is a new file to the guest; in this computer's memory it stays.
        fs::rename(
            desk.work.join(format!("big-{round}")),
            desk.work.join(format!("big-{}", round + 1)),
        )
        .unwrap();
        tokio::time::sleep(SETTLED).await;
        first.add(desk.run(room, &read(round + 1)).await.all);
        again.add(desk.run(room, &read(round + 1)).await.all);
    }
    table.add("256 MiB read, first time", &first, Beside::Bare(&theirs), Some(BIG));
    table.add(
        "- again, from the guest's memory",
        &again,
        Beside::Bare(&theirs),
        Some(BIG),
    );
}

pub async fn many_files(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let make = |at: &Path| {
        fs::create_dir(at).unwrap();
        for n in 0..FILES {
            fs::write(at.join(n.to_string()), format!("{n}\n").repeat(100)).unwrap();
        }
    };
    make(&bare.work.join("files-0"));
    make(&desk.work.join("files-0"));
    tokio::time::sleep(SETTLED).await;
    let stat = |n: usize| format!("find files-{n} -type f -size -9k -printf x | wc -c | grep -qx {FILES}");
    let open = |n: usize| format!("cat files-{n}/* | wc -l | grep -qx {}", FILES * 100);
    let (their_stat, their_open) = (bare.time(rounds, &stat(0)), bare.time(rounds, &open(0)));
    let [mut first_stat, mut again_stat, mut first_open, mut again_open] = [(); 4].map(|()| Samples::default());
    for round in 0..rounds {
        let [old, new] = [round, round + 1].map(|n| desk.work.join(format!("files-{n}")));
        fs::rename(old, new).unwrap();
        tokio::time::sleep(SETTLED).await;
        for (text, first, again) in [
            (stat(round + 1), &mut first_stat, &mut again_stat),
            (open(round + 1), &mut first_open, &mut again_open),
        ] {
            first.add(desk.run(room, &text).await.all);
            again.add(desk.run(room, &text).await.all);
        }
    }
    table.add(
        "2,000 files looked at (find -size), first time",
        &first_stat,
        Beside::Bare(&their_stat),
        None,
    );
    table.add("- again at once", &again_stat, Beside::Bare(&their_stat), None);
    table.add(
        "2,000 files opened and read (cat), first time",
        &first_open,
        Beside::Bare(&their_open),
        None,
    );
    table.add("- again at once", &again_open, Beside::Bare(&their_open), None);
}

pub async fn output(desk: &Desk, room: &Room, bare: &Bare, rounds: usize, table: &mut Table) {
    let text = format!("head -c {OUTPUT} big");
    fs::rename(desk.work.join(format!("big-{rounds}")), desk.work.join("big")).unwrap();
    fs::rename(bare.work.join("big-0"), bare.work.join("big")).unwrap();
    tokio::time::sleep(SETTLED).await;
    let ours = time(desk, room, rounds, &text).await;
    table.add(
        "32 MiB of output, kept whole",
        &ours,
        Beside::Bare(&bare.time(rounds, &text)),
        Some(OUTPUT),
    );
}

/// Bytes that do not get smaller by packing.
fn noise(length: u64) -> Vec<u8> {
    let mut seed = 0x5EED_u64;
    let words = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    });
    words.take(length as usize / 8).flatten().collect()
}
