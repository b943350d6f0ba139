//! From scored pairs to clusters: greedy average linkage on clipped weights, under the constraints.
//!
//! Weights above the threshold make components. A component is only a bound on the work: a chain of pairs that
//! each look good joins strangers. So inside of one all pairs are scored, and the two clusters with the highest
//! mean weight over all their cross pairs are merged, again and again, while
//!
//! * that mean is above [`FLOOR`],
//! * at least one cross pair is above the threshold,
//! * no NEVER pair lies across them, and no AT MOST is exceeded.
//!
//! A weight counts as at least [`CLIP`]: a pair that has no field in common scores the prior, which is no
//! evidence against it. Two single records are merged exactly if their weight is above the threshold. Ties go to
//! the smaller records, so the result does not depend on the order of anything.
//!
//! What certain matches have joined before is one cluster from the start and stays together.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::identity::clustering::AtMost;
use crate::identity::union_find::components;
use crate::parallel::Threads;

/// The least weight that a cross pair counts as, in bits.
pub const CLIP: f32 = -5.0;
/// Clusters whose cross pairs have a lower mean are not merged, in bits.
pub const FLOOR: f32 = -2.5;
/// Components with more records are cut at a rising weight until they are no larger.
pub const LARGEST_COMPONENT: usize = 150;

/// A pair and its weight in bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// The weight.
    pub weight: f32,
}

/// Weighs pairs of records.
pub trait Scorer: Sync {
    /// The weight of each pair `left[i]`, `right[i]`; replaces what is in `weights`.
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>);
}

/// What is linked, and within which bounds.
#[derive(Debug, Clone, Copy)]
pub struct Linkage<'a> {
    /// For each record the smallest record of the cluster that certain matches have put it in.
    pub certain: &'a [u32],
    /// The source of each record.
    pub source_of: &'a [u16],
    /// Limits per source.
    pub at_most: &'a [AtMost],
    /// Pairs that must stay apart, the smaller record first.
    pub never: &'a HashSet<(u32, u32)>,
    /// From which weight on a pair links, in bits.
    pub threshold: f32,
    /// What is known from before; components in which nothing was touched need not be linked again.
    pub known: Option<Known<'a>>,
    /// The threads that link.
    pub threads: Threads,
}

/// The clusters of an earlier run.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// For each record the smallest record of its cluster.
    pub labels: &'a [u32],
    /// The records whose clusters may be others now.
    pub touched: &'a [bool],
}

/// Clusters, and what it took to find them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// For each record the smallest record of its cluster.
    pub labels: Vec<u32>,
    /// Pairs that were scored inside components.
    pub scored: u64,
    /// Components that were larger than the limit and were cut.
    pub cut_components: usize,
}

