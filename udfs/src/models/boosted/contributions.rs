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

/// A tree is at most eight splits deep.
const STEPS: usize = 12;
type Way = [Step; STEPS];

pub(super) fn contributions(model: &Boosted, columns: &Columns) -> (f64, Vec<Vec<f64>>) {
    let width = columns.values.len();
    let base = model.base + model.trees.iter().map(|tree| mean(tree, 0)).sum::<f64>();
    let mut by_row: Vec<Vec<f64>> = vec![Vec::new(); columns.rows];
    in_parts(&mut by_row, |first, rows| {
        for (offset, out) in rows.iter_mut().enumerate() {
            *out = vec![0.0; width];
            for tree in &model.trees {
                let visit = Visit { tree, columns, row: first + offset };
                let nothing = Step { column: usize::MAX, unknown: 1.0, known: 1.0, weight: 1.0 };
                visit.node(0, &[nothing; STEPS], 0, nothing, out);
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
    /// Adds what the leaves below a node give to each column; `way` has `steps` splits above the node's own.
    fn node(&self, at: usize, way: &Way, steps: usize, own: Step, out: &mut [f64]) {
        let mut way = *way;
        extend(&mut way, steps, own);
        let mut steps = steps + 1;
        let node = &self.tree.nodes[at];
        if node.left == 0 {
            for place in 1..steps {
                let weight = unwound_sum(&way[..steps], place);
                let step = way[place];
                out[step.column] += weight * (step.known - step.unknown) * node.value;
            }
            return;
        }
        let split = node.column as usize;
        let hot = self.tree.next(node, self.columns, self.row) as u32;
        let cold = if hot == node.left { node.right } else { node.left };
        let (mut unknown, mut known) = (1.0, 1.0);
        if let Some(place) = way[1..steps].iter().position(|step| step.column == split).map(|p| p + 1) {
            (unknown, known) = (way[place].unknown, way[place].known);
            unwind(&mut way[..steps], place);
            steps -= 1;
        }
        let share = |child: u32| self.tree.nodes[child as usize].rows / node.rows;
        let step = |child: u32, known: f64| Step {
            column: split,
            unknown: unknown * share(child),
            known,
            weight: 0.0,
        };
        self.node(hot as usize, &way, steps, step(hot, known), out);
        self.node(cold as usize, &way, steps, step(cold, 0.0), out);
    }
}

fn extend(way: &mut Way, steps: usize, own: Step) {
    way[steps] = Step { weight: if steps == 0 { 1.0 } else { 0.0 }, ..own };
    let size = steps as f64 + 1.0;
    for i in (0..steps).rev() {
        way[i + 1].weight += own.known * way[i].weight * (i as f64 + 1.0) / size;
        way[i].weight = own.unknown * way[i].weight * (steps - i) as f64 / size;
    }
}

/// Takes a step out; the last place of the slice is free afterwards.
fn unwind(way: &mut [Step], place: usize) {
    let depth = way.len() - 1;
    let size = depth as f64 + 1.0;
    let Step { unknown, known, .. } = way[place];
    let mut next = way[depth].weight;
    for i in (0..depth).rev() {
        if known == 0.0 {
            way[i].weight = way[i].weight * size / (unknown * (depth - i) as f64);
        } else {
            let weight = way[i].weight;
            way[i].weight = next * size / ((i as f64 + 1.0) * known);
            next = weight - way[i].weight * unknown * (depth - i) as f64 / size;
        }
    }
    for i in place..depth {
        let Step { column, unknown, known, .. } = way[i + 1];
        way[i] = Step { column, unknown, known, weight: way[i].weight };
    }
}

/// The sum of the weights that [`unwind`] would leave.
fn unwound_sum(way: &[Step], place: usize) -> f64 {
    let depth = way.len() - 1;
    let size = depth as f64 + 1.0;
    let Step { unknown, known, .. } = way[place];
    let mut next = way[depth].weight;
    let mut total = 0.0;
    for i in (0..depth).rev() {
        if known == 0.0 {
            total += way[i].weight * size / (unknown * (depth - i) as f64);
        } else {
            let weight = next * size / ((i as f64 + 1.0) * known);
            total += weight;
            next = way[i].weight - weight * unknown * (depth - i) as f64 / size;
        }
    }
    total
}
