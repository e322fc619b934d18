//! What this program is, by how it was started.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use crate::agent::port::Port;
use crate::agent::serve::{self, Agent, Ports};
use crate::agent::system::System;
use crate::agent::task::Tasks;
use crate::agent::warm::Warm;
use crate::agent::{boot, confine, os, warm};

/// Takes the role the arguments name, or that of the kernel's first process.
pub(crate) fn take() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [name, ..] if name.rsplit('/').next().is_some_and(|name| name.starts_with("python")) => {
            return warm::client(&arguments);
        }
        [_, "confine", spec, status] => match (spec.parse(), status.parse()) {
            (Ok(spec), Ok(status)) => return code(confine::run(spec, status)),
            _ => Err(io::Error::other("two descriptors are wanted")),
        },
        [_, "machine"] => machine(),
        [_, "os", options @ ..] => match os::run(options) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => Err(error),
        },
        // The kernel hands on what it did not understand of its own command line.
        _ if std::process::id() == 1 => boot::first().map(|never| match never {}),
        _ => Err(io::Error::other(
            "this is the sandbox's own program; `deskhand` starts it",
        )),
    };
    if let Err(error) = result {
        let _ = writeln!(io::stderr(), "deskhand-guest: {error}");
    }
    ExitCode::FAILURE
}

fn code(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1))
}

/// The agent of a machine. It never ends: without it the kernel stops.
fn machine() -> io::Result<()> {
    boot::second()?;
    let system = System::machine();
    let warm = match Warm::start(&system) {
        Ok(warm) => Some(Arc::new(warm)),
        Err(error) => {
            // Scripts then load their libraries themselves.
            let _ = writeln!(io::stderr(), "deskhand-guest: no warm Python: {error}");
            None
        }
    };
    serve::runtime()?.block_on(async {
        let agent = Arc::new(Agent {
            system: Arc::new(system),
            ports: Ports {
                ctl: Port::of_machine("ctl")?,
                fs: Port::of_machine("fs")?,
                net: Port::of_machine("net")?,
            },
            warm,
            waiting: Arc::default(),
            tasks: Tasks::default(),
        });
        loop {
            if let Err(error) = agent.converse().await {
                let _ = writeln!(io::stderr(), "deskhand-guest: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    })
}
