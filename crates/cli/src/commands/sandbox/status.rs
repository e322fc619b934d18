//! `sandbox status`, and what `doctor` says of the sandbox.

use anyhow::Result;
use deskhand_sandbox::{
    AGENT_FILE_NAME, SandboxError,
    image::{self, Places as SandboxPlaces},
    qemu,
};
use deskhand_types::{Coded, Tier};
use serde::Serialize;

use crate::{
    app::{self, Places},
    commands::print_json,
    exit::Exit,
    terminal::style,
};

/// The sandbox on this computer.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    name: &'static str,
    /// Whether commands can run.
    pub ready: bool,
    /// What tasks use that name nothing else.
    tier: Tier,
    /// Whether the weaker tier may be used.
    allow_os: bool,
    /// What there must be.
    pub parts: Vec<Part>,
    /// How a machine's instructions are run: `kvm` or `tcg`, and why not faster.
    acceleration: &'static str,
    slow_because: Option<String>,
    image: Option<Image>,
    /// The last machine that was lost, since the last reset: what it said last, and where the rest is.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_machine: Option<String>,
    /// What of the settings is not done as it says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Saved machines to start from; made at the first command.
    templates: u32,
    /// Machines that run now.
    machines: u32,
    /// Bytes on disk.
    bytes: u64,
    /// Bytes that are free there, where the system tells.
    free: Option<u64>,
    #[serde(skip)]
    built: Option<image::Image>,
}

/// Free bytes below which commands that write much will fail.
const ENOUGH: u64 = 2_000_000_000;

/// Something commands need.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    pub name: &'static str,
    pub ok: bool,
    /// What there is, or what is missing.
    pub detail: String,
    /// How to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[derive(Debug, Serialize)]
struct Image {
    layer: &'static str,
    kernel: String,
    bytes: u64,
    /// Whether this version of Deskhand made it.
    current: bool,
}

impl Status {
    /// Looks. Starts nothing.
    pub fn look(places: &Places) -> Result<Self> {
        let settings = app::sandbox_settings(places)?;
        let kept = SandboxPlaces::new(&places.cache);
        let built = kept.built();
        let parts = vec![
            part("QEMU", qemu::find().map(|qemu| qemu.version)),
            image_part(&built),
            agent(),
        ];
        let speed = deskhand_sandbox::speed(&kept);
        let usage = deskhand_sandbox::kept(&kept);
        Ok(Self {
            name: "sandbox",
            ready: match settings.tier {
                Tier::Vm => parts.iter().all(|part| part.ok),
                Tier::Os => settings.allow_os && parts.iter().all(|part| part.ok || part.name != AGENT),
            },
            tier: settings.tier,
            allow_os: settings.allow_os,
            parts,
            acceleration: speed.acceleration,
            slow_because: speed.slow_because,
            image: built.as_ref().ok().map(|image| Image {
                layer: image.layer.as_str(),
                kernel: image.kernel.clone(),
                bytes: image.bytes,
                current: image.current,
            }),
            lost_machine: deskhand_sandbox::lost_machine(&kept)
                .map(|lost| format!("{} (the end of its console: {})", lost.said, lost.file.display())),
            notes: settings.notes(),
            templates: usage.templates,
            machines: usage.machines,
            bytes: usage.bytes,
            free: deskhand_sandbox::free_space(&kept),
            built: built.ok(),
        })
    }

    /// Reads all of the image: whether it is, byte for byte, what was built.
    pub fn verify(&mut self) {
        let Some(Err(error)) = self.built.as_ref().map(image::Image::verify) else {
            return;
        };
        self.ready = false;
        for found in self.parts.iter_mut().filter(|part| part.name == IMAGE) {
            *found = part::<SandboxError>(IMAGE, Err(error.clone()));
        }
    }

    /// Whether the processor runs machines by itself, as far as was seen.
    pub const fn is_fast(&self) -> bool {
        self.slow_because.is_none()
    }

    /// How fast machines are, in words.
    pub fn speed(&self) -> String {
        match &self.slow_because {
            None => "the processor runs machines by itself (KVM)".to_owned(),
            Some(why) => format!("machines run in software, several times slower: {why}"),
        }
    }

    /// What the last machine said that was lost, in words.
    pub fn lost_machine(&self) -> Option<&str> {
        self.lost_machine.as_deref()
    }

