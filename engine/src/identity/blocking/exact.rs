//! Blocks of records that agree exactly: a certain match does not rest on a hash.

use super::candidates::{Offers, PairBatch};

/// Blocks of more records are chained where all of their pairs are matches: each record is linked to its neighbour.
pub const LARGEST_CERTAIN: usize = 1000;

/// How many of the largest blocks are reported.
const LARGEST: usize = 5;

/// A pair whose smaller record is `l` and whose greater one is `r` agrees.
pub const FORWARD: u64 = 1;
/// A pair whose smaller record is `r` and whose greater one is `l` agrees.
pub const BACKWARD: u64 = 2;

/// The blocks of one alternative of a rule. Records have the number of their value, from 1 on; 0 is no value.
#[derive(Debug)]
pub struct ExactBlocks {
    left: Numbered,
    /// The values of the right side, where it is another expression than the left one.
    right: Option<Numbered>,
    /// The blocks that have pairs, by the number of their value.
    blocks: Vec<u32>,
    /// Blocks of more records are chained; `None` if not all pairs of a block are matches.
    chain_above: Option<usize>,
    /// Pairs of records in the blocks, those that are left out not counted.
    pub pairs: u64,
    /// Pairs that chaining leaves out.
    pub left_out: u64,
    /// The largest blocks: size and one of their records.
    pub largest: Vec<(u32, u32)>,
}

/// Records by the number of their value.
#[derive(Debug)]
struct Numbered {
    of_record: Vec<u32>,
    /// The records, value by value.
    records: Vec<u32>,
    /// Where the records of each value begin, and the end.
    starts: Vec<u32>,
}

impl Numbered {
    fn new(of_record: Vec<u32>, values: usize) -> Self {
        let mut starts = vec![0_u32; values + 2];
        for value in of_record.iter().filter(|v| **v > 0) {
            starts[*value as usize + 1] += 1;
        }
        for value in 1..starts.len() {
            starts[value] += starts[value - 1];
        }
        let mut next = starts.clone();
        let mut records = vec![0_u32; starts.last().copied().unwrap_or(0) as usize];
        for (record, value) in (0..).zip(&of_record).filter(|(_, value)| **value > 0) {
            records[next[*value as usize] as usize] = record;
            next[*value as usize] += 1;
        }
        Self { of_record, records, starts }
    }

    fn of(&self, value: u32) -> &[u32] {
        &self.records[self.starts[value as usize] as usize..self.starts[value as usize + 1] as usize]
    }

    fn bytes(&self) -> usize {
        4 * (self.of_record.len() + self.records.len() + self.starts.len())
    }
}

impl ExactBlocks {
    /// The blocks of records whose left value is another one's right value; of those that share a value without
    /// `right`. `values` is the greatest number. If all pairs of a block are matches, blocks of more records than
    /// `chain_above` give only as many pairs as connect them.
    pub fn new(left: Vec<u32>, right: Option<Vec<u32>>, values: usize, chain_above: Option<usize>) -> Self {
        let left = Numbered::new(left, values);
        let right = right.map(|right| Numbered::new(right, values));
        let mut out =
            Self { left, right, blocks: Vec::new(), chain_above, pairs: 0, left_out: 0, largest: Vec::new() };
        for value in 1..=u32::try_from(values).unwrap_or(u32::MAX - 1) {
            let pairs = out.all_pairs(value);
            if pairs == 0 {
                continue;
            }
            out.blocks.push(value);
            let given = out.given(value);
            out.pairs += given;
            out.left_out += pairs.saturating_sub(given);
            let size = u32::try_from(out.size(value)).unwrap_or(u32::MAX);
            if out.largest.len() < LARGEST || out.largest.last().is_some_and(|(least, _)| size > *least) {
                out.largest.push((size, out.left.of(value)[0]));
                out.largest.sort_unstable_by_key(|(size, record)| (std::cmp::Reverse(*size), *record));
                out.largest.truncate(LARGEST);
            }
        }
        out
    }

