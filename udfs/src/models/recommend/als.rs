//! Factors of customers and items whose products tell who buys what: Hu, Koren and Volinsky, "Collaborative filtering for
//! implicit feedback datasets" (2008), each side improved in turn by a few steps of conjugate gradients, as Takács,
//! Pilászy and Tikk, "Applications of the conjugate gradient method for implicit feedback collaborative filtering" (2011).

use serde::{Deserialize, Serialize};

use super::super::draws::Draws;
use super::super::linear::solve;
use super::super::parts::in_parts;
use super::Baskets;

const ROUNDS: usize = 15;
/// Steps of conjugate gradients for one row and round; each begins at what the round before left.
const STEPS: usize = 3;
/// Sums of products are made by so many lanes.
const LANES: usize = 8;
/// Rows that are worth a second thread.
const WORTH_IT: usize = 64;

/// How factors are learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Numbers per customer and item.
    pub factors: usize,
    /// The penalty on large factors.
    pub penalty: f64,
    /// How much more a purchase counts than none.
    pub confidence: f64,
    /// Where the search begins.
    pub seed: u64,
}

/// The factors of items; those of a customer follow from his basket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Als {
    factors: usize,
    penalty: f64,
    confidence: f64,
    items: Vec<f32>,
    gram: Vec<f64>,
}

impl Als {
    /// Learns factors. `None` if `watch` ended it.
    pub fn fit(baskets: &Baskets, settings: Settings, watch: &(dyn Fn() -> bool + Sync)) -> Option<Self> {
        let Settings { factors, penalty, confidence, seed } = settings;
        let mut draws = Draws::new(seed);
        let mut items: Vec<f32> =
            (0..baskets.items * factors).map(|_| 0.2 * (draws.number() as f32 - 0.5)).collect();
        let weigh = |baskets: &[Vec<(u32, f32)>]| -> Vec<Vec<(u32, f32)>> {
            let weigh = |(place, weight): &(u32, f32)| (*place, more(confidence, *weight) as f32);
            baskets.iter().map(|basket| basket.iter().map(weigh).collect()).collect()
        };
        let (by_customer, by_item) = (weigh(&baskets.by_customer), weigh(&baskets.by_item()));
        let mut customers = vec![0.0; by_customer.len() * factors];
        for _ in 0..ROUNDS {
            if !watch() {
                return None;
            }
            turn(&mut customers, &by_customer, &items, factors, penalty);
            turn(&mut items, &by_item, &customers, factors, penalty);
        }
        let gram = gram(&items, factors);
        Some(Self { factors, penalty, confidence, items, gram })
    }

    /// Scores of all items for somebody with a basket.
    pub fn scores(&self, basket: &[(u32, f32)]) -> Vec<f32> {
        let own = self.customer(basket);
        self.items.chunks_exact(self.factors.max(1)).map(|item| dot(item, &own)).collect()
    }

    /// The factors that explain one basket best, exactly.
    fn customer(&self, basket: &[(u32, f32)]) -> Vec<f32> {
        let width = self.factors;
        let mut matrix = self.gram.clone();
        let mut right = vec![0.0; width];
        (0..width).for_each(|i| matrix[i * width + i] += self.penalty);
        for (item, weight) in basket {
            let at = row(&self.items, *item, width);
            let more = more(self.confidence, *weight);
            for i in 0..width {
                let own = f64::from(at[i]);
                right[i] += (1.0 + more) * own;
                let cells = matrix[i * width..=i * width + i].iter_mut().zip(at);
                cells.for_each(|(cell, other)| *cell += more * own * f64::from(*other));
            }
        }
        let solved = solve(&mut matrix, right, width).unwrap_or_else(|| vec![0.0; width]);
        solved.into_iter().map(|value| value as f32).collect()
    }
}

/// How much more something that was bought so often counts than something that was not.
fn more(confidence: f64, weight: f32) -> f64 {
    confidence * f64::from(weight).ln_1p()
}

