//! Windows and macOS: the registry's `Run`, and a launch agent.

use auto_launch::{AutoLaunch, AutoLaunchBuilder};

use super::LoginError;
use crate::route::HIDDEN;
use crate::words;

/// Whether the system starts Deskhand.
///
/// # Errors
/// When that cannot be found out.
pub fn is_on() -> Result<bool, LoginError> {
    ours()?.is_enabled().map_err(said)
}

/// Tells the system.
///
/// # Errors
/// When it does not take it.
pub fn switch(on: bool) -> Result<(), LoginError> {
    let ours = ours()?;
    // Removing what is not there fails on some systems.
    match on {
        true => ours.enable(),
        false if ours.is_enabled().unwrap_or(true) => ours.disable(),
        false => Ok(()),
    }
    .map_err(said)
}

fn ours() -> Result<AutoLaunch, LoginError> {
    let program = std::env::current_exe().map_err(LoginError::NoProgram)?;
    let program = program.display();
    // The value in the registry is a command line: without quotes a path with spaces is tried from its first space on.
    let program = if cfg!(windows) {
        format!("\"{program}\"")
    } else {
        program.to_string()
    };
    AutoLaunchBuilder::new()
        .set_app_name(words::NAME)
        .set_app_path(&program)
        .set_macos_launch_mode(auto_launch::MacOSLaunchMode::LaunchAgent)
        .set_windows_enable_mode(auto_launch::WindowsEnableMode::CurrentUser)
        .set_args(&[HIDDEN])
        .build()
        .map_err(said)
}

fn said(error: auto_launch::Error) -> LoginError {
    LoginError::System(error.to_string())
}
