//! The Jaro-Winkler similarity of words, and when it need not be computed.

use std::cmp::Ordering;

use super::dictionary::Word;
use super::edits::{MANY, edits, edits_of_eight};

/// Below this Jaro similarity a common prefix is no evidence (Winkler 1990).
const BOOST_THRESHOLD: f64 = 0.7;

/// The weight of each of up to four characters of the common prefix.
const PREFIX_WEIGHT: f64 = 0.1;

/// More than rounding can add to a similarity.
const SLACK: f64 = 1e-9;

/// Texts of up to this many characters fit into one machine word.
const WORD: usize = 64;

/// The least similarity at which few edits count: short texts that are one edit apart have little in common.
const GUARD: f64 = 0.6;

/// Room for comparing, used again for each pair.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The positions of each character in one text; 0 between calls.
    positions: [u64; 256],
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self { positions: [0; 256] }
    }
}

/// What is left to 1 by a common prefix of up to four characters, inverted.
const PREFIX_REST: [f64; 5] = [1.0, 1.0 / 0.9, 1.0 / 0.8, 1.0 / 0.7, 1.0 / 0.6];

/// The similarity of two words, computed when it is asked for, at most once.
#[derive(Debug)]
pub(super) struct Similarity<'a> {
    a: Word<'a>,
    b: Word<'a>,
    common: u32,
    value: Option<f64>,
}

impl<'a> Similarity<'a> {
    #[inline]
    pub(super) fn new(a: Word<'a>, b: Word<'a>) -> Self {
        Self { a, b, common: a.common(&b), value: None }
    }

    #[inline]
    pub(super) fn is_at_least(&mut self, threshold: f64, scratch: &mut Scratch) -> bool {
        (self.value.is_some() || self.may_reach(threshold)) && self.value(scratch) >= threshold
    }

    #[inline]
    pub(super) fn value(&mut self, scratch: &mut Scratch) -> f64 {
        *self.value.get_or_insert_with(|| jaro_winkler(scratch, &self.a, &self.b))
    }

    /// Whether texts with as many matches, all in order, could be so similar.
    #[inline]
    fn may_reach(&self, threshold: f64) -> bool {
        let jaro = if threshold <= BOOST_THRESHOLD {
            threshold
        } else {
            let prefix = common_prefix(&self.a, &self.b);
            ((threshold - prefix as f64 * PREFIX_WEIGHT) * PREFIX_REST[prefix]).max(BOOST_THRESHOLD)
        };
        let matches = f64::from(self.a.most_matches(&self.b, self.common));
        let (length_a, length_b) = (self.a.bytes.len() as f64, self.b.bytes.len() as f64);
        matches * (length_a + length_b) >= (3.0 * jaro - 1.0 - SLACK) * length_a * length_b
    }

    /// The edit distance, or [`MANY`] if it is over `limit` or the texts are too short for so many edits.
    ///
    /// The guard need not be computed for longer texts: those of n characters at one or two edits have at least
    /// n - 1 or n - 2 characters in common within Jaro's window, so from n = 4 or 6 on the similarity is above it.
    #[inline]
    pub(super) fn edits(&mut self, limit: u32, scratch: &mut Scratch) -> u32 {
        if self.a.least_edits(&self.b, self.common) > limit {
            return MANY;
        }
        let (a, b) = (&self.a, &self.b);
        let longer = a.bytes.len().max(b.bytes.len());
        let edits = if a.bytes.len() == b.bytes.len() && longer <= 8 {
            edits_of_eight(a.prefix, b.prefix)
        } else {
            edits(a.bytes, b.bytes)
        };
        match edits {
            edits if edits > limit => MANY,
            edits if longer < 2 + 2 * edits as usize && !self.is_at_least(GUARD, scratch) => MANY,
            edits => edits,
        }
    }
}

#[inline]
fn boost(a: &Word<'_>, b: &Word<'_>, jaro: f64) -> f64 {
    if jaro <= BOOST_THRESHOLD {
        return jaro;
    }
    jaro + common_prefix(a, b) as f64 * PREFIX_WEIGHT * (1.0 - jaro)
}

/// How many of the first four characters are common.
#[inline]
fn common_prefix(a: &Word<'_>, b: &Word<'_>) -> usize {
    let shared = ((a.prefix ^ b.prefix).leading_zeros() / 8) as usize;
    shared.min(a.bytes.len()).min(b.bytes.len()).min(4)
}

/// The similarity of two words. Which characters Jaro's method pairs depends on which text is first, so the shorter one is, or the
/// smaller one of equal length.
fn jaro_winkler(scratch: &mut Scratch, a: &Word<'_>, b: &Word<'_>) -> f64 {
    let by_length = a.bytes.len().cmp(&b.bytes.len());
    let order = by_length.then(a.prefix.cmp(&b.prefix)).then_with(|| a.bytes.cmp(b.bytes));
    let (a, b) = if order == Ordering::Greater { (b, a) } else { (a, b) };
    boost(a, b, jaro(scratch, a.bytes, b.bytes))
}

fn jaro(scratch: &mut Scratch, a: &[u8], b: &[u8]) -> f64 {
    if a.len() > WORD || b.len() > WORD {
        return rapidfuzz::distance::jaro::similarity(a.iter().copied(), b.iter().copied());
    }
    if a.is_empty() || b.is_empty() {
        return f64::from(u8::from(a.len() == b.len()));
    }
    let positions = &mut scratch.positions;
    for (position, byte) in a.iter().enumerate() {
        positions[usize::from(*byte)] |= 1 << position;
    }
    let jaro = jaro_bits(positions, a.len(), b);
    for byte in a {
        positions[usize::from(*byte)] = 0;
    }
    jaro
}

/// Each character of `b` takes the first free equal one of `a` within the window: the lowest bit of what its
/// positions, the window and the free positions have in common.
fn jaro_bits(positions: &[u64; 256], length: usize, b: &[u8]) -> f64 {
    let window = (length.max(b.len()) / 2).saturating_sub(1);
    let (mut taken_a, mut taken_b) = (0_u64, 0_u64);
    let mut within = (1_u64 << (window + 1)) - 1;
    for (position, byte) in b.iter().enumerate().take(length + window) {
        let free = positions[usize::from(*byte)] & within & !taken_a;
        taken_a |= free & free.wrapping_neg();
        taken_b |= u64::from(free != 0) << position;
        within = within << 1 | u64::from(position < window);
    }
    let matches = taken_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let mut out_of_order = 0;
    while taken_a != 0 {
        let lowest = taken_a & taken_a.wrapping_neg();
        let byte = b[taken_b.trailing_zeros() as usize];
        out_of_order += u32::from(positions[usize::from(byte)] & lowest == 0);
        taken_a ^= lowest;
        taken_b &= taken_b.wrapping_sub(1);
    }
    let (matches, transpositions) = (f64::from(matches), f64::from(out_of_order / 2));
    (matches / length as f64 + matches / b.len() as f64 + (matches - transpositions) / matches) / 3.0
}
