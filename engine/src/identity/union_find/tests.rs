use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn components_are_the_transitive_closure((records, edges) in graph()) {
        prop_assert_eq!(components(records, edges.iter().copied()), closure(records, &edges));
    }

    #[test]
    fn components_ignore_order_and_direction_of_edges((records, mut edges) in graph(), pivot in any::<prop::sample::Index>()) {
        let labels = components(records, edges.iter().copied());
        if !edges.is_empty() {
            let pivot = pivot.index(edges.len());
            edges.rotate_left(pivot);
        }
        prop_assert_eq!(components(records, edges.iter().rev().map(|&(l, r)| (r, l))), labels);
    }
}

#[test]
fn union_tells_whether_it_joined() {
    let mut sets = UnionFind::new(3);
    assert!(sets.union(2, 1));
    assert!(!sets.union(1, 2));
    assert_eq!((sets.find(0), sets.find(2)), (0, 1));
}

fn graph() -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (1usize..40).prop_flat_map(|records| {
        let record = 0..records as u32;
        (Just(records), prop::collection::vec((record.clone(), record), 0..50))
    })
}

fn closure(records: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let mut reach = vec![vec![false; records]; records];
    for (record, row) in reach.iter_mut().enumerate() {
        row[record] = true;
    }
    for &(left, right) in edges {
        reach[left as usize][right as usize] = true;
        reach[right as usize][left as usize] = true;
    }
    for via in 0..records {
        for from in 0..records {
            for to in 0..records {
                reach[from][to] |= reach[from][via] && reach[via][to];
            }
        }
    }
    reach.iter().map(|row| row.iter().position(|&reached| reached).unwrap() as u32).collect()
}
