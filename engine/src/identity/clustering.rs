//! From links between records to clusters, one per person, under constraints.
//!
//! Links are taken in the order of their rule's priority, then of their records. A link joins the two clusters
//! that it touches unless a constraint forbids the union:
//!
//! * a NEVER pair with one record on either side;
//! * AT MOST n PER source, when both sides have records of that source and together more than n. A side that
//!   alone has more than n already (only ALWAYS can bring that about) still joins a side that has none.
//!
//! Stewards' ALWAYS, rule [`ALWAYS`], comes first and overrides NEVER ON and AT MOST; stewards' NEVER IN is
//! absolute and overrides everything. A pair that ALWAYS brought into one cluster against a NEVER ON forbids no
//! further union, but a link of that very pair by another rule is refused. So a refused link stays refused at
//! the end: either its records are in two clusters that the constraint keeps apart, or it is such a pair.
//!
//! A refused link names the NEVER pair that refused it, the smallest if several do, else the AT MOST of the
//! smallest source. The order in which links and constraints are given changes nothing.
//!
//! Plain components are found first. Only those in which a NEVER pair lies or an AT MOST is exceeded are walked
//! again under constraints, so that everything else costs one union-find. In the walk, each cluster knows the
//! NEVER pairs that touch it, and each two clusters the smallest NEVER pair across them; when two clusters join,
//! the smaller list moves.

mod dispute;
#[cfg(test)]
mod tests;

use dispute::Dispute;

pub use super::union_find::components;

/// The rule of stewards' ALWAYS IN, before all other rules.
pub const ALWAYS: u16 = 0;

/// A link between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// Position of the rule in priority order: [`ALWAYS`], then the rules as declared.
    pub rule: u16,
}

/// Two records that must not share a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Never {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// What forbids the pair, by the caller's numbering. Of several for one pair the smallest is reported,
    /// absolute ones first.
    pub reason: u16,
    /// Whether it holds even against [`ALWAYS`]: NEVER IN does, NEVER ON does not.
    pub absolute: bool,
}

/// How many records of one source a cluster may have. Of several for one source the lowest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AtMost {
    /// The source, by the caller's numbering.
    pub source: u16,
    /// The limit.
    pub count: u32,
}

/// What the clusters must respect.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constraints<'a> {
    /// The source of each record; read only when there is an AT MOST.
    pub source_of: &'a [u16],
    /// Pairs that must stay apart.
    pub never: &'a [Never],
    /// Limits per source.
    pub at_most: &'a [AtMost],
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Its records are in one cluster.
    Linked,
    /// Its evidence is too weak to link it.
    Apart,
    /// A constraint outweighed it.
    Refused(Refusal),
}

/// The constraint that refused a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The union would have put this pair into one cluster.
    Never {
        /// The smaller record of the pair.
        left: u32,
        /// The greater record of the pair.
        right: u32,
        /// What forbids the pair.
        reason: u16,
    },
    /// The union would have had more records of the source than allowed.
    AtMost {
        /// The source.
        source: u16,
        /// The limit.
        count: u32,
    },
    /// The evidence of the other pairs across the two clusters speaks against it.
    Outweighed,
}

/// Records by cluster, and what became of each link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clustering {
    /// The cluster of each record, `0..clusters`, numbered in the order of their smallest members.
    pub cluster_of: Vec<u32>,
    /// How many clusters there are.
    pub clusters: usize,
    /// One per edge, in the order in which [`cluster`] leaves the edges.
    pub verdicts: Vec<Verdict>,
}

impl Clustering {
    /// For each record the smallest record of its cluster.
    pub fn smallest_members(&self) -> Vec<u32> {
        let mut smallest = vec![u32::MAX; self.clusters];
        let of = |(record, cluster): (u32, &u32)| {
            let first = &mut smallest[*cluster as usize];
            *first = (*first).min(record);
            *first
        };
        (0..).zip(&self.cluster_of).map(of).collect()
    }
}