fn row(side: &[f32], place: u32, width: usize) -> &[f32] {
    &side[place as usize * width..(place as usize + 1) * width]
}

/// Improves one side given the other; the baskets tell how much more each of the other side counts.
fn turn(side: &mut [f32], baskets: &[Vec<(u32, f32)>], other: &[f32], width: usize, penalty: f64) {
    let mut matrix: Vec<f32> = gram(other, width).into_iter().map(|value| value as f32).collect();
    for i in 0..width {
        matrix[i * width + i] += penalty as f32;
        (0..i).for_each(|j| matrix[j * width + i] = matrix[i * width + j]);
    }
    in_parts(side, width, WORTH_IT, |first, side| {
        let mut work = Work::new(width);
        for (own, basket) in side.chunks_exact_mut(width).zip(&baskets[first..]) {
            work.improve(own, basket, other, &matrix);
        }
    });
}

/// Steps towards the factors of one row.
struct Work {
    rest: Vec<f32>,
    way: Vec<f32>,
    image: Vec<f32>,
}

impl Work {
    fn new(width: usize) -> Self {
        Self { rest: vec![0.0; width], way: vec![0.0; width], image: vec![0.0; width] }
    }

    /// `matrix` is what the equations of all rows have in common.
    fn improve(&mut self, own: &mut [f32], basket: &[(u32, f32)], other: &[f32], matrix: &[f32]) {
        let width = own.len();
        if basket.is_empty() {
            return own.fill(0.0);
        }
        let Self { rest, way, image } = self;
        product(matrix, own, rest);
        rest.iter_mut().for_each(|value| *value = -*value);
        for (place, more) in basket {
            let at = row(other, *place, width);
            add(rest, at, 1.0 + more - more * dot(at, own));
        }
        way.copy_from_slice(rest);
        let mut left = dot(rest, rest);
        for _ in 0..STEPS {
            if left < 1e-20 {
                break;
            }
            product(matrix, way, image);
            for (place, more) in basket {
                let at = row(other, *place, width);
                add(image, at, more * dot(at, way));
            }
            let step = left / dot(way, image);
            add(own, way, step);
            add(rest, image, -step);
            let now = dot(rest, rest);
            let turn = now / left;
            way.iter_mut().zip(rest.iter()).for_each(|(way, rest)| *way = rest + turn * *way);
            left = now;
        }
    }
}

/// A symmetric matrix times a vector.
fn product(matrix: &[f32], vector: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    for (line, value) in matrix.chunks_exact(vector.len()).zip(vector) {
        add(out, line, *value);
    }
}

fn add(out: &mut [f32], vector: &[f32], times: f32) {
    out.iter_mut().zip(vector).for_each(|(out, value)| *out += times * value);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, rest_of_a) = a.as_chunks::<LANES>();
    let (b, rest_of_b) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        (0..LANES).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    let rest: f32 = rest_of_a.iter().zip(rest_of_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// The products of all pairs of factors, summed over the rows; the lower triangle.
fn gram(side: &[f32], width: usize) -> Vec<f64> {
    /// Rows are summed by themselves first, so that the sum does not depend on how many processors there are.
    const BLOCK: usize = 1024;
    let blocks = side.len().div_ceil(BLOCK * width.max(1));
    let mut parts = vec![0.0_f32; blocks * width * width];
    in_parts(&mut parts, width * width, 2, |first, parts| {
        for (part, rows) in parts.chunks_exact_mut(width * width).zip(side.chunks(BLOCK * width).skip(first))
        {
            for row in rows.chunks_exact(width) {
                for (i, own) in row.iter().enumerate() {
                    add(&mut part[i * width..=i * width + i], &row[..=i], *own);
                }
            }
        }
    });
    let mut out = vec![0.0; width * width];
    for part in parts.chunks_exact((width * width).max(1)) {
        out.iter_mut().zip(part).for_each(|(out, value)| *out += f64::from(*value));
    }
    out
}
