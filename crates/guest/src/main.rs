//! The agent inside the virtual machine: the first process, which confines, runs and collects commands. In tier `os`
//! the same program runs as a confined process on the person's computer. It is a program for Linux; elsewhere it says so.

#[cfg(target_os = "linux")]
mod agent;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    agent::role::take()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("deskhand-guest runs inside the sandbox, which is Linux");
    std::process::ExitCode::FAILURE
}
