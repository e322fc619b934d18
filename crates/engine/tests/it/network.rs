//! What commands ask of the network is in the log before it is answered.

use crate::desk::{Desk, bash, done, text};

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_refused_and_on_record_before_they_are_answered() {
    let desk = Desk::new([
        bash("get http://example.org/a?secret=1\nget http://example.org/b"),
        done(),
    ]);
    let task = desk.run().await;
    assert_eq!(
        desk.kinds(&task),
        [
            "policy.decided",
            "tool.started",
            "network.requested",
            "network.requested",
            "command.finished",
            "tool.finished"
        ]
    );
    assert!(text(&desk.outcomes(&task)[0]).contains("403 Forbidden"));
    let lines = desk.engine.network(Some(&task)).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.request.id, line.request.path.as_str(), line.request.allowed))
        .collect();
    assert_eq!(told, [(1, "/a", false), (2, "/b", false)]);
    let log = serde_json::to_string(&desk.events(&task)).unwrap();
    assert!(!log.contains("\"path\":\"/a?secret"), "no query in the ledger");
}

/// A command that asks in a loop must not fill the disk, and must not get through unseen either.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_the_ledger_is_refused_and_is_one_entry() {
    let desk = Desk::new([
        bash(
            "get http://mirror.example.com/1\nget http://mirror.example.com/2\nget http://mirror.example.com/3\nget http://mirror.example.com/4",
        ),
        bash("get http://mirror.example.com/5"),
        done(),
    ])
    .online()
    .listing(2);
    let task = desk.run().await;
    let lines = desk.engine.network(Some(&task)).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let request = &line.request;
            (
                request.path.as_str(),
                request.allowed,
                request.address.as_deref(),
                request.reason.as_str(),
            )
        })
        .collect();
    let address = Some("93.184.215.14");
    let beyond = "more than 2 requests in one run of the task: refused, and no longer listed";
    assert_eq!(
        told,
        [
            ("/1", true, address, "mirror"),
            ("/2", true, address, "mirror"),
            ("/3", false, None, beyond)
        ]
    );
    let outcomes = desk.outcomes(&task);
    let answers = |n: usize, status: &str| text(&outcomes[n]).matches(status).count();
    assert_eq!((answers(0, " 502 "), answers(0, " 403 ")), (2, 2), "{outcomes:#?}");
    assert_eq!((answers(1, " 502 "), answers(1, " 403 ")), (0, 1), "{outcomes:#?}");
}
