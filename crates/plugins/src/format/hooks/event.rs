//! The moments hooks are told of.

use serde::{Deserialize, Serialize};

/// What a matcher of this event is compared with, as the field of the input that holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// There is nothing to match: every group is meant.
    Nothing,
    /// The tool's name and its old names.
    Tool,
    /// A field of the input.
    Field(&'static str),
    /// The last part of the path in a field of the input.
    FileName(&'static str),
}

macro_rules! events {
    ($($name:ident, $subject:expr, $blocks:literal, $doc:literal;)*) => {
        /// A moment. Names as in the files.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Event {
            $(#[doc = $doc] $name,)*
        }

        impl Event {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As in the files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What its matcher is compared with.
            pub fn subject(self) -> Subject {
                match self { $(Self::$name => $subject,)* }
            }

            /// Whether exit code 2 stops what was to happen.
            pub fn blocks(self) -> bool {
                match self { $(Self::$name => $blocks,)* }
            }
        }
    };
}

events! {
    SessionStart, Subject::Field("source"), false, "A session begins, goes on, was cleared, compacted or branched off.";
    Setup, Subject::Field("trigger"), false, "Before the first session in a folder.";
    UserPromptSubmit, Subject::Nothing, true, "The person said something; blocking erases it.";
    UserPromptExpansion, Subject::Field("command_name"), true, "A command is about to become text.";
    PreToolUse, Subject::Tool, true, "A tool is about to be used.";
    PermissionRequest, Subject::Tool, false, "The person is about to be asked.";
    PermissionDenied, Subject::Tool, false, "A call was refused.";
    PostToolUse, Subject::Tool, false, "A tool was used; what went to standard error with exit code 2 is for the model.";
    PostToolUseFailure, Subject::Tool, false, "A tool failed.";
    PostToolBatch, Subject::Nothing, true, "All calls of a turn are done.";
    Notification, Subject::Field("notification_type"), false, "The person is told something.";
    SubagentStart, Subject::Field("agent_type"), false, "A sub-agent begins.";
    SubagentStop, Subject::Field("agent_type"), true, "A sub-agent is about to end.";
    Stop, Subject::Nothing, true, "The turn is about to end; blocking lets it go on.";
    StopFailure, Subject::Field("error"), false, "The turn ended with an error.";
    PreCompact, Subject::Field("trigger"), true, "The conversation is about to be compacted.";
    PostCompact, Subject::Field("trigger"), false, "The conversation was compacted.";
    SessionEnd, Subject::Field("reason"), false, "The session ends.";
    Elicitation, Subject::Field("mcp_server_name"), true, "A server asks the person for something.";
    ElicitationResult, Subject::Field("mcp_server_name"), true, "The person's answer is about to go to the server.";
    ConfigChange, Subject::Field("source"), true, "Settings changed.";
    CwdChanged, Subject::Nothing, false, "The working folder changed.";
    DirectoryAdded, Subject::Nothing, false, "A folder was granted.";
    FileChanged, Subject::FileName("file_path"), false, "A watched file changed.";
    InstructionsLoaded, Subject::Field("load_reason"), false, "A file of instructions was read.";
    WorktreeCreate, Subject::Nothing, true, "A working copy is to be made; anything but exit code 0 fails it.";
    WorktreeRemove, Subject::Nothing, false, "A working copy is to be removed.";
    TaskCreated, Subject::Nothing, true, "A task of a list was made.";
    TaskCompleted, Subject::Nothing, true, "A task of a list is about to count as done.";
    TeammateIdle, Subject::Nothing, true, "Another agent is about to wait.";
    MessageDisplay, Subject::Nothing, false, "Text is shown.";
}

impl Event {
    /// By its name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.name() == name)
    }

    /// Whether it is about a tool, so that `if` can hold.
    pub fn is_about_a_tool(self) -> bool {
        self.subject() == Subject::Tool
    }

    /// Whether plain text on standard output is context for the model.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::SessionStart | Self::Setup | Self::UserPromptSubmit | Self::UserPromptExpansion
        )
    }

    /// Whether `decision: block` in the answer means something.
    pub fn takes_block(self) -> bool {
        (self.blocks() && !matches!(self, Self::PreToolUse | Self::WorktreeCreate))
            || matches!(self, Self::PostToolUse | Self::PostToolUseFailure)
    }

    /// Whether matchers of this event are exact names only when they hold no space and no `-`.
    pub fn matches_narrowly(self) -> bool {
        matches!(self, Self::FileChanged | Self::StopFailure)
    }
}
