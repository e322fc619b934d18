//! What differs between systems. Elsewhere than on Linux there is nothing to run commands in yet: whatever would start
//! something refuses and says so; what only looks and tidies up works everywhere.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;
