use std::collections::HashMap;

use proptest::prelude::*;

use super::candidates::{Candidates, Cursor, PairBatch, Work, fill};
use super::exact::{BACKWARD, ExactBlocks, ExactPairs, FORWARD};
use super::keys::Keys;
use super::rule::{BlockingRule, Blocks, group};
use crate::parallel::Threads;

/// Records with three keys of few values; 0 is none.
fn keys(rows: &[[u8; 3]]) -> Keys {
    let mut keys = Keys::new(rows.len(), 3).expect("three keys");
    for (record, row) in rows.iter().enumerate() {
        let value = |key: usize| match row[key] {
            0 => 0,
            value => Keys::value(u64::from(value) << 40 | key as u64),
        };
        keys.set_row(record, &[value(0), value(1), value(2)]);
    }
    keys
}

fn rule(keys: &[usize]) -> BlockingRule {
    BlockingRule { keys: keys.to_vec(), text: format!("{keys:?}") }
}

/// Each pair with the rules that give it, as they are streamed.
fn streamed(keys: &Keys, blocks: &[Blocks], sources: &[u16], lone: &[bool]) -> Vec<(u32, u32, u16, u64)> {
    let candidates = Candidates::new(keys, blocks, sources, lone, 1.0).with_all_rules();
    let work = Work::new(blocks);
    let (mut cursor, mut batch) = (Cursor::default(), PairBatch::default());
    let mut out = Vec::new();
    while candidates.fill(&work, &mut cursor, &mut batch) {
        let row = |i: usize| (batch.left[i], batch.right[i], batch.rule[i], batch.rules[i]);
        out.extend((0..batch.len()).map(row));
    }
    out
}

