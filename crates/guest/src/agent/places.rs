//! Where things are inside the machine.

/// The agent's own files.
pub(crate) const OWN: &str = "/run/deskhand";
/// The agent.
pub(crate) const AGENT: &str = "/run/deskhand/agent";
/// The machine's id.
pub(crate) const MACHINE_ID: &str = "/run/deskhand/machine-id";
/// The id of this start, for rooms: the kernel's own stays the same in every machine made from one saved state.
pub(crate) const BOOT_ID: &str = "/run/deskhand/boot-id";
/// Where programs look for it.
pub(crate) const BOOT_ID_IN_ROOM: &str = "/proc/sys/kernel/random/boot_id";
/// Where the host's folders are mounted: `<slot>/<name>` below it.
pub(crate) const SHARED: &str = "/run/deskhand/shared";
/// Where each command builds its root, in a mount namespace of its own.
pub(crate) const ROOM: &str = "/run/deskhand/room";
/// The disk for what is thrown away.
pub(crate) const SCRATCH: &str = "/scratch";
/// Control groups of the tasks: `<slot>/<command>` below it.
pub(crate) const CGROUPS: &str = "/sys/fs/cgroup/tasks";

/// Where a room's programs find the proxy's certificate.
pub(crate) const CA_IN_ROOM: &str = "/run/deskhand/ca.pem";
/// Where a room's programs find the door to the warm Python.
pub(crate) const PYTHON_IN_ROOM: &str = "/run/deskhand/python";
/// Where a room's programs find the agent.
pub(crate) const AGENT_IN_ROOM: &str = "/run/deskhand/agent";
/// Programs that come before the image's own: the warm Python's.
pub(crate) const BIN_IN_ROOM: &str = "/run/deskhand/bin";
/// The home folder of every task.
pub(crate) const HOME_IN_ROOM: &str = "/home/task";
