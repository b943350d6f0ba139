use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::address::for_each_token;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A street address in canonical form: the tokens of `address_tokens` joined by a space. NULL when no token is left.",
    syntax_example = "normalize_address(text)",
    sql_example = r#"```sql
> SELECT normalize_address('123 North-West Main Street, Apt. #4') AS address;
+-----------------------+
| address               |
+-----------------------+
| 123 nw main st unit 4 |
+-----------------------+
```"#,
    argument(name = "text", description = "The street address."),
    related_udf(name = "address_tokens")
)]
/// The function `normalize_address`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeAddress {
    signature: Signature,
}

impl NormalizeAddress {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizeAddress {
    fn name(&self) -> &str {
        "normalize_address"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_address)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

pub(crate) fn normalize_address(text: &str, address: &mut String) -> bool {
    for_each_token(text, |token| {
        if !address.is_empty() {
            address.push(' ');
        }
        address.push_str(token);
    });
    !address.is_empty()
}
