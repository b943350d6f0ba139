use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::whole_name::parts;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The given names in a whole name: all words but the last, or those after a comma. Titles, and what follows a name, such as Jr, are left out. NULL when there is one word only.",
    syntax_example = "given_name_of(text)",
    sql_example = r#"```sql
> SELECT given_name_of('Dr. Jane Q. Doe Jr') AS a, given_name_of('Doe, Jane') AS b, given_name_of('Doe') AS c;
+---------+------+---+
| a       | b    | c |
+---------+------+---+
| Jane Q. | Jane |   |
+---------+------+---+
```"#,
    argument(name = "text", description = "The whole name.")
)]
/// The function `given_name_of`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct GivenNameOf {
    signature: Signature,
}

impl GivenNameOf {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for GivenNameOf {
    fn name(&self) -> &str {
        "given_name_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, |text, part| {
            part.push_str(&parts(text).0);
            !part.is_empty()
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}
