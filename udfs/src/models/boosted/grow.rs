//! One tree: the leaf that gains most is split until there are enough.

use serde::{Deserialize, Serialize};

use super::super::draws::Draws;
use super::super::features::Columns;
use super::bins::{BINS, Binned};

const LEAVES: usize = 15;
const DEPTH: usize = 8;
const FEWEST_ROWS: f64 = 20.0;
const PENALTY: f64 = 1.0;
const LEAST_GAIN: f64 = 1e-6;
/// The share of columns that a tree may use.
const COLUMNS: f64 = 0.8;
/// Cells of a histogram that are worth a second thread.
const WORTH_IT: usize = 400_000;

/// A node; a leaf has no children.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// The column that is asked.
    pub(super) column: u32,
    /// Up to it goes left.
    pub(super) bound: f64,
    /// Where a missing value goes.
    pub(super) missing_left: bool,
    /// The left child, or 0.
    pub(super) left: u32,
    /// The right child, or 0.
    pub(super) right: u32,
    /// What the leaf adds.
    pub(super) value: f64,
    /// Rows that came here in training.
    pub(super) rows: f64,
}

/// A tree; its first node is the root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// The leaf's value for a row.
    pub(super) fn value(&self, columns: &Columns, row: usize) -> f64 {
        let mut node = &self.nodes[0];
        while node.left > 0 {
            node = &self.nodes[self.next(node, columns, row)];
        }
        node.value
    }

    /// The child that a row goes to.
    pub(super) fn next(&self, node: &Node, columns: &Columns, row: usize) -> usize {
        let value = columns.values[node.column as usize][row];
        let left = if value.is_nan() { node.missing_left } else { value <= node.bound };
        (if left { node.left } else { node.right }) as usize
    }

    /// Whether nothing could be split.
    pub(super) fn is_single(&self) -> bool {
        self.nodes.len() == 1
    }
}

/// Sums of gradients, curvatures and rows.
type Cell = [f64; 3];

struct Leaf {
    node: usize,
    depth: usize,
    rows: Vec<u32>,
    cells: Vec<Cell>,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    column: usize,
    bin: usize,
    missing_left: bool,
}

/// Grows trees on the same columns.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
}

impl<'a> Grower<'a> {
    pub(super) fn new(binned: &'a Binned) -> Self {
        Self { binned }
    }

