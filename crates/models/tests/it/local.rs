//! The client of the local model against a process that behaves and misbehaves on purpose.

use std::{path::PathBuf, time::Duration};

use deskhand_models::local::{JudgeAnswer, LocalError, LocalModel, LocalSettings};
use deskhand_types::{AnswerType, Coded as _, Judge, JudgeCut, JudgeKind, JudgeTokens};
use serde_json::json;

/// The stand-in is an example of this crate: cargo builds examples together with tests, beside their folder.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let name = format!("fake-local-model{}", std::env::consts::EXE_SUFFIX);
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(
        program.is_file(),
        "{} is missing: build this crate's tests without `--test`",
        program.display()
    );
    program
}

struct Fake {
    model: LocalModel,
    dir: tempfile::TempDir,
    behaviour: &'static str,
}

impl Fake {
    fn new(behaviour: &'static str) -> Self {
        Self::with(behaviour, LocalSettings::default())
    }

    fn with(behaviour: &'static str, settings: LocalSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join(behaviour);
        std::fs::create_dir(&cache).unwrap();
        Self {
            model: LocalModel::new(program(), cache, settings),
            dir,
            behaviour,
        }
    }

    fn starts(&self) -> usize {
        std::fs::read(self.dir.path().join(self.behaviour).join("starts")).map_or(0, |bytes| bytes.len())
    }
}

fn question(kind: JudgeKind, input: &str) -> Judge {
    Judge {
        kind,
        question: "Which?".into(),
        input: input.into(),
        answer: AnswerType::Text { max_chars: 200 },
    }
}

fn reason(result: Result<JudgeAnswer, LocalError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.code().as_str().to_owned(), error.to_string())
}

#[tokio::test]
async fn it_answers_with_one_process_for_many_questions() {
    let fake = Fake::new("echo");
    assert_eq!(fake.starts(), 0, "nothing runs before the first question");
    let expected = |text: &str| JudgeAnswer {
        value: Some(json!(text)),
        confidence: 0.75,
        tokens: JudgeTokens {
            prompt: 10,
            reused: 4,
            answer: 3,
        },
        ms: 1,
        cut: Some(JudgeCut { kept: 5, total: 9 }),
    };
    assert_eq!(
        fake.model.judge(question(JudgeKind::Describe, "one")).await.unwrap(),
        expected("one")
    );
    let (two, three) = tokio::join!(
        fake.model.judge(question(JudgeKind::Describe, "two\nlines")),
        fake.model.judge(question(JudgeKind::Describe, "three")),
    );
    assert_eq!(
        (two.unwrap(), three.unwrap()),
        (expected("two\nlines"), expected("three"))
    );
    assert_eq!(fake.starts(), 1);
}

#[tokio::test]
async fn a_crash_is_retried_once_and_many_end_it() {
    let fake = Fake::new("crash-once");
    assert_eq!(
        fake.model
            .judge(question(JudgeKind::Describe, "x"))
            .await
            .unwrap()
            .value,
        Some(json!("x"))
    );
    assert_eq!(fake.starts(), 2);

    let fake = Fake::new("crash-always");
    for _ in 0..3 {
        let (code, _) = reason(fake.model.judge(question(JudgeKind::Describe, "x")).await);
        assert_eq!(code, "local-model.unavailable");
    }
    assert_eq!(
        fake.starts(),
        3,
        "a process that keeps crashing is not started for ever"
    );
}

#[tokio::test]
async fn a_process_that_ended_when_idle_is_started_again() {
    let settings = LocalSettings {
        idle: Duration::ZERO,
        ..LocalSettings::default()
    };
    let fake = Fake::with("one-then-end", settings);
    for round in 1..=5 {
        assert_eq!(
            fake.model
                .judge(question(JudgeKind::Describe, "x"))
                .await
                .unwrap()
                .value,
            Some(json!("x"))
        );
        assert_eq!(fake.starts(), round);
    }
    fake.model.stop().await;
    assert!(fake.model.judge(question(JudgeKind::Describe, "x")).await.is_ok());
}

