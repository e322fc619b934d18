//! `run` and `resume`.

use std::path::PathBuf;

use anyhow::Result;
use deskhand_engine::{
    Engine, Observer, RunEnd, Speech, StartOptions, Unwatched,
    views::{InboxItem, TaskStatus, TaskView},
};
use deskhand_types::{Budget, Effort, GrantMode, GuestPath, Mode, ModelRef, Reading, TaskId};
use serde::Serialize;

use crate::{
    app::{self, Places},
    args::{ModeArg, OutputFormat, ReadingArg, ResumeArgs, RunArgs},
    exit::Exit,
    failure::Usage,
    terminal::{
        ask::Terminal,
        diff::printable,
        live::{JsonLines, Live},
        style,
    },
};

/// Starts a task and works on it.
pub(crate) async fn run(engine: &Engine, places: &Places, args: RunArgs, json: bool) -> Result<Exit> {
    if args.budget_usd.is_some_and(|usd| !Budget::is_amount(usd)) {
        return Err(Usage("--budget-usd takes an amount of money such as 0.50".to_owned()).into());
    }
    let usual = if args.no_budget {
        Budget::default()
    } else {
        app::budget(places)?
    };
    let Speech { text, voice } = prompt(&args.prompt)?;
    let options = StartOptions {
        prompt: text,
        voice,
        folders: args.folders.iter().map(|text| folder(text)).collect(),
        mode: match args.mode {
            ModeArg::Plan => Mode::Plan,
            ModeArg::Manual => Mode::Manual,
            ModeArg::Auto => Mode::Auto,
            ModeArg::Skip => Mode::Skip,
        },
        model: args.model,
        effort: Effort::Standard,
        budget: Budget {
            max_turns: args.max_turns.or(usual.max_turns),
            max_usd: args.budget_usd.or(usual.max_usd),
            max_tokens: args.max_tokens.or(usual.max_tokens),
            max_minutes: args.max_minutes.or(usual.max_minutes),
        },
        sandbox: app::sandbox_settings(places)?.tier(args.sandbox.map(Into::into))?,
        reading: match args.reading {
            ReadingArg::Direct => Reading::Direct,
            ReadingArg::Apart => Reading::Apart,
        },
        allow_outside_home: args.allow_outside_home,
        agent: args.agent,
        uploads: Vec::new(),
    };
    let task = engine.start(options)?;
    work(engine, &task, format(args.output_format, json)).await
}

/// Takes a task up again.
pub(crate) async fn resume(engine: &Engine, args: ResumeArgs, json: bool) -> Result<Exit> {
    let task = engine.find(&args.task)?;
    if !args.text.is_empty() {
        let text = prompt(&args.text)?;
        engine.check_typed(&task, &text.text)?;
        engine.say(&task, text)?;
    }
    work(engine, &task, format(args.output_format, json)).await
}

/// What is printed, with `--json` for all commands.
pub(crate) const fn format(format: OutputFormat, json: bool) -> OutputFormat {
    match format {
        OutputFormat::Text if json => OutputFormat::Json,
        other => other,
    }
}

/// Works on a task until it is over, waits, or the person presses Ctrl-C.
pub(crate) async fn work(engine: &Engine, task: &TaskId, format: OutputFormat) -> Result<Exit> {
    // What a killed process left running takes memory this task may need.
    let kept = deskhand_sandbox::image::Places::new(&engine.config().cache);
    deskhand_sandbox::sweep(&kept);
    super::sandbox::tell_outdated(&kept);
    let observer: Box<dyn Observer> = match format {
        OutputFormat::Text => Box::<Live>::default(),
        OutputFormat::Json => Box::new(Unwatched),
        OutputFormat::StreamJson => Box::new(JsonLines::after(&engine.events(task)?)),
    };
    let terminal = Terminal::detect();
    let nobody = deskhand_engine::Nobody;
    let person: &dyn deskhand_engine::Person = if format == OutputFormat::Text {
        &terminal
    } else {
        &nobody
    };
    let end = tokio::select! {
        // First, so that the signal is caught from the beginning.
        biased;
        _ = tokio::signal::ctrl_c() => {
            if format == OutputFormat::Text {
                anstream::eprintln!("\n{}Interrupted.{} What was done stays; `deskhand resume {task}` goes on.", style::WARN, style::RESET);
            }
            return Ok(Exit::Interrupted);
        }
        end = engine.work(task, person, &*observer) => end?,
    };
    match format {
        OutputFormat::Text => tell(engine, task, &end)?,
        OutputFormat::Json => report(engine, task, &end)?,
        OutputFormat::StreamJson => {}
    }
    // What a task made is safe already; that old contents could not be released now is no failure of the task.
    let _ = engine.tidy();
    Ok(Exit::from(&end))
}

