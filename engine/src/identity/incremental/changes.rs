//! Which records are new, changed or gone since the last run.

use std::cmp::Ordering;

use crate::identity::records::RecordIndex;

/// The number of a record that is no longer there.
pub const GONE: u32 = u32::MAX;

/// What has changed between two runs.
#[derive(Debug, Default)]
pub struct Changes {
    /// For each record of the last run its number now, or [`GONE`]. Numbers keep their order.
    pub now: Vec<u32>,
    /// For each record of the last run, whether it is gone or has other values now.
    pub was_touched: Vec<bool>,
    /// For each record now, whether it is new or has other values.
    pub is_touched: Vec<bool>,
    /// How many records are new.
    pub new: usize,
    /// How many have other values.
    pub changed: usize,
    /// How many are gone.
    pub gone: usize,
}

impl Changes {
    /// Compares the records of two runs, both in order of source and key.
    pub fn between(before: &RecordIndex, now: &RecordIndex) -> Self {
        let mut out = Self {
            now: vec![GONE; before.len()],
            was_touched: vec![false; before.len()],
            is_touched: vec![true; now.len()],
            ..Self::default()
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(GONE);
        let (mut old, mut new) = (0, 0);
        while old < before.len() || new < now.len() {
            let order = match (old < before.len(), new < now.len()) {
                (true, true) => (before.source_of[old], before.key(number(old)))
                    .cmp(&(now.source_of[new], now.key(number(new)))),
                (true, false) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Less => {
                    out.was_touched[old] = true;
                    out.gone += 1;
                    old += 1;
                }
                Ordering::Greater => {
                    out.new += 1;
                    new += 1;
                }
                Ordering::Equal => {
                    let same = before.digests[old] == now.digests[new];
                    out.now[old] = number(new);
                    out.was_touched[old] = !same;
                    out.is_touched[new] = !same;
                    out.changed += usize::from(!same);
                    old += 1;
                    new += 1;
                }
            }
        }
        out
    }

    /// How many records are new, changed or gone.
    pub fn total(&self) -> usize {
        self.new + self.changed + self.gone
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    fn index(records: &[(u16, &str, u64)]) -> RecordIndex {
        let mut index = RecordIndex::with_sources(2);
        let keys = StringViewArray::from_iter_values(records.iter().map(|r| r.1));
        index.push(records.iter().map(|r| r.0), keys, records.iter().map(|r| r.2));
        index
    }

    #[test]
    fn tells_new_changed_and_gone() {
        let before = index(&[(0, "a", 1), (0, "c", 2), (1, "a", 3), (1, "b", 4)]);
        let now = index(&[(0, "a", 1), (0, "b", 9), (0, "c", 7), (1, "b", 4)]);
        let changes = Changes::between(&before, &now);
        assert_eq!(changes.now, [0, 2, GONE, 3]);
        assert_eq!(changes.was_touched, [false, true, true, false]);
        assert_eq!(changes.is_touched, [false, true, true, false]);
        assert_eq!((changes.new, changes.changed, changes.gone), (1, 1, 1));
    }
}
