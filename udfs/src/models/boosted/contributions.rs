//! Shapley values of trees by the path-dependent definition of Lundberg, Erion and Lee, "Consistent individualized
//! feature attribution for tree ensembles" (2018).
//!
//! A leaf asks something of a few columns, and what it adds to each of them depends on a row only by which of these the
//! row satisfies. So all that a leaf can add is worked out once, and a row looks up its own.

use super::super::features::Columns;
use super::super::parts::in_parts;
use super::tree::{Node, Tree};
use super::{Boosted, TOGETHER, WORTH_IT};

/// Trees whose tables are made together.
const TREES: usize = 64;

pub(super) fn contributions(model: &Boosted, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
    let width = columns.values.len();
    let base = model.base + model.trees.iter().map(|tree| mean(tree, 0)).sum::<f64>();
    let mut by_row = vec![0.0; columns.rows * width];
    for trees in model.trees.chunks(TREES) {
        let mut tables: Vec<Option<Table<'_>>> = trees.iter().map(|_| None).collect();
        in_parts(&mut tables, 1, 2, |first, tables| {
            for (table, tree) in tables.iter_mut().zip(&trees[first..]) {
                *table = Some(Table::new(tree));
            }
        });
        in_parts(&mut by_row, width, WORTH_IT, |first, out| {
            for (part, out) in out.chunks_mut(TOGETHER * width.max(1)).enumerate() {
                let answers = &mut [0; TOGETHER][..out.len() / width];
                for table in tables.iter().flatten() {
                    table.answer(columns, first + part * TOGETHER, answers);
                    table.leaves.iter().for_each(|leaf| leaf.add(answers, out, width));
                }
            }
        });
    }
    let column = |place: usize| by_row.iter().skip(place).step_by(width).copied().collect();
    (base, (0..width).map(column).collect())
}

fn mean(tree: &Tree, node: usize) -> f64 {
    let Node { left, right, value, rows, .. } = tree.nodes[node];
    if left == 0 {
        return value;
    }
    let share = |child: u32| tree.nodes[child as usize].rows / rows * mean(tree, child as usize);
    share(left) + share(right)
}

/// What a leaf asks of one column.
#[derive(Clone, Copy)]
struct Condition {
    column: usize,
    /// The splits of the column on the way to the leaf.
    asked: u32,
    /// Those of them that are to send the row to the left.
    left: u32,
    /// The share of rows that go on when the column is unknown.
    unknown: f64,
}

struct Leaf {
    conditions: Vec<Condition>,
    /// For each set of conditions that hold, as bits, what the leaf adds to the column of each condition.
    parts: Vec<f64>,
}

impl Leaf {
    fn add(&self, answers: &[u32], out: &mut [f64], width: usize) {
        for (answers, out) in answers.iter().zip(out.chunks_exact_mut(width)) {
            let mut held = 0;
            for (bit, condition) in self.conditions.iter().enumerate() {
                held |= usize::from(answers & condition.asked == condition.left) << bit;
            }
            let parts = &self.parts[held * self.conditions.len()..];
            for (condition, part) in self.conditions.iter().zip(parts) {
                out[condition.column] += part;
            }
        }
    }
}

/// All that a tree can add.
struct Table<'a> {
    splits: Vec<&'a Node>,
    leaves: Vec<Leaf>,
}

impl<'a> Table<'a> {
    fn new(tree: &'a Tree) -> Self {
        let (mut splits, mut leaves) = (Vec::new(), Vec::new());
        let mut ahead: Vec<(u32, Vec<Condition>)> = vec![(0, Vec::new())];
        while let Some((at, conditions)) = ahead.pop() {
            let node = &tree.nodes[at as usize];
            if node.left == 0 {
                let parts = parts(&conditions, node.value);
                leaves.push(Leaf { conditions, parts });
                continue;
            }
            let bit = 1 << splits.len();
            splits.push(node);
            for child in [node.right, node.left] {
                let mut conditions = conditions.clone();
                let column = node.column as usize;
                let place = conditions.iter().position(|c| c.column == column).unwrap_or_else(|| {
                    conditions.push(Condition { column, asked: 0, left: 0, unknown: 1.0 });
                    conditions.len() - 1
                });
                let condition = &mut conditions[place];
                condition.asked |= bit;
                condition.left |= if child == node.left { bit } else { 0 };
                condition.unknown *= tree.nodes[child as usize].rows / node.rows;
                ahead.push((child, conditions));
            }
        }
        Self { splits, leaves }
    }

    /// Sets a bit for each split that sends a row to the left.
    fn answer(&self, columns: &Columns, first: usize, answers: &mut [u32]) {
        answers.fill(0);
        for (bit, node) in self.splits.iter().enumerate() {
            let values = &columns.values[node.column as usize][first..first + answers.len()];
            let missing = u32::from(node.missing_left);
            for (answer, value) in answers.iter_mut().zip(values) {
                let left = u32::from(*value <= node.bound) | (u32::from(value.is_nan()) & missing);
                *answer |= left << bit;
            }
        }
    }
}

/// What a leaf adds, for each set of conditions that hold: to the column of condition `j` its value times
/// (held − unknown) times the sum over the sets of other columns that may be known, each weighed as Shapley does.
fn parts(conditions: &[Condition], value: f64) -> Vec<f64> {
    let many = conditions.len();
    let weights = weights(many);
    let mut out = vec![0.0; many << many];
    let mut sums = vec![0.0; many];
    for own in 0..many {
        for held in (0..1_usize << many).filter(|held| held >> own & 1 == 0) {
            // The sums of products over all sets of equally many other columns.
            sums.fill(0.0);
            sums[0] = 1.0;
            for (size, other) in (0..many).filter(|other| *other != own).enumerate() {
                let (unknown, known) = (conditions[other].unknown, (held >> other & 1) as f64);
                for known_ones in (1..=size + 1).rev() {
                    sums[known_ones] = sums[known_ones] * unknown + sums[known_ones - 1] * known;
                }
                sums[0] *= unknown;
            }
            let weight: f64 = sums.iter().zip(&weights).map(|(sum, weight)| sum * weight).sum();
            let unknown = conditions[own].unknown;
            out[held * many + own] = value * weight * -unknown;
            out[(held | 1 << own) * many + own] = value * weight * (1.0 - unknown);
        }
    }
    out
}

/// s! (n − 1 − s)! / n! for sets of s = 0 … n − 1 other columns.
fn weights(many: usize) -> Vec<f64> {
    let mut weight = 1.0 / many as f64;
    (1..=many)
        .map(|next| {
            let own = weight;
            weight *= next as f64 / many.saturating_sub(next) as f64;
            own
        })
        .collect()
}
