use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::email::append_email;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "An e-mail address in canonical form: trimmed, in lower case, without a plus tag; for gmail.com also without dots in the user part, and googlemail.com becomes gmail.com. NULL when the text is not an address of the form user@domain.",
    syntax_example = "normalize_email(text)",
    sql_example = r#"```sql
> SELECT normalize_email(' Jane.Doe+news@GoogleMail.com ') AS a, normalize_email('J.Doe@Contoso.com') AS b, normalize_email('n/a') AS c;
+-------------------+-------------------+---+
| a                 | b                 | c |
+-------------------+-------------------+---+
| janedoe@gmail.com | j.doe@contoso.com |   |
+-------------------+-------------------+---+
```"#,
    argument(name = "text", description = "The e-mail address."),
    related_udf(name = "email_domain"),
    related_udf(name = "email_user")
)]
/// The function `normalize_email`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeEmail {
    signature: Signature,
}

impl NormalizeEmail {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for NormalizeEmail {
    fn name(&self) -> &str {
        "normalize_email"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, normalize_email)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn normalize_email(text: &str, email: &mut String) -> bool {
    append_email(text, email).is_some()
}
