use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::folding::fold;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The text in plain ASCII: letters of other alphabets and accents are transliterated, upper case becomes lower case, everything that is neither a letter nor a digit becomes a space, and spaces are collapsed. Text without a letter or digit gives an empty text.",
    syntax_example = "fold_text(text)",
    sql_example = r#"```sql
> SELECT fold_text('  Łukasz  Müller-Groß, Ærø ') AS folded;
+--------------------------+
| folded                   |
+--------------------------+
| lukasz muller gross aero |
+--------------------------+
```"#,
    argument(name = "text", description = "The text to fold."),
    related_udf(name = "normalize_given_name"),
    related_udf(name = "normalize_family_name")
)]
/// The function `fold_text`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct FoldText {
    signature: Signature,
}

impl FoldText {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for FoldText {
    fn name(&self) -> &str {
        "fold_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, fold_text)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn fold_text(text: &str, folded: &mut String) -> bool {
    fold(text, folded);
    true
}
