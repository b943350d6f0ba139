use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::email::append_email;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The part of an e-mail address before the @, after normalising the address as `normalize_email` does. NULL when the text is not an address.",
    syntax_example = "email_user(text)",
    sql_example = r#"```sql
> SELECT email_user('Jane.Doe+news@contoso.com') AS email_user;
+------------+
| email_user |
+------------+
| jane.doe   |
+------------+
```"#,
    argument(name = "text", description = "The e-mail address."),
    related_udf(name = "email_domain"),
    related_udf(name = "normalize_email")
)]
/// The function `email_user`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EmailUser {
    signature: Signature,
}

impl EmailUser {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for EmailUser {
    fn name(&self) -> &str {
        "email_user"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, email_user)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn email_user(text: &str, user: &mut String) -> bool {
    match append_email(text, user) {
        Some(at) => {
            user.truncate(at);
            true
        }
        None => false,
    }
}
