//! Samples, and the table they make.

use std::time::Duration;

/// What was measured of one thing: times of its rounds.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    fn sorted(&self) -> Vec<f64> {
        let mut list: Vec<f64> = self.0.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
        list.sort_by(f64::total_cmp);
        list
    }

    /// In milliseconds; the lower of the two in the middle.
    pub fn median(&self) -> f64 {
        self.sorted()[(self.0.len() - 1) / 2]
    }

    fn min(&self) -> f64 {
        self.sorted()[0]
    }
}

/// What a row's time is compared with.
pub enum Beside<'a> {
    Nothing,
    Bare(&'a Samples),
    /// Milliseconds that it is to take at most.
    Goal(f64),
}

#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 7]>,
}

impl Table {
    /// Adds a row. `bytes`: how much was moved, from which the throughput is told.
    pub fn add(&mut self, what: &str, samples: &Samples, beside: Beside<'_>, bytes: Option<u64>) {
        let (other, ratio) = match beside {
            Beside::Nothing => (String::new(), String::new()),
            Beside::Bare(bare) => (ms(bare.median()), format!("{:.1}x", samples.median() / bare.median())),
            Beside::Goal(goal) => (
                format!("goal {}", ms(goal)),
                format!("{:.2} of goal", samples.median() / goal),
            ),
        };
        let note = bytes.map_or_else(String::new, |bytes| {
            let rate = |milliseconds: f64| bytes as f64 / 1e3 / milliseconds;
            match beside {
                Beside::Bare(bare) => format!("{:.0} MB/s; {:.0}", rate(samples.median()), rate(bare.median())),
                Beside::Nothing | Beside::Goal(_) => format!("{:.0} MB/s", rate(samples.median())),
            }
        });
        self.push(what, samples, other, ratio, note);
    }

    /// Adds a row with words beside it.
    pub fn add_with_note(&mut self, what: &str, samples: &Samples, note: String) {
        self.push(what, samples, String::new(), String::new(), note);
    }

    fn push(&mut self, what: &str, samples: &Samples, other: String, ratio: String, note: String) {
        let rounds = samples.0.len().to_string();
        // Said at once too: a run takes minutes.
        eprintln!("{what}: {}", ms(samples.median()));
        self.rows.push([
            what.to_owned(),
            rounds,
            ms(samples.min()),
            ms(samples.median()),
            other,
            ratio,
            note,
        ]);
    }

    /// As Markdown, aligned.
    pub fn print(&self) {
        let head = ["what", "rounds", "min ms", "median ms", "bwrap ms", "ratio", "beside"].map(str::to_owned);
        let widths: Vec<usize> = (0..head.len())
            .map(|at| {
                let cells = self.rows.iter().chain([&head]).map(|row| row[at].chars().count());
                cells.max().unwrap_or_default()
            })
            .collect();
        let line = |row: &[String; 7]| {
            let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
                0 | 6 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        };
        line(&head);
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        println!("| {} |", rules.join(" | "));
        self.rows.iter().for_each(line);
    }
}

fn ms(milliseconds: f64) -> String {
    if milliseconds < 100.0 {
        format!("{milliseconds:.1}")
    } else {
        format!("{milliseconds:.0}")
    }
}
