//! The decision which records are one person: certain matches first, then evidence, both under the constraints.

use std::collections::{HashMap, HashSet};

use super::clustering::{
    AtMost, Clustering, Constraints, Edge, Never, Refusal, Verdict, cluster, components, number_by_smallest,
};
use super::linkage::{Known, Linkage, Linked, Weighted};
use super::matching::Matching;
use super::matching::score::ModelScorer;
use super::model::bits;
use super::pairs::Pair;

/// The result: clusters, and what became of each pair.
#[derive(Debug)]
pub struct Decision {
    /// The cluster of each record, numbered in the order of their smallest members.
    pub cluster_of: Vec<u32>,
    /// How many clusters there are.
    pub clusters: usize,
    /// Every pair that a rule joined or that was weighed and kept, in the order of their records.
    pub pairs: Vec<Pair>,
    /// What linking by evidence did.
    pub linked: Option<Linked>,
}

/// The component of each record over all pairs that could link: NEVER predicates matter only inside of them.
pub fn reachable(records: usize, edges: &[Edge], matching: Option<&Matching>) -> Vec<u32> {
    let threshold = matching.map_or(f32::INFINITY, threshold);
    let scored = matching.map_or(&[][..], |m| &m.pairs);
    let scored = scored.iter().filter(|p| p.weight > threshold).map(|p| (p.left, p.right));
    components(records, edges.iter().map(|e| (e.left, e.right)).chain(scored))
}

/// From which weight on a pair links, in bits.
fn threshold(matching: &Matching) -> f32 {
    bits(matching.plan.accept) as f32
}

/// Decides. `edges` are the certain matches; `known` is what an earlier run has decided, if that can be relied on.
pub fn decide(
    source_of: &[u16],
    mut edges: Vec<Edge>,
    matching: Option<&Matching>,
    never: &[Never],
    at_most: &[AtMost],
    known: Option<Known<'_>>,
) -> Decision {
    let constraints = Constraints { source_of, never, at_most };
    let certain = cluster(source_of.len(), &mut edges, &constraints);
    let (cluster_of, clusters, linked) = match matching {
        None => (certain.cluster_of.clone(), certain.clusters, None),
        Some(matching) => {
            let linked = link(source_of, &certain, matching, never, at_most, known);
            let mut cluster_of = linked.labels.clone();
            let clusters = number_by_smallest(&mut cluster_of);
            (cluster_of, clusters, Some(linked))
        }
    };
    let pairs = pairs(source_of, &cluster_of, &edges, &certain.verdicts, matching, never, at_most);
    Decision { cluster_of, clusters, pairs, linked }
}

fn link(
    source_of: &[u16],
    certain: &Clustering,
    matching: &Matching,
    never: &[Never],
    at_most: &[AtMost],
    known: Option<Known<'_>>,
) -> Linked {
    let labels = certain.smallest_members();
    let weighted =
        |p: &super::matching::score::Scored| Weighted { left: p.left, right: p.right, weight: p.weight };
    let pairs: Vec<Weighted> = matching.pairs.iter().map(weighted).collect();
    let never: HashSet<(u32, u32)> =
        never.iter().map(|n| (n.left.min(n.right), n.left.max(n.right))).collect();
    let linkage = Linkage {
        certain: &labels,
        source_of,
        at_most,
        never: &never,
        threshold: threshold(matching),
        known,
        threads: matching.fields.threads(),
    };
    linkage.run(
        &pairs,
        &ModelScorer { fields: &matching.fields, part: matching.part.as_ref(), model: &matching.model },
    )
}

