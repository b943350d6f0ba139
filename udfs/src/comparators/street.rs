use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::Column;
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::Interner;
use super::read::intern;
use super::words::Texts;
use super::{key, level, only};
use crate::normalize::normalize_address::normalize_address;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal as normalize_address gives them"),
    level("nearly_equal", 0.5, "a Jaro-Winkler similarity from 0.95 on, or two edits apart at most"),
    level(
        "similar",
        0.0,
        "a Jaro-Winkler similarity from 0.85 on, or 60 % of the words of the shorter one, and two at least, in common",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[&[key("normalize_address({c})", 3, 0)]];

/// The comparator `street`.
#[derive(Debug)]
pub(super) struct Street;

impl Comparator for Street {
    fn name(&self) -> &'static str {
        "street"
    }

    fn description(&self) -> &'static str {
        "Street addresses, without city and postcode."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["street"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut streets = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut streets, append_street)?;
        Ok(Column::prepared(values, Texts::new(streets)))
    }
}

/// Appends a street address in canonical form; nothing if there is none.
pub(super) fn append_street(text: &str, street: &mut String) {
    normalize_address(text, street);
}
