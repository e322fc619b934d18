//! `demo`: the main job on sample spreadsheets, with whatever model there is.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deskhand_engine::{Engine, StartOptions};
use deskhand_types::{GrantMode, Mode};

use super::{dim, run};
use crate::{
    args::{DemoArgs, OutputFormat},
    exit::Exit,
};

/// The sample folder, made by `sample-folder` of `testkit` (which a test compares byte by byte).
const SAMPLE: [(&str, &[u8]); 4] = [
    ("orders.xlsx", include_bytes!("../../sample/orders.xlsx")),
    ("customers.xlsx", include_bytes!("../../sample/customers.xlsx")),
    ("expenses 2026.xlsx", include_bytes!("../../sample/expenses 2026.xlsx")),
    ("web-shop.csv", include_bytes!("../../sample/web-shop.csv")),
];

/// What the folder is called.
const NAME: &str = "Deskhand demo";

const PROMPT: &str = "Analyse these spreadsheets and draft a summary report";

/// `demo`
pub(crate) async fn demo(engine: &Engine, args: &DemoArgs, json: bool) -> Result<Exit> {
    let folder = match &args.folder {
        Some(folder) => std::path::absolute(folder)?,
        None => fresh(&engine.config().personal.join(NAME)),
    };
    copy_sample(&folder)?;
    if !json {
        dim(&format!("Sample spreadsheets: {}", folder.display()));
        dim(&format!(
            "deskhand run -C {:?} {PROMPT:?}",
            folder.display().to_string()
        ));
    }
    let task = engine.start(StartOptions {
        prompt: PROMPT.to_owned(),
        folders: vec![(folder, GrantMode::ReadWriteNoDelete)],
        mode: Mode::Auto,
        model: args.model.clone(),
        allow_outside_home: args.allow_outside_home,
        ..StartOptions::default()
    })?;
    run::work(
        engine,
        &task,
        if json { OutputFormat::Json } else { OutputFormat::Text },
    )
    .await
}

/// Makes the sample folder in the personal folder, under a name that is free.
pub(crate) fn sample_folder(personal: &Path) -> Result<PathBuf> {
    let folder = fresh(&personal.join(NAME));
    copy_sample(&folder)?;
    Ok(folder)
}

/// The folder, or the first numbered one that does not exist: a demo never writes into what is there.
#[expect(
    clippy::disallowed_methods,
    reason = "the sample folder is made before it is granted"
)]
fn fresh(folder: &Path) -> PathBuf {
    let name = folder.to_string_lossy();
    (1..1000)
        .map(|number| {
            if number == 1 {
                folder.to_owned()
            } else {
                PathBuf::from(format!("{name} {number}"))
            }
        })
        .find(|folder| std::fs::metadata(folder).is_err())
        .unwrap_or_else(|| folder.to_owned())
}

/// Writes the sample files that are not there yet.
#[expect(
    clippy::disallowed_methods,
    reason = "the sample folder is made before it is granted"
)]
fn copy_sample(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made; nothing was started", folder.display()))?;
    for (name, bytes) in SAMPLE {
        let file = folder.join(name);
        if std::fs::metadata(&file).is_err() {
            std::fs::write(&file, bytes)
                .with_context(|| format!("{} cannot be written; nothing was started", file.display()))?;
        }
    }
    Ok(())
}
