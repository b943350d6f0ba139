//! One tree: the leaf that gains most is split until there are enough.

use std::ops::Range;

use super::super::draws::Draws;
use super::super::parts::{in_parts, threads};
use super::bins::{BINS, Binned, Place};
use super::slopes::{Cell, Scale, Slopes};
use super::tree::{Node, Tree};

const LEAVES: usize = 15;
const DEPTH: usize = 8;
const FEWEST_ROWS: i64 = 20;
const PENALTY: f64 = 1.0;
const LEAST_GAIN: f64 = 1e-6;
/// The share of columns that a tree may use.
const COLUMNS: f64 = 0.8;
/// Cells of a histogram that are worth a second thread.
const WORTH_IT: usize = 200_000;

/// The sums of each bin of each group.
type Histogram = Vec<[Cell; BINS]>;

struct Leaf {
    node: usize,
    depth: usize,
    train: Range<usize>,
    aside: Range<usize>,
    sums: Cell,
    histogram: Histogram,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    column: usize,
    bin: usize,
    missing_left: bool,
}

/// Grows trees on the same rows.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
    train: Rows<'a>,
    aside: Rows<'a>,
    /// Histograms that no leaf has.
    spare: Vec<Histogram>,
}

/// Rows in the order of the leaves that they are in.
struct Rows<'a> {
    all: &'a [u32],
    sorted: Vec<u32>,
    /// Room for those that go to the right.
    right: Vec<u32>,
}

/// What is the same in all of a tree.
struct Growth<'a> {
    slopes: &'a Slopes,
    scale: Scale,
    usable: Vec<bool>,
    /// Groups of usable columns.
    groups: Vec<usize>,
    rate: f64,
}

impl<'a> Grower<'a> {
    /// Trees learn from the rows of `train`; what they tell of those of `aside` is found on the way.
    pub(super) fn new(binned: &'a Binned, train: &'a [u32], aside: &'a [u32]) -> Self {
        Self { binned, train: Rows::new(train), aside: Rows::new(aside), spare: Vec::new() }
    }

