//! What the guest was told of each path: how an edit that a person makes while a command runs is noticed.
//!
//! `workspace` lands what a command made only where what stands is what the command saw. What it saw is what the guest
//! was told, but not always *by this command*: the guest's kernel keeps what it was told for [`super::VALID`]. So
//!
//! * what was told last before the command and may still have been kept when it began counts as seen: the command may
//!   have used it without asking, and been told something newer afterwards. The older answer is the strict one;
//! * otherwise the first answer since the command began counts: nothing older can have been used. Contents are never
//!   older, since every opening of a file is asked for, and opening what has changed drops what was kept of it;
//! * otherwise what was told before counts while the guest still knows the file, or else: nobody looked.
//!
//! Absence is never kept by the guest, so it counts only when told since the command began.
//!
//! An answer is *void* from the next command on when the guest was told to forget it, forgot it by itself, or when the
//! path was changed by the command: what it changed will be changed here by Deskhand itself, and that is no conflict.
//!
//! The memory is bounded, and a command can fill it. What was forgotten then is not what nobody looked at: see
//! [`Told::has_forgotten`].
//!
//! What remains: the guest is told to forget on another stream than the one commands come on. A command that begins
//! within that instant may overwrite, without opening it, a file somebody changed in the same instant. What stood
//! there is in the journal, as always.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskhand_types::{GuestPath, Stamp};

/// What was told: a version, or that nothing stands there.
type Answer = Option<Arc<Stamp>>;
/// Part of the hash of a path.
type Key = [u8; 16];

/// What is remembered of a path.
struct Record {
    /// The command during which it was told last.
    epoch: u64,
    /// The first answer during that command.
    first: Answer,
    /// The last answer.
    last: Answer,
    /// When that was.
    at: Instant,
    /// What held when that command began, and whether the guest may have kept it.
    before: Option<(Answer, bool)>,
    /// The last answer is void once this command is over.
    void: Option<u64>,
}

/// The memory of one room. At most `limit` paths; the oldest are forgotten first.
pub(crate) struct Told {
    records: HashMap<Key, Record>,
    /// Keys in the order in which they came; some may be gone already.
    order: VecDeque<Key>,
    limit: usize,
    kept_for: Duration,
    epoch: u64,
    marked: Option<Instant>,
    forgotten: bool,
}

impl Told {
    /// A memory of at most `limit` paths. The guest keeps what it is told for `kept_for`.
    pub fn new(limit: usize, kept_for: Duration) -> Self {
        Self {
            records: HashMap::new(),
            order: VecDeque::new(),
            limit,
            kept_for,
            epoch: 0,
            marked: None,
            forgotten: false,
        }
    }

    /// A command begins.
    pub fn mark(&mut self, now: Instant) {
        self.epoch += 1;
        self.marked = Some(now);
        let epoch = self.epoch;
        self.records
            .retain(|_, record| record.void.is_none_or(|void| void >= epoch));
        let records = &self.records;
        self.order.retain(|key| records.contains_key(key));
    }

    /// The guest was told of `path`. Returns whether it was told something else before.
    pub fn tell(&mut self, path: &GuestPath, stamp: Option<&Stamp>, now: Instant) -> bool {
        let key = key(path);
        let (epoch, marked) = (self.epoch, self.marked);
        let same = |answer: &Answer| answer.as_deref() == stamp;
        // Absence is not kept by the guest.
        let void = stamp.is_none().then_some(epoch);
        if let Some(record) = self.records.get_mut(&key) {
            let other = !same(&record.last);
            let answer = if other {
                stamp.cloned().map(Arc::new)
            } else {
                record.last.clone()
            };
            if record.epoch < epoch {
                record.before = record
                    .holds(epoch)
                    .then(|| (record.last.clone(), record.fresh(marked, self.kept_for)));
                record.first.clone_from(&answer);
                record.epoch = epoch;
            }
            record.last = answer;
            record.at = now;
            record.void = void;
            return other;
        }
        let answer = stamp.cloned().map(Arc::new);
        self.records.insert(
            key,
            Record {
                epoch,
                first: answer.clone(),
                last: answer,
                at: now,
                before: None,
                void,
            },
        );
        self.order.push_back(key);
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.records.remove(&oldest);
                self.forgotten = true;
            }
        }
        true
    }

    /// What was told of `path` is void from the next command on.
    pub fn void(&mut self, path: &GuestPath) {
        let epoch = self.epoch;
        if let Some(record) = self.records.get_mut(&key(path)) {
            record.void.get_or_insert(epoch);
        }
    }

    /// Everything told so far is void from the next command on: the guest is gone.
    pub fn void_all(&mut self) {
        for record in self.records.values_mut() {
            record.void.get_or_insert(self.epoch);
        }
    }

    /// What the command saw at `path`. `None`: it did not look. `Some(None)`: nothing stood there.
    #[allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]
    pub fn seen(&self, path: &GuestPath) -> Option<Option<Stamp>> {
        let record = self.records.get(&key(path))?;
        let answer = if record.epoch < self.epoch {
            record.holds(self.epoch).then_some(&record.last)
        } else {
            match &record.before {
                Some((before, true)) => Some(before),
                _ => Some(&record.first),
            }
        };
        answer.map(|answer| answer.as_deref().cloned())
    }

    /// Whether more was told than is remembered, ever: then a path that is not known may have been looked at. It stays
    /// so, since what was told long ago counts while the guest knows the file.
    pub const fn has_forgotten(&self) -> bool {
        self.forgotten
    }

    /// How many paths are remembered.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.records.len()
    }
}

