//! Applying a change-set: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use deskhand_types::{Change, ChangeSet, ChangeSetId, FileState, GuestPath, PathChange};

use crate::error::{ApplyError, Conflict, Standing, WorkspaceError};
use crate::folder::Folder;
use crate::prepare::only_times;
use crate::resolve::{Links, io_error};
use crate::step::{Step, Stop, conflict_at};
use crate::sweep::temp_name;
use crate::undo::inverted;
use crate::workspace::Workspace;
use crate::{path, protect};

/// A change-set that landed: every file was read back and compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The change-set.
    pub id: ChangeSetId,
    /// Number of changes that landed.
    pub changes: usize,
    /// Renames the file system could not guarantee to overwrite nothing (some network and USB drives): there another
    /// program's write in the same microseconds could have been lost. 0 on ordinary disks.
    pub unguarded: usize,
}

/// Modes and times set when all else is done.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Finish {
    mode: Option<u32>,
    mtime_ns: Option<i128>,
    /// The folder was there before and only its time is put right: a system that refuses is no failure.
    optional: bool,
}

/// A change-set being applied or taken back.
pub(crate) struct Run<'a> {
    workspace: &'a Workspace,
    id: &'a ChangeSetId,
    back: bool,
    lenient: bool,
    finish: BTreeMap<GuestPath, Finish>,
    /// Folders whose names changed.
    changed: BTreeSet<GuestPath>,
    /// Changes of folder times that are not made, since somebody else changed the folder meanwhile.
    foreign: HashSet<usize>,
    /// Times folders had when this began, under the names they had then.
    times: BTreeMap<GuestPath, i128>,
    unguarded: usize,
}

impl Workspace {
    /// Applies a change-set. Before each change its "before" state is checked; if anything is not as expected, or
    /// fails, everything done in this call is taken back.
    ///
    /// # Errors
    /// [`ApplyError::Refused`]: nothing was touched. [`ApplyError::Conflict`], [`ApplyError::Failed`]: nothing of the
    /// set stands. [`ApplyError::Standing`]: taking back failed too; it says exactly what stands, and
    /// [`Workspace::roll_back`] may be called until it succeeds.
    pub fn apply(&self, set: &ChangeSet) -> Result<Applied, ApplyError> {
        self.check_form(set).map_err(ApplyError::Refused)?;
        let conflicts = self.conflicts(set).map_err(ApplyError::Refused)?;
        if !conflicts.is_empty() {
            return Err(ApplyError::Conflict {
                set: set.id.clone(),
                conflicts,
            });
        }
        let mut run = Run::new(self, set, false, false);
        run.note_folders(set).map_err(ApplyError::Refused)?;
        for (n, change) in set.changes.iter().enumerate() {
            if let Err(stop) = run.perform(n, change) {
                return Err(run.give_up(set, n, stop));
            }
        }
        if let Err(error) = run.finish() {
            return Err(run.give_up(set, set.changes.len(), error.into()));
        }
        Ok(Applied {
            id: set.id.clone(),
            changes: set.changes.len(),
            unguarded: run.unguarded,
        })
    }

    /// Refuses a change-set that contradicts itself, touches what may not be touched, or whose contents are not kept.
    pub(crate) fn check_form(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        for change in &set.changes {
            let bad = |why| WorkspaceError::BadChange {
                path: change.path.clone(),
                why,
            };
            for path in std::iter::once(&change.path).chain(&change.from) {
                self.check_writable(path)?;
                let (_, parts) = path::split(path)?;
                if parts.is_empty() && !only_times(change) {
                    return Err(bad("it is the granted folder itself"));
                }
                let mut above: Vec<String> = Vec::new();
                for part in parts {
                    if protect::masks(&above, part) {
                        return Err(WorkspaceError::Protected { path: path.clone() });
                    }
                    above.push(part.to_owned());
                }
            }
            use FileState::{Absent, File, Folder};
            let fits = match (change.change, &change.before, &change.after) {
                (Change::Create, Absent, after) => *after != Absent,
                (Change::Delete, before, Absent) => *before != Absent,
                (Change::Modify, File { .. }, File { .. }) | (Change::Mode, Folder { .. }, Folder { .. }) => true,
                (Change::Mode, File { hash: a, .. }, File { hash: b, .. }) => a == b,
                (Change::Move, before, after) => *before != Absent && before.same_content(after),
                _ => false,
            };
            if !fits || (change.change == Change::Move) != change.from.is_some() {
                return Err(bad("its states do not fit its kind"));
            }
            for state in [&change.before, &change.after] {
                if let File { hash, .. } = state
                    && change.change != Change::Move
                    && !self.blobs.contains(hash)?
                {
                    return Err(deskhand_types::BlobError::Missing(*hash).into());
                }
            }
        }
        Ok(())
    }

