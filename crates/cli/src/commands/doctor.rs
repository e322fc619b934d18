//! `doctor`: what works on this machine and what is missing, in plain words. Asks nothing of the network.

use anyhow::Result;
use serde::Serialize;

use super::{print_json, sandbox::Status};
use crate::{
    app::{self, Places},
    exit::Exit,
    terminal::style,
};

#[derive(Serialize)]
pub(crate) struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// Whether Deskhand cannot work without it.
    pub needed: bool,
    pub detail: String,
    /// What to do about it at a command line.
    pub hint: Option<String>,
    /// The part of the settings in which it is set up.
    pub settings: Option<&'static str>,
}

impl Check {
    fn new(name: &'static str, ok: bool, detail: impl Into<String>) -> Self {
        Self {
            name,
            ok,
            needed: false,
            detail: detail.into(),
            hint: None,
            settings: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Set up in this part of the settings.
    const fn at(mut self, settings: &'static str) -> Self {
        self.settings = Some(settings);
        self
    }
}

/// `doctor`
pub(crate) fn doctor(places: &Places, json: bool) -> Result<Exit> {
    let checks = checks(places);
    let broken = checks.iter().any(|check| check.needed && !check.ok);
    if json {
        print_json(&checks)?;
    } else {
        anstream::println!(
            "deskhand {} on {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        );
        for check in &checks {
            let (mark, style) = match (check.ok, check.needed) {
                (true, _) => ("✓", style::GOOD),
                (false, true) => ("✗", style::BAD),
                (false, false) => ("○", style::WARN),
            };
            let hint = check.hint.iter().map(|hint| format!(". {hint}")).collect::<String>();
            anstream::println!(
                "{style}{mark}{} {:<16} {}{hint}",
                style::RESET,
                check.name,
                check.detail
            );
        }
    }
    Ok(if broken { Exit::Failed } else { Exit::Done })
}

pub(crate) fn checks(places: &Places) -> Vec<Check> {
    let needed = |name, result: Result<String>| {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(error) => (false, format!("{error:#}")),
        };
        Check {
            needed: true,
            ..Check::new(name, ok, detail)
        }
    };
    let mut checks = vec![
        needed(
            "data folder",
            app::engine(places).map(|engine| {
                let tasks = engine.tasks().map(|tasks| tasks.len()).unwrap_or_default();
                format!("{} ({tasks} tasks)", places.home.display())
            }),
        ),
        needed("personal folder", Ok(places.personal.display().to_string())),
        needed(
            "settings",
            app::models(places).map(|_| format!("{}", places.home.join("settings.toml").display())),
        ),
    ];
    if let Ok(models) = app::models(places) {
        let check = match models.resolve(None) {
            Ok(chosen) if chosen.model.provider == deskhand_engine::RECIPES => {
                Check::new("AI model", false, "none configured: built-in recipes are used").hint(
                    "Set ANTHROPIC_API_KEY for Claude, or configure any OpenAI-compatible server in settings.toml",
                )
            }
            Ok(chosen) => {
                Check::new("AI model", true, chosen.model.to_string()).hint("`deskhand models test` tries it")
            }
            Err(error) => Check::new("AI model", false, error.to_string()),
        };
        checks.push(check.at("models"));
    }
    checks.push(match app::local_model(places) {
        Some(_) => Check::new("local model", true, "installed: it helps the recipes"),
        None => Check::new("local model", false, "not installed (optional)")
            .hint("`make local-model`, then `deskhand models pull`")
            .at("models"),
    });
    match Status::look(places) {
        Ok(mut status) => {
            status.verify();
            checks.extend(status.parts.iter().map(|part| {
                match &part.hint {
                    // What is there and should be renewed works, and is no ✓ either.
                    Some(hint) => Check::new(part.name, false, format!("{} (for shell commands)", part.detail))
                        .hint(hint)
                        .at("sandbox"),
                    None => Check::new(part.name, part.ok, &part.detail),
                }
            }));
            checks.push(Check::new("virtualisation", status.is_fast(), status.speed()));
            checks.push(Check::new("sandbox disk", status.has_room(), status.disk()).at("storage"));
            let lost = status
                .lost_machine()
                .map(|lost| Check::new("last lost machine", true, lost));
            checks.extend(lost);
            let notes = status.notes.into_iter();
            checks.extend(notes.map(|detail| Check::new("sandbox settings", false, detail)));
        }
        Err(error) => checks.push(Check::new("sandbox", false, format!("{error:#}"))),
    }
    checks
}
