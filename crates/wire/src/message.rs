//! Requests of the host, and what the guest answers.

use serde::{Deserialize, Serialize};

/// Version of this protocol. Both sides must have the same.
pub const VERSION: u32 = 2;
/// Where the guest's proxy listens, inside every task: `127.0.0.1` at this port.
pub const PROXY_PORT: u16 = 3128;
/// User id of the first task slot; slot `n` runs as `FIRST_UID + n`.
pub const FIRST_UID: u32 = 10_000;

/// The user id of every task where there is no machine (tier `os`), inside the agent's user namespace.
pub const OS_UID: u32 = 1_000;

/// Which of the tasks that share a machine. Numbered from 1; the shared root has a folder of that name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Slot(pub u16);

impl Slot {
    /// The user (and group) id of the slot inside the guest.
    pub const fn uid(self) -> u32 {
        FIRST_UID + self.0 as u32
    }
}

/// What the host asks. Each request has a stream of its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Request {
    /// First of all, and again after every restore. Answer: one [`Reply`].
    Hello(Hello),
    /// Makes room for a task. Answer: one [`Reply`].
    OpenTask(OpenTask),
    /// Ends everything of a task and wipes its scratch. Answer: one [`Reply`].
    CloseTask(Slot),
    /// Runs a command. Answer: [`ExecEvent`]s up to [`ExecEvent::Done`]; meanwhile the host may send [`ExecControl`].
    Exec(Exec),
    /// Gets ready for a snapshot: nothing is running, everything is written, all streams are about to end.
    /// Answer: one [`Reply`], after which the guest waits for a new greeting on all streams.
    Freeze,
}

/// What a machine that was just started or restored must know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The host's [`VERSION`].
    pub version: u32,
    /// The host's clock, in nanoseconds since 1970.
    pub now_ns: u64,
    /// Fresh randomness, for the kernel's pool: a restored machine would repeat itself otherwise.
    pub entropy: [u8; 32],
    /// New on every start and restore; becomes the machine id.
    pub session: [u8; 16],
}

/// A task in the guest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenTask {
    /// Its slot.
    pub slot: Slot,
    /// The granted folders.
    pub folders: Vec<Folder>,
    /// What it may use.
    pub limits: Limits,
    /// Certificates (PEM) its programs trust: that of the host's proxy. Empty = none.
    pub ca_pem: String,
}

/// A granted folder inside a task. Its content is in the shared root, at `<slot>/<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Folder {
    /// Its name: it appears at `/mnt/<name>`.
    pub name: String,
    /// Whether commands may change it (in the overlay; the host decides what lands).
    pub writable: bool,
}

/// What a task may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Share of one processor in percent.
    pub cpu_percent: u32,
    /// Disk in bytes, all its commands together.
    pub disk: u64,
}

/// A command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exec {
    /// The task.
    pub slot: Slot,
    /// The command, for `bash -c`.
    pub command: String,
    /// Where it runs, absolute (`/mnt/work`, `/home/task`).
    pub cwd: String,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
    /// It is ended after this time, in milliseconds.
    pub timeout_ms: u64,
    /// It is ended after this much output, in bytes, both streams together.
    pub max_output: u64,
    /// Nothing is collected when it changed more than this many paths.
    pub max_entries: u32,
    /// Nothing is collected when the changed files hold more than this many bytes (holes do not count).
    pub max_bytes: u64,
    /// Nothing is collected when the changed files are longer than this many bytes (holes count).
    pub max_apparent: u64,
}

/// What the host says while a command runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ExecControl {
    /// End it, with everything it started. What it changed is collected nevertheless.
    Cancel,
}

/// The answer to most requests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// Done.
    Done,
    /// Not done, and why.
    Failed(Failure),
}

/// Why the guest could not do something.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
}

/// Kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FailureKind {
    /// The other side speaks another version.
    Version,
    /// The request makes no sense (unknown slot, bad name, not now).
    Request,
    /// The system refused something the guest needs; in tier `os`: this computer cannot confine.
    System,
    /// The change-set is larger than asked for. Nothing of it is sent.
    TooMuch,
}

/// Which output.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a running command says and does. Order: `Output`*, `Exited`, then per changed path `Entry` and, for a file,
/// `Data` and `Hole` until its size is reached, then `Done`. `Failed` may come instead of anything and ends the stream.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ExecEvent {
    /// Some output.
    Output(Output, Vec<u8>),
    /// The command and everything it started are gone.
    Exited(Exited),
    /// A changed path. Parents come before what is in them.
    Entry(Entry),
    /// Bytes of the file whose entry came last.
    Data(Vec<u8>),
    /// That many zero bytes of the file, which take no room.
    Hole(u64),
    /// Everything was sent; the upper layer is gone.
    Done,
    /// It could not go on.
    Failed(Failure),
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exited {
    /// Its exit code, or 128 + signal.
    pub code: i32,
    /// Why it ended.
    pub why: Why,
    /// Processor time it and its children used, in milliseconds.
    pub cpu_ms: u64,
    /// The most memory it used, in bytes; 0 where unknown.
    pub peak_memory: u64,
}

/// Why a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Why {
    /// By itself.
    Finished,
    /// Its time was over.
    TimedOut,
    /// The host cancelled it.
    Cancelled,
    /// It wrote more than it may.
    TooMuchOutput,
    /// It, or something it started, ran out of memory.
    OutOfMemory,
    /// It filled more disk than it may, where no quota stops it earlier (tier `os`).
    TooMuchDisk,
    /// It started more processes than it may, where the kernel does not stop it earlier (tier `os`).
    TooManyProcesses,
}

/// A path of the upper layer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Index into [`OpenTask::folders`].
    pub folder: u16,
    /// The path inside it, `/` between names; bytes, since a guest may name files as it likes.
    pub path: Vec<u8>,
    /// What is there.
    pub kind: EntryKind,
}

/// What the upper layer has at a path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EntryKind {
    /// A file; its bytes follow.
    File {
        /// Length in bytes.
        size: u64,
        /// Permission bits.
        mode: u32,
    },
    /// A folder. One that was there before appears when something in it changed.
    Folder {
        /// Permission bits.
        mode: u32,
        /// It replaces what was there before altogether.
        opaque: bool,
    },
    /// A symbolic link.
    Link {
        /// Its target.
        target: Vec<u8>,
    },
    /// What was there is gone.
    Removed,
    /// Something that cannot be taken over.
    Other {
        /// What it is ("a named pipe").
        what: String,
    },
}