impl Linkage<'_> {
    /// Links the records along the pairs.
    pub fn run(&self, pairs: &[Weighted], scorer: &dyn Scorer) -> Linked {
        let (component, cut_components) = self.components(pairs);
        let mut labels = self.certain.to_vec();
        let mut members = members(&component);
        if let Some(Known { labels: known, touched }) = self.known {
            members.retain(|records| {
                let again = records.iter().any(|record| touched[*record as usize]);
                if !again {
                    for record in records {
                        labels[*record as usize] = known[*record as usize];
                    }
                }
                again
            });
        }
        let weighed = WeighedPairs::new(pairs, labels.len());
        let next = AtomicUsize::new(0);
        let done: Vec<(Vec<(u32, u32)>, u64)> = self.threads.run(|_| {
            let mut work = Work::default();
            while let Some(chunk) = members.chunks(CHUNK).nth(next.fetch_add(1, Ordering::Relaxed)) {
                for records in chunk {
                    self.component(records, &weighed, scorer, &mut work);
                }
            }
            (work.moved, work.scored)
        });
        let mut scored = 0;
        for (moved, pairs) in done {
            scored += pairs;
            for (record, label) in moved {
                labels[record as usize] = label;
            }
        }
        Linked { labels, scored, cut_components }
    }

    /// Components over the weights above the threshold, none with more than [`LARGEST_COMPONENT`] records unless
    /// certain matches alone make one so large.
    fn components(&self, pairs: &[Weighted]) -> (Vec<u32>, usize) {
        let records = self.certain.len();
        let certain = || (0..records).map(|r| (self.certain[r], u32::try_from(r).unwrap_or(u32::MAX)));
        let mut edges: Vec<Weighted> = pairs.iter().copied().filter(|p| p.weight > self.threshold).collect();
        let mut threshold = self.threshold;
        let mut cut = HashSet::new();
        loop {
            let labels = components(records, certain().chain(edges.iter().map(|e| (e.left, e.right))));
            let mut sizes = vec![0_u32; records];
            for label in &labels {
                sizes[*label as usize] += 1;
            }
            let large = |record: u32| sizes[labels[record as usize] as usize] as usize > LARGEST_COMPONENT;
            threshold += 1.0;
            let before = edges.len();
            cut.extend(edges.iter().filter(|e| large(e.left)).map(|e| labels[e.left as usize]));
            edges.retain(|edge| !large(edge.left) || edge.weight > threshold);
            if edges.len() == before && !edges.iter().any(|edge| large(edge.left)) {
                return (labels, cut.len());
            }
        }
    }

    fn component(&self, records: &[u32], weighed: &WeighedPairs<'_>, scorer: &dyn Scorer, work: &mut Work) {
        work.gather(records, self.certain);
        let n = work.clusters.len();
        if n < 2 {
            return;
        }
        work.pairs.clear();
        work.left.clear();
        work.right.clear();
        for (place, left) in records.iter().enumerate() {
            for right in &records[place + 1..] {
                if self.certain[*left as usize] != self.certain[*right as usize] {
                    let weight = weighed.weight(*left, *right);
                    if weight.is_none() {
                        work.left.push(*left);
                        work.right.push(*right);
                    }
                    work.pairs.push(Weighted {
                        left: *left,
                        right: *right,
                        weight: weight.unwrap_or(f32::NAN),
                    });
                }
            }
        }
        scorer.weigh(&work.left, &work.right, &mut work.weights);
        work.scored += work.weights.len() as u64;
        let open = work.pairs.iter_mut().filter(|pair| pair.weight.is_nan());
        for (pair, weight) in open.zip(&work.weights) {
            pair.weight = *weight;
        }
        work.fill(n, self.certain, self.never);
        let mut counts: Vec<Vec<u32>> = work
            .clusters
            .iter()
            .map(|records| {
                let of = |limit: &AtMost| {
                    let count =
                        records.iter().filter(|r| self.source_of[**r as usize] == limit.source).count();
                    u32::try_from(count).unwrap_or(u32::MAX)
                };
                self.at_most.iter().map(of).collect()
            })
            .collect();
        while let Some((a, b)) = work.best(n, self.threshold, |a, b| {
            let limits = self.at_most.iter().zip(counts[a].iter().zip(&counts[b]));
            limits.into_iter().all(|(limit, (a, b))| *a == 0 || *b == 0 || a + b <= limit.count)
        }) {
            work.merge(n, a, b);
            let moved = std::mem::take(&mut counts[b]);
            for (count, more) in counts[a].iter_mut().zip(moved) {
                *count += more;
            }
        }
        for cluster in &work.clusters {
            if let Some(label) = cluster.iter().min() {
                work.moved.extend(cluster.iter().map(|record| (*record, *label)));
            }
        }
    }
}

/// Pairs in the order of their records, to be looked up.
struct WeighedPairs<'a> {
    pairs: Cow<'a, [Weighted]>,
    /// Where the pairs of each left record begin, and the end.
    starts: Vec<u32>,
}

impl<'a> WeighedPairs<'a> {
    fn new(pairs: &'a [Weighted], records: usize) -> Self {
        let records_of = |pair: &Weighted| (pair.left, pair.right);
        let mut pairs = Cow::Borrowed(pairs);
        if !pairs.is_sorted_by_key(records_of) {
            pairs.to_mut().sort_unstable_by_key(records_of);
        }
        let mut starts = vec![0_u32; records + 1];
        for pair in pairs.iter() {
            starts[pair.left as usize + 1] += 1;
        }
        for record in 0..records {
            starts[record + 1] += starts[record];
        }
        Self { pairs, starts }
    }

    /// The weight of a pair, if it was weighed.
    fn weight(&self, left: u32, right: u32) -> Option<f32> {
        let left = left as usize;
        let own = &self.pairs[self.starts[left] as usize..self.starts[left + 1] as usize];
        own.binary_search_by_key(&right, |pair| pair.right).ok().map(|place| own[place].weight)
    }
}

/// Components that a thread takes at a time.
const CHUNK: usize = 64;

