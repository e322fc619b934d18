//! The table, and whether the contract holds.

use std::time::Duration;

use crate::drive::Run;
use crate::harness::Kind;

/// How many turns make the early and the late median.
pub(crate) const WINDOW: usize = 50;

/// The contract: milliseconds per turn, early and late.
const TURN_MS: f64 = 5.0;
/// The contract: the first request, in bytes.
const FIRST_BYTES: usize = 16 << 10;
/// The contract: memory, in bytes.
const PEAK_BYTES: u64 = 40 << 20;

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The value that share of the others does not exceed (nearest rank), in milliseconds.
fn quantile(times: &[Duration], share: f64) -> Option<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().map(ms)
}

/// Median of turns 2 to 50.
fn early(run: &Run) -> Option<f64> {
    quantile(run.times.get(1..WINDOW)?, 0.5)
}

/// Median of the last 50 turns.
fn late(run: &Run) -> Option<f64> {
    quantile(run.times.get(run.times.len().checked_sub(WINDOW)?..)?, 0.5)
}

fn kib(bytes: usize) -> f64 {
    bytes as f64 / 1024.0
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"))
}

/// Columns under their heads, and a note on each run that needs one.
pub(crate) fn table(runs: &[Run]) -> Vec<String> {
    let heads = [
        "harness",
        "turns",
        "start ms",
        "turns 2-50 ms",
        "last 50 ms",
        "p99 ms",
        "CPU ms",
        "first KB",
        "of it own KB",
        "peak MB",
        "stable",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut notes = Vec::new();
    for run in runs {
        let name = run.kind.name();
        rows.push(vec![
            name.to_owned(),
            run.times.len().to_string(),
            cell(run.start.map(ms)),
            cell(early(run)),
            cell(late(run)),
            cell(quantile(run.times.get(1..).unwrap_or_default(), 0.99)),
            cell(run.time_per_turn.map(ms)),
            cell((run.first_bytes > 0).then_some(kib(run.first_bytes))),
            cell((run.own_bytes > 0).then_some(kib(run.own_bytes))),
            cell(run.peak.map(mib)),
            if run.broken.is_empty() { "yes" } else { "no" }.to_owned(),
        ]);
        let processes: Vec<String> = run
            .processes
            .iter()
            .map(|(process, bytes)| format!("{process} {:.1}", mib(*bytes)))
            .collect();
        notes.push(format!(
            "{name}: {}; MB at the peak: {}",
            run.version,
            processes.join(", ")
        ));
        notes.extend(
            run.fault
                .as_ref()
                .map(|fault| format!("{name}: DOES NOT COUNT: {fault}")),
        );
        notes.extend(run.broken.first().map(|(turn, place)| {
            format!(
                "{name}: {} prompts do not merely add to the one before; first in turn {turn}: {place}",
                run.broken.len()
            )
        }));
        if run.aside > 0 {
            notes.push(format!("{name}: {} model calls beside the task", run.aside));
        }
    }
    let mut widths = vec![0; heads.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:>width$}"))
            .collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.insert(1, line(&rule));
    lines.push(String::new());
    lines.extend(notes);
    lines
}

/// Every clause of Deskhand's contract: whether it is kept, and a line that says so.
pub(crate) fn contract(runs: &[Run]) -> Vec<(bool, String)> {
    let Some(run) = runs.iter().find(|run| run.kind == Kind::Deskhand) else {
        return vec![(false, "FAIL deskhand was not run".to_owned())];
    };
    let at_most = |what: &str, value: Option<f64>, limit: f64, unit: &str| {
        let kept = value.is_some_and(|value| value <= limit);
        (kept, format!("{what}: {} {unit}, at most {limit}", cell(value)))
    };
    let broken = run.broken.len();
    [
        (run.fault.is_none(), "all turns done, every note read".to_owned()),
        at_most("median of turns 2 to 50", early(run), TURN_MS, "ms"),
        at_most("median of the last 50 turns", late(run), TURN_MS, "ms"),
        at_most("first prompt", Some(kib(run.first_bytes)), kib(FIRST_BYTES), "KB"),
        at_most("peak memory", run.peak.map(mib), mib(PEAK_BYTES), "MB"),
        (
            broken == 0,
            format!("prompt prefix: {broken} of {} prompts break it", run.times.len()),
        ),
    ]
    .into_iter()
    .map(|(kept, line)| (kept, format!("{} deskhand, {line}", if kept { "PASS" } else { "FAIL" })))
    .collect()
}

/// What it ran on.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let load = read("/proc/loadavg");
    format!(
        "{} ({}), {}, {cores} cores, load before the run {}; KB and MB are 1024-based",
        std::env::consts::OS,
        std::env::consts::ARCH,
        model.unwrap_or("unknown processor"),
        load.split(' ')
            .next()
            .filter(|load| !load.is_empty())
            .unwrap_or("unknown"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(turn_ms: u64) -> Run {
        Run {
            kind: Kind::Deskhand,
            version: "deskhand 1".into(),
            start: Some(Duration::from_millis(10)),
            times: vec![Duration::from_millis(turn_ms); 100],
            time_per_turn: None,
            first_bytes: 16 << 10,
            own_bytes: 1024,
            peak: Some(40 << 20),
            processes: Vec::new(),
            broken: Vec::new(),
            aside: 0,
            fault: None,
        }
    }

    fn faults(run: Run) -> Vec<String> {
        contract(&[run])
            .into_iter()
            .filter(|(kept, _)| !kept)
            .map(|(_, line)| line)
            .collect()
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(
            [0.5, 0.99, 1.0].map(|share| quantile(&times, share)),
            [Some(50.0), Some(99.0), Some(100.0)]
        );
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_limits_themselves_are_kept() {
        assert_eq!(faults(run(5)), Vec::<String>::new());
    }

    #[test]
    fn every_broken_clause_is_named() {
        let mut late = run(1);
        late.times.extend([Duration::from_millis(6); 50]);
        assert_eq!(
            faults(late),
            ["FAIL deskhand, median of the last 50 turns: 6.0 ms, at most 5"]
        );
        let mut rest = run(7);
        rest.first_bytes += 1024;
        rest.peak = None;
        rest.broken.push((3, "system".into()));
        rest.fault = Some("ended".into());
        assert_eq!(
            faults(rest),
            [
                "FAIL deskhand, all turns done, every note read",
                "FAIL deskhand, median of turns 2 to 50: 7.0 ms, at most 5",
                "FAIL deskhand, median of the last 50 turns: 7.0 ms, at most 5",
                "FAIL deskhand, first prompt: 17.0 KB, at most 16",
                "FAIL deskhand, peak memory: – MB, at most 40",
                "FAIL deskhand, prompt prefix: 1 of 100 prompts break it",
            ]
        );
        assert_eq!(contract(&[]), [(false, "FAIL deskhand was not run".to_owned())]);
    }
}
