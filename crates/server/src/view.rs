//! From a task's events to what the interface shows: a pure fold, without IO and without a clock.
//!
//! [`Thread`] takes in one event after the other and can be asked at any time for the whole page, or for what changed
//! since an event. An item is only ever added at the end or replaced by a later version of itself (same key), so a
//! page with the changes since merged in is the page made from scratch.

mod call;
mod changes;
mod context;
mod head;
mod items;
mod notices;
mod page;
mod place;
mod thread;
mod tool;

pub use call::call;
pub(crate) use changes::change_word;
pub use head::Outside;
pub use thread::Thread;
pub use tool::{ToolUse, tool_use};