impl Record {
    /// Whether the last answer, given before the command `epoch`, held when that began.
    fn holds(&self, epoch: u64) -> bool {
        self.void.is_none_or(|void| void >= epoch)
    }

    /// Whether the guest may have kept the last answer until the command began.
    fn fresh(&self, marked: Option<Instant>, kept_for: Duration) -> bool {
        marked.is_none_or(|marked| marked.saturating_duration_since(self.at) <= kept_for)
    }
}

fn key(path: &GuestPath) -> Key {
    let hash = blake3::hash(path.as_str().as_bytes());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::option_option, reason = "as `OverlayEntry::seen` has it")]

    use proptest::prelude::*;

    use super::*;

    /// What happens, at one of three paths.
    #[derive(Clone, Debug)]
    enum Event {
        Tell(usize, Option<u64>),
        Void(usize),
        Mark,
        Wait(u64),
    }

    fn stamp(version: u64) -> Stamp {
        Stamp {
            id: (1, 1),
            size: version,
            mtime_ns: None,
            ctime_ns: None,
        }
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            5 => (0..3_usize, proptest::option::of(0..4_u64)).prop_map(|(path, what)| Event::Tell(path, what)),
            1 => (0..3_usize).prop_map(Event::Void),
            2 => Just(Event::Mark),
            2 => (1..4_u64).prop_map(Event::Wait),
        ]
    }

    /// What was seen, by going through everything that happened.
    fn model(events: &[Event], path: usize) -> Option<Option<u64>> {
        let last_mark = events.iter().rposition(|event| matches!(event, Event::Mark));
        let (earlier, since) = events.split_at(last_mark.unwrap_or(0));
        let mut before = None;
        for (index, event) in earlier.iter().enumerate() {
            match event {
                Event::Tell(at, what) if *at == path => before = what.map(|what| (what, index)),
                Event::Void(at) if *at == path => before = None,
                _ => {}
            }
        }
        let before = before.map(|(what, index)| {
            let waits = earlier[index..]
                .iter()
                .map(|event| if let Event::Wait(time) = event { *time } else { 0 });
            (what, waits.sum::<u64>() <= 3)
        });
        let first = since.iter().find_map(|event| match event {
            Event::Tell(at, what) if *at == path => Some(*what),
            _ => None,
        });
        match (before, first) {
            (Some((kept, true)), _) | (Some((kept, false)), None) => Some(Some(kept)),
            (_, first) => first,
        }
    }

    proptest! {
        #[test]
        fn seen_is_what_the_guest_may_have_used(events in proptest::collection::vec(event(), 0..24)) {
            let mut told = Told::new(100, Duration::from_secs(3));
            let mut now = Instant::now();
            let paths = ["/mnt/w/a", "/mnt/w/b", "/mnt/w/b/c"].map(GuestPath::new);
            for event in &events {
                match event {
                    Event::Tell(path, what) => {
                        told.tell(&paths[*path], what.map(stamp).as_ref(), now);
                    }
                    Event::Void(path) => told.void(&paths[*path]),
                    Event::Mark => told.mark(now),
                    Event::Wait(seconds) => now += Duration::from_secs(*seconds),
                }
            }
            for (index, path) in paths.iter().enumerate() {
                let expected = model(&events, index).map(|what| what.map(stamp));
                prop_assert_eq!(told.seen(path), expected, "path {}", index);
            }
        }

        #[test]
        fn the_oldest_are_forgotten(names in proptest::collection::vec(0..50_u8, 0..200)) {
            let mut told = Told::new(10, Duration::from_secs(3));
            for name in names {
                told.tell(&GuestPath::new(format!("/mnt/w/{name}")), None, Instant::now());
                prop_assert!(told.count() <= 10 && told.order.len() <= 10);
                prop_assert_eq!(told.seen(&GuestPath::new(format!("/mnt/w/{name}"))), Some(None));
            }
        }
    }
}
