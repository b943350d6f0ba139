//! Reading columns of text and the like into numbers of normalised values.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use hashbrown::HashMap;

use super::comparator::NONE;
use super::dictionary::Interner;
use crate::text::{Texts, is_text};

/// The number of each record's value. `normalize` appends the normal form of a text, in ASCII, to an empty buffer; an
/// empty one is no value.
///
/// # Errors
/// A column that is neither text nor can be read as text without doubt.
pub(super) fn intern(
    comparator: &str,
    array: &ArrayRef,
    interner: &mut Interner,
    normalize: impl FnMut(&str, &mut String),
) -> Result<Vec<u32>> {
    numbers(comparator, array, &mut Normalized { interner, normalize, buffer: String::new() })
}

/// What gives texts their numbers.
pub(super) trait Numbering {
    /// The number of a text. It is asked for each distinct text, more than once if most are.
    fn number(&mut self, text: &str) -> u32;

    /// Makes room for so many texts more.
    fn reserve(&mut self, more: usize);
}

/// Numbers of normal forms.
struct Normalized<'a, F> {
    interner: &'a mut Interner,
    normalize: F,
    buffer: String,
}

impl<F: FnMut(&str, &mut String)> Numbering for Normalized<'_, F> {
    fn number(&mut self, text: &str) -> u32 {
        self.buffer.clear();
        (self.normalize)(text, &mut self.buffer);
        self.interner.number(self.buffer.as_bytes())
    }

    fn reserve(&mut self, more: usize) {
        self.interner.reserve(more);
    }
}

/// The number of each record's text, [`NONE`] where there is none.
///
/// # Errors
/// As those of [`intern`].
pub(super) fn numbers(
    comparator: &str,
    array: &ArrayRef,
    numbering: &mut impl Numbering,
) -> Result<Vec<u32>> {
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        let values = plain_numbers(comparator, dictionary.values(), numbering)?;
        let keys = dictionary.normalized_keys().into_iter().enumerate();
        let numbers = keys.map(|(row, key)| match array.is_valid(row) {
            true => values.get(key).copied().unwrap_or(NONE),
            false => NONE,
        });
        return Ok(numbers.collect());
    }
    plain_numbers(comparator, array, numbering)
}

/// As [`numbers`], of a column that is no dictionary.
fn plain_numbers(comparator: &str, array: &ArrayRef, numbering: &mut impl Numbering) -> Result<Vec<u32>> {
    let array = texts(comparator, array)?;
    let texts = Texts::try_new(&array)?;
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut numbers = Vec::with_capacity(texts.len());
    for row in 0..texts.len() {
        numbers.push(match texts.get(row) {
            Some(text) => *seen.entry(text).or_insert_with(|| numbering.number(text)),
            None => NONE,
        });
        // To remember texts that hardly occur again takes longer than to read them again.
        if numbers.len() == TRIED && seen.len() > TRIED / 2 {
            numbering.reserve((texts.len() - TRIED) / 2);
            break;
        }
    }
    numbers.extend(
        (numbers.len()..texts.len()).map(|row| texts.get(row).map_or(NONE, |text| numbering.number(text))),
    );
    Ok(numbers)
}

/// So many texts tell whether most are different.
const TRIED: usize = 10_000;

/// A column as text.
fn texts(comparator: &str, array: &ArrayRef) -> Result<ArrayRef> {
    let data_type = array.data_type();
    match data_type {
        text if is_text(text) => Ok(ArrayRef::clone(array)),
        DataType::Null | DataType::Boolean | DataType::Date32 | DataType::Date64 => {
            Ok(cast(array, &DataType::Utf8)?)
        }
        DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0) => Ok(cast(array, &DataType::Utf8)?),
        number if number.is_integer() => Ok(cast(array, &DataType::Utf8)?),
        other => exec_err!("{comparator} compares text, or whole numbers as text, not {other}"),
    }
}
