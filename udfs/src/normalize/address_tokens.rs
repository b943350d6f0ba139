use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::address::for_each_token;
use crate::text::{Texts, text_signature, unary};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The words of a street address in canonical form: folded as by `fold_text`, with street types, directions, units and small ordinals abbreviated (street to st, northwest to nw, apartment and # to unit, second to 2nd).",
    syntax_example = "address_tokens(text)",
    sql_example = r#"```sql
> SELECT address_tokens('123 North-West Main Street, Apt. #4') AS tokens;
+------------------------------+
| tokens                       |
+------------------------------+
| [123, nw, main, st, unit, 4] |
+------------------------------+
```"#,
    argument(name = "text", description = "The street address."),
    related_udf(name = "jaccard"),
    related_udf(name = "normalize_address")
)]
/// The function `address_tokens`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct AddressTokens {
    signature: Signature,
}

impl AddressTokens {
    pub(crate) fn new() -> Self {
        Self { signature: text_signature() }
    }
}

impl ScalarUDFImpl for AddressTokens {
    fn name(&self) -> &str {
        "address_tokens"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Utf8, true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        unary(&args, address_tokens)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn address_tokens(array: &ArrayRef) -> Result<ArrayRef> {
    let texts = Texts::try_new(array)?;
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..texts.len() {
        match texts.get(row) {
            Some(text) => {
                for_each_token(text, |token| lists.values().append_value(token));
                lists.append(true);
            }
            None => lists.append_null(),
        }
    }
    Ok(Arc::new(lists.finish()))
}
