//! The binary `deskhand-local-model`: serve questions, install weights, measure.

#![allow(
    clippy::disallowed_methods,
    reason = "the weights in the cache folder, and this process's own memory figures"
)]

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use deskhand_local_model::{
    Error, Result,
    catalogue::Catalogue,
    engine::Engine,
    eval, pull,
    serve::{self, write_line},
};
use deskhand_types::{Coded as _, JUDGE_PROTOCOL, JudgeReady};
use serde_json::json;

const USAGE: &str = "\
The small local model of Deskhand. Input and output are JSON lines.

usage: deskhand-local-model serve --cache DIR [--model ID | --weights FILE] [--idle-seconds N]
       deskhand-local-model pull  --cache DIR [--model ID] [--source N]
       deskhand-local-model list  --cache DIR
       deskhand-local-model eval  --cache DIR [--model ID | --weights FILE] [--set NAME]

The number of threads is RAYON_NUM_THREADS, or the number of cores when it is not set.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = Options::parse(&arguments) else {
        let _ = std::io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(2);
    };
    let outcome = match options.command.as_str() {
        "serve" => serve(&options),
        "pull" => install(&options),
        "list" => list(&options),
        "eval" => measure(&options),
        _ => {
            let _ = std::io::stderr().write_all(USAGE.as_bytes());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line =
                json!({"event": "error", "code": error.code(), "message": error.to_string(), "hint": error.hint()});
            let _ = write_line(&mut std::io::stdout(), &line);
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Options {
    command: String,
    cache: PathBuf,
    model: Option<String>,
    weights: Option<PathBuf>,
    idle: Option<u64>,
    source: Option<usize>,
    set: Option<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Option<Self> {
        let mut arguments = arguments.iter();
        let mut options = Self {
            command: arguments.next()?.clone(),
            ..Self::default()
        };
        options.cache = std::env::var_os("DESKHAND_CACHE")
            .map(PathBuf::from)
            .unwrap_or_default();
        while let Some(name) = arguments.next() {
            let value = arguments.next()?;
            match name.as_str() {
                "--cache" => options.cache = value.into(),
                "--model" => options.model = Some(value.clone()),
                "--weights" => options.weights = Some(value.into()),
                "--idle-seconds" => options.idle = Some(value.parse().ok()?),
                "--source" => options.source = Some(value.parse().ok()?),
                "--set" => options.set = Some(value.clone()),
                _ => return None,
            }
        }
        let needs_cache = options.weights.is_none();
        (!needs_cache || !options.cache.as_os_str().is_empty()).then_some(options)
    }

    /// The weights to load, and the model's name.
    fn weights(&self) -> Result<(PathBuf, String)> {
        if let Some(file) = &self.weights {
            return Ok((
                file.clone(),
                file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            ));
        }
        let catalogue = Catalogue::built_in()?;
        // Without a name: the best one that is there.
        let installed = catalogue
            .models
            .iter()
            .find(|model| model.installed(&self.cache).is_ok());
        let model = match (&self.model, installed) {
            (None, Some(model)) => model,
            (name, _) => catalogue.find(name.as_deref())?,
        };
        Ok((model.installed(&self.cache)?, model.id.clone()))
    }

    fn load(&self) -> Result<(Engine, JudgeReady)> {
        let started = Instant::now();
        let (path, model) = self.weights()?;
        let mut engine = Engine::open(&path)?;
        engine.warm_up()?;
        let ready = JudgeReady {
            protocol: JUDGE_PROTOCOL.to_owned(),
            model,
            threads: candle_core::utils::get_num_threads() as u32,
            load_ms: started.elapsed().as_millis() as u64,
        };
        Ok((engine, ready))
    }
}

fn serve(options: &Options) -> Result<()> {
    let (mut engine, ready) = options.load()?;
    let mut output = std::io::stdout();
    if write_line(&mut output, &json!({ "ready": ready })).is_err() {
        return Ok(());
    }
    let input = std::io::BufReader::new(std::io::stdin());
    serve::run(
        &mut engine,
        input,
        &mut output,
        Duration::from_secs(options.idle.unwrap_or(300)),
    );
    Ok(())
}

fn install(options: &Options) -> Result<()> {
    let catalogue = Catalogue::built_in()?;
    let model = catalogue.find(options.model.as_deref())?;
    let mut output = std::io::stdout();
    pull::pull(
        model,
        &options.cache,
        options.source,
        &pull::Doors::real(),
        &mut |progress| {
            // A surface that went away does not stop the download.
            let _ = write_line(&mut output, &progress);
        },
    )
}

fn list(options: &Options) -> Result<()> {
    let mut output = std::io::stdout();
    for model in &Catalogue::built_in()?.models {
        let line = json!({
            "id": model.id, "name": model.name, "licence": model.licence, "bytes": model.bytes, "sha256": model.sha256,
            "default": model.default, "installed": model.installed(&options.cache).is_ok(),
        });
        if write_line(&mut output, &line).is_err() {
            break;
        }
    }
    Ok(())
}

fn measure(options: &Options) -> Result<()> {
    let mut output = std::io::stdout();
    let (mut engine, ready) = options.load()?;
    let _ = write_line(&mut output, &json!({ "ready": ready }));
    let known = |name: &str| options.set.as_deref().is_none_or(|only| only == name);
    let mut outcomes = Vec::new();
    for (name, text) in eval::SETS.iter().filter(|(name, _)| known(name)) {
        outcomes.extend(eval::run(&mut engine, name, &eval::parse(text)?, &mut |outcome| {
            let _ = write_line(&mut output, outcome);
        }));
    }
    if let Some(file) = options
        .set
        .as_deref()
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "jsonl"))
    {
        let path = Path::new(file);
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            doing: "reading",
            path: path.to_owned(),
            source,
        })?;
        outcomes.extend(eval::run(&mut engine, file, &eval::parse(&text)?, &mut |outcome| {
            let _ = write_line(&mut output, outcome);
        }));
    }
    let _ = write_line(&mut output, &json!({ "peak_memory_mib": peak_memory_mib() }));
    let _ = output.write_all(eval::table(&outcomes).as_bytes());
    Ok(())
}

/// The most memory this process has used, where the system says (Linux).
fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kib| kib / 1024)
}
