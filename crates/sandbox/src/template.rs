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

use crate::backend::{From, MachineSpec, Port, Vm, VmBackend, Way};
use crate::image::{Image, Places};
use crate::link::{Link, Outlets};
use crate::own::Own;
use crate::share::ShareServer;
use crate::{SandboxError, console, error::host, folder, platform, rehearsal};

/// Memory of a machine, in bytes.
pub(crate) const MEMORY: u64 = 2 << 30;
/// Scratch of a machine, in bytes, all its tasks together. Sparse: it takes what is written.
pub(crate) const SCRATCH: u64 = 8 << 30;

/// Grows whenever templates are made in another way: with other devices or words for the kernel.
const MAKING: u32 = 4;

/// What is to be done between a boot and a saved state takes a few seconds, in software on a busy computer thirty.
const AFTER_BOOT: Duration = Duration::from_secs(120);

/// What the guest's kernel puts off (the end of namespaces, groups and processes) is done within this time. Whatever is not
/// done when the machine is saved, every machine that starts from it does first.
const SETTLING: Duration = Duration::from_secs(3);

/// Room on the disk without which no template is made: it takes about 400 MB.
const ROOM: u64 = 1 << 30;

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
    /// Length of `memory` in bytes.
    memory: u64,
    /// When `memory` was changed last, in nanoseconds since 1970. Only the kernel sets this time, so that as long as it
    /// is the same nobody wrote, not even the user a machine runs as, whose file it may be.
    changed: i128,
    /// Hash of what is in `memory`: asked only where the time is another, as in a copy.
    content: String,
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
    pub fn spec(&self, image: &Image, own: &Path, console: PathBuf) -> MachineSpec {
        MachineSpec {
            kernel: image.folder.join("vmlinuz"),
            initramfs: self.initramfs(),
            root: image.folder.join("root.erofs"),
            scratch: own.join("scratch"),
            memory: self.memory(),
            memory_bytes: MEMORY,
            console,
        }
    }

    fn seal(&self, content: String) -> std::io::Result<Seal> {
        let memory = std::fs::metadata(self.memory())?;
        Ok(Seal {
            state: blake3::hash(&std::fs::read(self.state())?).to_hex().to_string(),
            scratch: std::fs::metadata(self.scratch())?.len(),
            memory: memory.len(),
            changed: changed(&memory),
            content,
        })
    }

    /// Whether all of it is as it was saved.
    fn is_whole(&self) -> bool {
        let sealed = std::fs::read(self.folder.join("seal"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Seal>(&bytes).ok());
        let Some(sealed) = sealed else { return false };
        let Ok(now) = self.seal(sealed.content.clone()) else {
            return false;
        };
        if now == sealed {
            return true;
        }
        let but_for_its_time = Seal {
            changed: sealed.changed,
            ..now
        };
        but_for_its_time == sealed && platform::hash_sparse(&self.memory()).is_ok_and(|found| found == sealed.content)
    }
}

#[cfg(unix)]
fn changed(file: &std::fs::Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt as _;
    i128::from(file.ctime()) * 1_000_000_000 + i128::from(file.ctime_nsec())
}

