//! A machine driven by a monitor that is none: its guest says what the test wants.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Mutex;

use deskhand_wire::mux::{Mux, Side, Stream};
use deskhand_wire::{ExecEvent, Exited, Reply, frame, greet};
use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::backend::{Channel, MachineSpec, Port};
use crate::choice::{Speed, speed_of};

/// What a guest does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Script {
    /// All it is asked.
    Works,
    /// It boots at once and answers a greeting when its Python has its libraries loaded, on a busy computer.
    LoadsLong,
    /// It never answers a greeting.
    NeverBoots,
    /// It answers everything but commands.
    HangsInACommand,
    /// It answers in no protocol.
    Lies,
    /// It is not even started: this computer fails.
    FullDisk,
}

/// A way of running machines in which no machine runs.
struct Scripted {
    name: &'static str,
    script: Mutex<Script>,
    /// What it was started from, and what became of each.
    started: Mutex<Vec<&'static str>>,
    ended: Arc<Mutex<u32>>,
    /// A process that stands for the machine.
    process: Option<u32>,
}

impl Scripted {
    fn new(name: &'static str, script: Script) -> Arc<Self> {
        Arc::new(Self {
            name,
            script: Mutex::new(script),
            started: Mutex::default(),
            ended: Arc::default(),
            process: None,
        })
    }

    fn way(self: &Arc<Self>) -> Way {
        Way {
            backend: self.clone(),
            boot_within: crate::qemu::BOOT_KVM,
        }
    }

    fn will(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    /// What it was started from since this was asked last.
    fn started(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.started.lock().unwrap())
    }
}

#[async_trait::async_trait]
impl VmBackend for Scripted {
    fn identity(&self) -> String {
        self.name.to_owned()
    }

    async fn start(&self, spec: &MachineSpec, from: &From) -> Result<Box<dyn Vm>, SandboxError> {
        let script = *self.script.lock().unwrap();
        self.started.lock().unwrap().push(match from {
            From::Boot => "boot",
            From::State(_) => "state",
        });
        if script == Script::FullDisk {
            return Err(host("starting the machine", "no space left"));
        }
        // What is restored is there.
        if let From::State(state) = from {
            assert_eq!(std::fs::read(state).unwrap(), b"a state");
        }
        assert!(spec.scratch.exists() && spec.memory.exists() && spec.initramfs.exists());
        let streams = Port::ALL.map(|port| {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            tokio::spawn(guest(port, theirs, script));
            (port, ours)
        });
        Ok(Box::new(Guest {
            streams: streams.into(),
            ended: self.ended.clone(),
            process: self.process,
        }))
    }
}

struct Guest {
    streams: Vec<(Port, tokio::io::DuplexStream)>,
    ended: Arc<Mutex<u32>>,
    process: Option<u32>,
}

#[async_trait::async_trait]
impl Vm for Guest {
    fn open_stream(&mut self, port: Port) -> Option<Box<dyn Channel>> {
        let at = self.streams.iter().position(|(name, _)| *name == port)?;
        Some(Box::new(self.streams.swap_remove(at).1))
    }

    async fn save(&mut self, file: &Path) -> Result<(), SandboxError> {
        std::fs::write(file, "a state").unwrap();
        self.kill().await;
        Ok(())
    }

    async fn kill(&mut self) {
        *self.ended.lock().unwrap() += 1;
    }

    async fn gone(&self) -> String {
        std::future::pending().await
    }

    fn process(&self) -> Option<u32> {
        self.process
    }
}

async fn guest(port: Port, mut stream: tokio::io::DuplexStream, script: Script) {
    if script == Script::NeverBoots {
        return std::future::pending().await;
    }
    if script == Script::LoadsLong && port == Port::Ctl {
        tokio::time::sleep(Duration::from_secs(25)).await;
    }
    greet::guest(&mut stream).await.unwrap();
    if port == Port::Fs {
        let _held = stream;
        return std::future::pending().await;
    }
    let mut mux = Mux::new(stream, Side::Guest);
    while let Some(stream) = mux.accept().await {
        tokio::spawn(answer(stream, script));
    }
}

async fn answer(mut stream: Stream, script: Script) {
    let request: Request = frame::read(&mut stream).await.unwrap();
    match (request, script) {
        (_, Script::Lies) => stream.write_all(&[0xff; 4096]).await.unwrap(),
        (Request::Exec(_), Script::HangsInACommand) => std::future::pending().await,
        (Request::Exec(_), _) => {
            let exited = ExecEvent::Exited(Exited {
                code: 0,
                why: crate::Why::Finished,
                cpu_ms: 0,
                peak_memory: 0,
            });
            frame::write(&mut stream, &exited).await.unwrap();
            frame::write(&mut stream, &ExecEvent::Done).await.unwrap();
        }
        _ => frame::write(&mut stream, &Reply::Done).await.unwrap(),
    }
    let _ = stream.flush().await;
    // The other side ends the stream.
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
}

