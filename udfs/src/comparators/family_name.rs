use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::Column;
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::Interner;
use super::names::{FamilyNames, Names};
use super::read::intern;
use super::{key, level, only};
use crate::normalize::normalize_family_name::normalize_family_name;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal as normalize_family_name gives them"),
    level(
        "nearly_equal",
        0.5,
        "at least 4 letters each, and one edit apart or a Jaro-Winkler similarity from 0.93 on",
    ),
    level(
        "similar",
        0.0,
        "a Jaro-Winkler similarity from 0.8 on, or one is part of the other, as of a double name",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[&[
    key("normalize_family_name({c})", 3, 0),
    key("left(normalize_family_name({c}), 4)", 2, 0),
    key("left(normalize_family_name({c}), 1)", 1, 0),
]];

/// The comparator `family_name`.
#[derive(Debug)]
pub(super) struct FamilyName;

impl Comparator for FamilyName {
    fn name(&self) -> &'static str {
        "family_name"
    }

    fn description(&self) -> &'static str {
        "Family names, with double names and typing errors."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["family_name"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut names = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut names, append_family_name)?;
        Ok(Column::prepared(values, FamilyNames(Names::new(names))))
    }
}

/// Appends a family name in canonical form; nothing if there is none.
pub(super) fn append_family_name(text: &str, name: &mut String) {
    normalize_family_name(text, name);
}
