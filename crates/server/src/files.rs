//! Files as people look at them: previews, differences, and exact bytes. Pure: bytes come in, data goes out.
//!
//! Nothing here trusts a byte: `documents` parses with limits, what cannot be parsed is shown as what it is, and exact
//! bytes go out with a policy under which a browser runs nothing of them.

mod align;
mod cells;
mod diff;
mod media;
mod notes;
mod opening;
mod page;
mod preview;
mod sheets;

pub(crate) use diff::diff;
pub(crate) use media::{as_shown, disposition, media};
pub(crate) use opening::is_safe_to_open;
pub(crate) use preview::{Window, preview};