/// A cache with an image in which nothing is.
struct Bench {
    cache: tempfile::TempDir,
    places: Places,
    share: Arc<ShareServer>,
    outlets: Outlets,
}

impl Bench {
    fn new() -> Self {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        crate::image::put(&places, crate::image::Layer::Base, true);
        std::fs::write(cache.path().join("agent"), "\x7fELF").unwrap();
        Self {
            cache,
            places,
            share: Arc::new(ShareServer::new()),
            outlets: Outlets::default(),
        }
    }

    async fn start(&self, ways: &[&Arc<Scripted>]) -> Result<Machine, SandboxError> {
        let agent = self.cache.path().join("agent");
        let with = Start {
            places: &self.places,
            tier: Tier::Vm,
            agent: Some(&agent),
            share: &self.share,
            outlets: &self.outlets,
        };
        let ways = ways.iter().map(|way| way.way()).collect();
        Machine::start_by(with, || Ok(ways)).await
    }

    /// Starts a machine, ends it, and says what ran it.
    async fn runs_on(&self, ways: &[&Arc<Scripted>]) -> String {
        let machine = self.start(ways).await.unwrap();
        let described = machine.described();
        machine.end().await;
        described
    }

    fn speed(&self, ways: &[&Arc<Scripted>]) -> Speed {
        let ways: Vec<Way> = ways.iter().map(|way| way.way()).collect();
        speed_of(&self.places, Ok(()), &ways)
    }

    fn machines(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.places.machines()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[tokio::test]
async fn a_machine_of_any_monitor_boots_once_and_is_put_away_and_taken_up_again() {
    let (bench, monitor) = (Bench::new(), Scripted::new("a monitor", Script::Works));
    assert_eq!(bench.runs_on(&[&monitor]).await, "a monitor");
    assert_eq!(monitor.started(), ["boot", "state"]);
    let machine = bench.start(&[&monitor]).await.unwrap();
    assert_eq!(monitor.started(), ["state"]);
    let suspended = machine.suspend().await.unwrap();
    let agent = bench.cache.path().join("agent");
    let with = Start {
        places: &bench.places,
        tier: Tier::Vm,
        agent: Some(&agent),
        share: &bench.share,
        outlets: &bench.outlets,
    };
    let machine = suspended.resume(&with).await.unwrap();
    assert_eq!(
        (machine.described().as_str(), monitor.started()),
        ("a monitor", vec!["state"])
    );
    machine.end().await;
    assert_eq!(bench.machines(), Vec::<PathBuf>::new());
}

/// The template of the slow way is there already, as after the processor's virtualisation was switched on.
#[tokio::test]
async fn the_fastest_way_is_taken_although_a_slower_ones_template_is_there() {
    let bench = Bench::new();
    let (fast, slow) = (
        Scripted::new("fast", Script::Works),
        Scripted::new("slow", Script::Works),
    );
    assert_eq!(bench.runs_on(&[&slow]).await, "slow");
    assert_eq!(bench.runs_on(&[&fast, &slow]).await, "fast");
    assert_eq!(fast.started(), ["boot", "state"]);
    assert_eq!(bench.speed(&[&fast, &slow]).slow_because, None);
}

#[tokio::test]
async fn what_this_computer_failed_at_is_not_held_against_a_way() {
    let bench = Bench::new();
    let (fast, slow) = (
        Scripted::new("fast", Script::FullDisk),
        Scripted::new("slow", Script::Works),
    );
    assert_eq!(bench.runs_on(&[&fast, &slow]).await, "slow");
    assert_eq!(bench.speed(&[&fast, &slow]).acceleration, "kvm");
    fast.will(Script::Works);
    assert_eq!(bench.runs_on(&[&fast, &slow]).await, "fast");
}

#[tokio::test(start_paused = true)]
async fn a_way_that_does_not_boot_in_time_is_told_left_alone_for_a_day_and_then_tried_again() {
    let bench = Bench::new();
    let (fast, slow) = (
        Scripted::new("fast", Script::NeverBoots),
        Scripted::new("slow", Script::Works),
    );
    let ways = [&fast, &slow];
    assert_eq!(bench.runs_on(&ways).await, "slow");
    assert_eq!(fast.started(), ["boot"]);
    let speed = bench.speed(&ways);
    assert_eq!(speed.acceleration, "tcg");
    assert_eq!(
        speed.slow_because.unwrap(),
        "hardware virtualisation did not start a machine here (it did not answer within 30 s); it is tried again within a day, or once the sandbox is reset"
    );
    assert_eq!(bench.runs_on(&ways).await, "slow");
    assert_eq!(fast.started(), Vec::<&str>::new());
    // A day later the computer is less busy.
    let templates = std::fs::read_dir(bench.places.templates()).unwrap();
    let mark = templates
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "slow"))
        .unwrap();
    let yesterday = std::time::SystemTime::now() - Duration::from_hours(25);
    std::fs::File::options()
        .write(true)
        .open(&mark)
        .unwrap()
        .set_modified(yesterday)
        .unwrap();
    fast.will(Script::Works);
    assert_eq!(bench.runs_on(&ways).await, "fast");
    assert!(!mark.exists());
}

