use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::pairs::Pairs;
use super::pattern::Pattern;
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The Levenshtein distance of two texts: the number of insertions, deletions and substitutions that turn one into the other. It takes the place of the function of this name in DataFusion, which does not read two texts of different layouts.",
    syntax_example = "levenshtein(a, b)",
    sql_example = r#"```sql
> SELECT levenshtein('kitten', 'sitting') AS levenshtein;
+-------------+
| levenshtein |
+-------------+
| 3           |
+-------------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "levenshtein_similarity"),
    related_udf(name = "osa")
)]
/// The function `levenshtein`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Levenshtein {
    signature: Signature,
}

impl Levenshtein {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for Levenshtein {
    fn name(&self) -> &str {
        "levenshtein"
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
        pairs.map::<Int64Type>(|a, b| Some(levenshtein(&mut pattern, a, b) as i64))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The distance in characters, computed with bit masks when both texts are ASCII and one word holds `a`.
pub(crate) fn levenshtein<'a>(pattern: &mut Pattern<'a>, a: &'a str, b: &'a str) -> usize {
    if pattern.load(a) && b.is_ascii() {
        levenshtein_bits(pattern, b.as_bytes())
    } else {
        rapidfuzz::distance::levenshtein::distance(a.chars(), b.chars())
    }
}

/// The distance in characters, computed with bit masks (Hyyrö 2003).
fn levenshtein_bits(pattern: &Pattern, b: &[u8]) -> usize {
    let length = pattern.text().len();
    if length == 0 {
        return b.len();
    }
    let last = 1_u64 << (length - 1);
    let (mut increases, mut decreases) = (u64::MAX, 0_u64);
    let mut distance = length;
    for character in b {
        let equal = pattern.positions(*character);
        let diagonal = ((equal & increases).wrapping_add(increases) ^ increases) | equal | decreases;
        let up = decreases | !(diagonal | increases);
        let down = diagonal & increases;
        distance += usize::from(up & last != 0);
        distance -= usize::from(down & last != 0);
        let up = (up << 1) | 1;
        increases = (down << 1) | !(diagonal | up);
        decreases = up & diagonal;
    }
    distance
}
