use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Alphabet, Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::intern;
use super::{key, level, only};

const LEVELS: &[Level] = &[
    level("equal", 1.0, "the same digits"),
    level("nearly_equal", 0.0, "the last 7 digits are equal, as without a country code, or one edit apart"),
    level("two_edits", 0.0, "two edits apart"),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] =
    &[&[key("digits(CAST({c} AS VARCHAR))", 3, 0), key("right(digits(CAST({c} AS VARCHAR)), 7)", 2, 0)]];

/// The comparator `phone`.
#[derive(Debug)]
pub(super) struct Phone;

impl Comparator for Phone {
    fn name(&self) -> &'static str {
        "phone"
    }

    fn description(&self) -> &'static str {
        "Phone numbers, with or without a country code."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["phone"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut phones = Interner::new(Alphabet::Digits);
        let values = intern(self.name(), only(self.name(), columns)?, &mut phones, append_digits)?;
        Ok(Column::prepared(values, Phones::new(phones)))
    }
}

/// Appends the digits of a text.
pub(super) fn append_digits(text: &str, digits: &mut String) {
    digits.extend(text.chars().filter(char::is_ascii_digit));
}

/// How many digits at the end of two numbers must be equal.
const TAIL: usize = 7;

/// The tag of a number that is shorter.
const NO_TAIL: u32 = u32::MAX;

/// Distinct phone numbers; the tag of each is its last digits as a number.
#[derive(Debug)]
struct Phones(Dictionary);

impl Measure for Phones {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.0.word(a), self.0.word(b));
        if a.tag == b.tag && a.tag != NO_TAIL {
            return 2;
        }
        match Similarity::new(a, b).edits(2, scratch) {
            edits @ ..=2 => 1 + edits as u8,
            _ => 4,
        }
    }
}

impl Phones {
    fn new(phones: Interner) -> Self {
        let mut phones = phones.finish();
        phones.set_tags(|digits| match digits.len().checked_sub(TAIL) {
            Some(start) => {
                digits[start..].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
            }
            None => NO_TAIL,
        });
        Self(phones)
    }
}
