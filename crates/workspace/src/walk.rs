//! Walking granted folders on several threads, over directory handles.
//!
//! ripgrep's own walker (`ignore`) goes by path, so a directory swapped for a link while it runs would lead it out of
//! the grant. This one opens every folder from the handle of the one above it, without following links, and gives the
//! visitor the open folder and a name: there is no path to be tricked.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use deskhand_types::GuestPath;

use crate::error::WorkspaceError;
use crate::folder::{Folder, Kind, Meta};
use crate::workspace::Workspace;

mod ignored;
mod queue;

use ignored::Ignored;
use queue::Queue;

/// Folders that are never walked: other programs' stores, of no use to anyone searching for their work.
const NEVER: [&str; 7] = [
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "$RECYCLE.BIN",
    "System Volume Information",
    ".Trashes",
];

/// Files handed to a visitor in one go.
const BATCH: usize = 32;

/// Why a search ended before everything was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cut {
    /// The time limit ([`crate::Limits::max_search_ms`]).
    Time,
    /// The limit on entries ([`crate::Limits::max_entries`]).
    Entries,
    /// The limit on what is kept of the matches.
    Memory,
}

/// What a search left out, so that "not found" can be judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Skipped {
    /// Names beginning with a dot (asked for with `hidden`).
    pub hidden: usize,
    /// Left out by `.gitignore` (asked for with `gitignore`).
    pub ignored: usize,
    /// Folders or files that could not be opened, or whose names are not Unicode.
    pub unreadable: usize,
    /// Folders deeper than the limit.
    pub too_deep: usize,
    /// Files with content that is not text.
    pub binary: usize,
    /// Files larger than the limit.
    pub too_large: usize,
    /// Files whose content is in the cloud.
    pub placeholders: usize,
    /// What a rule keeps from being met ([`crate::Options::barred`]).
    pub barred: usize,
}

impl Skipped {
    pub(crate) fn add(&mut self, other: Self) {
        self.hidden += other.hidden;
        self.ignored += other.ignored;
        self.unreadable += other.unreadable;
        self.too_deep += other.too_deep;
        self.binary += other.binary;
        self.too_large += other.too_large;
        self.placeholders += other.placeholders;
        self.barred += other.barred;
    }
}

/// What to walk.
pub(crate) struct Plan {
    /// Whether names beginning with a dot are walked.
    pub(crate) hidden: bool,
    /// Whether `.gitignore` files are honoured.
    pub(crate) gitignore: bool,
    /// How deep below the base: 1 is its own entries.
    pub(crate) max_depth: usize,
}

/// An entry the walk came to.
pub(crate) struct At<'a> {
    /// The folder it is in, open.
    pub(crate) dir: &'a Arc<Dir>,
    /// Its name there.
    pub(crate) name: &'a str,
    /// Its path below the base, joined with `/`.
    pub(crate) below: &'a str,
    /// The base.
    pub(crate) base: &'a GuestPath,
}

impl At<'_> {
    pub(crate) fn path(&self) -> GuestPath {
        GuestPath::new(format!("{}/{}", self.base, self.below))
    }

    pub(crate) fn inspect(&self) -> std::io::Result<Meta> {
        Ok(Meta::of(&self.dir.symlink_metadata(self.name)?))
    }
}

/// What is done at each entry; one visitor per thread.
pub(crate) trait Visitor: Send {
    /// Whether the entry is of interest, by its path below the base alone. Called for everything.
    fn wants(&self, below: &str, kind: Kind) -> bool;
    /// Does what has to be done at an entry of interest.
    ///
    /// # Errors
    /// Why the whole walk shall end.
    fn visit(&mut self, at: &At<'_>, skipped: &mut Skipped) -> Result<(), Cut>;
}

/// How a walk went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Walked {
    pub(crate) skipped: Skipped,
    pub(crate) cut: Option<Cut>,
}

enum Job {
    Folder {
        parent: Arc<Dir>,
        name: String,
        place: Arc<Base>,
        below: String,
        depth: usize,
        ignored: Option<Arc<Ignored>>,
    },
    Open {
        dir: Arc<Dir>,
        place: Arc<Base>,
        below: String,
        depth: usize,
        ignored: Option<Arc<Ignored>>,
    },
    Entries {
        dir: Arc<Dir>,
        place: Arc<Base>,
        entries: Vec<(String, String)>,
    },
}

struct Base {
    path: GuestPath,
    /// Names from the grant's root to the base, for masking.
    names: Vec<String>,
}

struct Shared<'a> {
    workspace: &'a Workspace,
    plan: &'a Plan,
    queue: Queue<Job>,
    deadline: Instant,
    seen: AtomicUsize,
    stop: AtomicBool,
    cut: Mutex<Option<Cut>>,
}

impl Workspace {
    /// Walks below the given folders. Returns the visitors, one per thread, and how the walk went.
    pub(crate) fn walk<V: Visitor>(
        &self,
        bases: Vec<Folder>,
        plan: &Plan,
        visitor: impl Fn() -> V + Sync,
    ) -> Result<(Vec<V>, Walked), WorkspaceError> {
        let limits = &self.options.limits;
        let shared = Shared {
            workspace: self,
            plan,
            queue: Queue::new(),
            deadline: Instant::now() + Duration::from_millis(limits.max_search_ms),
            seen: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            cut: Mutex::new(None),
        };
        for base in bases {
            let (_, names) = crate::path::split(base.path())?;
            let names = names.into_iter().map(str::to_owned).collect();
            let place = Arc::new(Base {
                path: base.path().clone(),
                names,
            });
            shared.queue.push(Job::Open {
                dir: base.dir().clone(),
                place,
                below: String::new(),
                depth: 1,
                ignored: None,
            });
        }
        let threads = match limits.search_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from).min(8),
            asked => asked,
        };
        let mut visitors = Vec::new();
        let mut walked = Walked::default();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let mut worker = Worker {
                            shared: &shared,
                            visitor: visitor(),
                            skipped: Skipped::default(),
                        };
                        worker.run();
                        (worker.visitor, worker.skipped)
                    })
                })
                .collect();
            for worker in workers {
                if let Ok((visitor, skipped)) = worker.join() {
                    visitors.push(visitor);
                    walked.skipped.add(skipped);
                }
            }
        });
        walked.cut = *shared.cut.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((visitors, walked))
    }
}

