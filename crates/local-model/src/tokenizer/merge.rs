//! Merging neighbours by rank, in n log n: a document may hold one "word" of many thousand bytes.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use toktrie::TokenId;

use crate::{Error, Result};

/// The merge table.
pub(super) struct Merges {
    /// Rank and result by pair.
    table: HashMap<(TokenId, TokenId), (u32, TokenId)>,
}

/// A token within a piece; a linked list by index, so that merging costs nothing.
struct Node {
    id: TokenId,
    previous: usize,
    next: usize,
    alive: bool,
}

const END: usize = usize::MAX;

impl Merges {
    pub(super) fn new(merges: &[&str], ids: &HashMap<&str, TokenId>) -> Result<Self> {
        let mut table = HashMap::with_capacity(merges.len());
        for (rank, merge) in merges.iter().enumerate() {
            let entry = merge.split_once(' ').and_then(|(left, right)| {
                let merged = ids.get([left, right].concat().as_str())?;
                Some(((*ids.get(left)?, *ids.get(right)?), *merged))
            });
            let (pair, merged) =
                entry.ok_or_else(|| Error::Weights(format!("merge {rank} of the vocabulary names unknown tokens")))?;
            table.entry(pair).or_insert((rank as u32, merged));
        }
        Ok(Self { table })
    }

    /// Merges until no pair is in the table; among equal ranks the leftmost first.
    pub(super) fn apply(&self, piece: Vec<TokenId>) -> Vec<TokenId> {
        if piece.len() < 2 {
            return piece;
        }
        let last = piece.len() - 1;
        let mut nodes: Vec<Node> = piece
            .into_iter()
            .enumerate()
            .map(|(at, id)| Node {
                id,
                previous: at.checked_sub(1).unwrap_or(END),
                next: if at == last { END } else { at + 1 },
                alive: true,
            })
            .collect();
        let mut queue = BinaryHeap::new();
        for at in 0..last {
            self.offer(&nodes, at, &mut queue);
        }
        while let Some(Reverse((rank, at))) = queue.pop() {
            // An entry is stale when either side has been merged since: then the pair's rank is no longer this one.
            let Some((current, merged)) = self.pair_at(&nodes, at) else {
                continue;
            };
            if current != rank {
                continue;
            }
            let Some(right) = nodes.get(at).map(|node| node.next) else {
                continue;
            };
            let Some(after) = nodes.get_mut(right).map(|node| {
                node.alive = false;
                node.next
            }) else {
                continue;
            };
            if let Some(node) = nodes.get_mut(after) {
                node.previous = at;
            }
            let mut before = END;
            if let Some(node) = nodes.get_mut(at) {
                node.id = merged;
                node.next = after;
                before = node.previous;
            }
            self.offer(&nodes, at, &mut queue);
            self.offer(&nodes, before, &mut queue);
        }
        nodes
            .into_iter()
            .filter(|node| node.alive)
            .map(|node| node.id)
            .collect()
    }

    fn offer(&self, nodes: &[Node], at: usize, queue: &mut BinaryHeap<Reverse<(u32, usize)>>) {
        if let Some((rank, _)) = self.pair_at(nodes, at) {
            queue.push(Reverse((rank, at)));
        }
    }

    fn pair_at(&self, nodes: &[Node], at: usize) -> Option<(u32, TokenId)> {
        let left = nodes.get(at).filter(|node| node.alive)?;
        let right = nodes.get(left.next)?;
        self.table.get(&(left.id, right.id)).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn table() -> Merges {
        let ids: HashMap<&str, TokenId> = ["a", "b", "ab", "ba", "aa", "aba", "abab", "aaaa"]
            .into_iter()
            .zip(0..)
            .collect();
        Merges::new(&["a b", "b a", "a a", "ab a", "ab ab", "aa aa"], &ids).unwrap()
    }

    /// The definition: again and again the leftmost pair of the lowest rank.
    fn by_definition(merges: &Merges, mut ids: Vec<TokenId>) -> Vec<TokenId> {
        loop {
            let best = (1..ids.len())
                .filter_map(|i| {
                    merges
                        .table
                        .get(&(ids[i - 1], ids[i]))
                        .map(|(rank, to)| (*rank, i - 1, *to))
                })
                .min();
            let Some((_, at, to)) = best else { return ids };
            ids[at] = to;
            ids.remove(at + 1);
        }
    }

    proptest! {
        #[test]
        fn the_queue_does_what_the_definition_says(ids in proptest::collection::vec(0u32..2, 0..40)) {
            let merges = table();
            prop_assert_eq!(merges.apply(ids.clone()), by_definition(&merges, ids));
        }
    }

    #[test]
    fn one_endless_word_is_no_problem() {
        let start = Instant::now();
        assert_eq!(table().apply(vec![0; 200_000]).len(), 50_000);
        assert!(start.elapsed().as_secs() < 5);
    }

    #[test]
    fn a_merge_of_unknown_tokens_is_refused() {
        assert!(Merges::new(&["x y"], &HashMap::new()).is_err());
    }
}
