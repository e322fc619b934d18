//! How things look to the person: lists of tasks and the interface.

use serde::{Deserialize, Serialize};

/// What the person did with a task's line in lists.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// A title of the person's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Kept at the top.
    pub pinned: bool,
    /// Put away. Nothing of the task is deleted.
    pub archived: bool,
}

/// How the interface looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Appearance {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}
