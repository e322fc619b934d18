//! Templates: a machine that has booted, loaded its Python libraries and stopped, saved once on this computer.
//!
//! A template is three files: `memory`, which every machine that starts from it maps privately (so that starting
//! copies nothing), `state` (a megabyte of devices), `scratch` (a formatted, empty disk, sparse). It holds nothing of the
//! person's: it is made before any folder is shared. It fits only the same QEMU, processor, image and agent; all of
//! these are in its key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deskhand_wire::Request;
use serde::{Deserialize, Serialize};

use crate::backend::{From, MachineSpec, Port, Vm, VmBackend};
use crate::image::{Image, Places};
use crate::link::{Link, Outlets};
use crate::share::ShareServer;
use crate::{SandboxError, error::host, folder, rehearsal};

/// Memory of a machine, in bytes.
pub(crate) const MEMORY: u64 = 2 << 30;
/// Scratch of a machine, in bytes, all its tasks together. Sparse: it takes what is written.
pub(crate) const SCRATCH: u64 = 8 << 30;

/// Grows whenever templates are made in another way: with other devices or words for the kernel.
const MAKING: u32 = 2;

/// A whole template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Template {
    pub folder: PathBuf,
}

/// What a template must still be to be used.
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Seal {
    /// blake3 of `state`.
    state: String,
    /// Length of `scratch` in bytes.
    scratch: u64,
    /// Length and time of `memory`, in bytes and nanoseconds since 1970.
    memory: (u64, u128),
}

