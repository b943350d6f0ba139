use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Alphabet, Dictionary, Interner};
use super::edits::edits;
use super::jaro_winkler::Scratch;
use super::read::intern;
use super::{key, level, only};
use crate::normalize::normalize_postcode::normalize_postcode;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal as normalize_postcode gives them"),
    level("one_edit", 0.0, "one edit apart"),
    level("same_area", 0.0, "the first three characters are equal"),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] =
    &[&[key("normalize_postcode({c})", 3, 0), key("left(normalize_postcode({c}), 3)", 2, 0)]];

/// The bits of the first eight characters that come after those of the area.
const AFTER_AREA: u32 = 40;

/// The comparator `postcode`.
#[derive(Debug)]
pub(super) struct Postcode;

impl Comparator for Postcode {
    fn name(&self) -> &'static str {
        "postcode"
    }

    fn description(&self) -> &'static str {
        "Postcodes."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["postcode"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut postcodes = Interner::new(Alphabet::Codes);
        let values = intern(self.name(), only(self.name(), columns)?, &mut postcodes, append_postcode)?;
        Ok(Column::prepared(values, Postcodes(postcodes.finish())))
    }
}

/// Appends a postcode in canonical form; nothing if there is none.
pub(super) fn append_postcode(text: &str, postcode: &mut String) {
    normalize_postcode(text, postcode);
    postcode.make_ascii_lowercase();
}

/// Distinct postcodes.
#[derive(Debug)]
pub(super) struct Postcodes(pub(super) Dictionary);

impl Measure for Postcodes {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, _scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.0.word(a), self.0.word(b));
        if a.least_edits(&b, a.common(&b)) <= 1 && edits(a.bytes, b.bytes) <= 1 {
            2
        } else if a.prefix >> AFTER_AREA == b.prefix >> AFTER_AREA {
            3
        } else {
            4
        }
    }
}
