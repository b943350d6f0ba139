use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::intern;
use super::{key, level, only};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal after folding"),
    level("nearly_equal", 0.5, "a Jaro-Winkler similarity from 0.9 on"),
    level("different", 0.0, "not nearly equal"),
];

const KEYS: &[&[Key]] = &[&[key("fold_text({c})", 3, 0)]];

/// From this similarity on names of places are nearly equal.
const NEARLY_EQUAL: f64 = 0.9;

/// The comparator `place`.
#[derive(Debug)]
pub(super) struct Place;

impl Comparator for Place {
    fn name(&self) -> &'static str {
        "place"
    }

    fn description(&self) -> &'static str {
        "Names of places: cities, suburbs, regions."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["place"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut places = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut places, fold)?;
        Ok(Column::prepared(values, Places(places.finish())))
    }
}

/// Distinct places.
#[derive(Debug)]
pub(super) struct Places(pub(super) Dictionary);

impl Measure for Places {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let mut similarity = Similarity::new(self.0.word(a), self.0.word(b));
        if similarity.is_at_least(NEARLY_EQUAL, scratch) { 2 } else { 3 }
    }
}