/// The result as one object.
#[derive(Serialize)]
struct Report<'a> {
    id: &'a TaskId,
    status: TaskStatus,
    summary: &'a Option<String>,
    model: &'a ModelRef,
    outputs: &'a [GuestPath],
    changed: &'a [GuestPath],
    waiting: &'a [InboxItem],
    refused: u64,
    turns: u64,
    cost_usd: f64,
    exit: u8,
}

fn report(engine: &Engine, task: &TaskId, end: &RunEnd) -> Result<()> {
    let view = engine.show(task)?;
    super::print_json(&Report {
        id: &view.id,
        status: view.status,
        summary: &view.summary,
        model: &view.model,
        outputs: &view.outputs,
        changed: &view.changed,
        waiting: &view.waiting,
        refused: view.refused,
        turns: view.turns,
        cost_usd: view.cost_usd,
        exit: Exit::from(end).code(),
    })
}

/// The result for a person: what there is, and what can be done with it.
fn tell(engine: &Engine, task: &TaskId, end: &RunEnd) -> Result<()> {
    let view = engine.show(task)?;
    anstream::println!();
    for output in &view.outputs {
        anstream::println!(
            "{}→{} {}",
            style::GOOD,
            style::RESET,
            printable(&host_path(&view, output.as_str()))
        );
    }
    if let RunEnd::Parked(ids) = end {
        for item in view.waiting.iter().filter(|item| ids.contains(&item.id)) {
            crate::terminal::ask::show(item);
        }
        anstream::println!(
            "{}Waiting for you.{} `deskhand approvals` shows the questions; then `deskhand resume {task}`.",
            style::WARN,
            style::RESET
        );
        return Ok(());
    }
    if view.refused > 0 {
        anstream::println!(
            "{}{} refused by the policy{}",
            style::WARN,
            crate::commands::tasks::count(view.refused, "action"),
            style::RESET
        );
    }
    if !view.changed.is_empty() {
        anstream::println!(
            "{} changed. See them: deskhand changes {task}",
            crate::commands::tasks::count(view.changed.len() as u64, "file")
        );
        anstream::println!("Take them back: deskhand undo {task}");
    }
    let cost = if view.cost_usd > 0.0 {
        format!(" · ${:.4}", view.cost_usd)
    } else {
        String::new()
    };
    super::dim(&format!(
        "task {task} · {} · {}{cost}",
        view.status.words(),
        crate::commands::tasks::count(view.turns, "turn")
    ));
    Ok(())
}

/// The place on this machine of a path as models see it.
pub(crate) fn host_path(view: &TaskView, guest: &str) -> String {
    let found = view.grants.iter().find_map(|grant| {
        let rest = guest.strip_prefix("/mnt/")?.strip_prefix(grant.name.as_str())?;
        rest.is_empty().then(|| grant.folder.clone()).or_else(|| {
            let rest = rest.strip_prefix('/')?;
            Some(PathBuf::from(&grant.folder).join(rest).to_string_lossy().into_owned())
        })
    });
    found.unwrap_or_else(|| guest.to_owned())
}

/// The prompt from the command line, which is the person's voice, or from standard input for `-`, which may be anybody's.
pub(crate) fn prompt(words: &[String]) -> Result<Speech> {
    if words.len() == 1 && words.first().is_some_and(|word| word == "-") {
        return Ok(Speech::from(std::io::read_to_string(std::io::stdin())?));
    }
    Ok(Speech::typed(words.join(" ")))
}

/// Reads `FOLDER[:MODE]`. What follows the last colon is a mode only if it is one: Windows paths have colons too.
pub(crate) fn folder(text: &str) -> (PathBuf, GrantMode) {
    if let Some((folder, mode)) = text.rsplit_once(':')
        && let Ok(mode) = mode.parse()
    {
        return (expand(folder), mode);
    }
    (expand(text), GrantMode::default())
}

/// `~` for shells that leave it (it is not at the beginning of a word in `-C=~/x`).
fn expand(folder: &str) -> PathBuf {
    match (folder.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_and_without_mode() {
        assert_eq!(folder("/a/b"), (PathBuf::from("/a/b"), GrantMode::ReadWriteNoDelete));
        assert_eq!(folder("/a/b:ro"), (PathBuf::from("/a/b"), GrantMode::ReadOnly));
        assert_eq!(folder("C:\\x:rw"), (PathBuf::from("C:\\x"), GrantMode::ReadWrite));
        assert_eq!(folder("C:\\x"), (PathBuf::from("C:\\x"), GrantMode::ReadWriteNoDelete));
        assert_eq!(folder("/a:b"), (PathBuf::from("/a:b"), GrantMode::ReadWriteNoDelete));
    }
}
