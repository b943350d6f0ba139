use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The digits 0 to 9 of a text, without all else. NULL when there is none.",
    syntax_example = "digits(text)",
    sql_example = r#"```sql
> SELECT digits('+1 (425) 555-0199') AS phone, digits('2026-11-23') AS day, digits('none') AS none;
+-------------+----------+------+
| phone       | day      | none |
+-------------+----------+------+
| 14255550199 | 20261123 |      |
+-------------+----------+------+
```"#,
    argument(name = "text", description = "The text."),
    related_udf(name = "normalize_phone")
)]
/// The function `digits`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digits {
    signature: Signature,
}

impl Digits {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for Digits {
    fn name(&self) -> &str {
        "digits"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, digits)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn digits(text: &str, digits: &mut String) -> bool {
    digits.extend(text.bytes().filter(u8::is_ascii_digit).map(char::from));
    !digits.is_empty()
}
