use super::super::draws::Draws;
use super::*;

#[test]
fn trees_find_an_interaction_and_contributions_add_up_to_the_sum() {
    let (columns, labels) = exclusive_or(4000);
    let rows: Vec<u32> = (0..3000).collect();
    let model = Boosted::fit(Loss::Logistic, &columns, &labels, &rows, 1, &|_| true).unwrap();
    let sums = model.sums(&columns);
    let area = super::super::metrics::auc(&sums[3000..], &labels[3000..]).unwrap();
    assert!(area > 0.97, "area under the curve {area}");
    let (base, parts) = model.contributions(&columns);
    for row in [0, 17, 3999] {
        let total = base + parts.iter().map(|part| part[row]).sum::<f64>();
        assert!((total - sums[row]).abs() < 1e-6, "{total} instead of {}", sums[row]);
    }
    let importance = |column: usize| parts[column].iter().map(|v| v.abs()).sum::<f64>();
    assert!(importance(0) > 5.0 * importance(2) && importance(1) > 5.0 * importance(2));
}

#[test]
fn contributions_are_shapley_values() {
    let (columns, labels) = exclusive_or(2000);
    let rows: Vec<u32> = (0..2000).collect();
    let model = Boosted::fit(Loss::Logistic, &columns, &labels, &rows, 1, &|_| true).unwrap();
    let (_, parts) = model.contributions(&columns);
    for row in [0, 1, 50, 1999] {
        // The value of each set of known columns: the mean of the leaves that an unknown one may lead to.
        let value =
            |known: usize| model.trees.iter().map(|tree| expected(tree, 0, &columns, row, known)).sum();
        let values: Vec<f64> = (0..8).map(value).collect();
        for (column, part) in parts.iter().enumerate() {
            let others = (0..8_usize).filter(|set| set >> column & 1 == 0);
            let shapley: f64 = others
                .map(|set| {
                    let weight = if set.count_ones() == 1 { 1.0 / 6.0 } else { 1.0 / 3.0 };
                    weight * (values[set | 1 << column] - values[set])
                })
                .sum();
            assert!((part[row] - shapley).abs() < 1e-9, "{} instead of {shapley}", part[row]);
        }
    }
}

fn expected(tree: &Tree, at: usize, columns: &Columns, row: usize, known: usize) -> f64 {
    let node = &tree.nodes[at];
    if node.left == 0 {
        return node.value;
    }
    if known >> node.column & 1 == 1 {
        return expected(tree, tree.next(node, columns, row), columns, row, known);
    }
    let share = |child: u32| {
        let child = child as usize;
        tree.nodes[child].rows / node.rows * expected(tree, child, columns, row, known)
    };
    share(node.left) + share(node.right)
}

#[test]
fn the_same_seed_gives_the_same_trees_and_a_watch_ends_the_work() {
    let (columns, labels) = exclusive_or(1500);
    let rows: Vec<u32> = (0..1500).collect();
    let fit = || Boosted::fit(Loss::Logistic, &columns, &labels, &rows, 7, &|_| true);
    assert_eq!(fit(), fit());
    assert_eq!(Boosted::fit(Loss::Logistic, &columns, &labels, &rows, 7, &|trees| trees < 3), None);
}

#[test]
fn amounts_of_which_many_are_none_are_predicted_in_their_own_unit() {
    let mut draws = Draws::new(3);
    let rates: Vec<f64> = (0..4000).map(|_| draws.number() * 4.0).collect();
    let amounts: Vec<f64> = rates
        .iter()
        .map(|rate| if draws.number() < 0.5 { 0.0 } else { 100.0 * rate * draws.number() })
        .collect();
    let columns = Columns { values: vec![rates.clone()], of: vec![0], rows: 4000 };
    let rows: Vec<u32> = (0..4000).collect();
    let model = Boosted::fit(Loss::Tweedie, &columns, &amounts, &rows, 1, &|_| true).unwrap();
    let predicted: Vec<f64> = model.sums(&columns).iter().map(|s| s.exp()).collect();
    let ratio = predicted.iter().sum::<f64>() / amounts.iter().sum::<f64>();
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    let near_three: Vec<f64> =
        rates.iter().zip(&predicted).filter(|(r, _)| (**r - 3.0).abs() < 0.2).map(|(_, p)| *p).collect();
    let mean = near_three.iter().sum::<f64>() / near_three.len() as f64;
    assert!((mean - 75.0).abs() < 12.0, "{mean}");
}

