//! How much memory a program and all its children hold, as the system counts it.

/// The greatest memory of a tree of processes seen so far.
#[derive(Default)]
pub(crate) struct Peak {
    /// The processes when it was seen: their names, and what each held at most until then, in bytes.
    processes: Vec<(String, u64)>,
    known: Vec<u32>,
}

impl Peak {
    /// In bytes; `None` where the system does not tell.
    pub(crate) fn bytes(&self) -> Option<u64> {
        (!self.processes.is_empty()).then(|| sum(&self.processes))
    }

    /// The names of the processes and their bytes.
    pub(crate) fn processes(self) -> Vec<(String, u64)> {
        self.processes
    }

    /// Looks at the processes now.
    ///
    /// Each but the first counts from the second look on: between fork and exec a child seems to hold all that its
    /// parent does.
    pub(crate) fn look(&mut self, root: u32) {
        let tree = tree(root);
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
    }
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
    vec![Process { id, name, most: 0 }]
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn children_count_from_the_second_look() {
        let root = std::process::id();
        let mut peak = Peak::default();
        assert_eq!(peak.bytes(), None);
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        peak.look(root);
        let names = |peak: &Peak| peak.processes.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert!(!names(&peak).contains(&"sleep".to_owned()), "{:?}", peak.processes);
        peak.look(root);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(names(&peak).contains(&"sleep".to_owned()), "{:?}", peak.processes);
        assert!(peak.bytes().unwrap() > 1 << 20);
    }
}
