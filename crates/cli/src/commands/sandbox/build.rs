//! `sandbox build`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;
use deskhand_engine::EngineError;
use deskhand_sandbox::image::{self, Layer, Places, Progress};
use deskhand_sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

use crate::{
    commands::{done, print_json},
    exit::Exit,
};

/// Builds the image, and starts a machine of it once, so that the first command need not wait for that. What an earlier
/// build finished is not done again.
pub(super) async fn build(cache: PathBuf, office: bool, json: bool) -> Result<Exit> {
    let places = &Places::new(&cache);
    let layer = if office { Layer::Office } else { places.kept_layer() };
    let on_terminal = std::io::stderr().is_terminal();
    let mut show = |step: Progress| {
        let line = format!("step {} of {}: {}", step.step, step.of, step.what);
        if json {
            anstream::println!("{}", json!({"step": step.step, "of": step.of, "what": step.what}));
        } else if on_terminal {
            anstream::eprint!("\r\u{1b}[2K{line}");
            let _ = std::io::stderr().flush();
        } else {
            anstream::eprintln!("{line}");
        }
    };
    let built = image::build(places, layer, &mut show);
    if on_terminal && !json {
        anstream::eprintln!();
    }
    let image = built.map_err(EngineError::from)?;
    let sandbox = Sandbox::new(SandboxConfig::new(cache));
    let preparing = !sandbox.is_prepared();
    if preparing && !json {
        anstream::eprintln!("starting a machine once (about half a minute without hardware virtualisation)");
    }
    sandbox.prepare().await.map_err(EngineError::from)?;
    if json {
        print_json(&json!({
            "name": image.layer.as_str(), "kernel": image.kernel, "bytes": image.bytes, "folder": image.folder,
        }))?;
    } else {
        done(&format!(
            "The sandbox is ready: image `{}`, {} MB, kernel {}.",
            image.layer.as_str(),
            image.bytes / 1_000_000,
            image.kernel
        ));
    }
    Ok(Exit::Done)
}