/// The same by looking at all pairs.
fn naive(
    rows: &[[u8; 3]],
    rules: &[Vec<usize>],
    limit: usize,
    refine: &[usize],
    sources: &[u16],
    lone: &[bool],
) -> HashMap<(u32, u32), u64> {
    let key = |record: usize, keys: &[usize]| -> Option<Vec<u8>> {
        keys.iter().map(|k| (rows[record][*k] > 0).then_some(rows[record][*k])).collect()
    };
    let size = |keys: &[usize], value: &[u8], within: &dyn Fn(usize) -> bool| {
        (0..rows.len()).filter(|r| within(*r) && key(*r, keys).as_deref() == Some(value)).count()
    };
    let mut out = HashMap::new();
    for left in 0..rows.len() {
        for right in left + 1..rows.len() {
            if sources[left] == sources[right] && lone[usize::from(sources[left])] {
                continue;
            }
            let mut mask = 0_u64;
            let mut refined = false;
            for (number, keys) in rules.iter().enumerate() {
                let (Some(a), Some(b)) = (key(left, keys), key(right, keys)) else { continue };
                if a != b {
                    continue;
                }
                if size(keys, &a, &|_| true) <= limit {
                    mask |= 1 << number;
                    continue;
                }
                for further in refine.iter().filter(|k| !keys.contains(k)) {
                    let mut finer = keys.clone();
                    finer.push(*further);
                    if let (Some(c), Some(d)) = (key(left, &finer), key(right, &finer))
                        && c == d
                        && size(&finer, &c, &|_| true) <= limit
                    {
                        refined = true;
                    }
                }
            }
            if mask != 0 || refined {
                out.insert((left as u32, right as u32), mask);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every pair that agrees on a rule comes once, with all rules that give it, and no other pair comes.
    #[test]
    fn pairs_are_those_that_agree(
        rows in prop::collection::vec(prop::array::uniform3(0_u8..4), 0..60),
        limit in 2_usize..12,
        lone in any::<bool>(),
    ) {
        let keys = keys(&rows);
        let rules = [vec![0], vec![1, 2], vec![0, 2]];
        let sources: Vec<u16> = (0..rows.len()).map(|r| (r % 2) as u16).collect();
        let lone = [lone, false];
        let written: Vec<BlockingRule> = rules.iter().map(|keys| rule(keys)).collect();
        let blocks = group(&keys, &written, &[(1, "b".to_owned()), (2, "c".to_owned())], limit, Threads::new(2));
        let found = streamed(&keys, &blocks, &sources, &lone);
        let expected = naive(&rows, &rules, limit, &[1, 2], &sources, &lone);
        let mut seen = HashMap::new();
        for (left, right, first, mask) in found {
            prop_assert!(left < right);
            prop_assert!(seen.insert((left, right), mask).is_none(), "{left} and {right} came twice");
            if mask != 0 {
                prop_assert_eq!(u32::from(first), mask.trailing_zeros());
            }
        }
        prop_assert_eq!(seen, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Exact blocks give every pair that agrees once, with its directions, by the first rule that settles it.
    #[test]
    fn exact_pairs_are_those_that_agree(
        rows in prop::collection::vec(prop::array::uniform3(0_u32..4), 0..40),
        settled in any::<bool>(),
    ) {
        let column = |key: usize| rows.iter().map(|row| row[key]).collect::<Vec<u32>>();
        let limit = settled.then_some(1000);
        let blocks = [
            ExactBlocks::new(column(0), None, 3, limit),
            ExactBlocks::new(column(1), Some(column(2)), 3, Some(1000)),
        ];
        let mut found: HashMap<(u32, u32, u16), u64> = HashMap::new();
        for (left, right, rule, directions) in exact(&blocks) {
            prop_assert!(left < right);
            prop_assert!(found.insert((left, right, rule), directions).is_none(), "{left} and {right} came twice");
        }
        let mut expected = HashMap::new();
        for left in 0..rows.len() {
            for right in left + 1..rows.len() {
                let agree = |a: u32, b: u32| u64::from(a == b && a > 0);
                let (l, r) = (rows[left], rows[right]);
                let pair = (left as u32, right as u32);
                let both = agree(l[0], r[0]) * (FORWARD | BACKWARD);
                let other = (agree(l[1], r[2]) * FORWARD) | (agree(r[1], l[2]) * BACKWARD);
                if both > 0 {
                    expected.insert((pair.0, pair.1, 0), both);
                }
                if other > 0 && !(both > 0 && settled) {
                    expected.insert((pair.0, pair.1, 1), other);
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    /// A block that is chained connects the same records, with fewer pairs than it has records on both sides twice.
    #[test]
    fn chained_blocks_connect_the_same_records(
        rows in prop::collection::vec(prop::array::uniform2(0_u32..3), 0..40),
        two_sides in any::<bool>(),
    ) {
        let column = |key: usize| rows.iter().map(|row| row[key]).collect::<Vec<u32>>();
        let components = |limit| {
            let right = two_sides.then(|| column(1));
            let pairs = exact(&[ExactBlocks::new(column(0), right, 2, limit)]);
            let edges = pairs.iter().map(|(left, right, ..)| (*left, *right));
            (pairs.len(), crate::identity::union_find::components(rows.len(), edges))
        };
        let (_, all) = components(None);
        let (pairs, chained) = components(Some(0));
        prop_assert_eq!(all, chained);
        prop_assert!(pairs <= 4 * rows.len());
    }
}

/// The pairs of exact blocks with their rule and directions.
fn exact(blocks: &[ExactBlocks]) -> Vec<(u32, u32, u16, u64)> {
    let work = Work::of(blocks.iter().map(ExactBlocks::sizes));
    let (mut cursor, mut batch) = (Cursor::default(), PairBatch::default());
    let mut out = Vec::new();
    while fill(&ExactPairs(blocks), &work, &mut cursor, &mut batch) {
        let row = |i: usize| (batch.left[i], batch.right[i], batch.rule[i], batch.rules[i]);
        out.extend((0..batch.len()).map(row));
    }
    out
}

/// The choice takes the coarsest affordable conjunctions and leaves out what they imply.
#[test]
fn chosen_rules_are_affordable_and_not_implied() {
    use super::choose::{KeyForm, WHOLE, choose};
    let form =
        |key, column, rank, chance| KeyForm { key, text: format!("k{key}"), column, rank, chain: 0, chance };
    let forms =
        [form(0, 0, WHOLE, 1e-6), form(1, 1, WHOLE, 1e-3), form(2, 1, 1, 5e-2), form(3, 2, WHOLE, 1e-3)];
    let rules: Vec<String> = choose(10_000, &forms, 0.3).into_iter().map(|rule| rule.text).collect();
    // k0 alone is rare enough; k1 with k3 needs no more than the coarser k2 with k3.
    assert_eq!(rules, ["k0", "k2, k3"]);
}