    /// Grows a tree whose leaves follow the slopes down by `rate`.
    pub(super) fn tree(&mut self, rows: &[u32], slopes: &[(f32, f32)], rate: f64, draws: &mut Draws) -> Tree {
        let usable: Vec<bool> = self.binned.columns.iter().map(|_| draws.number() < COLUMNS).collect();
        let usable = if usable.iter().any(|u| *u) { usable } else { vec![true; usable.len()] };
        let mut tree = Tree { nodes: Vec::with_capacity(2 * LEAVES) };
        let cells = self.histogram(rows, slopes, &usable);
        let sums = rows.iter().fold([0.0; 3], |mut sums: Cell, row| {
            add(&mut sums, slopes[*row as usize]);
            sums
        });
        let mut leaves = vec![self.leaf(&mut tree, 0, rows.to_vec(), sums, cells, &usable, rate)];
        while leaves.len() < LEAVES {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |best| best.gain);
            let Some(place) =
                (0..leaves.len()).max_by(|a, b| gain(&leaves[*a]).total_cmp(&gain(&leaves[*b])))
            else {
                break;
            };
            let Some(split) = leaves[place].best else { break };
            let parent = leaves.swap_remove(place);
            leaves.extend(self.split(&mut tree, parent, split, slopes, &usable, rate));
        }
        tree
    }

    fn split(
        &self,
        tree: &mut Tree,
        parent: Leaf,
        split: Split,
        slopes: &[(f32, f32)],
        usable: &[bool],
        rate: f64,
    ) -> [Leaf; 2] {
        let column = &self.binned.columns[split.column];
        let goes_left = |row: &u32| match column[*row as usize] {
            0 => split.missing_left,
            bin => bin as usize <= split.bin,
        };
        let (left, right): (Vec<u32>, Vec<u32>) = parent.rows.into_iter().partition(goes_left);
        let smaller_is_left = left.len() <= right.len();
        let smaller = self.histogram(if smaller_is_left { &left } else { &right }, slopes, usable);
        let mut larger = parent.cells;
        for (cell, less) in larger.iter_mut().zip(&smaller) {
            (0..3).for_each(|i| cell[i] -= less[i]);
        }
        let (left_cells, right_cells) = if smaller_is_left { (smaller, larger) } else { (larger, smaller) };
        let sums = |rows: &[u32]| {
            rows.iter().fold([0.0; 3], |mut sums: Cell, row| {
                add(&mut sums, slopes[*row as usize]);
                sums
            })
        };
        let (left_sums, right_sums) = (sums(&left), sums(&right));
        let first = tree.nodes.len();
        let node = &mut tree.nodes[parent.node];
        node.column = split.column as u32;
        node.bound = self.binned.bounds[split.column].get(split.bin - 1).copied().unwrap_or(f64::MAX);
        node.missing_left = split.missing_left;
        (node.left, node.right) = (first as u32, first as u32 + 1);
        let depth = parent.depth + 1;
        [
            self.leaf(tree, depth, left, left_sums, left_cells, usable, rate),
            self.leaf(tree, depth, right, right_sums, right_cells, usable, rate),
        ]
    }

    #[expect(clippy::too_many_arguments, reason = "what a leaf is made of")]
    fn leaf(
        &self,
        tree: &mut Tree,
        depth: usize,
        rows: Vec<u32>,
        sums: Cell,
        cells: Vec<Cell>,
        usable: &[bool],
        rate: f64,
    ) -> Leaf {
        let node = tree.nodes.len();
        tree.nodes.push(Node {
            column: 0,
            bound: 0.0,
            missing_left: false,
            left: 0,
            right: 0,
            value: -rate * sums[0] / (sums[1] + PENALTY),
            rows: sums[2],
        });
        let may_split = depth < DEPTH && sums[2] >= 2.0 * FEWEST_ROWS;
        let best = if may_split { self.best(&cells, sums, usable) } else { None };
        Leaf { node, depth, rows, cells, best }
    }

    fn histogram(&self, rows: &[u32], slopes: &[(f32, f32)], usable: &[bool]) -> Vec<Cell> {
        let mut cells = vec![[0.0; 3]; self.binned.columns.len() * BINS];
        let fill = |first: usize, cells: &mut [Cell]| {
            for (offset, cells) in cells.chunks_mut(BINS).enumerate() {
                if !usable[first + offset] {
                    continue;
                }
                let column = &self.binned.columns[first + offset];
                for row in rows {
                    let row = *row as usize;
                    add(&mut cells[column[row] as usize], slopes[row]);
                }
            }
        };
        let threads = super::super::parts::threads();
        if threads < 2 || rows.len() * self.binned.columns.len() < WORTH_IT {
            fill(0, &mut cells);
        } else {
            let columns = self.binned.columns.len().div_ceil(threads);
            std::thread::scope(|scope| {
                for (part, cells) in cells.chunks_mut(columns * BINS).enumerate() {
                    let fill = &fill;
                    scope.spawn(move || fill(part * columns, cells));
                }
            });
        }
        cells
    }

    fn best(&self, cells: &[Cell], sums: Cell, usable: &[bool]) -> Option<Split> {
        let score = |cell: Cell| cell[0] * cell[0] / (cell[1] + PENALTY);
        let whole = score(sums);
        let mut best: Option<Split> = None;
        for (column, cells) in cells.chunks(BINS).enumerate().filter(|(column, _)| usable[*column]) {
            let bins = self.binned.bounds[column].len() + 1;
            let missing = cells[0];
            for missing_left in [false, true] {
                if missing_left && missing[2] < 0.5 {
                    continue;
                }
                let mut left = if missing_left { missing } else { [0.0; 3] };
                for (bin, cell) in cells.iter().enumerate().take(bins).skip(1) {
                    (0..3).for_each(|i| left[i] += cell[i]);
                    let right: Cell = std::array::from_fn(|i| sums[i] - left[i]);
                    if left[2] < FEWEST_ROWS - 0.5 {
                        continue;
                    }
                    if right[2] < FEWEST_ROWS - 0.5 {
                        break;
                    }
                    let gain = score(left) + score(right) - whole;
                    if gain > best.map_or(LEAST_GAIN, |best| best.gain) {
                        best = Some(Split { gain, column, bin, missing_left });
                    }
                }
            }
        }
        best
    }
}

fn add(cell: &mut Cell, (gradient, curvature): (f32, f32)) {
    cell[0] += f64::from(gradient);
    cell[1] += f64::from(curvature);
    cell[2] += 1.0;
}