#[tokio::test]
async fn a_hanging_process_costs_the_deadline_and_is_killed() {
    let settings = LocalSettings {
        question: Duration::from_millis(50),
        ..LocalSettings::default()
    };
    let fake = Fake::with("hang", settings);
    let (code, _) = reason(fake.model.judge(question(JudgeKind::Describe, "x")).await);
    assert_eq!(code, "local-model.deadline");
    let (code, _) = reason(fake.model.judge(question(JudgeKind::Describe, "x")).await);
    assert_eq!((code.as_str(), fake.starts()), ("local-model.deadline", 2));
}

#[tokio::test]
async fn a_dropped_question_does_not_answer_the_next() {
    let fake = Fake::new("echo");
    assert!(fake.model.judge(question(JudgeKind::Describe, "first")).await.is_ok());
    {
        let dropped = fake.model.judge(question(JudgeKind::Describe, "dropped"));
        tokio::pin!(dropped);
        // Polled once: the request is on its way, the reply is not read.
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(Future::poll(dropped.as_mut(), context).is_pending())
        });
        assert!(polled.await);
    }
    assert_eq!(
        fake.model
            .judge(question(JudgeKind::Describe, "next"))
            .await
            .unwrap()
            .value,
        Some(json!("next"))
    );
    assert_eq!(fake.starts(), 2);
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let settings = LocalSettings {
        start: Duration::from_millis(200),
        ..LocalSettings::default()
    };
    for (behaviour, expected) in [
        (
            "no-weights",
            "the local model is not available: no weights (local-model.not-installed)",
        ),
        (
            "other-program",
            "the local model is not available: it is not the program that was expected",
        ),
        (
            "old-protocol",
            "the local model is not available: it speaks deskhand-local-model/0, not deskhand-local-model/1",
        ),
    ] {
        let fake = Fake::new(behaviour);
        let (code, message) = reason(fake.model.judge(question(JudgeKind::Describe, "x")).await);
        assert_eq!((code.as_str(), message.as_str()), ("local-model.unavailable", expected));
    }
    let fake = Fake::with("never-ready", settings);
    let (code, message) = reason(fake.model.judge(question(JudgeKind::Describe, "x")).await);
    assert_eq!(code, "local-model.unavailable");
    assert_eq!(message, "the local model is not available: it was not ready after 0 s");
    let missing = LocalModel::new("/nonexistent/program".into(), PathBuf::new(), LocalSettings::default());
    assert_eq!(
        reason(missing.judge(question(JudgeKind::Describe, "x")).await).0,
        "local-model.unavailable"
    );
}

#[tokio::test]
async fn only_what_was_asked_for_comes_through() {
    let ask = async |behaviour, kind| Fake::new(behaviour).model.judge(question(kind, "x")).await;
    assert_eq!(
        reason(ask("stray", JudgeKind::Describe).await).0,
        "local-model.wrong-type"
    );
    assert_eq!(
        reason(ask("garbage", JudgeKind::Describe).await).0,
        "local-model.unavailable"
    );
    assert_eq!(
        reason(ask("wrong-id", JudgeKind::Describe).await).0,
        "local-model.unavailable"
    );
    assert_eq!(
        reason(ask("refuse", JudgeKind::Describe).await).0,
        "local-model.bad-request"
    );
    assert_eq!(
        reason(ask("absent", JudgeKind::Describe).await).0,
        "local-model.wrong-type"
    );
    assert_eq!(ask("absent", JudgeKind::Extract).await.unwrap().value, None);
}

#[tokio::test]
async fn the_process_gets_nothing_of_the_environment() {
    let fake = Fake::new("environment");
    let answer = fake.model.judge(question(JudgeKind::Describe, "x")).await.unwrap();
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert_eq!(answer.value, Some(json!("clean")));
}