/// No machine runs here, so there is no template.
#[cfg(not(unix))]
const fn changed(_: &std::fs::Metadata) -> i128 {
    0
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

/// Makes the template: boots a machine and saves it. One at a time on this computer, and never for longer than the way
/// may take.
pub(crate) async fn make(
    places: &Places,
    key: &str,
    way: &Way,
    image: &Image,
    agent: &[u8],
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
    let made = boot_and_save(places, &partial, way, image, agent).await;
    let sealed = made.and_then(|()| {
        let content = platform::hash_sparse(&partial.memory()).map_err(failed)?;
        let seal = partial.seal(content).map_err(failed)?;
        let bytes = serde_json::to_vec(&seal).map_err(|error| host("preparing the machine", error))?;
        std::fs::write(partial.folder.join("seal"), bytes).map_err(failed)
    });
    let console = partial.folder.join(CONSOLE);
    if let Err(error) = sealed {
        let _ = std::fs::rename(console, console::of_failed_boot(places));
        partial.discard();
        return Err(error);
    }
    let _ = std::fs::remove_file(console);
    let template = Template {
        folder: places.templates().join(key),
    };
    template.discard();
    std::fs::rename(&partial.folder, &template.folder).map_err(failed)?;
    forget_others(places, key);
    Ok(template)
}

/// The console of the machine that is to be saved, in its folder.
const CONSOLE: &str = "console.log";

async fn boot_and_save(
    places: &Places,
    template: &Template,
    way: &Way,
    image: &Image,
    agent: &[u8],
) -> Result<(), SandboxError> {
    let failed = |error: std::io::Error| host("preparing the machine", error);
    // Memory that finds no room on the disk kills the machine, which looks like a way that is no good.
    if let Some(free) = platform::free_space(&template.folder).filter(|free| *free < ROOM) {
        let why = format!(
            "{} MB are free on the disk of {}, {} MB are needed",
            free >> 20,
            places.root().display(),
            ROOM >> 20
        );
        return Err(host("preparing the machine", why));
    }
    let file = std::fs::File::create(template.initramfs()).map_err(failed)?;
    crate::initramfs::write(std::io::BufWriter::new(file), agent, &image.modules()?)
        .and_then(|mut file| std::io::Write::flush(&mut file))
        .map_err(failed)?;
    folder::create_sparse(&template.memory(), MEMORY).map_err(failed)?;
    folder::create_sparse(&template.scratch(), SCRATCH).map_err(failed)?;
    // Recorded like any machine, for whoever finds it without its owner.
    let own = Own::new(places)?;
    let spec = template.spec(image, &template.folder, template.folder.join(CONSOLE));
    let mut vm = way.backend.start(&spec, &From::Boot).await?;
    let ready = async {
        if let Some(process) = vm.process() {
            own.record(process)?;
        }
        let share = Arc::new(ShareServer::new());
        let link = greet(vm.as_mut(), share.clone(), Outlets::default(), way.boot_within).await?;
        rehearsal::rehearse(&link, &share).await?;
        tokio::time::sleep(SETTLING).await;
        link.ask(&Request::Freeze).await?;
        drop(link);
        vm.save(&template.state()).await
    };
    // Whatever the guest does not answer, others wait for the lock.
    let within = way.boot_within.saturating_add(AFTER_BOOT);
    let ready = tokio::time::timeout(within, ready).await.unwrap_or_else(|_| {
        Err(SandboxError::Lost {
            why: format!("it was not ready within {} s", within.as_secs()),
        })
    });
    if ready.is_err() {
        // Until it is gone, and its console kept.
        vm.kill().await;
    }
    ready?;
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
    let seal = serde_json::to_vec(
        &template
            .seal(platform::hash_sparse(&template.memory()).unwrap())
            .unwrap(),
    )
    .unwrap();
    std::fs::write(template.folder.join("seal"), seal).unwrap();
    template
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::image::Layer;
    use crate::qemu::{Acceleration, Qemu, QemuBackend};

    /// A state is only ever loaded by exactly what it was saved by: another may read it as something else.
    #[test]
    fn a_state_of_another_qemu_image_or_agent_is_not_loaded() {
        const VERSION: &str = "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)";
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        let found = |version: &str, acceleration, image: &str, agent: &[u8]| {
            let backend = QemuBackend {
                qemu: Qemu {
                    program: "/bin/false".into(),
                    version: version.to_owned(),
                },
                acceleration,
            };
            let image = Image {
                layer: Layer::Base,
                folder: places.image(Layer::Base),
                key: image.to_owned(),
                kernel: "6.1.0".to_owned(),
                bytes: 0,
                current: true,
            };
            key(&backend, &image, agent)
        };
        let tcg = Acceleration::Tcg;
        let saved = whole(&places, &found(VERSION, tcg, "image", b"agent"));
        let loaded = |key: &str| existing(&places, key);
        assert_eq!(loaded(&found(VERSION, tcg, "image", b"agent")), Some(saved));
        for other in [
            found("7.2.23 (Debian 1:7.2+dfsg-7+deb12u18)", tcg, "image", b"agent"),
            // The same version, packed anew.
            found("7.2.22 (Debian 1:7.2+dfsg-7+deb12u19)", tcg, "image", b"agent"),
            found("7.2.22", tcg, "image", b"agent"),
            found(VERSION, tcg, "other", b"agent"),
            found(VERSION, tcg, "image", b"other"),
            found(VERSION, Acceleration::Kvm, "image", b"agent"),
        ] {
            assert_eq!(loaded(&other), None, "{other}");
        }
    }
}