struct Worker<'a, V> {
    shared: &'a Shared<'a>,
    visitor: V,
    skipped: Skipped,
}

impl<V: Visitor> Worker<'_, V> {
    fn run(&mut self) {
        while let Some(job) = self.shared.queue.pop() {
            if !self.shared.stop.load(Ordering::Relaxed)
                && let Err(cut) = self.one(job)
            {
                self.shared.stop.store(true, Ordering::Relaxed);
                self.shared
                    .cut
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(cut);
            }
            self.shared.queue.done();
        }
    }

    fn one(&mut self, job: Job) -> Result<(), Cut> {
        match job {
            Job::Folder {
                parent,
                name,
                place,
                below,
                depth,
                ignored,
            } => {
                let Ok(dir) = parent.open_dir_nofollow(&name) else {
                    self.skipped.unreadable += 1;
                    return Ok(());
                };
                self.folder(&Arc::new(dir), &place, &below, depth, ignored)
            }
            Job::Open {
                dir,
                place,
                below,
                depth,
                ignored,
            } => self.folder(&dir, &place, &below, depth, ignored),
            Job::Entries { dir, place, entries } => self.entries(&dir, &place, &entries),
        }
    }

    fn folder(
        &mut self,
        dir: &Arc<Dir>,
        place: &Arc<Base>,
        below: &str,
        depth: usize,
        ignored: Option<Arc<Ignored>>,
    ) -> Result<(), Cut> {
        let shared = self.shared;
        if Instant::now() > shared.deadline {
            return Err(Cut::Time);
        }
        if shared.workspace.has_protected()
            && dir
                .dir_metadata()
                .map_or(true, |meta| shared.workspace.is_protected(Meta::of(&meta).id))
        {
            return Ok(());
        }
        let ignored = if shared.plan.gitignore {
            Ignored::enter(dir, below, ignored)
        } else {
            None
        };
        let Ok(entries) = dir.entries() else {
            self.skipped.unreadable += 1;
            return Ok(());
        };
        let mut batch: Vec<(String, String)> = Vec::new();
        let mut seen = 0;
        for entry in entries {
            seen += 1;
            let Some((name, kind)) = entry.ok().and_then(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some((name, Kind::of(entry.file_type().ok()?)))
            }) else {
                self.skipped.unreadable += 1;
                continue;
            };
            if self.passes_over(place, below, &name, kind) {
                continue;
            }
            let path = if below.is_empty() {
                name.clone()
            } else {
                format!("{below}/{name}")
            };
            if ignored
                .as_ref()
                .is_some_and(|ignored| ignored.covers(&path, kind == Kind::Folder))
            {
                self.skipped.ignored += 1;
                continue;
            }
            if kind == Kind::Folder {
                if depth < shared.plan.max_depth {
                    shared.queue.push(Job::Folder {
                        parent: dir.clone(),
                        name: name.clone(),
                        place: place.clone(),
                        below: path.clone(),
                        depth: depth + 1,
                        ignored: ignored.clone(),
                    });
                } else if depth >= shared.workspace.options.limits.max_depth {
                    self.skipped.too_deep += 1;
                }
            }
            if self.visitor.wants(&path, kind) {
                batch.push((name, path));
                if batch.len() == BATCH {
                    let entries = std::mem::take(&mut batch);
                    shared.queue.push(Job::Entries {
                        dir: dir.clone(),
                        place: place.clone(),
                        entries,
                    });
                }
            }
        }
        if shared.seen.fetch_add(seen, Ordering::Relaxed) + seen > shared.workspace.options.limits.max_entries {
            return Err(Cut::Entries);
        }
        self.entries(dir, place, &batch)
    }

    /// What a walk does not come to, whoever asks.
    fn passes_over(&mut self, place: &Base, below: &str, name: &str, kind: Kind) -> bool {
        if !self.shared.plan.hidden && name.starts_with('.') {
            self.skipped.hidden += 1;
            return true;
        }
        if kind == Kind::Folder && NEVER.contains(&name) || crate::read::is_temporary(name) {
            return true;
        }
        if let Some(barred) = &self.shared.workspace.options.barred {
            let below = if below.is_empty() {
                name.to_owned()
            } else {
                format!("{below}/{name}")
            };
            if barred(&GuestPath::new(format!("{}/{below}", place.path))) {
                self.skipped.barred += 1;
                return true;
            }
        }
        crate::protect::may_mask(name) && {
            let above: Vec<String> = place
                .names
                .iter()
                .cloned()
                .chain(below.split('/').filter(|part| !part.is_empty()).map(str::to_owned))
                .collect();
            crate::protect::masks(&above, name)
        }
    }

    fn entries(&mut self, dir: &Arc<Dir>, place: &Base, entries: &[(String, String)]) -> Result<(), Cut> {
        for (name, below) in entries {
            if self.shared.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if Instant::now() > self.shared.deadline {
                return Err(Cut::Time);
            }
            let at = At {
                dir,
                name,
                below,
                base: &place.path,
            };
            self.visitor.visit(&at, &mut self.skipped)?;
        }
        Ok(())
    }
}
