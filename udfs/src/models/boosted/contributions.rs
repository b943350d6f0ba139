//! Shapley values of trees by the path-dependent algorithm of Lundberg, Erion and Lee, "Consistent individualized
//! feature attribution for tree ensembles" (2018), algorithm 2.

use super::super::features::Columns;
use super::grow::{Node, Tree};
use super::{Boosted, in_parts};

/// One split on the way: its column, the share of rows that go on when the column is unknown, whether this row goes on
/// when it is known, and the weight of subsets of as many columns.
#[derive(Clone, Copy)]
struct Step {
    column: usize,
    unknown: f64,
    known: f64,
    weight: f64,
}

pub(super) fn contributions(model: &Boosted, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
    let width = columns.values.len();
    let base = model.base + model.trees.iter().map(|tree| mean(tree, 0)).sum::<f64>();
    let mut by_row: Vec<Vec<f64>> = vec![Vec::new(); columns.rows];
    in_parts(&mut by_row, |first, rows| {
        for (offset, out) in rows.iter_mut().enumerate() {
            *out = vec![0.0; width];
            for tree in &model.trees {
                let visit = Visit { tree, columns, row: first + offset };
                visit.node(0, &[], (1.0, 1.0, usize::MAX), out);
            }
        }
    });
    let column = |place: usize| by_row.iter().map(|row| row[place]).collect();
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

struct Visit<'a> {
    tree: &'a Tree,
    columns: &'a Columns,
    row: usize,
}

impl Visit<'_> {
    fn node(&self, at: usize, path: &[Step], (unknown, known, column): (f64, f64, usize), out: &mut [f64]) {
        let mut path = extended(path, unknown, known, column);
        let node = &self.tree.nodes[at];
        if node.left == 0 {
            for place in 1..path.len() {
                let weight = unwound_sum(&path, place);
                let step = path[place];
                out[step.column] += weight * (step.known - step.unknown) * node.value;
            }
            return;
        }
        let split = node.column as usize;
        let hot = self.tree.next(node, self.columns, self.row) as u32;
        let cold = if hot == node.left { node.right } else { node.left };
        let (mut unknown, mut known) = (1.0, 1.0);
        if let Some(place) = path.iter().skip(1).position(|step| step.column == split).map(|p| p + 1) {
            (unknown, known) = (path[place].unknown, path[place].known);
            unwind(&mut path, place);
        }
        let share = |child: u32| self.tree.nodes[child as usize].rows / node.rows;
        self.node(hot as usize, &path, (unknown * share(hot), known, split), out);
        self.node(cold as usize, &path, (unknown * share(cold), 0.0, split), out);
    }
}

fn extended(path: &[Step], unknown: f64, known: f64, column: usize) -> Vec<Step> {
    let mut out = Vec::with_capacity(path.len() + 1);
    out.extend_from_slice(path);
    let depth = path.len();
    out.push(Step { column, unknown, known, weight: if depth == 0 { 1.0 } else { 0.0 } });
    let size = depth as f64 + 1.0;
    for i in (0..depth).rev() {
        out[i + 1].weight += known * out[i].weight * (i as f64 + 1.0) / size;
        out[i].weight = unknown * out[i].weight * (depth - i) as f64 / size;
    }
    out
}

fn unwind(path: &mut Vec<Step>, place: usize) {
    let depth = path.len() - 1;
    let size = depth as f64 + 1.0;
    let Step { unknown, known, .. } = path[place];
    let mut next = path[depth].weight;
    for i in (0..depth).rev() {
        if known == 0.0 {
            path[i].weight = path[i].weight * size / (unknown * (depth - i) as f64);
        } else {
            let weight = path[i].weight;
            path[i].weight = next * size / ((i as f64 + 1.0) * known);
            next = weight - path[i].weight * unknown * (depth - i) as f64 / size;
        }
    }
    for i in place..depth {
        (path[i].column, path[i].unknown, path[i].known) =
            (path[i + 1].column, path[i + 1].unknown, path[i + 1].known);
    }
    path.pop();
}

/// The sum of the weights that [`unwind`] would leave.
fn unwound_sum(path: &[Step], place: usize) -> f64 {
    let depth = path.len() - 1;
    let size = depth as f64 + 1.0;
    let Step { unknown, known, .. } = path[place];
    let mut next = path[depth].weight;
    let mut total = 0.0;
    for i in (0..depth).rev() {
        if known == 0.0 {
            total += path[i].weight * size / (unknown * (depth - i) as f64);
        } else {
            let weight = next * size / ((i as f64 + 1.0) * known);
            total += weight;
            next = path[i].weight - weight * unknown * (depth - i) as f64 / size;
        }
    }
    total
}