#[test]
fn sums_are_exact_and_what_is_no_number_counts_as_none() {
    let mut slopes = Slopes::new(5);
    let raw =
        [(1e30, 2.0), (-1e30, 1e-12), (3.5e29, 0.25), (f64::NAN, f64::INFINITY), (f64::INFINITY, f64::NAN)];
    slopes.set(4, |row| if row < 3 { raw[row] } else { (0.0, 0.0) });
    let scale = slopes.scale();
    let sum = slopes.cells[..3].iter().fold([0; 2], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
    assert!((scale.gradient(sum) / 3.5e29 - 1.0).abs() < 1e-6);
    assert!((scale.curvature(sum) - 2.25).abs() < 1e-6);
    assert_eq!(scale.rows(sum), 3);
    slopes.set(5, |row| raw[row]);
    let scale = slopes.scale();
    assert_eq!(slopes.cells[3..].iter().map(|cell| scale.gradient(*cell)).sum::<f64>(), 0.0);
    assert_eq!(scale.rows(slopes.cells[4]), 1);
}

#[test]
fn flags_that_exclude_each_other_are_split_as_if_each_stood_alone() {
    let mut draws = Draws::new(9);
    let drawn: Vec<usize> = (0..3000).map(|_| draws.below(6)).collect();
    let numbers: Vec<f64> =
        drawn.iter().map(|d| if *d == 5 { f64::NAN } else { draws.number() + *d as f64 }).collect();
    let flag = |of: usize| drawn.iter().map(|d| f64::from(u8::from(*d == of))).collect::<Vec<f64>>();
    let labels: Vec<f64> = drawn
        .iter()
        .map(|d| f64::from(u8::from(draws.number() < [0.1, 0.8, 0.3, 0.6, 0.2, 0.9][*d])))
        .collect();
    let values = vec![flag(0), flag(1), flag(2), flag(3), flag(5), numbers];
    let rows: Vec<u32> = (0..3000).collect();
    let fit = |of: [usize; 6]| {
        let columns = Columns { values: values.clone(), of: of.to_vec(), rows: 3000 };
        let groups = Binned::new(&columns, &rows).groups.len();
        (groups, Boosted::fit(Loss::Logistic, &columns, &labels, &rows, 1, &|_| true))
    };
    let (alone, together) = (fit([0, 1, 2, 3, 4, 5]), fit([0, 0, 0, 0, 1, 1]));
    assert_eq!((alone.0, together.0), (6, 2));
    assert_eq!(alone.1, together.1);
}

/// The label is whether just one of two numbers is large, with some noise; a third says nothing; some are missing.
fn exclusive_or(rows: usize) -> (Columns, Vec<f64>) {
    let mut draws = Draws::new(11);
    let mut values = vec![Vec::new(), Vec::new(), Vec::new()];
    let mut labels = Vec::new();
    for row in 0..rows {
        let drawn: Vec<f64> = (0..3).map(|_| draws.number()).collect();
        labels.push(f64::from(u8::from((drawn[0] > 0.5) != (drawn[1] > 0.3))));
        for (column, value) in values.iter_mut().zip(&drawn) {
            column.push(*value);
        }
        if row % 50 == 0 {
            values[2][row] = f64::NAN;
        }
    }
    (Columns { values, of: vec![0, 1, 2], rows }, labels)
}
