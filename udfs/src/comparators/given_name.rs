use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::Column;
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::Interner;
use super::names::{GivenNames, Names};
use super::read::intern;
use super::{key, level, only};
use crate::normalize::folding::fold;

pub(super) const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal after folding"),
    level(
        "nearly_equal",
        0.5,
        "at least 4 letters each, and one edit apart or a Jaro-Winkler similarity from 0.93 on",
    ),
    level("nickname", 0.5, "forms of one name, or one begins with the other, of 3 letters at least"),
    level("initial", 0.0, "one is the initial of the other"),
    level("similar", 0.0, "a Jaro-Winkler similarity from 0.8 on"),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[&[
    key("fold_text({c})", 3, 0),
    key("left(fold_text({c}), 3)", 2, 0),
    key("left(fold_text({c}), 1)", 1, 0),
]];

/// The comparator `given_name`.
#[derive(Debug)]
pub(super) struct GivenName;

impl Comparator for GivenName {
    fn name(&self) -> &'static str {
        "given_name"
    }

    fn description(&self) -> &'static str {
        "Given names, with nicknames, initials and typing errors."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["given_name"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut names = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut names, fold)?;
        Ok(Column::prepared(values, GivenNames(Names::new(names))))
    }
}
