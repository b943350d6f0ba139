//! How far changes reach: which pairs of before still hold, and which records are to be linked again.

use super::affected::Affected;
use super::changes::{Changes, GONE};
use crate::identity::blocking::candidates::PairBatch;
use crate::identity::clustering::{Edge, components};
use crate::identity::matching::score::Scored;
use crate::identity::state::candidates::Pairs;

/// What is kept and what is done again.
#[derive(Debug)]
pub struct Reach {
    /// The weighed pairs that still hold, with the numbers of now, in the order of their records.
    pub scored: Vec<Scored>,
    /// The same of pairs that are weighed for their households only.
    pub homes: Vec<Scored>,
    /// For each record whether its component is to be linked again.
    pub touched: Vec<bool>,
    /// The records whose fields are needed, in order: those, and others whose pairs at home are new.
    pub read: Vec<u32>,
}

impl Reach {
    /// `pairs` are the affected candidates, `old` the pairs of the last run in its numbers, `edges` the certain
    /// matches now, `at_home` the pairs of one home now. Pairs above the threshold make components.
    pub fn new(
        changes: &Changes,
        affected: &Affected<'_>,
        pairs: &PairBatch,
        old: Pairs,
        edges: &[Edge],
        at_home: &[(u32, u32)],
        threshold: f32,
    ) -> Self {
        let records = changes.is_touched.len();
        let mut seeds = changes.is_touched.clone();
        for record in pairs.left.iter().chain(&pairs.right) {
            seeds[*record as usize] = true;
        }
        let scored = holding(changes, affected, old.scored, Some(&mut seeds));
        let homes = holding(changes, affected, old.homes, None);
        for edge in &old.certain {
            let (left, right) = (edge.left as usize, edge.right as usize);
            if changes.was_touched[left] || changes.was_touched[right] {
                seed(changes, &[left, right], &mut seeds);
            }
        }
        let links = scored.iter().filter(|p| p.weight > threshold).map(|p| (p.left, p.right));
        let component = components(records, links.chain(edges.iter().map(|e| (e.left, e.right))));
        let mut again = vec![false; records];
        for (label, _) in component.iter().zip(&seeds).filter(|(_, seed)| **seed) {
            again[*label as usize] = true;
        }
        let touched: Vec<bool> = component.iter().map(|label| again[*label as usize]).collect();
        let mut read = touched.clone();
        let is_known = |pairs: &[Scored], pair: &(u32, u32)| {
            pairs.binary_search_by_key(pair, |p| (p.left, p.right)).is_ok()
        };
        for pair in at_home.iter().filter(|pair| !is_known(&scored, pair) && !is_known(&homes, pair)) {
            read[pair.0 as usize] = true;
            read[pair.1 as usize] = true;
        }
        let read = (0..).zip(&read).filter(|(_, read)| **read).map(|(record, _)| record).collect();
        Self { scored, homes, touched, read }
    }
}

/// The pairs that hold, with the numbers of now. The records of the others are seeds.
fn holding(
    changes: &Changes,
    affected: &Affected<'_>,
    pairs: Vec<Scored>,
    mut seeds: Option<&mut Vec<bool>>,
) -> Vec<Scored> {
    let mut out = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (left, right) = (changes.now[pair.left as usize], changes.now[pair.right as usize]);
        if left != GONE && right != GONE && !affected.pair(left, right) {
            out.push(Scored { left, right, ..pair });
        } else if let Some(seeds) = &mut seeds {
            seed(changes, &[pair.left as usize, pair.right as usize], seeds);
        }
    }
    out
}

fn seed(changes: &Changes, records: &[usize], seeds: &mut [bool]) {
    for record in records {
        if let Some(seed) = seeds.get_mut(changes.now[*record] as usize) {
            *seed = true;
        }
    }
}
