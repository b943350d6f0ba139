use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::Column;
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::Interner;
use super::read::intern;
use super::words::Texts;
use super::{key, level, only};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal after folding"),
    level("nearly_equal", 0.5, "a Jaro-Winkler similarity from 0.95 on, or two edits apart at most"),
    level(
        "similar",
        0.0,
        "a Jaro-Winkler similarity from 0.85 on, or 60 % of the words of the shorter one, and two at least, in common",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] =
    &[&[key("fold_text(CAST({c} AS VARCHAR))", 3, 0), key("left(fold_text(CAST({c} AS VARCHAR)), 4)", 2, 0)]];

/// The comparator `text`.
#[derive(Debug)]
pub(super) struct Text;

impl Comparator for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn description(&self) -> &'static str {
        "Texts of several words."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["text"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut texts = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut texts, fold)?;
        Ok(Column::prepared(values, Texts::new(texts)))
    }
}
