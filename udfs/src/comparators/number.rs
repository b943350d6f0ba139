use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::jaro_winkler::Scratch;
use super::numbers::{Points, numbers};
use super::{key, level, only};

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal"),
    level("within_1_percent", 0.0, "at most 1 % apart"),
    level("within_10_percent", 0.0, "at most 10 % apart"),
    level("different", 0.0, "more than 10 % apart"),
];

const KEYS: &[&[Key]] = &[&[key("CAST({c} AS VARCHAR)", 3, 0)]];

/// The comparator `number`.
#[derive(Debug)]
pub(super) struct Number;

impl Comparator for Number {
    fn name(&self) -> &'static str {
        "number"
    }

    fn description(&self) -> &'static str {
        "Numbers, by how much they differ in relation to the greater one."
    }

    fn role(&self) -> Role {
        Role::Neutral
    }

    fn columns(&self) -> &'static [&'static str] {
        &["number"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let numbers = numbers(self.name(), only(self.name(), columns)?)?;
        let mut distinct = Points::default();
        let values = numbers.iter().map(|number| match number {
            Some(number) if !number.is_nan() => distinct.number([number]),
            _ => NONE,
        });
        let values = values.collect();
        Ok(Column::prepared(values, Numbers(distinct.finish())))
    }
}

/// Distinct numbers.
#[derive(Debug)]
struct Numbers(Vec<[f64; 1]>);

impl Measure for Numbers {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        let [number] = self.0[value as usize];
        number.to_string()
    }

    fn level(&self, _scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let ([a], [b]) = (self.0[a as usize], self.0[b as usize]);
        let (difference, greater) = ((a - b).abs(), a.abs().max(b.abs()));
        if difference <= greater * 0.01 {
            2
        } else if difference <= greater * 0.1 {
            3
        } else {
            4
        }
    }
}