/// What takes long is not the boot: virtualisation is not given up for it.
#[tokio::test(start_paused = true)]
async fn libraries_that_load_slowly_are_not_held_against_a_way() {
    let bench = Bench::new();
    let (fast, slow) = (
        Scripted::new("fast", Script::LoadsLong),
        Scripted::new("slow", Script::Works),
    );
    let (ways, image) = ([fast.way(), slow.way()], bench.places.built().unwrap());
    let (backend, _) = template_for(&bench.places, &ways, &image, b"\x7fELF").await.unwrap();
    assert_eq!(backend.identity(), "fast");
    assert_eq!(bench.speed(&[&fast, &slow]).slow_because, None);
    assert_eq!((fast.started(), slow.started()), (vec!["boot"], Vec::new()));
}

/// It boots and then does not answer: whoever else wants a machine waits for the lock meanwhile.
#[tokio::test(start_paused = true)]
async fn a_guest_that_hangs_while_its_template_is_made_is_ended_in_time() {
    let (bench, monitor) = (Bench::new(), Scripted::new("a monitor", Script::HangsInACommand));
    let begun = tokio::time::Instant::now();
    let error = bench.start(&[&monitor]).await.map(drop).unwrap_err();
    assert_eq!(
        error,
        SandboxError::Lost {
            why: "it was not ready within 150 s".to_owned()
        }
    );
    assert!(begun.elapsed() < Duration::from_secs(160));
    assert_eq!((monitor.started(), *monitor.ended.lock().unwrap()), (vec!["boot"], 1));
    // The lock is free again, and nothing half made is left.
    monitor.will(Script::Works);
    bench.runs_on(&[&monitor]).await;
}

#[tokio::test]
async fn a_guest_that_lies_is_ended_and_nothing_of_it_stays() {
    let (bench, monitor) = (Bench::new(), Scripted::new("a monitor", Script::Works));
    bench.runs_on(&[&monitor]).await;
    monitor.started();
    *monitor.ended.lock().unwrap() = 0;
    monitor.will(Script::Lies);
    let error = bench.start(&[&monitor]).await.map(drop).unwrap_err();
    assert!(matches!(error, SandboxError::Misbehaved { .. }), "{error:?}");
    // From its template, and, since that may have been damaged, from a new boot.
    assert_eq!(
        (monitor.started(), *monitor.ended.lock().unwrap()),
        (vec!["state", "boot"], 2)
    );
    assert_eq!(bench.machines(), Vec::<PathBuf>::new());
}

/// The owner may be killed while it makes a template, too.
#[tokio::test(start_paused = true)]
async fn the_machine_that_becomes_a_template_is_recorded_for_the_sweep() {
    let bench = Bench::new();
    let mut process = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let mut monitor = Scripted::new("a monitor", Script::HangsInACommand);
    Arc::get_mut(&mut monitor).unwrap().process = Some(process.id());
    let recorded = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let recorded = std::fs::read_dir(bench.places.machines())
                .into_iter()
                .flatten()
                .find_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("process")).ok());
            if let Some(recorded) = recorded.filter(|text| !text.is_empty()) {
                return recorded;
            }
        }
    };
    let ways = [&monitor];
    let recorded = tokio::select! {
        recorded = recorded => recorded,
        _ = bench.start(&ways) => String::new(),
    };
    assert!(
        recorded.starts_with(&format!("{} ", process.id())),
        "{recorded:?} is not {}",
        process.id()
    );
    process.kill().unwrap();
    process.wait().unwrap();
}

/// QEMU may have mapped the template's memory writably as the very user it runs as.
#[tokio::test]
async fn a_template_whose_memory_was_changed_is_made_anew_even_with_its_old_time() {
    use std::os::unix::fs::FileExt as _;
    let (bench, monitor) = (Bench::new(), Scripted::new("a monitor", Script::Works));
    bench.runs_on(&[&monitor]).await;
    let templates = std::fs::read_dir(bench.places.templates()).unwrap();
    let memory = templates
        .map(|entry| entry.unwrap().path().join("memory"))
        .find(|memory| memory.exists())
        .unwrap();
    let file = std::fs::File::options().write(true).open(&memory).unwrap();
    let before = file.metadata().unwrap().modified().unwrap();
    // Another time of the same content, as of a copy: still whole.
    file.set_modified(before).unwrap();
    monitor.started();
    bench.runs_on(&[&monitor]).await;
    assert_eq!(monitor.started(), ["state"]);
    file.write_all_at(b"not what was saved", 1 << 20).unwrap();
    file.set_modified(before).unwrap();
    bench.runs_on(&[&monitor]).await;
    assert_eq!(monitor.started(), ["boot", "state"]);
}
