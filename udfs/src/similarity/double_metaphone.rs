use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;
use deunicode::deunicode;

use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The primary Double Metaphone code of a text, of up to four characters: how an English speaker would most likely pronounce it. Text of other alphabets is transliterated first. NULL when nothing is pronounced.",
    syntax_example = "double_metaphone(text)",
    sql_example = r#"```sql
> SELECT double_metaphone('Schmidt') AS a, double_metaphone('Smith') AS b;
+-----+-----+
| a   | b   |
+-----+-----+
| XMT | SM0 |
+-----+-----+
```"#,
    argument(name = "text", description = "The text to code."),
    related_udf(name = "double_metaphone_alternate"),
    related_udf(name = "soundex")
)]
/// The function `double_metaphone`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct DoubleMetaphone {
    signature: Signature,
}

impl DoubleMetaphone {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for DoubleMetaphone {
    fn name(&self) -> &str {
        "double_metaphone"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, double_metaphone)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn double_metaphone(text: &str, code: &mut String) -> bool {
    let ascii = deunicode(text);
    code.push_str(&rphonetic::DoubleMetaphone::default().double_metaphone(&ascii).primary());
    !code.is_empty()
}
