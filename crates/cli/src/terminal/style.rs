//! Colours. Printed through `anstream`, which leaves them out when NO_COLOR is set or the output is no terminal.

use anstyle::{AnsiColor, Reset, Style};

/// Ends any style.
pub(crate) const RESET: Reset = Reset;
/// Secondary text.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Names and headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// Something went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Something wants attention.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Done, added.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Removed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// In work.
pub(crate) const BUSY: Style = AnsiColor::Cyan.on_default();
