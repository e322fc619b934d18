//! Contents that no event names are released by their age, and never while a task may still need them.

use deskhand_engine::UndoScope;
use deskhand_types::{BlobStore as _, GrantMode, Hash, Mode, TaskId};

use crate::desk::{Desk, bash, done};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes contents or a task older than they are.
fn age(desk: &Desk, sql: &str, days: i64, of: &str) {
    let database = rusqlite::Connection::open(desk.engine.store().dir().join("deskhand.db")).unwrap();
    let at = deskhand_engine::Clock::now(&deskhand_engine::SystemClock).0 - days * DAY_MS;
    database.execute(sql, rusqlite::params![at, of]).unwrap();
}

fn contents(desk: &Desk, days: i64) {
    age(desk, "UPDATE blobs SET touched = ?1 WHERE ?2 = ''", days, "");
}

fn task(desk: &Desk, task: &TaskId, days: i64) {
    age(
        desk,
        "UPDATE logs SET first_at = ?1 WHERE task = ?2",
        days,
        task.as_str(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_command_wrote_is_released_when_it_is_old_and_nothing_else() {
    let desk = Desk::new([
        bash("write /mnt/work/a.txt landed"),
        // Its machine is lost after it had sent that: no event tells of it.
        bash("write /mnt/work/b.txt lost\nlost"),
        done(),
    ]);
    desk.write("a.txt", "before");
    let over = desk.run().await;
    let there =
        || ["before", "landed", "lost"].map(|text| desk.engine.store().contains(&Hash::of(text.as_bytes())).unwrap());
    assert_eq!(there(), [true, true, true]);

    desk.engine.tidy_at_once().unwrap();
    assert_eq!(there(), [true, true, true], "it is young");

    // Old, but a task that is not over began before: its approval may be waiting for its person.
    contents(&desk, 40);
    let open = desk.start(Mode::Auto, GrantMode::ReadWrite);
    task(&desk, &open, 50);
    desk.engine.tidy_at_once().unwrap();
    assert_eq!(there(), [true, true, true]);

    // It began when that was long there.
    task(&desk, &open, 20);
    desk.engine.tidy_at_once().unwrap();
    assert_eq!(there(), [true, true, false]);
    desk.engine.undo(&over, &UndoScope::default()).unwrap();
    assert_eq!(desk.read("a.txt").as_deref(), Some("before"));
}