    /// What it takes on disk, in words.
    pub fn disk(&self) -> String {
        let free = match self.free {
            Some(free) if free < ENOUGH => {
                format!(
                    "only {:.1} GB free: commands that write much will fail",
                    free as f64 / 1e9
                )
            }
            Some(free) => format!("{:.1} GB free", free as f64 / 1e9),
            None => "free space is not known".to_owned(),
        };
        format!(
            "{} MB for images and {} saved machines; {} running; {free}",
            self.bytes / 1_000_000,
            self.templates,
            self.machines
        )
    }

    /// Whether there is room for what commands write.
    pub fn has_room(&self) -> bool {
        self.free.is_none_or(|free| free >= ENOUGH)
    }
}

const AGENT: &str = "guest agent";
const IMAGE: &str = "image";
/// What is said of an image of another version, and what to do.
const OUTDATED: &str = "made by another version of Deskhand";
const RENEW: &str =
    "`deskhand sandbox build` renews it; until then commands have the skills and checks of that version.";

fn image_part(built: &Result<image::Image, SandboxError>) -> Part {
    let mut part = part(
        IMAGE,
        built.as_ref().map_err(Clone::clone).map(|image| {
            format!(
                "{} ({} MB, kernel {})",
                image.layer.as_str(),
                image.bytes / 1_000_000,
                image.kernel
            )
        }),
    );
    if built.as_ref().is_ok_and(|image| image.current) {
        return part;
    }
    if part.ok {
        part.detail = format!("{}, {OUTDATED}", part.detail);
        part.hint = Some(RENEW.to_owned());
    }
    // It has to be built: say now what would be missing then.
    if let Some(lacking) = image::lacking() {
        part.hint = Some(format!(
            "{} To build it here, this is {lacking}",
            part.hint.unwrap_or_default()
        ));
    }
    part
}

/// Says on standard error that commands will run in an image of another version, where they do.
pub(crate) fn tell_outdated(places: &SandboxPlaces) {
    if places.built().is_ok_and(|image| !image.current) {
        anstream::eprintln!(
            "{}The sandbox's image was {OUTDATED}. {RENEW}{}",
            style::DIM,
            style::RESET
        );
    }
}

fn agent() -> Part {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(AGENT_FILE_NAME)))
        .is_some_and(|agent| agent.is_file());
    let (detail, hint) = if beside {
        (format!("`{AGENT_FILE_NAME}` beside this program"), None)
    } else {
        (
            format!("`{AGENT_FILE_NAME}` is not beside this program"),
            Some("From source, `make guest` builds it.".to_owned()),
        )
    };
    Part {
        name: AGENT,
        ok: beside,
        detail,
        hint,
    }
}

fn part<E: Coded>(name: &'static str, found: Result<String, E>) -> Part {
    match found {
        Ok(detail) => Part {
            name,
            ok: true,
            detail,
            hint: None,
        },
        Err(error) => {
            let detail = error.to_string();
            Part {
                name,
                ok: false,
                detail: detail
                    .strip_prefix("workspace unavailable: ")
                    .unwrap_or(&detail)
                    .to_owned(),
                hint: error.hint(),
            }
        }
    }
}

/// `sandbox status`
pub(super) fn status(places: &Places, json: bool) -> Result<Exit> {
    let status = Status::look(places)?;
    if json {
        print_json(&status)?;
        return Ok(Exit::Done);
    }
    let (mark, style, what) = if status.ready {
        ("✓", style::GOOD, "Commands can run")
    } else {
        ("○", style::WARN, "Commands cannot run yet; file tools work without it")
    };
    anstream::println!(
        "{style}{mark}{} {what} (sandbox `{}`)",
        style::RESET,
        status.tier.as_str()
    );
    for part in &status.parts {
        let (mark, style) = if part.ok {
            ("✓", style::GOOD)
        } else {
            ("✗", style::BAD)
        };
        anstream::println!("  {style}{mark}{} {:<12} {}", style::RESET, part.name, part.detail);
        if let Some(hint) = &part.hint {
            super::super::dim(&format!("    next: {hint}"));
        }
    }
    anstream::println!("  · {:<12} {}", "speed", status.speed());
    anstream::println!("  · {:<12} {}", "disk", status.disk());
    if let Some(lost) = status.lost_machine() {
        anstream::println!("  · {:<12} {lost}", "last lost");
    }
    for note in &status.notes {
        anstream::println!("  {}!{} {:<12} {note}", style::WARN, style::RESET, "settings");
    }
    Ok(Exit::Done)
}
