//! Which way of running machines is taken: the fastest that has shown to work here.
//!
//! Whether a way works is seen by booting with a deadline. A way whose guest did not come up is marked, so that not
//! every start waits for it, and tried again after a day: a computer that was busy, or a kernel that was mended, is not
//! slow for good. Whatever else fails (a full disk, a missing right) says nothing about the way and marks nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{VmBackend, Way};
use crate::image::{Image, Places};
use crate::template::{self, Template};
use crate::{SandboxError, error::host, platform, qemu};

/// A way that did not work is left alone for this long.
const LEFT_ALONE: Duration = Duration::from_hours(24);

/// The template to start from, and what starts it: an existing one or a new one, of the fastest way that works here.
pub(crate) async fn template_for(
    places: &Places,
    ways: &[Way],
    image: &Image,
    agent: &[u8],
) -> Result<(Arc<dyn VmBackend>, Template), SandboxError> {
    let mut last = host("preparing the machine", "no way to run it");
    for (at, way) in ways.iter().enumerate() {
        // The last one is what remains: it is always tried.
        let remains = at + 1 == ways.len();
        if !remains && marked(places, way.backend.as_ref()).is_some() {
            continue;
        }
        let key = template::key(way.backend.as_ref(), image, agent);
        if let Some(template) = template::existing(places, &key) {
            return Ok((way.backend.clone(), template));
        }
        match template::make(places, &key, way, image, agent).await {
            Ok(template) => {
                let _ = std::fs::remove_file(mark(places, way.backend.as_ref()));
                return Ok((way.backend.clone(), template));
            }
            Err(error) => {
                if !remains && let SandboxError::Lost { why } | SandboxError::Misbehaved { why } = &error {
                    let _ = std::fs::write(mark(places, way.backend.as_ref()), why);
                }
                last = error;
            }
        }
    }
    Err(last)
}

/// Where it is written down that a way did not work.
fn mark(places: &Places, backend: &dyn VmBackend) -> PathBuf {
    let name = blake3::hash(backend.identity().as_bytes()).to_hex();
    places
        .templates()
        .join(format!("{}.slow", name.chars().take(16).collect::<String>()))
}

/// Why a way is not taken for now.
fn marked(places: &Places, backend: &dyn VmBackend) -> Option<String> {
    let mark = mark(places, backend);
    let age = std::fs::metadata(&mark).ok()?.modified().ok()?.elapsed().ok()?;
    if age >= LEFT_ALONE {
        return None;
    }
    std::fs::read_to_string(mark).ok()
}

/// How a machine's instructions are run here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Speed {
    /// `kvm` or `tcg`.
    pub acceleration: &'static str,
    /// Why not faster.
    pub slow_because: Option<String>,
}

/// How machines run on this computer, as far as it is known without starting one.
pub fn speed(places: &Places) -> Speed {
    speed_of(
        places,
        qemu::hardware_virtualisation(),
        &platform::ways().unwrap_or_default(),
    )
}

pub(crate) fn speed_of(places: &Places, hardware: Result<(), String>, ways: &[Way]) -> Speed {
    let slow_because = hardware.err().or_else(|| {
        let why = marked(places, ways.first()?.backend.as_ref())?;
        Some(format!(
            "hardware virtualisation did not start a machine here ({why}); it is tried again within a day, or once the sandbox is reset"
        ))
    });
    Speed {
        acceleration: if slow_because.is_none() {
            qemu::Acceleration::Kvm
        } else {
            qemu::Acceleration::Tcg
        }
        .as_str(),
        slow_because,
    }
}
