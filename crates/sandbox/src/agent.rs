//! The guest agent: a static program for Linux that goes into every machine, and is the confined process of tier `os`.

use std::path::{Path, PathBuf};

use crate::SandboxError;

/// The agent's file name, beside Deskhand's own program. It names the processor, since machines are of this computer's.
pub const FILE_NAME: &str = if cfg!(target_arch = "aarch64") {
    "deskhand-guest.aarch64"
} else {
    "deskhand-guest.x86_64"
};

/// The agent that is used: `given`, or the one beside this program.
///
/// # Errors
/// [`SandboxError::Unavailable`] when it is not there or not static.
pub(crate) fn find(given: Option<&Path>) -> Result<(PathBuf, Vec<u8>), SandboxError> {
    let unavailable = |why: String| SandboxError::Unavailable {
        why,
        hint: format!(
            "`{FILE_NAME}` belongs beside the program `deskhand`; from source, `make guest` builds it. File tools work without it."
        ),
    };
    let path = match given {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()
            .ok()
            .and_then(|program| Some(program.parent()?.join(FILE_NAME)))
            .ok_or_else(|| unavailable("where this program is cannot be told".to_owned()))?,
    };
    let bytes = std::fs::read(&path)
        .map_err(|error| unavailable(format!("the guest agent {} cannot be read ({error})", path.display())))?;
    if !is_static(&bytes) {
        return Err(unavailable(format!(
            "the guest agent {} is not a static program",
            path.display()
        )));
    }
    Ok((path, bytes))
}

/// An ELF file that names no loader.
fn is_static(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF") && !bytes.windows(9).take(4 << 10).any(|window| window == b"/ld-linux")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_program_with_a_loader_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&own));
        assert!(!is_static(b"#!/bin/sh\n"));
        assert!(is_static(b"\x7fELF and nothing else"));
    }
}
