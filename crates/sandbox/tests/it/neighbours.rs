//! Tasks that share a machine do not meet.

use deskhand_sandbox::{RoomSetup, Sandbox};
use deskhand_types::TaskId;

use crate::desk::{Desk, config};

#[tokio::test]
async fn tasks_that_share_a_machine_do_not_meet() {
    let sandbox = Sandbox::new(config());
    let (one, two) = (Desk::with(sandbox.clone()), Desk::with(sandbox.clone()));
    one.put("mine.txt", "uno's secret");
    two.put("mine.txt", "two secrets");
    let first = one.room().await;
    let second = sandbox
        .room(RoomSetup {
            task: TaskId::new("02task"),
            ..two.setup()
        })
        .await
        .unwrap();
    let process = sandbox.process().await;
    one.run(&first, "echo \"uno's scratch\" >/tmp/secret; cp /tmp/secret ~/secret")
        .await
        .good();
    let (busy, look) = tokio::join!(
        one.run(
            &first,
            "python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 & sleep 6; cat mine.txt"
        ),
        async {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            two.run(
                &second,
                "cat mine.txt; echo; ls -A /tmp ~ /scratch /run/deskhand 2>&1 | tr '\\n' ' '; ls /proc | grep '^[0-9]' | wc -l; \
                 curl -s --noproxy '*' -m 2 http://127.0.0.1:8000/mine.txt || echo no answer; \
                 find / -xdev -name 'mine.txt' -not -path '/proc/*' 2>/dev/null; grep -rs \"uno's\" /tmp /home /run /var 2>/dev/null; true",
            )
            .await
        }
    );
    assert_eq!(busy.good(), "uno's secret");
    let seen = look.good();
    assert!(seen.starts_with("two secrets\n"), "{seen}");
    assert!(!seen.contains("uno's"), "{seen}");
    assert!(seen.contains("no answer"), "{seen}");
    assert_eq!(sandbox.process().await, process, "both are in one machine");
    first.close().await;
    // The other's end changes nothing for this one.
    assert_eq!(two.run(&second, "cat mine.txt").await.good(), "two secrets");
    second.close().await;
    assert_eq!(sandbox.process().await, None);
}
