//! The terminal: colours, live output, questions, differences.

pub(crate) mod ask;
pub(crate) mod diff;
pub(crate) mod live;
pub(crate) mod style;
pub(crate) mod time;
