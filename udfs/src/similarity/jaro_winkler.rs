use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::jaro::jaro;
use super::pairs::Pairs;
use super::pattern::Pattern;
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The Jaro-Winkler similarity of two texts, from 0 to 1: the Jaro similarity, raised for each of up to four characters of a common prefix by a tenth of what is missing to 1 when it is above 0.7.",
    syntax_example = "jaro_winkler(a, b)",
    sql_example = r#"```sql
> SELECT round(jaro_winkler('MARTHA', 'MARHTA'), 4) AS jaro_winkler;
+--------------+
| jaro_winkler |
+--------------+
| 0.9611       |
+--------------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "jaro")
)]
/// The function `jaro_winkler`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct JaroWinkler {
    signature: Signature,
}

impl JaroWinkler {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for JaroWinkler {
    fn name(&self) -> &str {
        "jaro_winkler"
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
        pairs.map::<Float64Type>(|a, b| Some(jaro_winkler(&mut pattern, a, b)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// Below this Jaro similarity a common prefix is no evidence (Winkler 1990).
const BOOST_THRESHOLD: f64 = 0.7;

/// The weight of each character of the common prefix.
const PREFIX_WEIGHT: f64 = 0.1;

fn jaro_winkler<'a>(pattern: &mut Pattern<'a>, a: &'a str, b: &'a str) -> f64 {
    let jaro = jaro(pattern, a, b);
    if jaro <= BOOST_THRESHOLD {
        return jaro;
    }
    let prefix = a.chars().zip(b.chars()).take(4).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro)
}
