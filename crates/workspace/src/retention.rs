//! Which stored contents may go. Pure: the store does the deleting.

use std::collections::{BTreeMap, HashSet};

use deskhand_types::{ChangeSet, FileState, Hash, Timestamp};

/// How long earlier contents are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Days after the end of a task.
    pub keep_days: u32,
    /// Most bytes of contents kept for undo, oldest task first to go.
    pub max_bytes: u64,
}

impl Default for Policy {
    /// 30 days or 10 GiB.
    fn default() -> Self {
        Self {
            keep_days: 30,
            max_bytes: 10 << 30,
        }
    }
}

/// A change-set and the state of its task.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// The change-set.
    pub set: &'a ChangeSet,
    /// When its task ended; of an open task when it was applied.
    pub finished_at: Timestamp,
    /// Whether its task is still open: then nothing of it may go.
    pub open: bool,
}

/// What may be released.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Release {
    /// Contents no kept change-set needs. The caller must still keep those that other events refer to.
    pub blobs: Vec<Hash>,
    /// Change-sets that can no longer be undone: indices into the list given.
    pub sets: Vec<usize>,
    /// Bytes the released contents have, before compression.
    pub bytes: u64,
}

/// Plans what to release at `now`. A change-set goes whole or stays whole, so that an undo never finds half its
/// contents; a content stays as long as any kept change-set speaks of it.
pub fn plan(sets: &[Kept<'_>], policy: Policy, now: Timestamp) -> Release {
    let keep_ms = i64::from(policy.keep_days).saturating_mul(24 * 60 * 60 * 1000);
    let contents: Vec<BTreeMap<Hash, u64>> = sets.iter().map(|kept| contents(kept.set)).collect();
    // How many kept change-sets speak of each content.
    let mut users: BTreeMap<Hash, (u64, usize)> = BTreeMap::new();
    for content in &contents {
        for (hash, size) in content {
            users.entry(*hash).or_insert((*size, 0)).1 += 1;
        }
    }
    let mut total: u64 = users.values().map(|(size, _)| size).sum();
    let mut order: Vec<usize> = (0..sets.len())
        .filter(|index| sets.get(*index).is_some_and(|kept| !kept.open))
        .collect();
    order.sort_by_key(|index| sets.get(*index).map(|kept| kept.finished_at));
    let mut release = Release::default();
    let mut gone: HashSet<Hash> = HashSet::new();
    for index in order {
        let (Some(kept), Some(content)) = (sets.get(index), contents.get(index)) else {
            continue;
        };
        let too_old = now.0.saturating_sub(kept.finished_at.0) > keep_ms;
        if !too_old && total <= policy.max_bytes {
            break;
        }
        release.sets.push(index);
        for hash in content.keys() {
            if let Some((size, count)) = users.get_mut(hash) {
                *count -= 1;
                if *count == 0 && gone.insert(*hash) {
                    total = total.saturating_sub(*size);
                    release.bytes += *size;
                    release.blobs.push(*hash);
                }
            }
        }
    }
    release.blobs.sort();
    release
}

/// Contents a change-set speaks of. A move brings its file along and needs no stored content.
fn contents(set: &ChangeSet) -> BTreeMap<Hash, u64> {
    set.changes
        .iter()
        .filter(|change| change.from.is_none())
        .flat_map(|change| [&change.before, &change.after])
        .filter_map(|state| match state {
            FileState::File { hash, size, .. } => Some((*hash, *size)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use deskhand_types::{Cause, Change, GuestPath, PathChange};

    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn set(id: &str, before: &[u8], after: &[u8]) -> ChangeSet {
        let file = |bytes: &[u8]| FileState::File {
            hash: Hash::of(bytes),
            size: bytes.len() as u64,
            mode: None,
            mtime_ns: None,
        };
        let change = PathChange {
            change: Change::Modify,
            path: GuestPath::new("/mnt/w/a"),
            from: None,
            before: file(before),
            after: file(after),
            lines: None,
        };
        ChangeSet {
            id: id.into(),
            cause: Cause::Undo { of: vec![] },
            changes: vec![change],
            at: Timestamp(0),
        }
    }

    #[test]
    fn old_tasks_go_open_ones_stay_and_shared_contents_too() {
        let (a, b, c) = (
            set("1", b"one", b"two"),
            set("2", b"two", b"three"),
            set("3", b"old", b"new"),
        );
        let kept = [
            Kept {
                set: &a,
                finished_at: Timestamp(0),
                open: false,
            },
            Kept {
                set: &b,
                finished_at: Timestamp(20 * DAY),
                open: false,
            },
            Kept {
                set: &c,
                finished_at: Timestamp(0),
                open: true,
            },
        ];
        let release = plan(&kept, Policy::default(), Timestamp(31 * DAY));
        assert_eq!(
            release,
            Release {
                blobs: vec![Hash::of(b"one")],
                sets: vec![0],
                bytes: 3
            }
        );
        assert_eq!(plan(&kept, Policy::default(), Timestamp(29 * DAY)), Release::default());
    }

    #[test]
    fn over_the_limit_the_oldest_go_first() {
        let sets: Vec<ChangeSet> = (0..4_u8).map(|n| set("x", &[n; 100], &[n + 100; 100])).collect();
        let kept: Vec<Kept<'_>> = sets
            .iter()
            .enumerate()
            .map(|(n, set)| Kept {
                set,
                finished_at: Timestamp(n as i64),
                open: n == 0,
            })
            .collect();
        let release = plan(
            &kept,
            Policy {
                keep_days: 30,
                max_bytes: 450,
            },
            Timestamp(10),
        );
        assert_eq!((release.sets, release.bytes, release.blobs.len()), (vec![1, 2], 400, 4));
    }
}
