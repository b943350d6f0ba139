use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, Prepared, Role};
use super::dictionary::{Alphabet, Dictionary, Interner, Word};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::intern;
use super::{key, level, only};

const LEVELS: &[Level] = &[
    level("equal", 1.0, "the same digits of yyyymmdd"),
    level("nearly_equal", 0.0, "one edit apart, or day and month exchanged"),
    level("two_parts", 0.0, "two of year, month and day are equal, or two edits apart"),
    level("same_year", 0.0, "the years are equal"),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[&[
    key("left(digits(CAST({c} AS VARCHAR)), 8)", 3, 0),
    key("left(digits(CAST({c} AS VARCHAR)), 4)", 1, 0),
    key("substr(digits(CAST({c} AS VARCHAR)), 5, 4)", 1, 1),
]];

/// The comparator `birth_date`.
#[derive(Debug)]
pub(super) struct BirthDate;

impl Comparator for BirthDate {
    fn name(&self) -> &'static str {
        "birth_date"
    }

    fn description(&self) -> &'static str {
        "Birth dates, with mistyped digits and exchanged days and months."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["birth_date"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let column = dates(only(self.name(), columns)?)?;
        let mut dates = Interner::new(Alphabet::Digits);
        let values = intern(self.name(), &column, &mut dates, append_date)?;
        Ok(Column::prepared(values, Dates(dates.finish())))
    }
}

/// Timestamps as dates; text, dates and numbers like 19850304 as they are.
fn dates(column: &ArrayRef) -> Result<ArrayRef> {
    Ok(match column.data_type() {
        DataType::Timestamp(_, _) => cast(column, &DataType::Date32)?,
        _ => ArrayRef::clone(column),
    })
}

/// Appends the first eight digits of a text, which begins with the year.
fn append_date(text: &str, date: &mut String) {
    date.extend(text.chars().filter(char::is_ascii_digit).take(8));
}

/// Distinct dates as digits of yyyymmdd, or fewer where a part is unknown.
#[derive(Debug)]
struct Dates(Dictionary);

impl Measure for Dates {
    fn distinct(&self) -> usize {
        self.0.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.0.word(a), self.0.word(b));
        let (year_a, month_a, day_a) = parts(a);
        let (year_b, month_b, day_b) = parts(b);
        let same_year = year_a == year_b;
        let equal = u8::from(same_year) + is_same(month_a, month_b) + is_same(day_a, day_b);
        let edits = Similarity::new(a, b).edits(2, scratch);
        if edits == 1 || same_year && month_a == day_b && day_a == month_b {
            2
        } else if equal >= 2 || edits == 2 {
            3
        } else if same_year {
            4
        } else {
            5
        }
    }
}

/// Year, month and day as characters; 0 where there are none.
fn parts(date: Word<'_>) -> (u64, u64, u64) {
    (date.prefix >> 32, date.prefix >> 16 & 0xffff, date.prefix & 0xffff)
}

/// 1 if a part of two dates is known and equal.
fn is_same(a: u64, b: u64) -> u8 {
    u8::from(a == b && a != 0)
}