fn pairs(
    source_of: &[u16],
    cluster_of: &[u32],
    edges: &[Edge],
    verdicts: &[Verdict],
    matching: Option<&Matching>,
    never: &[Never],
    at_most: &[AtMost],
) -> Vec<Pair> {
    let mut certain: Vec<(Edge, Verdict)> = edges.iter().copied().zip(verdicts.iter().copied()).collect();
    certain.sort_unstable_by_key(|(edge, _)| (edge.left, edge.right));
    let scored = matching.map_or(&[][..], |m| &m.pairs);
    let refusals =
        Refusals::new(source_of, cluster_of, never, at_most, matching.map_or(f32::INFINITY, threshold));
    let mut out = Vec::with_capacity(certain.len() + scored.len());
    let (mut certain, mut scored) = (certain.into_iter().peekable(), scored.iter().copied().peekable());
    loop {
        let next = match (certain.peek(), scored.peek()) {
            (None, None) => return out,
            (Some((edge, _)), None) => (edge.left, edge.right),
            (None, Some(pair)) => (pair.left, pair.right),
            (Some((edge, _)), Some(pair)) => (edge.left, edge.right).min((pair.left, pair.right)),
        };
        let edge = certain.next_if(|(edge, _)| (edge.left, edge.right) == next);
        let pair = scored.next_if(|pair| (pair.left, pair.right) == next);
        let together = cluster_of[next.0 as usize] == cluster_of[next.1 as usize];
        let verdict = match (edge, pair) {
            // What a constraint refused to a rule, evidence may still have brought about.
            (Some((_, Verdict::Refused(refusal))), _) if !together => Verdict::Refused(refusal),
            _ if together => Verdict::Linked,
            (_, Some(pair)) => refusals.of(pair.left, pair.right, pair.weight),
            _ => Verdict::Apart,
        };
        out.push(Pair {
            left: next.0,
            right: next.1,
            rule: edge.map(|(edge, _)| edge.rule),
            scored: pair,
            verdict,
        });
    }
}

/// Why pairs whose weight would link them are in two clusters.
struct Refusals<'a> {
    cluster_of: &'a [u32],
    /// By two clusters, the smaller first, the smallest NEVER pair across them.
    never: HashMap<(u32, u32), Never>,
    at_most: &'a [AtMost],
    /// For each limit the number of records of its source by cluster.
    counts: Vec<HashMap<u32, u32>>,
    threshold: f32,
}

impl<'a> Refusals<'a> {
    fn new(
        source_of: &[u16],
        cluster_of: &'a [u32],
        never: &[Never],
        at_most: &'a [AtMost],
        threshold: f32,
    ) -> Self {
        let mut across: HashMap<(u32, u32), Never> = HashMap::new();
        for pair in never {
            let (a, b) = (cluster_of[pair.left as usize], cluster_of[pair.right as usize]);
            let smallest = across.entry((a.min(b), a.max(b))).or_insert(*pair);
            *smallest = (*smallest).min(*pair);
        }
        let counts = at_most
            .iter()
            .map(|limit| {
                let mut counts = HashMap::new();
                for (cluster, _) in cluster_of.iter().zip(source_of).filter(|(_, s)| **s == limit.source) {
                    *counts.entry(*cluster).or_insert(0) += 1;
                }
                counts
            })
            .collect();
        Self { cluster_of, never: across, at_most, counts, threshold }
    }

    fn of(&self, left: u32, right: u32, weight: f32) -> Verdict {
        if weight <= self.threshold {
            return Verdict::Apart;
        }
        let (a, b) = (self.cluster_of[left as usize], self.cluster_of[right as usize]);
        if let Some(never) = self.never.get(&(a.min(b), a.max(b))) {
            let (left, right) = (never.left.min(never.right), never.left.max(never.right));
            return Verdict::Refused(Refusal::Never { left, right, reason: never.reason });
        }
        let exceeded = self.at_most.iter().zip(&self.counts).find(|(limit, counts)| {
            let of = |cluster: u32| counts.get(&cluster).copied().unwrap_or(0);
            of(a) > 0 && of(b) > 0 && of(a) + of(b) > limit.count
        });
        Verdict::Refused(match exceeded {
            Some((limit, _)) => Refusal::AtMost { source: limit.source, count: limit.count },
            None => Refusal::Outweighed,
        })
    }
}