impl Template {
    pub fn memory(&self) -> PathBuf {
        self.folder.join("memory")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    pub fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    pub fn initramfs(&self) -> PathBuf {
        self.folder.join("initramfs")
    }

    /// Throws it away: it did not start.
    pub fn discard(&self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// What a machine is made of that starts from it, with its own files in `own`.
    pub fn spec(&self, image: &Image, own: &Path) -> MachineSpec {
        MachineSpec {
            kernel: image.folder.join("vmlinuz"),
            initramfs: self.initramfs(),
            root: image.folder.join("root.erofs"),
            scratch: own.join("scratch"),
            memory: self.memory(),
            memory_bytes: MEMORY,
            console: own.join("console.log"),
        }
    }

    fn seal(&self) -> std::io::Result<Seal> {
        let memory = std::fs::metadata(self.memory())?;
        let modified = memory.modified()?.duration_since(std::time::UNIX_EPOCH);
        Ok(Seal {
            state: blake3::hash(&std::fs::read(self.state())?).to_hex().to_string(),
            scratch: std::fs::metadata(self.scratch())?.len(),
            memory: (memory.len(), modified.map_or(0, |since| since.as_nanos())),
        })
    }

    /// Whether all of it is as it was saved.
    fn is_whole(&self) -> bool {
        let sealed = std::fs::read(self.folder.join("seal"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Seal>(&bytes).ok());
        sealed.is_some_and(|sealed| self.seal().is_ok_and(|now| now == sealed))
    }
}

/// The key of a template: everything it depends on.
pub(crate) fn key(backend: &dyn VmBackend, image: &Image, agent: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [
        backend.identity().as_bytes(),
        image.key.as_bytes(),
        blake3::hash(agent).as_bytes(),
        &MEMORY.to_le_bytes(),
        &SCRATCH.to_le_bytes(),
        &deskhand_wire::VERSION.to_le_bytes(),
        &MAKING.to_le_bytes(),
        rehearsal::COMMAND.as_bytes(),
    ] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// The template, when there is a whole one.
pub(crate) fn existing(places: &Places, key: &str) -> Option<Template> {
    let template = Template {
        folder: places.templates().join(key),
    };
    template.is_whole().then_some(template)
}

/// Makes the template: boots a machine and saves it. One at a time on this computer.
pub(crate) async fn make(
    places: &Places,
    key: &str,
    backend: &dyn VmBackend,
    image: &Image,
    agent: &[u8],
    boot_within: Duration,
) -> Result<Template, SandboxError> {
    let failed = |error: std::io::Error| host("preparing the machine", error);
    folder::create_private(&places.templates()).map_err(failed)?;
    let lock_path = places.templates().join("lock");
    let _lock = tokio::task::spawn_blocking(move || {
        let lock = std::fs::File::create(lock_path)?;
        lock.lock()?;
        Ok(lock)
    })
    .await
    .map_err(|error| host("preparing the machine", error))?
    .map_err(failed)?;
    // Another process may have made it meanwhile.
    if let Some(template) = existing(places, key) {
        return Ok(template);
    }
    let partial = Template {
        folder: places.templates().join(format!("{key}.partial")),
    };
    let _ = std::fs::remove_dir_all(&partial.folder);
    folder::create_private(&partial.folder).map_err(failed)?;
    let made = boot_and_save(&partial, backend, image, agent, boot_within).await;
    let sealed = made.and_then(|()| {
        let seal = partial.seal().map_err(failed)?;
        let bytes = serde_json::to_vec(&seal).map_err(|error| host("preparing the machine", error))?;
        std::fs::write(partial.folder.join("seal"), bytes).map_err(failed)
    });
    if let Err(error) = sealed {
        let kept = places.root().join(crate::upkeep::CONSOLE);
        let _ = std::fs::rename(partial.folder.join("console.log"), kept);
        partial.discard();
        return Err(error);
    }
    let template = Template {
        folder: places.templates().join(key),
    };
    template.discard();
    std::fs::rename(&partial.folder, &template.folder).map_err(failed)?;
    forget_others(places, key);
    Ok(template)
}

async fn boot_and_save(
    template: &Template,
    backend: &dyn VmBackend,
    image: &Image,
    agent: &[u8],
    boot_within: Duration,
) -> Result<(), SandboxError> {
    let failed = |error: std::io::Error| host("preparing the machine", error);
    let file = std::fs::File::create(template.initramfs()).map_err(failed)?;
    crate::initramfs::write(std::io::BufWriter::new(file), agent, &image.modules()?)
        .and_then(|mut file| std::io::Write::flush(&mut file))
        .map_err(failed)?;
    folder::create_sparse(&template.memory(), MEMORY).map_err(failed)?;
    folder::create_sparse(&template.scratch(), SCRATCH).map_err(failed)?;
    let spec = template.spec(image, &template.folder);
    let mut vm = backend.start(&spec, &From::Boot).await?;
    let share = Arc::new(ShareServer::new());
    let link = greet(vm.as_mut(), share.clone(), Outlets::default(), boot_within).await?;
    rehearsal::rehearse(&link, &share).await?;
    link.ask(&Request::Freeze).await?;
    drop(link);
    vm.save(&template.state()).await?;
    // Others start from it, also after a power cut.
    std::fs::File::open(template.state())
        .and_then(|state| state.sync_all())
        .map_err(failed)
}

/// Greets a machine's guest.
pub(crate) async fn greet(
    vm: &mut dyn Vm,
    share: Arc<ShareServer>,
    outlets: Outlets,
    within: Duration,
) -> Result<Link, SandboxError> {
    let mut take = |port| {
        vm.open_stream(port)
            .ok_or_else(|| host("starting the machine", "a stream is missing"))
    };
    let streams = [take(Port::Ctl)?, take(Port::Fs)?, take(Port::Net)?];
    let link = tokio::select! {
        link = Link::greet(streams, share, outlets, within) => link,
        how = vm.gone() => Err(SandboxError::Lost { why: how }),
    };
    link
}

/// Templates of other versions are not used again. A machine that still runs from one keeps its open files.
fn forget_others(places: &Places, key: &str) {
    let Ok(entries) = std::fs::read_dir(places.templates()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name != key && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A template that is whole and holds nothing that starts.
#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
pub(crate) fn whole(places: &Places, key: &str) -> Template {
    let template = Template {
        folder: places.templates().join(key),
    };
    folder::create_private(&template.folder).unwrap();
    for part in [
        template.memory(),
        template.state(),
        template.scratch(),
        template.initramfs(),
    ] {
        std::fs::write(part, "nothing").unwrap();
    }
    let seal = serde_json::to_vec(&template.seal().unwrap()).unwrap();
    std::fs::write(template.folder.join("seal"), seal).unwrap();
    template
}
