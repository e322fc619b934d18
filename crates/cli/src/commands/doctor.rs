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
            anstream::println!("{style}{mark}{} {:<16} {}", style::RESET, check.name, check.detail);
        }
    }
    Ok(if broken { Exit::Failed } else { Exit::Done })
}

pub(crate) fn checks(places: &Places) -> Vec<Check> {
    let needed = |name, result: Result<String>| match result {
        Ok(detail) => Check {
            name,
            ok: true,
            needed: true,
            detail,
        },
        Err(error) => Check {
            name,
            ok: false,
            needed: true,
            detail: format!("{error:#}"),
        },
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
        checks.push(match models.resolve(None) {
            Ok(chosen) if chosen.model.provider == deskhand_engine::RECIPES => Check {
                name: "AI model",
                ok: false,
                needed: false,
                detail: "none configured: built-in recipes are used. Set ANTHROPIC_API_KEY for Claude, or configure any OpenAI-compatible server in settings.toml".to_owned(),
            },
            Ok(chosen) => Check { name: "AI model", ok: true, needed: false, detail: format!("{} (`deskhand models test` tries it)", chosen.model) },
            Err(error) => Check { name: "AI model", ok: false, needed: false, detail: error.to_string() },
        });
    }
    let local = app::local_model(places);
    checks.push(Check {
        name: "local model",
        ok: local.is_some(),
        needed: false,
        detail: if local.is_some() {
            "installed: it helps the recipes".to_owned()
        } else {
            "not installed (optional): `make local-model`, then `deskhand models pull`".to_owned()
        },
    });
    match Status::look(places) {
        Ok(mut status) => {
            status.verify();
            checks.extend(status.parts.iter().map(|part| Check {
                name: part.name,
                // What is there and should be renewed works, and is no ✓ either.
                ok: part.ok && part.hint.is_none(),
                needed: false,
                detail: match &part.hint {
                    Some(hint) => format!("{} (for shell commands). {hint}", part.detail),
                    None => part.detail.clone(),
                },
            }));
            checks.push(Check {
                name: "virtualisation",
                ok: status.is_fast(),
                needed: false,
                detail: status.speed(),
            });
            checks.push(Check {
                name: "sandbox disk",
                ok: status.has_room(),
                needed: false,
                detail: status.disk(),
            });
            checks.extend(status.lost_machine().map(|lost| Check {
                name: "last lost machine",
                ok: true,
                needed: false,
                detail: lost.to_owned(),
            }));
            checks.extend(status.notes.into_iter().map(|detail| Check {
                name: "sandbox settings",
                ok: false,
                needed: false,
                detail,
            }));
        }
        Err(error) => checks.push(Check {
            name: "sandbox",
            ok: false,
            needed: false,
            detail: format!("{error:#}"),
        }),
    }
    checks
}
