//! How much memory and processor time a program and all its children take, as the system counts them.

use std::time::Duration;

/// What was seen of a tree of processes so far.
#[derive(Default)]
pub(crate) struct Watch {
    /// The processes when they held most: their names, and what each held at most until then, in bytes.
    processes: Vec<(String, u64)>,
    known: Vec<u32>,
    /// How many turns were done, and the processor time until then: at the first look after the second turn began,
    /// and at the last.
    spent: Option<[(usize, Duration); 2]>,
}

impl Watch {
    /// The greatest memory, in bytes; `None` where the system does not tell.
    pub(crate) fn peak(&self) -> Option<u64> {
        (!self.processes.is_empty()).then(|| sum(&self.processes))
    }

    /// Processor time per turn, start-up aside; `None` where the system does not tell, or the run was too short.
    pub(crate) fn time_per_turn(&self) -> Option<Duration> {
        let [(first, before), (last, after)] = self.spent?;
        let turns = u32::try_from(last.checked_sub(first)?).ok()?;
        (after > before).then(|| after.saturating_sub(before).checked_div(turns))?
    }

    /// The names of the processes at the peak and their bytes.
    pub(crate) fn processes(self) -> Vec<(String, u64)> {
        self.processes
    }

    /// Looks at the processes now, after that many turns.
    ///
    /// The memory of each but the first counts from the second look on: between fork and exec a child seems to hold all that its
    /// parent does.
    pub(crate) fn look(&mut self, root: u32, turns: usize) {
        let tree = tree(root);
        let now = (turns, tree.iter().map(|process| process.spent).sum());
        match &mut self.spent {
            Some([_, last]) if now.1 > last.1 => *last = now,
            None if turns > 1 => self.spent = Some([now; 2]),
            Some(_) | None => {}
        }
        let settled: Vec<_> = tree
            .iter()
            .filter(|process| process.id == root || self.known.contains(&process.id))
            .filter(|process| process.most > 0)
            .map(|process| (process.name.clone(), process.most))
            .collect();
        self.known = tree.into_iter().map(|process| process.id).collect();
        if sum(&settled) > sum(&self.processes) {
            self.processes = settled;
        }
    }
}

fn sum(processes: &[(String, u64)]) -> u64 {
    processes.iter().map(|(_, bytes)| bytes).sum()
}

struct Process {
    id: u32,
    name: String,
    most: u64,
    spent: Duration,
}

#[cfg(target_os = "linux")]
fn tree(root: u32) -> Vec<Process> {
    let mut found = Vec::new();
    let mut left = vec![root];
    while let Some(id) = left.pop() {
        found.push(process(id));
        left.extend(children(id));
    }
    found
}

/// `VmHWM`, the greatest resident size a process ever had: proc_pid_status(5).
#[cfg(target_os = "linux")]
fn process(id: u32) -> Process {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let kib = field("VmHWM:").and_then(|value| value.strip_suffix("kB")?.trim().parse::<u64>().ok());
    Process {
        id,
        name: field("Name:").unwrap_or_default().to_owned(),
        most: kib.unwrap_or(0) * 1024,
        spent: spent(id),
    }
}

/// Its own time and that of the children it waited for: fields 14 to 17 of proc_pid_stat(5), in ticks, which are
/// hundredths of a second to every program on Linux.
#[cfg(target_os = "linux")]
fn spent(id: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name, in brackets, may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// The children of all threads of a process: proc_tid_children(5).
#[cfg(target_os = "linux")]
fn children(id: u32) -> Vec<u32> {
    std::fs::read_dir(format!("/proc/{id}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn tree(id: u32) -> Vec<Process> {
    let name = String::new();
    vec![Process {
        id,
        name,
        most: 0,
        spent: Duration::ZERO,
    }]
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn children_count_from_the_second_look() {
        let root = std::process::id();
        let mut watch = Watch::default();
        assert_eq!(watch.peak(), None);
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        watch.look(root, 0);
        let names = |watch: &Watch| watch.processes.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert!(!names(&watch).contains(&"sleep".to_owned()), "{:?}", watch.processes);
        watch.look(root, 0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(names(&watch).contains(&"sleep".to_owned()), "{:?}", watch.processes);
        assert!(watch.peak().unwrap() > 1 << 20);
    }

    #[test]
    fn time_is_counted_per_turn() {
        let root = std::process::id();
        let mut watch = Watch::default();
        watch.look(root, 1);
        watch.look(root, 2);
        assert_eq!(watch.time_per_turn(), None, "nothing was done yet");
        let began = spent(root);
        let mut sum = 0_u64;
        while spent(root) < began + Duration::from_millis(40) {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        watch.look(root, 4);
        let each = watch.time_per_turn().unwrap();
        assert!(
            each >= Duration::from_millis(20) && each < Duration::from_secs(1),
            "{each:?}"
        );
    }
}
