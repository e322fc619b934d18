//! Ids. Newtypes, so that a call id can never be passed where a task id is meant.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id made elsewhere (ids are made at the edge, by whoever owns a source of randomness).
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

id! {
    /// One task, and at the same time the name of its event log. Lower-case ULID; sorts by time of creation.
    /// The log named [`TaskId::APP`] holds the application's own settings events (standing grants, instructions).
    TaskId
}
id! {
    /// One tool call, as the model named it. Unique within a task: the agent renames clashes.
    CallId
}
id! {
    /// One question in the inbox: an approval, a question to the person, or a request for a folder.
    ApprovalId
}
id! {
    /// One change-set: `<task>.<number of the step>`.
    ChangeSetId
}

impl TaskId {
    /// The name of the application's own log.
    pub const APP: &'static str = "app";

    /// The name of the log of what connectors sent to the network.
    pub const CONNECTORS: &'static str = "connectors";

    /// The log of what connectors sent to the network.
    pub fn connectors() -> Self {
        Self::new(Self::CONNECTORS)
    }

    /// The application's own log.
    pub fn app() -> Self {
        Self::new(Self::APP)
    }
}