    /// Grows a tree whose leaves follow the slopes down by `rate`, and adds to each row's sum what its leaf says.
    pub(super) fn tree(&mut self, slopes: &Slopes, rate: f64, draws: &mut Draws, sums: &mut [f64]) -> Tree {
        let usable: Vec<bool> = self.binned.places.iter().map(|_| draws.number() < COLUMNS).collect();
        let usable = if usable.iter().any(|u| *u) { usable } else { vec![true; usable.len()] };
        let is_used = |group: &usize| {
            let mut places = self.binned.places.iter().zip(&usable);
            places.any(|(place, usable)| *usable && place.group == *group)
        };
        let groups = (0..self.binned.groups.len()).filter(is_used).collect();
        let growth = Growth { slopes, scale: slopes.scale(), usable, groups, rate };
        let mut tree = Tree { nodes: Vec::with_capacity(2 * LEAVES) };
        self.train.reset();
        self.aside.reset();
        let (train, aside) = (0..self.train.all.len(), 0..self.aside.all.len());
        let histogram = self.histogram(&growth, train.clone());
        let total = self.train.sums(train.clone(), slopes);
        let node = push(&mut tree, &growth, total);
        let mut leaves = vec![Leaf { node, depth: 0, train, aside, sums: total, histogram, best: None }];
        self.look(&growth, &mut leaves[0]);
        while leaves.len() < LEAVES {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |best| best.gain);
            let Some(place) =
                (0..leaves.len()).max_by(|a, b| gain(&leaves[*a]).total_cmp(&gain(&leaves[*b])))
            else {
                break;
            };
            let Some(split) = leaves[place].best else { break };
            let parent = leaves.swap_remove(place);
            let is_last = leaves.len() + 2 == LEAVES;
            leaves.extend(self.split(&growth, &mut tree, parent, split, is_last));
        }
        for leaf in leaves {
            let value = tree.nodes[leaf.node].value;
            let rows = self.train.sorted[leaf.train].iter().chain(&self.aside.sorted[leaf.aside]);
            rows.for_each(|row| sums[*row as usize] += value);
            self.spare.extend(Some(leaf.histogram).filter(|histogram| !histogram.is_empty()));
        }
        tree
    }

    fn split(
        &mut self,
        growth: &Growth<'_>,
        tree: &mut Tree,
        parent: Leaf,
        split: Split,
        is_last: bool,
    ) -> [Leaf; 2] {
        let place = self.binned.places[split.column];
        let (bins, goes_left) = (&self.binned.groups[place.group], goes_left(place, split));
        let middle = parent.train.start + self.train.partition(parent.train.clone(), bins, &goes_left);
        let middle_aside = parent.aside.start + self.aside.partition(parent.aside.clone(), bins, &goes_left);
        let rows = [parent.train.start..middle, middle..parent.train.end];
        let aside = [parent.aside.start..middle_aside, middle_aside..parent.aside.end];
        let smaller = usize::from(rows[0].len() > rows[1].len());
        let smaller_sums = self.train.sums(rows[smaller].clone(), growth.slopes);
        let depth = parent.depth + 1;
        let count = growth.scale.rows(parent.sums) - growth.scale.rows(smaller_sums);
        let goes_on = !is_last && may_split(depth, count);
        let (mut histogram, mut larger) = (Vec::new(), parent.histogram);
        if goes_on {
            histogram = self.histogram(growth, rows[smaller].clone());
            for group in &growth.groups {
                for (cell, less) in larger[*group].iter_mut().zip(&histogram[*group]) {
                    *cell = [cell[0] - less[0], cell[1] - less[1]];
                }
            }
        }
        let larger_sums = [parent.sums[0] - smaller_sums[0], parent.sums[1] - smaller_sums[1]];
        let (sums, histograms) = match smaller {
            0 => ([smaller_sums, larger_sums], [histogram, larger]),
            _ => ([larger_sums, smaller_sums], [larger, histogram]),
        };
        let first = tree.nodes.len();
        let node = &mut tree.nodes[parent.node];
        node.column = split.column as u32;
        node.bound = self.binned.bounds[split.column].get(split.bin - 1).copied().unwrap_or(f64::MAX);
        node.missing_left = split.missing_left;
        (node.left, node.right) = (first as u32, first as u32 + 1);
        let mut sides = rows.into_iter().zip(aside).zip(sums).zip(histograms);
        std::array::from_fn(|_| {
            let (((train, aside), sums), histogram) = sides.next().unwrap_or_default();
            let node = push(tree, growth, sums);
            let mut leaf = Leaf { node, depth, train, aside, sums, histogram, best: None };
            if goes_on {
                self.look(growth, &mut leaf);
            }
            leaf
        })
    }

    /// Finds the best split of a leaf.
    fn look(&self, growth: &Growth<'_>, leaf: &mut Leaf) {
        if !may_split(leaf.depth, growth.scale.rows(leaf.sums)) {
            return;
        }
        for (column, place) in self.binned.places.iter().enumerate() {
            if growth.usable[column] {
                let bins = self.binned.bounds[column].len() + 1;
                best(
                    growth.scale,
                    column,
                    *place,
                    bins,
                    &leaf.histogram[place.group],
                    leaf.sums,
                    &mut leaf.best,
                );
            }
        }
    }

    fn histogram(&mut self, growth: &Growth<'_>, rows: Range<usize>) -> Histogram {
        let (bins, width, slopes) = (&self.binned.bins, self.binned.groups.len(), &growth.slopes.cells);
        let mut out = self.spare.pop().unwrap_or_default();
        out.clear();
        out.resize(width, [[0; 2]; BINS]);
        let rows = &self.train.sorted[rows];
        let fill = |histogram: &mut [[Cell; BINS]], rows: &[u32]| {
            for row in rows {
                let [gradient, curvature] = slopes[*row as usize];
                let bins = &bins[*row as usize * width..][..width];
                for (cells, bin) in histogram.iter_mut().zip(bins) {
                    let cell = &mut cells[*bin as usize % BINS];
                    *cell = [cell[0] + gradient, cell[1] + curvature];
                }
            }
        };
        if rows.len() * growth.groups.len() < WORTH_IT || threads() < 2 {
            fill(&mut out, rows);
            return out;
        }
        let part = rows.len().div_ceil(threads());
        let mut parts = vec![[[0; 2]; BINS]; width * rows.len().div_ceil(part)];
        in_parts(&mut parts, width, 2, |first, parts| {
            for (histogram, rows) in parts.chunks_mut(width).zip(rows.chunks(part).skip(first)) {
                fill(histogram, rows);
            }
        });
        for part in parts.chunks(width) {
            for (cell, more) in out.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
                *cell = [cell[0] + more[0], cell[1] + more[1]];
            }
        }
        out
    }
}

