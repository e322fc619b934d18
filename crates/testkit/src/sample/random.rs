//! A small generator of numbers, so that the folder depends on its seed alone and on no library's version.

/// SplitMix64 (Steele, Lea and Flood 2014): enough for data that should look uneven.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// One of a list; the earlier ones more often.
    pub fn uneven<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let count = list.len() as i64;
        let (a, b) = (self.between(0, count - 1), self.between(0, count - 1));
        list.get(a.min(b) as usize)
    }

    /// True in `per_hundred` of a hundred cases.
    pub const fn chance(&mut self, per_hundred: i64) -> bool {
        self.between(1, 100) <= per_hundred
    }
}
