//! The window around Deskhand's interface, with what only a program of the system can offer: a tray icon,
//! notifications, a global shortcut, links and files that open in it, and a service that goes on when it is closed.
//!
//! It holds no logic. The page in the window comes from `deskhand serve` and speaks to it alone, as in a browser; it can
//! call nothing of this process. What this process knows of tasks it hears over the same API.

pub mod closing;
pub mod event_stream;
pub mod link;
pub mod listener;
pub mod login;
pub mod navigation;
pub mod notices;
pub mod program;
pub mod route;
pub mod service;
mod shell;
pub mod words;

pub use shell::run;
