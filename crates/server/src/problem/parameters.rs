//! What an error's sentence names, by name. With the code, a catalogue of another language makes its own sentence of it;
//! without an entry there, the sentence of the error itself is shown.
//!
//! Only what is the same in every language: names, paths, numbers, what another program said. Errors that are not here
//! name nothing, or are rare.

use std::collections::BTreeMap;

use deskhand_engine::EngineError;
use deskhand_store::StoreError;
use deskhand_workspace::WorkspaceError;

/// By name; empty where the code says all.
pub type Parameters = BTreeMap<String, String>;

/// Makes a map of pairs.
fn named<const N: usize>(pairs: [(&str, &dyn ToString); N]) -> Parameters {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string()))
        .collect()
}

/// Of an error of the engine, or of what is below it.
pub fn of(error: &EngineError) -> Parameters {
    match error {
        EngineError::Store(error) => of_store(error),
        EngineError::Workspace(error) => of_workspace(error),
        EngineError::Managed { file, why } => named([("file", file), ("why", why)]),
        EngineError::NoPlugin(name) => named([("name", name)]),
        EngineError::SeveralPlugins { name, ids } => named([("name", name), ("ids", &ids.join(", "))]),
        EngineError::NotATask(task) => named([("task", task)]),
        EngineError::NoSuchQuestion(question) => named([("question", question)]),
        EngineError::SeveralQuestions { id, ids } => named([("question", id), ("ids", &ids.join(", "))]),
        EngineError::SeveralNotes { id, ids } => named([("note", id), ("ids", &ids.join(", "))]),
        EngineError::WrongLastDay(day) => named([("day", day)]),
        EngineError::NoSuchValue(value) => named([("value", value)]),
        EngineError::ValueStays { value, why, .. } => named([("value", value), ("why", why)]),
        EngineError::NothingTo { what, task } => named([("what", what), ("task", task)]),
        EngineError::NoSuchStep { task, step, steps } => named([("task", task), ("step", step), ("steps", steps)]),
        EngineError::NoSuchVersion(version) => named([("version", version)]),
        EngineError::NotAValue { value, why } => named([("value", value), ("why", why)]),
        _ => Parameters::new(),
    }
}

fn of_store(error: &StoreError) -> Parameters {
    match error {
        StoreError::UnknownTask(task) => named([("task", task)]),
        StoreError::UnknownUpload(upload) => named([("upload", upload)]),
        StoreError::AmbiguousTask { prefix, matches } => named([("prefix", prefix), ("matches", &matches.join(", "))]),
        StoreError::Claimed { task, owner } => named([("task", task), ("owner", owner)]),
        _ => Parameters::new(),
    }
}

fn of_workspace(error: &WorkspaceError) -> Parameters {
    match error {
        WorkspaceError::NoSuchGrant { given, granted } | WorkspaceError::OutsideGrant { given, granted } => {
            named([("path", given), ("granted", granted)])
        }
        WorkspaceError::BadPath { given, why } => named([("path", given), ("why", why)]),
        WorkspaceError::NotFound { path, nearest } => named([("path", path), ("nearest", nearest)]),
        WorkspaceError::Exists { path }
        | WorkspaceError::Protected { path }
        | WorkspaceError::ReadOnly { path }
        | WorkspaceError::NotAFile { path, .. }
        | WorkspaceError::NotAFolder { path, .. } => named([("path", path)]),
        WorkspaceError::ThroughLink { path, target } => named([("path", path), ("target", target)]),
        WorkspaceError::TooLarge { path, size, limit } => named([("path", path), ("size", size), ("limit", limit)]),
        _ => Parameters::new(),
    }
}