/// The records of each component of two or more.
fn members(component: &[u32]) -> Vec<Vec<u32>> {
    let mut sizes = vec![0_u32; component.len()];
    for label in component {
        sizes[*label as usize] += 1;
    }
    let mut place = vec![u32::MAX; component.len()];
    let mut out: Vec<Vec<u32>> = Vec::new();
    for (record, label) in component.iter().enumerate() {
        let label = *label as usize;
        if sizes[label] < 2 {
            continue;
        }
        if place[label] == u32::MAX {
            place[label] = u32::try_from(out.len()).unwrap_or(u32::MAX);
            out.push(Vec::with_capacity(sizes[label] as usize));
        }
        out[place[label] as usize].push(u32::try_from(record).unwrap_or(u32::MAX));
    }
    out
}

/// The clusters of one component while they are merged; reused from one to the next.
#[derive(Debug, Default)]
struct Work {
    clusters: Vec<Vec<u32>>,
    /// The pairs across clusters.
    pairs: Vec<Weighted>,
    /// Those of them that are weighed now.
    left: Vec<u32>,
    right: Vec<u32>,
    weights: Vec<f32>,
    /// The sum of the clipped weights across two clusters, in a square.
    sums: Vec<f32>,
    /// The highest weight across them.
    best: Vec<f32>,
    apart: Vec<bool>,
    alive: Vec<bool>,
    moved: Vec<(u32, u32)>,
    scored: u64,
}

impl Work {
    fn gather(&mut self, records: &[u32], certain: &[u32]) {
        self.clusters.clear();
        let mut labels: Vec<u32> = Vec::new();
        for record in records {
            let label = certain[*record as usize];
            match labels.iter().position(|l| *l == label) {
                Some(place) => self.clusters[place].push(*record),
                None => {
                    labels.push(label);
                    self.clusters.push(vec![*record]);
                }
            }
        }
    }

    fn fill(&mut self, n: usize, certain: &[u32], never: &HashSet<(u32, u32)>) {
        for (square, value) in [(&mut self.sums, 0.0), (&mut self.best, f32::NEG_INFINITY)] {
            square.clear();
            square.resize(n * n, value);
        }
        self.apart.clear();
        self.apart.resize(n * n, false);
        self.alive.clear();
        self.alive.resize(n, true);
        let labels: Vec<u32> = self.clusters.iter().map(|c| certain[c[0] as usize]).collect();
        let place = |record: u32| labels.iter().position(|l| *l == certain[record as usize]).unwrap_or(0);
        for Weighted { left, right, weight } in &self.pairs {
            let (a, b) = (place(*left), place(*right));
            let apart = !never.is_empty() && never.contains(&(*left.min(right), *left.max(right)));
            for at in [a * n + b, b * n + a] {
                self.sums[at] += weight.max(CLIP);
                self.best[at] = self.best[at].max(*weight);
                self.apart[at] |= apart;
            }
        }
    }

    /// The two clusters to merge next.
    fn best(
        &self,
        n: usize,
        threshold: f32,
        allowed: impl Fn(usize, usize) -> bool,
    ) -> Option<(usize, usize)> {
        let mut found: Option<(f32, usize, usize)> = None;
        for a in (0..n).filter(|a| self.alive[*a]) {
            for b in (a + 1..n).filter(|b| self.alive[*b]) {
                let at = a * n + b;
                let mean = self.sums[at] / (self.clusters[a].len() * self.clusters[b].len()) as f32;
                if mean > FLOOR
                    && self.best[at] > threshold
                    && !self.apart[at]
                    && found.is_none_or(|(highest, ..)| mean > highest)
                    && allowed(a, b)
                {
                    found = Some((mean, a, b));
                }
            }
        }
        found.map(|(_, a, b)| (a, b))
    }

    fn merge(&mut self, n: usize, a: usize, b: usize) {
        let moved = std::mem::take(&mut self.clusters[b]);
        self.clusters[a].extend(moved);
        self.alive[b] = false;
        for c in (0..n).filter(|c| self.alive[*c] && *c != a) {
            let (from, to) = (b * n + c, a * n + c);
            let (sum, best, apart) = (self.sums[from], self.best[from], self.apart[from]);
            for at in [to, c * n + a] {
                self.sums[at] += sum;
                self.best[at] = self.best[at].max(best);
                self.apart[at] |= apart;
            }
        }
    }
}