    /// Paths that are not as the set expects, of those that no earlier change of the set concerns.
    fn conflicts(&self, set: &ChangeSet) -> Result<Vec<Conflict>, WorkspaceError> {
        let mut conflicts = Vec::new();
        let mut concerned: HashSet<&str> = HashSet::new();
        for change in set.changes.iter().filter(|change| !only_times(change)) {
            let at = change.from.as_ref().unwrap_or(&change.path);
            let mut expected = vec![(at, &change.before)];
            if change.from.is_some() {
                expected.push((&change.path, &FileState::Absent));
            }
            for (path, state) in expected {
                if self_and_above(path).any(|path| concerned.contains(path)) {
                    continue;
                }
                let stands = match self.stands(path, state, false) {
                    Ok(stands) => stands,
                    Err(WorkspaceError::ThroughLink { .. } | WorkspaceError::NotAFolder { .. }) => false,
                    Err(error) => return Err(error),
                };
                if !stands && !self.is_respelling(change, path) {
                    conflicts.push(conflict_at(self, path, state.clone()));
                }
            }
            concerned.insert(change.path.as_str());
            if let Some(from) = &change.from {
                concerned.insert(from.as_str());
            }
        }
        Ok(conflicts)
    }

    /// Whether the new path of a move exists only since it is another spelling of the old one.
    fn is_respelling(&self, change: &PathChange, path: &GuestPath) -> bool {
        use crate::state::Look::Spot;
        let Some(from) = change.from.as_ref().filter(|_| *path == change.path) else {
            return false;
        };
        match (self.look(from), self.look(path)) {
            (Ok(Spot(_, Some(one))), Ok(Spot(_, Some(other)))) => {
                one.id == other.id && crate::portable::folded(from.as_str()) == crate::portable::folded(path.as_str())
            }
            _ => false,
        }
    }
}

/// The path and every folder above it, as text.
fn self_and_above(path: &GuestPath) -> impl Iterator<Item = &str> {
    let text = path.as_str();
    std::iter::successors(Some(text), |text| {
        text.rsplit_once('/')
            .map(|(head, _)| head)
            .filter(|head| !head.is_empty())
    })
}

impl<'a> Run<'a> {
    pub(crate) fn new(workspace: &'a Workspace, set: &'a ChangeSet, back: bool, lenient: bool) -> Self {
        Self {
            workspace,
            id: &set.id,
            back,
            lenient,
            finish: BTreeMap::new(),
            changed: BTreeSet::new(),
            foreign: HashSet::new(),
            times: BTreeMap::new(),
            unguarded: 0,
        }
    }

    pub(crate) const fn unguarded(&self) -> usize {
        self.unguarded
    }

    /// Remembers the times of folders whose entries change, and which of them somebody else changed: theirs is kept.
    fn note_folders(&mut self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let mut known: BTreeMap<GuestPath, (Vec<Option<i128>>, Vec<usize>)> = BTreeMap::new();
        for (n, change) in set.changes.iter().enumerate() {
            let times = only_times(change);
            if times || (change.change == Change::Delete && matches!(change.before, FileState::Folder { .. })) {
                // Under the name it has now; a folder this set makes is nobody else's.
                let Some(now) = name_before(set.changes.get(..n).unwrap_or_default(), &change.path) else {
                    continue;
                };
                let (expected, notes) = known.entry(now).or_default();
                if times {
                    expected.extend([time_of(&change.before), time_of(&change.after)]);
                    notes.push(n);
                }
            }
        }
        for (path, (expected, notes)) in known {
            let Some(folder) = self.open_if_there(&path)? else {
                continue;
            };
            let meta = folder
                .inspect_self()
                .map_err(|error| io_error(&path, "looked at", error))?;
            if let Some(ns) = meta.mtime_ns {
                self.times.insert(path, ns);
            }
            if !expected.iter().any(|time| same_time(meta.mtime_ns, *time)) {
                self.foreign.extend(notes);
            }
        }
        Ok(())
    }

