//! How strongly commands are kept apart from this computer.

use serde::{Deserialize, Serialize};

/// How strongly commands are kept apart from this computer. There is no way from one to the other: what was asked for
/// runs, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A virtual machine.
    #[default]
    Vm,
    /// The system's own means (namespaces, Landlock, seccomp): weaker, since the kernel is shared. Only where the
    /// person chose it.
    Os,
}

impl Tier {
    /// The name used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Os => "os",
        }
    }
}
