use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Weights of all pairs in a table; what is not in it is far below zero.
struct Table(Vec<Weighted>);

impl Scorer for Table {
    fn weigh(&self, left: &[u32], right: &[u32], weights: &mut Vec<f32>) {
        weights.clear();
        weights.extend(left.iter().zip(right).map(|(left, right)| {
            let own = self.0.iter().find(|w| (w.left, w.right) == (*left.min(right), *left.max(right)));
            own.map_or(-20.0, |w| w.weight)
        }));
    }
}

fn run(
    records: u32,
    pairs: &[Weighted],
    never: &HashSet<(u32, u32)>,
    at_most: &[AtMost],
    sources: &[u16],
) -> Vec<u32> {
    let certain: Vec<u32> = (0..records).collect();
    let linkage = Linkage {
        certain: &certain,
        source_of: sources,
        at_most,
        never,
        threshold: 0.0,
        known: None,
        threads: Threads::new(2),
    };
    linkage.run(pairs, &Table(pairs.to_vec())).labels
}

fn weights(records: u32) -> impl Strategy<Value = Vec<Weighted>> {
    prop::collection::btree_map((0..records, 0..records), -12_i8..12, 0..60).prop_map(|pairs| {
        pairs
            .into_iter()
            .filter(|((left, right), _)| left < right)
            .map(|((left, right), weight)| Weighted { left, right, weight: f32::from(weight) + 0.5 })
            .collect()
    })
}

#[test]
fn a_chain_of_weak_links_does_not_join_strangers() {
    let pair = |left, right, weight| Weighted { left, right, weight };
    let pairs = [
        pair(0, 1, 9.0),
        pair(1, 2, 1.0),
        pair(2, 3, 9.0),
        pair(0, 2, -9.0),
        pair(1, 3, -9.0),
        pair(0, 3, -9.0),
    ];
    assert_eq!(run(4, &pairs, &HashSet::new(), &[], &[0; 4]), [0, 0, 2, 2]);
}

#[test]
fn what_is_certain_stays_together() {
    let pairs = [Weighted { left: 1, right: 2, weight: 8.0 }];
    let certain = [0, 0, 2];
    let never = HashSet::new();
    let linkage = Linkage {
        certain: &certain,
        source_of: &[0; 3],
        at_most: &[],
        never: &never,
        threshold: 0.0,
        known: None,
        threads: Threads::new(2),
    };
    // 0 and 2 have nothing in common: the mean of 8 and the clip is above the floor.
    assert_eq!(linkage.run(&pairs, &Table(pairs.to_vec())).labels, [0, 0, 0]);
}

#[test]
fn large_components_are_cut() {
    let n = LARGEST_COMPONENT as u32 * 2;
    let mut pairs: Vec<Weighted> =
        (1..n).map(|right| Weighted { left: right - 1, right, weight: 0.5 }).collect();
    for pair in pairs.iter_mut().step_by(2) {
        pair.weight = 9.0;
    }
    let labels = run(n, &pairs, &HashSet::new(), &[], &vec![0; n as usize]);
    assert!((0..n).all(|record| labels[record as usize] == record / 2 * 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// NEVER and AT MOST hold, a lone pair links exactly above the threshold, and the order of pairs is nothing.
    #[test]
    fn constraints_hold(
        pairs in weights(16),
        never in prop::collection::hash_set((0_u32..16, 0_u32..16), 0..6),
        shuffled in any::<u64>(),
    ) {
        let never: HashSet<(u32, u32)> = never.into_iter().filter(|(a, b)| a < b).collect();
        let sources: Vec<u16> = (0..16).map(|r| r % 3).collect();
        let at_most = [AtMost { source: 1, count: 1 }];
        let labels = run(16, &pairs, &never, &at_most, &sources);
        for (left, right) in &never {
            prop_assert_ne!(labels[*left as usize], labels[*right as usize]);
        }
        for label in &labels {
            let of_source = (0..16).filter(|r| labels[*r] == *label && sources[*r] == 1).count();
            prop_assert!(of_source <= 1);
        }
        let mut other = pairs.clone();
        let n = other.len().max(1);
        other.rotate_left((shuffled % n as u64) as usize);
        prop_assert_eq!(labels, run(16, &other, &never, &at_most, &sources));
    }

    /// When all that is known speaks for a match, clusters are the plain closure.
    #[test]
    fn agrees_with_the_closure(groups in prop::collection::vec(0_u32..5, 1..20)) {
        let n = groups.len() as u32;
        let all = (0..n).flat_map(|left| (left + 1..n).map(move |right| (left, right)));
        let pairs: Vec<Weighted> = all
            .filter(|(left, right)| groups[*left as usize] == groups[*right as usize])
            .map(|(left, right)| Weighted { left, right, weight: 3.0 })
            .collect();
        let labels = run(n, &pairs, &HashSet::new(), &[], &vec![0; groups.len()]);
        let closure = components(groups.len(), pairs.iter().map(|p| (p.left, p.right)));
        prop_assert_eq!(labels, closure);
    }
}
