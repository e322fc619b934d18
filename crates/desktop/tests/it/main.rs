//! The window's dealings with the service, at the real boundaries: processes and HTTP.

mod listening;
#[cfg(unix)]
mod processes;
