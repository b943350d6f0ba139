use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::whole_name::parts;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The family name in a whole name: the last word with what belongs to it, such as van, or the words before a comma. Titles, and what follows a name, such as Jr, are left out. A name of one word is a family name.",
    syntax_example = "family_name_of(text)",
    sql_example = r#"```sql
> SELECT family_name_of('Dr. Jane Q. Doe Jr') AS a, family_name_of('Doe, Jane') AS b, family_name_of('Ludwig van Beethoven') AS c;
+-----+-----+---------------+
| a   | b   | c             |
+-----+-----+---------------+
| Doe | Doe | van Beethoven |
+-----+-----+---------------+
```"#,
    argument(name = "text", description = "The whole name.")
)]
/// The function `family_name_of`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct FamilyNameOf {
    signature: Signature,
}

impl FamilyNameOf {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for FamilyNameOf {
    fn name(&self) -> &str {
        "family_name_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, |text, part| {
            part.push_str(&parts(text).1);
            !part.is_empty()
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}
