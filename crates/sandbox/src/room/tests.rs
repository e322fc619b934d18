//! What a guest says while a command runs is taken in order, within bounds, and within time.
#![allow(clippy::unwrap_used)]

use deskhand_wire::{Entry, EntryKind, Failure, Why};

use super::*;
use crate::collect::tests::Blobs;

fn exited() -> ExecEvent {
    ExecEvent::Exited(Exited {
        code: 0,
        why: Why::Finished,
        cpu_ms: 1,
        peak_memory: 1,
    })
}

fn said(events: Vec<ExecEvent>) -> mpsc::Receiver<Result<ExecEvent, SandboxError>> {
    let (sender, receiver) = mpsc::channel(events.len().max(1));
    for event in events {
        sender.try_send(Ok(event)).unwrap();
    }
    receiver
}

async fn ends(events: Vec<ExecEvent>) -> Result<Exited, SandboxError> {
    let mut output = collect::Output::new(Arc::new(Blobs::default()));
    until_exit(&mut said(events), &mut output, &mut |_, _| ()).await
}

async fn changed(events: Vec<ExecEvent>) -> Result<Collected, SandboxError> {
    let bounds = Bounds {
        entries: 10,
        bytes: 1_000,
        apparent: 1_000,
    };
    let changes = Changes::new(vec!["work".to_owned()], Arc::new(Blobs::default()), bounds);
    until_done(&mut said(events), changes, &CancellationToken::new()).await
}

fn gone(name: &str) -> ExecEvent {
    ExecEvent::Entry(Entry {
        folder: 0,
        path: name.as_bytes().to_vec(),
        kind: EntryKind::Removed,
    })
}

#[tokio::test]
async fn what_comes_out_of_order_is_refused() {
    assert!(ends(vec![exited()]).await.is_ok());
    for early in [gone("a"), ExecEvent::Data(vec![1]), ExecEvent::Hole(1), ExecEvent::Done] {
        let error = ends(vec![early]).await.unwrap_err();
        assert!(matches!(error, SandboxError::Misbehaved { .. }), "{error:?}");
    }
    assert!(changed(vec![gone("a"), ExecEvent::Done]).await.is_ok());
    for late in [exited(), ExecEvent::Output(Output::Stdout, vec![1])] {
        let error = changed(vec![late]).await.unwrap_err();
        assert!(matches!(error, SandboxError::Misbehaved { .. }), "{error:?}");
    }
    // A stream that ends in the middle is a lost machine: nothing is taken.
    let error = changed(vec![gone("a")]).await.unwrap_err();
    assert!(matches!(error, SandboxError::Lost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_guest_that_says_more_than_it_may_is_ended() {
    let piece = || ExecEvent::Output(Output::Stdout, vec![b'x'; 1 << 20]);
    let flood = (0..80).map(|_| piece()).collect();
    let error = ends(flood).await.unwrap_err();
    assert!(
        matches!(&error, SandboxError::Misbehaved { why } if why.contains("more output")),
        "{error:?}"
    );
    // Pieces of nothing would never be more than it may.
    let error = ends(vec![ExecEvent::Output(Output::Stdout, Vec::new())])
        .await
        .unwrap_err();
    assert!(matches!(&error, SandboxError::Misbehaved { .. }), "{error:?}");
}

#[tokio::test]
async fn too_much_is_the_commands_affair_other_failures_are_not() {
    let failure = |kind| {
        ExecEvent::Failed(Failure {
            kind,
            message: "told".to_owned(),
        })
    };
    let (changes, left_out, refused) = changed(vec![failure(FailureKind::TooMuch)]).await.unwrap();
    assert_eq!(
        (changes.len(), left_out.len(), refused.as_deref()),
        (0, 0, Some("told"))
    );
    let error = changed(vec![failure(FailureKind::System)]).await.unwrap_err();
    assert!(matches!(error, SandboxError::Unavailable { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_falls_silent_is_ended() {
    let (_held, mut silent) = mpsc::channel(1);
    let bounds = Bounds {
        entries: 1,
        bytes: 1,
        apparent: 1,
    };
    let changes = Changes::new(Vec::new(), Arc::new(Blobs::default()), bounds);
    let error = until_done(&mut silent, changes, &CancellationToken::new())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, SandboxError::Misbehaved { why } if why.contains("stopped")),
        "{error:?}"
    );
}