    fn open_if_there(&self, path: &GuestPath) -> Result<Option<Folder>, WorkspaceError> {
        match self.workspace.open_folder(path, Links::Refuse) {
            Ok(folder) => Ok(Some(folder)),
            Err(
                WorkspaceError::NotFound { .. }
                | WorkspaceError::NotAFolder { .. }
                | WorkspaceError::ThroughLink { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Carries out one change, or remembers it for the end.
    pub(crate) fn perform(&mut self, n: usize, change: &PathChange) -> Result<(), Stop> {
        // A folder made by this set gets its mode last; a change of that mode changes what it will get.
        let pending = self.finish.get(&change.path).is_some_and(|finish| !finish.optional);
        let only_pending = pending && change.change == Change::Mode && matches!(change.after, FileState::Folder { .. });
        if !only_times(change) && !only_pending {
            let lenient = self.lenient || pending;
            let temp = temp_name(self.id, n, self.back);
            let mut step = Step {
                workspace: self.workspace,
                temp,
                lenient,
                checked: 0,
            };
            let done = step.perform(change);
            self.unguarded += step.checked;
            done?;
        }
        self.note(n, change);
        Ok(())
    }

    /// Remembers what has to be done at the end for a change that stands.
    pub(crate) fn note(&mut self, n: usize, change: &PathChange) {
        if only_times(change) {
            if !self.foreign.contains(&n)
                && let Some(ns) = time_of(&change.after)
            {
                let finish = self.finish.entry(change.path.clone()).or_insert(Finish {
                    optional: true,
                    ..Finish::default()
                });
                finish.mtime_ns = Some(ns);
            }
            return;
        }
        if let Some(from) = &change.from {
            // What was remembered for entries below the old place holds for the new one.
            let moved: Vec<GuestPath> = self
                .finish
                .keys()
                .filter(|path| path::within(path, from))
                .cloned()
                .collect();
            for path in moved {
                if let Some(finish) = self.finish.remove(&path) {
                    self.finish.insert(path::rebase(&path, from, &change.path), finish);
                }
            }
        }
        match (change.change, &change.after) {
            (Change::Create, FileState::Folder { mode, mtime_ns }) => {
                // A time noted for it, before or after, is that of its last entry: it is the one that stays.
                let noted = self
                    .finish
                    .get(&change.path)
                    .filter(|finish| finish.optional)
                    .and_then(|finish| finish.mtime_ns);
                let finish = Finish {
                    mode: *mode,
                    mtime_ns: noted.or(*mtime_ns),
                    optional: false,
                };
                self.finish.insert(change.path.clone(), finish);
            }
            (Change::Mode, FileState::Folder { mode, .. }) => {
                if let Some(finish) = self.finish.get_mut(&change.path).filter(|finish| !finish.optional) {
                    finish.mode = *mode;
                }
            }
            (Change::Move, FileState::Folder { mtime_ns: Some(ns), .. }) => {
                let finish = self.finish.entry(change.path.clone()).or_insert(Finish {
                    optional: true,
                    ..Finish::default()
                });
                finish.mtime_ns.get_or_insert(*ns);
            }
            (Change::Delete, _) => {
                self.finish.remove(&change.path);
            }
            _ => {}
        }
        for path in std::iter::once(&change.path).chain(&change.from) {
            self.changed.extend(path::parent(path));
        }
    }

    /// Makes names durable, then sets modes and times of folders, deepest first.
    pub(crate) fn finish(&mut self) -> Result<(), WorkspaceError> {
        for path in &self.changed {
            if let Some(folder) = self.open_if_there(path)? {
                folder.sync().map_err(|error| io_error(path, "made durable", error))?;
            }
        }
        for (path, finish) in self.finish.iter().rev() {
            let Some(folder) = self.open_if_there(path)? else {
                continue;
            };
            if let Some(ns) = finish.mtime_ns {
                match folder.set_mtime(ns) {
                    Err(error) if finish.optional && error.kind() == std::io::ErrorKind::PermissionDenied => {}
                    other => other.map_err(|error| io_error(path, "given its time", error))?,
                }
            }
            if let Some(mode) = finish.mode {
                folder
                    .set_mode(mode)
                    .map_err(|error| io_error(path, "given its mode", error))?;
            }
        }
        Ok(())
    }

    /// Takes back what was done after the `n`th change stopped (`n` past the end: all were done).
    fn give_up(self, set: &ChangeSet, n: usize, stop: Stop) -> ApplyError {
        let maybe_landed = matches!(stop, Stop::Failed(_));
        let cause = match stop {
            Stop::Conflict(conflict) => ApplyError::Conflict {
                set: set.id.clone(),
                conflicts: vec![*conflict],
            },
            Stop::Failed(error) => ApplyError::Failed {
                set: set.id.clone(),
                source: error,
            },
        };
        let mut back = Run::new(self.workspace, set, true, true);
        back.foreign = self.foreign;
        back.times = self.times;
        let standing = back.take_back(set, n, maybe_landed);
        if standing.is_empty() {
            cause
        } else {
            ApplyError::Standing {
                set: set.id.clone(),
                cause: Box::new(cause),
                standing,
            }
        }
    }

    /// Takes back the first `n` changes, and the one after them if it may stand; returns what could not be.
    pub(crate) fn take_back(&mut self, set: &ChangeSet, n: usize, next_too: bool) -> Vec<Standing> {
        let mut standing = Vec::new();
        for (index, change) in set.changes.iter().enumerate().rev() {
            if index > n || only_times(change) {
                // Never reached. What it says of folders' times still counts: their entries may have come and gone.
                self.note(index, &inverted(change));
                continue;
            }
            if let Err(why) = self.take_back_one(index, change, index < n, next_too) {
                standing.push(Standing {
                    index,
                    path: change.path.clone(),
                    why,
                });
            }
        }
        // Whatever was written down of folders' times: if it is known what they were, that is right.
        for (path, ns) in std::mem::take(&mut self.times) {
            let finish = self.finish.entry(path).or_insert(Finish {
                optional: true,
                ..Finish::default()
            });
            finish.mtime_ns = Some(ns);
        }
        if let Err(error) = self.finish() {
            let path = set
                .changes
                .first()
                .map_or_else(|| GuestPath::new(path::MNT), |change| change.path.clone());
            standing.push(Standing {
                index: 0,
                path,
                why: format!("times or modes of folders: {error}"),
            });
        }
        standing
    }

    /// `was_done`: the change had landed. Otherwise it is the one that stopped, and `maybe` says if it may stand.
    fn take_back_one(&mut self, n: usize, change: &PathChange, was_done: bool, maybe: bool) -> Result<(), String> {
        let workspace = self.workspace;
        let inverse = inverted(change);
        let text = |error: WorkspaceError| error.to_string();
        workspace.sweep(self.id, n, change, false).map_err(text)?;
        workspace.sweep(self.id, n, &inverse, true).map_err(text)?;
        if !was_done && !maybe {
            self.note(n, &inverse);
            return Ok(());
        }
        if workspace.is_after(change).map_err(text)? {
            return self.perform(n, &inverse).map_err(|stop| match stop {
                Stop::Conflict(conflict) => format!("{} is no longer as expected", conflict.path),
                Stop::Failed(error) => error.to_string(),
            });
        }
        if !was_done || workspace.is_after(&inverse).map_err(text)? {
            // Not there any more, or never: what has to be done at the end is still to be done.
            self.note(n, &inverse);
            return Ok(());
        }
        Err("it was changed by someone else".to_owned())
    }
}

impl Workspace {
    /// Whether a change stands, folders' modes aside.
    pub(crate) fn is_after(&self, change: &PathChange) -> Result<bool, WorkspaceError> {
        let stands = |path: &GuestPath, state: &FileState| match self.stands(path, state, true) {
            Err(WorkspaceError::ThroughLink { .. } | WorkspaceError::NotAFolder { .. }) => {
                Ok(*state == FileState::Absent)
            }
            other => other,
        };
        Ok(stands(&change.path, &change.after)?
            && match &change.from {
                Some(from) => stands(from, &FileState::Absent)? || self.is_respelling(change, &change.path),
                None => true,
            })
    }
}

/// What the folder at `path` was called before `changes`; `None` when they made it.
fn name_before(changes: &[PathChange], path: &GuestPath) -> Option<GuestPath> {
    let mut path = path.clone();
    for change in changes.iter().rev() {
        match &change.from {
            Some(from) if path::within(&path, &change.path) => path = path::rebase(&path, &change.path, from),
            None if change.change == Change::Create && path::within(&path, &change.path) => return None,
            _ => {}
        }
    }
    Some(path)
}

fn time_of(state: &FileState) -> Option<i128> {
    match state {
        FileState::File { mtime_ns, .. } | FileState::Folder { mtime_ns, .. } => *mtime_ns,
        FileState::Absent | FileState::Link { .. } => None,
    }
}

/// Times are the same within what coarse file systems keep (FAT: two seconds).
pub(crate) fn same_time(one: Option<i128>, other: Option<i128>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 2_000_000_000,
        _ => true,
    }
}
