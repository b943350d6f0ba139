use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn without_constraints_clusters_are_components(case in case()) {
        let mut edges = case.edges.clone();
        let found = cluster(case.records, &mut edges, &Constraints::default());
        let mut labels = components(case.records, edges.iter().map(|edge| (edge.left, edge.right)));
        prop_assert_eq!(found.clusters, number_by_smallest(&mut labels));
        prop_assert_eq!(found.cluster_of, labels);
        prop_assert!(found.verdicts.iter().all(|&verdict| verdict == Verdict::Linked));
    }

    #[test]
    fn clusters_and_verdicts_are_those_of_taking_one_edge_after_another(case in case()) {
        let (edges, found) = case.cluster();
        prop_assert_eq!(found, naive(&edges, &case));
    }

    #[test]
    fn only_always_brings_a_violation(mut case in case()) {
        case.edges.retain(|edge| edge.rule != ALWAYS);
        let (_, found) = case.cluster();
        for never in case.never.iter().filter(|never| never.left != never.right) {
            prop_assert_ne!(found.cluster_of[never.left as usize], found.cluster_of[never.right as usize]);
        }
        for (&(_, source), &count) in &per_source(&found.cluster_of, &case.source_of) {
            for limit in case.at_most.iter().filter(|limit| limit.source == source) {
                prop_assert!(count <= limit.count.max(1));
            }
        }
    }

    #[test]
    fn absolute_pairs_never_meet(case in case()) {
        let (_, found) = case.cluster();
        for never in case.never.iter().filter(|never| never.absolute && never.left != never.right) {
            prop_assert_ne!(found.cluster_of[never.left as usize], found.cluster_of[never.right as usize]);
        }
    }

    #[test]
    fn refused_edges_would_violate_a_constraint_at_the_end_too(case in case()) {
        let (edges, found) = case.cluster();
        let counts = per_source(&found.cluster_of, &case.source_of);
        for (edge, verdict) in edges.iter().zip(&found.verdicts) {
            let ends = [edge.left, edge.right].map(|record| found.cluster_of[record as usize]);
            match *verdict {
                Verdict::Linked => prop_assert_eq!(ends[0], ends[1]),
                Verdict::Refused(Refusal::Never { left, right, .. }) if ends[0] == ends[1] => {
                    prop_assert_eq!((left, right), (edge.left, edge.right));
                }
                Verdict::Refused(Refusal::Never { left, right, .. }) => {
                    let pair = [left, right].map(|record| found.cluster_of[record as usize]);
                    prop_assert!(pair == ends || pair == [ends[1], ends[0]]);
                }
                Verdict::Refused(Refusal::AtMost { source, count }) => {
                    prop_assert_ne!(ends[0], ends[1]);
                    prop_assert!(counts[&(ends[0], source)] + counts[&(ends[1], source)] > count);
                }
                Verdict::Apart | Verdict::Refused(Refusal::Outweighed) => {
                    prop_assert!(false, "certain matches are not weighed");
                }
            }
        }
    }

    #[test]
    fn order_of_the_input_changes_nothing(
        (case, shuffled) in case().prop_flat_map(|case| {
            let edges = Just(case.edges.clone()).prop_shuffle();
            let never = Just(case.never.clone()).prop_shuffle();
            let at_most = Just(case.at_most.clone()).prop_shuffle();
            (Just(case), edges, never, at_most).prop_map(|(case, edges, never, at_most)| {
                let shuffled = Case { edges, never, at_most, ..case.clone() };
                (case, shuffled)
            })
        })
    ) {
        prop_assert_eq!(shuffled.cluster(), case.cluster());
    }
}

#[test]
fn a_pair_keeps_its_best_rule() {
    let mut edges = vec![edge(1, 2, 3), edge(2, 1, 2), edge(0, 1, 3), edge(0, 0, 1)];
    cluster(3, &mut edges, &Constraints::default());
    assert_eq!(edges, [edge(1, 2, 2), edge(0, 1, 3)]);
}

#[test]
fn never_keeps_a_chain_apart() {
    let never = [never(0, 2, false)];
    let mut edges = vec![edge(0, 1, 1), edge(1, 2, 2)];
    let found = cluster(3, &mut edges, &Constraints { never: &never, ..Constraints::default() });
    assert_eq!(found.cluster_of, [0, 0, 1]);
    let refusal = Refusal::Never { left: 0, right: 2, reason: 7 };
    assert_eq!(found.verdicts, [Verdict::Linked, Verdict::Refused(refusal)]);
}

#[test]
fn always_overrides_never_on_but_not_never_in() {
    for absolute in [false, true] {
        let never = [never(0, 1, absolute)];
        let mut edges = vec![edge(0, 1, ALWAYS)];
        let found = cluster(2, &mut edges, &Constraints { never: &never, ..Constraints::default() });
        assert_eq!(found.clusters, if absolute { 2 } else { 1 });
    }
}

#[test]
fn a_forbidden_pair_joined_by_always_is_refused_to_other_rules() {
    let never = [never(0, 2, false)];
    let mut edges = vec![edge(0, 1, ALWAYS), edge(1, 2, ALWAYS), edge(0, 2, 1), edge(2, 3, 1)];
    let found = cluster(4, &mut edges, &Constraints { never: &never, ..Constraints::default() });
    assert_eq!(found.clusters, 1);
    let refused = Verdict::Refused(Refusal::Never { left: 0, right: 2, reason: 7 });
    assert_eq!(found.verdicts, [Verdict::Linked, Verdict::Linked, refused, Verdict::Linked]);
}