/// Joins records into clusters along the edges, as the module describes.
///
/// `edges` is left sorted by (rule, left, right), without loops, and with one edge per pair: that of its best
/// rule. `records` is below `u32::MAX`. Time is that of sorting the edges, plus a logarithmic factor on the
/// NEVER pairs that lie inside a component; memory beyond the edges is one [`Verdict`] of twelve bytes per
/// edge and a few words per record.
///
/// # Panics
/// If an edge or a NEVER names a record that is not below `records`.
pub fn cluster(records: usize, edges: &mut Vec<Edge>, constraints: &Constraints<'_>) -> Clustering {
    make_canonical(edges);
    let mut labels = components(records, edges.iter().map(|edge| (edge.left, edge.right)));
    let nevers = nevers_within(&labels, constraints.never);
    let limits = lowest_limits(constraints.at_most);
    let verdicts = match disputed_components(&labels, &nevers, &limits, constraints.source_of) {
        Some(disputed) => {
            let mut dispute = Dispute::new(&labels, &disputed, &nevers, &limits, constraints.source_of);
            let verdicts = edges.iter().map(|edge| dispute.judge(edge)).collect();
            dispute.relabel(&mut labels);
            verdicts
        }
        None => vec![Verdict::Linked; edges.len()],
    };
    let clusters = number_by_smallest(&mut labels);
    Clustering { cluster_of: labels, clusters, verdicts }
}

fn make_canonical(edges: &mut Vec<Edge>) {
    edges.retain_mut(|edge| {
        (edge.left, edge.right) = ordered(edge.left, edge.right);
        edge.left != edge.right
    });
    edges.sort_unstable_by_key(|edge| (edge.left, edge.right, edge.rule));
    edges.dedup_by_key(|edge| (edge.left, edge.right));
    // Stable: within a rule the pairs stay sorted.
    edges.sort_by_key(|edge| edge.rule);
}

/// The NEVER pairs that some path of edges joins, sorted, one per pair; no other can be violated.
fn nevers_within(labels: &[u32], nevers: &[Never]) -> Vec<Never> {
    let mut within: Vec<Never> = nevers
        .iter()
        .map(|never| {
            let (left, right) = ordered(never.left, never.right);
            Never { left, right, ..*never }
        })
        .filter(|never| {
            never.left != never.right && labels[never.left as usize] == labels[never.right as usize]
        })
        .collect();
    within.sort_unstable_by_key(|never| (never.left, never.right, !never.absolute, never.reason));
    within.dedup_by_key(|never| (never.left, never.right));
    within
}

fn lowest_limits(at_most: &[AtMost]) -> Vec<AtMost> {
    let mut limits = at_most.to_vec();
    limits.sort_unstable();
    limits.dedup_by_key(|limit| limit.source);
    limits
}

/// For each label whether its component could violate a constraint; `None` if none could.
fn disputed_components(
    labels: &[u32],
    nevers: &[Never],
    limits: &[AtMost],
    source_of: &[u16],
) -> Option<Vec<bool>> {
    let mut disputed = vec![false; labels.len()];
    let mut any = !nevers.is_empty();
    for never in nevers {
        disputed[labels[never.left as usize] as usize] = true;
    }
    let mut counts = Vec::new();
    for limit in limits {
        counts.clear();
        counts.resize(labels.len(), 0u32);
        for (&label, _) in labels.iter().zip(source_of).filter(|&(_, &source)| source == limit.source) {
            let count = &mut counts[label as usize];
            *count += 1;
            // A lone record exceeds AT MOST 0 too, but there is no union to refuse.
            if *count > limit.count.max(1) {
                disputed[label as usize] = true;
                any = true;
            }
        }
    }
    any.then_some(disputed)
}

/// Turns labels that are smallest members into dense numbers in the order of those members.
pub fn number_by_smallest(labels: &mut [u32]) -> usize {
    let mut clusters = 0;
    for record in 0..labels.len() {
        let label = labels[record] as usize;
        labels[record] = if label == record {
            clusters += 1;
            clusters - 1
        } else {
            labels[label]
        };
    }
    clusters as usize
}

fn ordered(left: u32, right: u32) -> (u32, u32) {
    (left.min(right), left.max(right))
}