    /// Whether the numbers of two records agree, as a set of [`FORWARD`] and [`BACKWARD`].
    #[inline]
    pub fn agreement(&self, smaller: u32, greater: u32) -> u64 {
        let left = &self.left.of_record;
        let right = self.right.as_ref().map_or(left, |right| &right.of_record);
        let agree = |l: u32, r: u32| left[l as usize] == right[r as usize] && left[l as usize] > 0;
        (u64::from(agree(smaller, greater)) * FORWARD) | (u64::from(agree(greater, smaller)) * BACKWARD)
    }

    /// The number of blocks that have pairs.
    pub fn count(&self) -> usize {
        self.blocks.len()
    }

    /// For each block about how many pairs it gives.
    pub fn sizes(&self) -> impl Iterator<Item = u64> {
        self.blocks.iter().map(|value| self.given(*value))
    }

    /// The bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.left.bytes() + self.right.as_ref().map_or(0, Numbered::bytes) + 4 * self.blocks.len()
    }

    /// Whether it gives a pair, whatever else is tested: its records agree, and their block is not chained.
    #[inline]
    fn surely_gives(&self, smaller: u32, greater: u32) -> bool {
        let l = match self.agreement(smaller, greater) {
            0 => return false,
            directions if directions & FORWARD > 0 => smaller,
            _ => greater,
        };
        self.chain_above.is_some() && !self.is_chained(self.left.of_record[l as usize])
    }

    fn size(&self, value: u32) -> usize {
        self.left.of(value).len() + self.right.as_ref().map_or(0, |right| right.of(value).len())
    }

    fn is_chained(&self, value: u32) -> bool {
        self.chain_above.is_some_and(|limit| self.size(value) > limit)
    }

    fn all_pairs(&self, value: u32) -> u64 {
        let n = self.left.of(value).len() as u64;
        match &self.right {
            None => n * n.saturating_sub(1) / 2,
            Some(right) => n * right.of(value).len() as u64,
        }
    }

    fn given(&self, value: u32) -> u64 {
        let n = self.left.of(value).len() as u64;
        match (&self.right, self.is_chained(value)) {
            (None, true) => n.saturating_sub(1),
            (Some(right), true) => 2 * n + right.of(value).len() as u64,
            (_, false) => self.all_pairs(value),
        }
    }

    /// A record on the left, and those with which it is paired; `None` after the last one of the block.
    fn row(&self, block: usize, place: usize) -> Option<(u32, &[u32])> {
        let value = self.blocks[block];
        let lefts = self.left.of(value);
        let left = *lefts.get(place)?;
        let rights = match &self.right {
            None => &lefts[place + 1..],
            Some(right) => right.of(value),
        };
        // Two on the right, since one may be the record itself. The first on the left has them all.
        let few = match self.right {
            None => 1,
            Some(_) if place == 0 => rights.len(),
            Some(_) => 2,
        };
        let chained = self.is_chained(value);
        Some((left, if chained { &rights[..few.min(rights.len())] } else { rights }))
    }
}

/// The pairs of the blocks of several rules, in their order. The set of a pair's directions is in
/// [`PairBatch::rules`].
#[derive(Debug, Clone, Copy)]
pub struct ExactPairs<'a>(pub &'a [ExactBlocks]);

impl Offers for ExactPairs<'_> {
    fn row(&self, rule: usize, block: usize, place: usize) -> Option<(u32, &[u32])> {
        self.0[rule].row(block, place)
    }

    #[inline]
    fn offer(&self, rule: usize, left: u32, right: u32, batch: &mut PairBatch) {
        let (smaller, greater) = (left.min(right), left.max(right));
        if smaller == greater {
            return;
        }
        let own = &self.0[rule];
        let directions = own.agreement(smaller, greater);
        // A pair that agrees in both directions comes from both sides of its block, unless that is chained.
        let other = own.right.is_some() && left > right && directions & FORWARD > 0;
        if other && !own.is_chained(own.left.of_record[smaller as usize]) {
            return;
        }
        if self.0[..rule].iter().any(|earlier| earlier.surely_gives(smaller, greater)) {
            batch.skipped += 1;
            return;
        }
        batch.left.push(smaller);
        batch.right.push(greater);
        batch.rule.push(u16::try_from(rule).unwrap_or(u16::MAX));
        batch.rules.push(directions);
    }
}
