use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::pairs::Pairs;
use super::pattern::Pattern;
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The optimal string alignment distance of two texts: the number of insertions, deletions, substitutions and swaps of neighbours that turn one into the other, no part being edited twice.",
    syntax_example = "osa(a, b)",
    sql_example = r#"```sql
> SELECT osa('Smith', 'Simth') AS osa, levenshtein('Smith', 'Simth') AS levenshtein;
+-----+-------------+
| osa | levenshtein |
+-----+-------------+
| 1   | 2           |
+-----+-------------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "levenshtein"),
    related_udf(name = "levenshtein_similarity")
)]
/// The function `osa`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Osa {
    signature: Signature,
}

impl Osa {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for Osa {
    fn name(&self) -> &str {
        "osa"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let pairs = Pairs::try_new(self.name(), &args)?;
        let mut pattern = Pattern::new();
        pairs.map::<Int64Type>(|a, b| Some(osa(&mut pattern, a, b) as i64))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The distance in characters, computed with bit masks (Hyyrö 2003) when both texts are ASCII and one word holds `a`.
fn osa<'a>(pattern: &mut Pattern<'a>, a: &'a str, b: &'a str) -> usize {
    if pattern.load(a) && b.is_ascii() {
        osa_bits(pattern, b.as_bytes())
    } else {
        rapidfuzz::distance::osa::distance(a.chars(), b.chars())
    }
}

fn osa_bits(pattern: &Pattern, b: &[u8]) -> usize {
    let length = pattern.text().len();
    if length == 0 {
        return b.len();
    }
    let last = 1_u64 << (length - 1);
    let (mut increases, mut decreases) = (u64::MAX, 0_u64);
    let (mut diagonal, mut previous) = (0_u64, 0_u64);
    let mut distance = length;
    for character in b {
        let equal = pattern.positions(*character);
        let swapped = ((!diagonal & equal) << 1) & previous;
        diagonal = ((equal & increases).wrapping_add(increases) ^ increases) | equal | decreases | swapped;
        let up = decreases | !(diagonal | increases);
        let down = diagonal & increases;
        distance += usize::from(up & last != 0);
        distance -= usize::from(down & last != 0);
        let up = (up << 1) | 1;
        increases = (down << 1) | !(diagonal | up);
        decreases = up & diagonal;
        previous = equal;
    }
    distance
}
