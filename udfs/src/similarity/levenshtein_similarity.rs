use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::levenshtein::levenshtein;
use super::pairs::Pairs;
use super::pattern::Pattern;
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The Levenshtein distance of two texts as a similarity from 0 to 1: one less the distance divided by the length of the longer text in characters. Two empty texts are equal.",
    syntax_example = "levenshtein_similarity(a, b)",
    sql_example = r#"```sql
> SELECT round(levenshtein_similarity('kitten', 'sitting'), 4) AS similarity;
+------------+
| similarity |
+------------+
| 0.5714     |
+------------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "levenshtein"),
    related_udf(name = "osa")
)]
/// The function `levenshtein_similarity`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct LevenshteinSimilarity {
    signature: Signature,
}

impl LevenshteinSimilarity {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for LevenshteinSimilarity {
    fn name(&self) -> &str {
        "levenshtein_similarity"
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
        pairs.map::<Float64Type>(|a, b| Some(similarity(&mut pattern, a, b)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn similarity<'a>(pattern: &mut Pattern<'a>, a: &'a str, b: &'a str) -> f64 {
    let distance = levenshtein(pattern, a, b);
    let longer = a.chars().count().max(b.chars().count());
    if longer == 0 { 1.0 } else { 1.0 - distance as f64 / longer as f64 }
}
