//! Errors as they go over the wire: a status, and a [`Problem`] in a person's words.

mod parameters;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use deskhand_engine::{EngineError, SkillError};
use deskhand_store::StoreError;
use deskhand_types::{Coded, FileState};
use deskhand_workspace::{ApplyError, Conflict, Found};

use crate::api::{Difference, FileConflict, Problem};
use parameters::Parameters;

/// Most of a refusal's own text that is read, in bytes.
const SAID: usize = 64 << 10;

/// Makes a [`Problem`] of every answer from 400 on that is none yet.
pub async fn worded(response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let mut worded = Failure::of_routing(response).await.into_response();
    if let Some(allowed) = allowed {
        worded.headers_mut().insert(header::ALLOW, allowed);
    }
    worded
}

/// A hint of the command line without the sentences that name commands: on a page there are buttons, and who looks at it
/// may never have seen a terminal.
pub fn without_commands(hint: &str) -> Option<String> {
    const COMMANDS: [&str; 3] = ["deskhand ", "--", "`make "];
    let kept: Vec<&str> = hint
        .split_inclusive(". ")
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty() && !COMMANDS.iter().any(|command| sentence.contains(command)))
        .collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

/// What a handler answers when it cannot do what was asked.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    problem: Box<Problem>,
}

impl Failure {
    /// A failure with a stable code, in words: what happened and what was not changed.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            problem: Box::new(Problem {
                code: code.to_owned(),
                message: message.into(),
                parameters: Parameters::new(),
                hint: None,
                conflicts: Vec::new(),
            }),
        }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    /// Of any error with a code.
    pub fn of(status: StatusCode, error: &dyn Coded, message: String) -> Self {
        Self {
            status,
            problem: Box::new(Problem {
                code: error.code().as_str().to_owned(),
                message,
                parameters: Parameters::new(),
                hint: error.hint(),
                conflicts: Vec::new(),
            }),
        }
    }

    /// What happened, in words.
    pub fn message(&self) -> &str {
        &self.problem.message
    }

    /// The person was told that something is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "server.not-found", format!("there is no {what}"))
    }

    /// What the library under the routes refused, in words instead of its own plain text. What it says of a body that
    /// does not fit names the place in it, so that is kept.
    async fn of_routing(refused: Response) -> Self {
        let status = refused.status();
        let said = axum::body::to_bytes(refused.into_body(), SAID)
            .await
            .unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let said = said.trim();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "server.too-large",
                "this is larger than Deskhand takes; nothing was changed",
            )
            .hint("Files handed to a task can be up to 50 MB each. Put larger ones in a folder of the task."),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "server.wrong-method",
                "this address of Deskhand's API does not take requests of this kind; nothing was changed",
            ),
            _ if status.is_server_error() => Self::broken(&said),
            _ => Self::new(
                status,
                "server.bad-request",
                format!("the request does not fit the API: {said}; nothing was changed"),
            ),
        }
    }

    /// A background piece of work broke.
    pub fn broken(error: &dyn std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server.broken",
            format!("something went wrong inside Deskhand: {error}"),
        )
        .hint("Try again; if it happens again, please report it.")
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let status = match &error {
            EngineError::NotATask(_)
            | EngineError::NoSuchVersion(_)
            | EngineError::Blob(_)
            | EngineError::NoPlugin(_)
            | EngineError::NoSuchValue(_)
            | EngineError::NoSuchNote(_)
            | EngineError::Skill(SkillError::Unknown { .. } | SkillError::NothingToTrust(_))
            | EngineError::Store(StoreError::UnknownTask(_)) => StatusCode::NOT_FOUND,
            EngineError::Store(
                StoreError::Claimed { .. } | StoreError::Conflict { .. } | StoreError::AmbiguousTask { .. },
            )
            | EngineError::NoSuchQuestion(_)
            | EngineError::SeveralQuestions { .. }
            | EngineError::SeveralNotes { .. }
            | EngineError::NothingTo { .. }
            | EngineError::NoSuchStep { .. }
            | EngineError::Apply(_) => StatusCode::CONFLICT,
            EngineError::EmptyPrompt
            | EngineError::NotAValue { .. }
            | EngineError::NotYourWords
            | EngineError::WrongAnswer(_)
            | EngineError::Refused(_)
            | EngineError::Workspace(_)
            | EngineError::Model(_)
            | EngineError::Rules(_)
            | EngineError::NoInstructions(_)
            | EngineError::Connector(_)
            | EngineError::Library(_)
            | EngineError::SeveralPlugins { .. }
            | EngineError::Skill(_)
            | EngineError::Store(StoreError::UnknownUpload(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            EngineError::Store(StoreError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let message = error.to_string();
        let mut failure = Self::of(status, &error, message);
        failure.problem.parameters = parameters::of(&error);
        failure.problem.hint = failure.problem.hint.as_deref().and_then(without_commands);
        if let EngineError::Apply(ApplyError::Conflict { conflicts, .. }) = &error {
            failure.problem.conflicts = conflicts.iter().map(conflict).collect();
        }
        if matches!(error, EngineError::Store(StoreError::Claimed { .. })) {
            failure.problem.hint = Some("Stop it first, or wait until it is done.".to_owned());
        }
        failure
    }
}

/// A path that is not as expected, as it is shown.
fn conflict(conflict: &Conflict) -> FileConflict {
    let is_file = |state: &FileState| matches!(state, FileState::File { .. });
    let what = match (&conflict.expected, &conflict.found) {
        (FileState::Absent, _) => Difference::New,
        (_, Found::State(FileState::Absent)) => Difference::Gone,
        (expected, Found::State(found)) if is_file(expected) && is_file(found) => Difference::Changed,
        _ => Difference::Other,
    };
    FileConflict {
        path: conflict.path.to_string(),
        name: conflict.path.file_name().to_owned(),
        what,
        written: match &conflict.expected {
            FileState::File { hash, .. } => Some(hash.to_string()),
            _ => None,
        },
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(*self.problem)).into_response()
    }
}
