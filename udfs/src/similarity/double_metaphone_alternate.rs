use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;
use deunicode::deunicode;

use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The alternate Double Metaphone code of a text, of up to four characters: how it would be pronounced with regard to its origin; the primary code when there is no other. Text of other alphabets is transliterated first. NULL when nothing is pronounced.",
    syntax_example = "double_metaphone_alternate(text)",
    sql_example = r#"```sql
> SELECT double_metaphone_alternate('Schmidt') AS a, double_metaphone_alternate('Smith') AS b;
+-----+-----+
| a   | b   |
+-----+-----+
| SMT | XMT |
+-----+-----+
```"#,
    argument(name = "text", description = "The text to code."),
    related_udf(name = "double_metaphone"),
    related_udf(name = "soundex")
)]
/// The function `double_metaphone_alternate`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct DoubleMetaphoneAlternate {
    signature: Signature,
}

impl DoubleMetaphoneAlternate {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for DoubleMetaphoneAlternate {
    fn name(&self) -> &str {
        "double_metaphone_alternate"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, double_metaphone_alternate)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn double_metaphone_alternate(text: &str, code: &mut String) -> bool {
    let ascii = deunicode(text);
    code.push_str(&rphonetic::DoubleMetaphone::default().double_metaphone(&ascii).alternate());
    !code.is_empty()
}
