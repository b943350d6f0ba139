use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::folding::fold_chars;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A postcode in canonical form: upper case, letters and digits only; of a ZIP+4 code of the United States the first five digits. NULL when no letter or digit is left.",
    syntax_example = "normalize_postcode(text)",
    sql_example = r#"```sql
> SELECT normalize_postcode('98052-6399') AS a, normalize_postcode('sw1a 1aa') AS b, normalize_postcode('D-10117') AS c;
+-------+---------+--------+
| a     | b       | c      |
+-------+---------+--------+
| 98052 | SW1A1AA | D10117 |
+-------+---------+--------+
```"#,
    argument(name = "text", description = "The postcode.")
)]
/// The function `normalize_postcode`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizePostcode {
    signature: Signature,
}

impl NormalizePostcode {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizePostcode {
    fn name(&self) -> &str {
        "normalize_postcode"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_postcode)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

pub(crate) fn normalize_postcode(text: &str, postcode: &mut String) -> bool {
    let folded = fold_chars(text).filter(|letter| *letter != ' ');
    postcode.extend(folded.map(|letter| letter.to_ascii_uppercase()));
    if postcode.len() == 9 && postcode.bytes().all(|byte| byte.is_ascii_digit()) {
        postcode.truncate(5);
    }
    !postcode.is_empty()
}
