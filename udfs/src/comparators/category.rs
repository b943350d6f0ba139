use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::Scratch;
use super::read::intern;
use super::{key, level, only};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[level("equal", 1.0, "equal after folding"), level("different", 0.0, "not equal")];

const KEYS: &[&[Key]] = &[&[key("fold_text(CAST({c} AS VARCHAR))", 3, 0)]];

/// The comparator `category`.
#[derive(Debug)]
pub(super) struct Category;

impl Comparator for Category {
    fn name(&self) -> &'static str {
        "category"
    }

    fn description(&self) -> &'static str {
        "Categories, which are equal or not."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["category"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut categories = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut categories, fold)?;
        Ok(Column::prepared(values, Categories(categories.finish())))
    }
}

/// Distinct categories.
#[derive(Debug)]
struct Categories(Dictionary);

impl Measure for Categories {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, _scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        debug_assert_ne!(a, b);
        2
    }
}