impl<'a> Rows<'a> {
    fn new(all: &'a [u32]) -> Self {
        Self { all, sorted: all.to_vec(), right: vec![0; all.len()] }
    }

    fn reset(&mut self) {
        self.sorted.copy_from_slice(self.all);
    }

    fn sums(&self, rows: Range<usize>, slopes: &Slopes) -> Cell {
        self.sorted[rows].iter().fold([0; 2], |sums, row| {
            let [gradient, curvature] = slopes.cells[*row as usize];
            [sums[0] + gradient, sums[1] + curvature]
        })
    }

    /// Moves the rows that go left before the others, each in their order, and counts them.
    fn partition(&mut self, rows: Range<usize>, bins: &[u8], goes_left: &[bool; BINS]) -> usize {
        let rows = &mut self.sorted[rows];
        let (mut left, mut right) = (0, 0);
        // Without a branch, as nothing tells beforehand where a row goes.
        for place in 0..rows.len() {
            let row = rows[place];
            let goes_left = goes_left[bins[row as usize] as usize % BINS];
            rows[left] = row;
            self.right[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&self.right[..right]);
        left
    }
}

fn may_split(depth: usize, rows: i64) -> bool {
    depth < DEPTH && rows >= 2 * FEWEST_ROWS
}

/// Adds a leaf to a tree.
fn push(tree: &mut Tree, growth: &Growth<'_>, sums: Cell) -> usize {
    let scale = growth.scale;
    tree.nodes.push(Node {
        column: 0,
        bound: 0.0,
        missing_left: false,
        left: 0,
        right: 0,
        value: -growth.rate * scale.gradient(sums) / (scale.curvature(sums) + PENALTY),
        rows: scale.rows(sums) as f64,
    });
    tree.nodes.len() - 1
}

/// Whether the rows of each bin go to the left.
fn goes_left(place: Place, split: Split) -> [bool; BINS] {
    std::array::from_fn(|bin| match (place.one, bin) {
        (Some(one), bin) => bin != usize::from(one),
        (None, 0) => split.missing_left,
        (None, bin) => bin <= split.bin,
    })
}

/// Takes a split by a column if it is better than what is the best so far.
fn best(
    scale: Scale,
    column: usize,
    place: Place,
    bins: usize,
    cells: &[Cell; BINS],
    sums: Cell,
    best: &mut Option<Split>,
) {
    let score = |cell: Cell| {
        let gradient = scale.gradient(cell);
        gradient * gradient / (scale.curvature(cell) + PENALTY)
    };
    let less = |part: Cell| [sums[0] - part[0], sums[1] - part[1]];
    let whole = score(sums);
    let mut consider = |left: Cell, right: Cell, bin: usize, missing_left: bool| {
        let gain = score(left) + score(right) - whole;
        if gain > best.map_or(LEAST_GAIN, |best| best.gain) {
            *best = Some(Split { gain, column, bin, missing_left });
        }
    };
    let few = |cell: Cell| scale.rows(cell) < FEWEST_ROWS;
    if let Some(one) = place.one {
        let right = cells[usize::from(one)];
        if !few(right) && !few(less(right)) {
            consider(less(right), right, 1, false);
        }
        return;
    }
    let missing = cells[0];
    for missing_left in [false, true] {
        if missing_left && missing[1] == 0 {
            continue;
        }
        let mut left = if missing_left { missing } else { [0; 2] };
        for (bin, cell) in cells.iter().enumerate().take(bins).skip(1) {
            left = [left[0] + cell[0], left[1] + cell[1]];
            if cell[1] == 0 || few(left) {
                continue;
            }
            let right = less(left);
            if few(right) {
                break;
            }
            consider(left, right, bin, missing_left);
        }
    }
}
