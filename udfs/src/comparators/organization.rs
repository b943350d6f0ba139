use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::Column;
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::Interner;
use super::read::intern;
use super::words::Texts;
use super::{key, level, only};
use crate::normalize::normalize_organization::normalize_organization;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal as normalize_organization gives them"),
    level("nearly_equal", 0.5, "a Jaro-Winkler similarity from 0.95 on, or two edits apart at most"),
    level(
        "similar",
        0.0,
        "a Jaro-Winkler similarity from 0.85 on, or 60 % of the words of the shorter one, and two at least, in common",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] =
    &[&[key("normalize_organization({c})", 3, 0), key("left(normalize_organization({c}), 4)", 2, 0)]];

/// The comparator `organization`.
#[derive(Debug)]
pub(super) struct Organization;

impl Comparator for Organization {
    fn name(&self) -> &'static str {
        "organization"
    }

    fn description(&self) -> &'static str {
        "Names of organisations."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["organization"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut organizations = Interner::default();
        let values =
            intern(self.name(), only(self.name(), columns)?, &mut organizations, append_organization)?;
        Ok(Column::prepared(values, Texts::new(organizations)))
    }
}

/// Appends the name of an organisation in canonical form; nothing if there is none.
fn append_organization(text: &str, name: &mut String) {
    normalize_organization(text, name);
}