#[test]
fn an_exceeded_limit_is_tolerated_until_it_grows() {
    let constraints = Constraints {
        source_of: &[0, 0, 1, 0],
        at_most: &[AtMost { source: 0, count: 1 }],
        ..Constraints::default()
    };
    let mut edges = vec![edge(0, 1, ALWAYS), edge(1, 2, 1), edge(2, 3, 1)];
    let found = cluster(4, &mut edges, &constraints);
    assert_eq!(found.cluster_of, [0, 0, 0, 1]);
    assert_eq!(found.verdicts[2], Verdict::Refused(Refusal::AtMost { source: 0, count: 1 }));
}

#[derive(Debug, Clone)]
struct Case {
    records: usize,
    edges: Vec<Edge>,
    source_of: Vec<u16>,
    never: Vec<Never>,
    at_most: Vec<AtMost>,
}

impl Case {
    fn cluster(&self) -> (Vec<Edge>, Clustering) {
        let mut edges = self.edges.clone();
        let found = cluster(
            self.records,
            &mut edges,
            &Constraints { source_of: &self.source_of, never: &self.never, at_most: &self.at_most },
        );
        (edges, found)
    }
}

fn case() -> impl Strategy<Value = Case> {
    (1usize..25).prop_flat_map(|records| {
        let record = 0..records as u32;
        let edge = (record.clone(), record.clone(), 0u16..4).prop_map(|(left, right, rule)| Edge {
            left,
            right,
            rule,
        });
        let never = (record.clone(), record, 0u16..3, prop::bool::weighted(0.3))
            .prop_map(|(left, right, reason, absolute)| Never { left, right, reason, absolute });
        let at_most = (0u16..4, 0u32..4).prop_map(|(source, count)| AtMost { source, count });
        (
            Just(records),
            prop::collection::vec(edge, 0..60),
            prop::collection::vec(0u16..4, records),
            prop::collection::vec(never, 0..12),
            prop::collection::vec(at_most, 0..4),
        )
            .prop_map(|(records, edges, source_of, never, at_most)| Case {
                records,
                edges,
                source_of,
                never,
                at_most,
            })
    })
}

/// The definition, read aloud: every constraint is looked at for every edge.
fn naive(edges: &[Edge], case: &Case) -> Clustering {
    let mut never: Vec<Never> = case
        .never
        .iter()
        .map(|pair| Never { left: pair.left.min(pair.right), right: pair.left.max(pair.right), ..*pair })
        .collect();
    never.sort_by_key(|pair| (pair.left, pair.right, !pair.absolute, pair.reason));
    let mut at_most = case.at_most.clone();
    at_most.sort();
    at_most.dedup_by_key(|limit| limit.source);

    let mut labels: Vec<u32> = (0..case.records as u32).collect();
    let mut verdicts = Vec::new();
    for edge in edges {
        let (left, right) = (labels[edge.left as usize], labels[edge.right as usize]);
        let holds = |pair: &&Never| edge.rule != ALWAYS || pair.absolute;
        let refused = never.iter().filter(holds).find(|pair| {
            if left == right {
                return (pair.left, pair.right) == (edge.left, edge.right);
            }
            let sides = (labels[pair.left as usize], labels[pair.right as usize]);
            sides == (left, right) || sides == (right, left)
        });
        let counts = per_source(&labels, &case.source_of);
        let exceeded = at_most.iter().filter(|_| left != right && edge.rule != ALWAYS).find(|limit| {
            match (counts.get(&(left, limit.source)), counts.get(&(right, limit.source))) {
                (Some(one), Some(other)) => one + other > limit.count,
                _ => false,
            }
        });
        verdicts.push(match (refused, exceeded) {
            (Some(&Never { left, right, reason, .. }), _) => {
                Verdict::Refused(Refusal::Never { left, right, reason })
            }
            (None, Some(&AtMost { source, count })) => Verdict::Refused(Refusal::AtMost { source, count }),
            (None, None) => {
                let joined = left.min(right);
                labels
                    .iter_mut()
                    .filter(|label| [left, right].contains(label))
                    .for_each(|label| *label = joined);
                Verdict::Linked
            }
        });
    }
    let mut smallest = labels.clone();
    smallest.sort();
    smallest.dedup();
    let cluster_of = labels.iter().map(|label| smallest.binary_search(label).unwrap() as u32).collect();
    Clustering { cluster_of, clusters: smallest.len(), verdicts }
}

fn per_source(cluster_of: &[u32], source_of: &[u16]) -> BTreeMap<(u32, u16), u32> {
    let mut counts = BTreeMap::new();
    for (&cluster, &source) in cluster_of.iter().zip(source_of) {
        *counts.entry((cluster, source)).or_default() += 1;
    }
    counts
}

fn edge(left: u32, right: u32, rule: u16) -> Edge {
    Edge { left, right, rule }
}

fn never(left: u32, right: u32, absolute: bool) -> Never {
    Never { left, right, reason: 7, absolute }
}
