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
