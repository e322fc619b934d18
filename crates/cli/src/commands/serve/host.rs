//! This computer, as the server asks about it.

use std::path::{Path, PathBuf};

use deskhand_engine::Models;
use deskhand_models::Secret;
use deskhand_sandbox::{Sandbox, SandboxConfig, image};
use deskhand_server::{
    Host, Progress,
    api::{CachePart, CacheUse, Check, LocalModelPage, SandboxPage, SandboxPart, SandboxState},
};
use deskhand_types::{Budget, Tier};

use super::cache::Cache;
use crate::{
    app::{self, Places},
    commands::{demo, doctor, models::pull, sandbox::Status},
};

/// This computer and this person's settings files.
pub(super) struct ThisComputer {
    places: Places,
}

impl ThisComputer {
    pub const fn new(places: Places) -> Self {
        Self { places }
    }
}

impl Host for ThisComputer {
    fn tier(&self) -> Tier {
        app::sandbox_settings(&self.places).map_or_else(|_| Tier::default(), |settings| settings.tier)
    }

    fn sandbox(&self) -> SandboxState {
        match Status::look(&self.places) {
            Ok(status) => {
                let missing = status.parts.iter().find(|part| !part.ok);
                SandboxState {
                    ready: status.ready,
                    tier: self.tier().as_str().to_owned(),
                    detail: if status.ready {
                        "Commands run in a machine of their own that sees only the folders of the task.".to_owned()
                    } else {
                        missing.map_or_else(String::new, |part| part.detail.clone())
                    },
                    hint: missing.and_then(|part| part.hint.clone()).filter(|_| !status.ready),
                }
            }
            Err(error) => SandboxState {
                ready: false,
                tier: Tier::default().as_str().to_owned(),
                detail: format!("{error:#}"),
                hint: None,
            },
        }
    }

    fn sandbox_page(&self) -> Result<SandboxPage, String> {
        let status = Status::look(&self.places).map_err(|error| format!("{error:#}"))?;
        Ok(SandboxPage {
            ready: status.ready,
            speed: status.speed(),
            disk: status.disk(),
            can_build: cfg!(target_os = "linux"),
            parts: status
                .parts
                .into_iter()
                .map(|part| SandboxPart {
                    name: part.name.to_owned(),
                    ok: part.ok,
                    detail: part.detail,
                    hint: part.hint,
                })
                .collect(),
        })
    }

    fn build_sandbox(&self, progress: &mut Progress<'_>) -> Result<(), String> {
        let mut tell = |step: image::Progress| {
            let done = f64::from(step.step.saturating_sub(1)) / f64::from(step.of.max(1));
            progress(&step.what, Some(done));
        };
        let kept = image::Places::new(&self.places.cache);
        image::build(&kept, kept.kept_layer(), &mut tell).map_err(|error| error.to_string())?;
        progress("starting a machine once", None);
        let sandbox = Sandbox::new(SandboxConfig::new(self.places.cache.clone()));
        tokio::runtime::Handle::current()
            .block_on(sandbox.prepare())
            .map_err(|error| error.to_string())
    }

    fn reset_sandbox(&self) -> Result<(), String> {
        deskhand_sandbox::reset(&image::Places::new(&self.places.cache), true)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn cache(&self) -> Vec<CacheUse> {
        Cache::new(&self.places.cache).uses()
    }

    fn clean(&self, part: CachePart) -> Result<(), String> {
        Cache::new(&self.places.cache).clean(part)
    }

    fn local_model(&self) -> LocalModelPage {
        let weights = Cache::new(&self.places.cache).bytes(CachePart::LocalModel);
        LocalModelPage {
            program: pull::program().is_ok_and(|program| program.is_file()),
            ready: app::local_model(&self.places).is_some(),
            bytes: weights,
        }
    }

    fn pull_local_model(&self, progress: &mut Progress<'_>) -> Result<(), String> {
        let mut last = None;
        let status = pull::fetch(&self.places.cache, &mut |line| {
            let Ok(step) = serde_json::from_str::<serde_json::Value>(line) else {
                return;
            };
            let (words, done) = pull::words(&step);
            if step.get("event").and_then(serde_json::Value::as_str) == Some("error") {
                last = step
                    .get("message")
                    .and_then(serde_json::Value::as_str)
                    .map(str::to_owned);
            }
            progress(words.trim(), done);
        });
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(last.unwrap_or_else(|| {
                format!(
                    "the local model was not fetched ({status}). What came is kept; trying again goes on from there"
                )
            })),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    fn checks(&self) -> Vec<Check> {
        doctor::checks(&self.places)
            .into_iter()
            .map(|check| Check {
                name: check.name.to_owned(),
                ok: check.ok,
                needed: check.needed,
                detail: check.detail,
                hint: check.hint,
                settings: check.settings.map(str::to_owned),
            })
            .collect()
    }

    fn can_open_files(&self) -> bool {
        // Windows and macOS always have a desktop; elsewhere its session says so.
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
    }

    fn open(&self, file: &Path, reveal: bool) -> Result<(), String> {
        if !self.can_open_files() {
            return Err("there is no desktop here to open files with; nothing was opened".to_owned());
        }
        let opened = if reveal {
            opener::reveal(file)
        } else {
            opener::open(file)
        };
        opened.map_err(|error| format!("it could not be opened: {error}"))
    }

    fn open_address(&self, url: &str) -> Result<(), String> {
        // Whoever made it up: nothing but a page of the web is handed to the system.
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err("it is no address of the web; nothing was opened".to_owned());
        }
        if !self.can_open_files() {
            return Err("there is no desktop here to open a browser on; nothing was opened".to_owned());
        }
        opener::open_browser(url).map_err(|error| format!("no browser could be opened: {error}"))
    }

    fn sample_folder(&self) -> Result<PathBuf, String> {
        demo::sample_folder(&self.places.personal).map_err(|error| format!("{error:#}"))
    }

    fn models(&self) -> Result<Models, String> {
        app::models(&self.places).map_err(|error| format!("{error:#}"))
    }

    fn budget(&self) -> Result<Budget, String> {
        app::budget(&self.places).map_err(|error| format!("{error:#}"))
    }

    fn keep_key(&self, service: &str, account: &str, key: &Secret) -> Result<(), String> {
        tokio::runtime::Handle::current().block_on(deskhand_models::store_key(service, account, key))
    }

    fn own_text(&self, name: &str) -> Result<String, String> {
        self.places.own_text(name).map_err(|error| format!("{error:#}"))
    }

    fn set_own_text(&self, name: &str, text: &str) -> Result<(), String> {
        self.places
            .set_own_text(name, text)
            .map_err(|error| format!("{error:#}"))
    }
}
