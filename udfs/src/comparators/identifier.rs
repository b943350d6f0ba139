use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Alphabet, Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::intern;
use super::{key, level, only};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "the same letters and digits"),
    level("one_edit", 0.0, "one edit apart"),
    level("two_edits", 0.0, "two edits apart"),
    level("different", 0.0, "more than two edits apart"),
];

const KEYS: &[&[Key]] = &[&[key("replace(fold_text(CAST({c} AS VARCHAR)), ' ', '')", 3, 0)]];

/// The comparator `identifier`.
#[derive(Debug)]
pub(super) struct Identifier;

impl Comparator for Identifier {
    fn name(&self) -> &'static str {
        "identifier"
    }

    fn description(&self) -> &'static str {
        "Identifiers, such as a national or a loyalty number."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["identifier"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut identifiers = Interner::new(Alphabet::Codes);
        let values = intern(self.name(), only(self.name(), columns)?, &mut identifiers, append_identifier)?;
        Ok(Column::prepared(values, Identifiers(identifiers.finish())))
    }
}

/// Appends the letters and digits of an identifier.
fn append_identifier(text: &str, identifier: &mut String) {
    fold(text, identifier);
    identifier.retain(|character| character != ' ');
}

/// Distinct identifiers.
#[derive(Debug)]
struct Identifiers(Dictionary);

impl Measure for Identifiers {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        match Similarity::new(self.0.word(a), self.0.word(b)).edits(2, scratch) {
            edits @ ..=2 => 1 + edits as u8,
            _ => 4,
        }
    }
}
