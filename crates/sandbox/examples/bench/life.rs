//! How long a machine takes to be there, to be put away, and to come back.

use std::time::{Duration, Instant};

use deskhand_sandbox::{Sandbox, SandboxConfig};

use crate::bare::Bare;
use crate::desk::Setting;
use crate::table::{Beside, Samples, Table};

/// A start from the template to the first command's answer is to take this long at most, in software.
const GOAL_MS: f64 = 400.0;
const IDLE: Duration = Duration::from_secs(1);

/// From nothing but the image: boot, loading Python's libraries, saving, and a first start of what was saved.
pub async fn boot(setting: &Setting, table: &mut Table) {
    let mut samples = Samples::default();
    for _ in 0..2 {
        let cache = setting.cache();
        std::fs::remove_dir_all(cache).unwrap();
        let sandbox = Sandbox::new(setting.config());
        let begun = Instant::now();
        sandbox.prepare().await.unwrap();
        samples.add(begun.elapsed());
    }
    let on_disk = deskhand_sandbox::folder::disk_use(&setting.cache().join("sandbox/templates")) >> 20;
    table.add_with_note(
        "cold boot, template saved, started once",
        &samples,
        format!("{on_disk} MB on disk"),
    );
}

/// A machine from the template, a room in it, `true` in the room.
pub async fn warm_start(setting: &Setting, bare: &Bare, rounds: usize, table: &mut Table) {
    let [mut all, mut room_stands, mut closed] = [(); 3].map(|()| Samples::default());
    // The first is not counted: it reads the template from the disk.
    for round in 0..=rounds * 2 {
        let desk = setting.desk();
        let begun = Instant::now();
        let room = desk.room().await;
        let stands = begun.elapsed();
        desk.run(&room, "true").await;
        let answered = begun.elapsed();
        let begun = Instant::now();
        room.close().await;
        if round > 0 {
            all.add(answered);
            room_stands.add(stands);
            closed.add(begun.elapsed());
        }
    }
    table.add("warm start to first answer (`true`)", &all, Beside::Goal(GOAL_MS), None);
    table.add("- the same", &all, Beside::Bare(&bare.time(rounds * 2, "true")), None);
    table.add("- of it until the room stands", &room_stands, Beside::Nothing, None);
    table.add("last room closed, machine gone", &closed, Beside::Nothing, None);
}

/// An idle machine is put away, and a command brings it back.
pub async fn suspend(setting: &Setting, rounds: usize, table: &mut Table) {
    let [mut away, mut back] = [(); 2].map(|()| Samples::default());
    let (mut size, mut used) = (0, 0);
    let config = SandboxConfig {
        idle: IDLE,
        ..setting.config()
    };
    let desk = setting.desk_with(Sandbox::new(config));
    let room = desk.room().await;
    // What a task leaves in memory is put away too.
    desk.run(
        &room,
        "python3 -c 'import pandas; print(len(str(pandas.DataFrame({0: range(10000)}))))'",
    )
    .await;
    for _ in 0..rounds {
        loop {
            // Asking waits while the machine is being put away, so the question that hears "none" took as long as that.
            let asked = Instant::now();
            if desk.sandbox.process().await.is_none() {
                away.add(asked.elapsed());
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (size, used) = kept(setting);
        let begun = Instant::now();
        desk.run(&room, "true").await;
        back.add(begun.elapsed());
    }
    room.close().await;
    table.add_with_note(
        "idle machine put away",
        &away,
        format!("{size} MB state, {used} MB in all"),
    );
    table.add("- taken up again, to an answer (`true`)", &back, Beside::Nothing, None);
}

/// The state file of the only machine, and everything of that machine, on disk.
fn kept(setting: &Setting) -> (u64, u64) {
    let machines = setting.cache().join("sandbox/machines");
    let machine = std::fs::read_dir(machines).unwrap().next().unwrap().unwrap().path();
    let state = std::fs::metadata(machine.join("state")).unwrap().len();
    (state >> 20, deskhand_sandbox::folder::disk_use(&machine) >> 20)
}
