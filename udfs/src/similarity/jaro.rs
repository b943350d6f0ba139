use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::pairs::Pairs;
use super::pattern::{Pattern, WORD};
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The Jaro similarity of two texts, from 0 (nothing in common) to 1 (equal): the mean of the shares of characters of each that match within half the longer length, and of those matches that are in order. Two empty texts are equal.",
    syntax_example = "jaro(a, b)",
    sql_example = r#"```sql
> SELECT round(jaro('MARTHA', 'MARHTA'), 4) AS jaro;
+--------+
| jaro   |
+--------+
| 0.9444 |
+--------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "jaro_winkler")
)]
/// The function `jaro`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jaro {
    signature: Signature,
}

impl Jaro {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for Jaro {
    fn name(&self) -> &str {
        "jaro"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let pairs = Pairs::try_new(self.name(), &args)?;
        let mut pattern = Pattern::new();
        pairs.map::<Float64Type>(|a, b| Some(jaro(&mut pattern, a, b)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The Jaro similarity of texts, computed with bit masks when both are ASCII of up to 64 characters.
pub(crate) fn jaro<'a>(pattern: &mut Pattern<'a>, a: &'a str, b: &'a str) -> f64 {
    if pattern.load(a) && b.len() <= WORD && b.is_ascii() {
        jaro_bits(pattern, b.as_bytes())
    } else {
        rapidfuzz::distance::jaro::similarity(a.chars(), b.chars())
    }
}

/// Each character of `b` takes the first free equal one of the pattern within the window: the lowest bit of
/// what its mask, the window and the free positions have in common.
fn jaro_bits(pattern: &Pattern, b: &[u8]) -> f64 {
    let a = pattern.text();
    if a.is_empty() || b.is_empty() {
        return f64::from(u8::from(a.len() == b.len()));
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut taken_a, mut taken_b) = (0_u64, 0_u64);
    for (position, character) in b.iter().enumerate() {
        let low = position.saturating_sub(window);
        if low >= a.len() {
            break;
        }
        let high = (position + window).min(WORD - 1);
        let within = (u64::MAX << low) & (u64::MAX >> (WORD - 1 - high));
        let free = pattern.positions(*character) & within & !taken_a;
        taken_a |= free & free.wrapping_neg();
        taken_b |= u64::from(free != 0) << position;
    }
    let matches = taken_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let mut out_of_order = 0;
    while taken_a != 0 {
        let lowest = taken_a & taken_a.wrapping_neg();
        let character = b[taken_b.trailing_zeros() as usize];
        out_of_order += u32::from(pattern.positions(character) & lowest == 0);
        taken_a ^= lowest;
        taken_b &= taken_b.wrapping_sub(1);
    }
    let (matches, transpositions) = (f64::from(matches), f64::from(out_of_order / 2));
    (matches / a.len() as f64 + matches / b.len() as f64 + (matches - transpositions) / matches) / 3.0
}
