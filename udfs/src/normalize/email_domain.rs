use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::email::append_email;
use crate::text::{dictionary_signature, map_text};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "The part of an e-mail address after the @, after normalising the address as `normalize_email` does. NULL when the text is not an address.",
    syntax_example = "email_domain(text)",
    sql_example = r#"```sql
> SELECT email_domain('Jane.Doe@Contoso.COM') AS email_domain;
+--------------+
| email_domain |
+--------------+
| contoso.com  |
+--------------+
```"#,
    argument(name = "text", description = "The e-mail address."),
    related_udf(name = "email_user"),
    related_udf(name = "normalize_email")
)]
/// The function `email_domain`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EmailDomain {
    signature: Signature,
}

impl EmailDomain {
    pub(crate) fn new() -> Self {
        Self { signature: dictionary_signature() }
    }
}

impl ScalarUDFImpl for EmailDomain {
    fn name(&self) -> &str {
        "email_domain"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        map_text(&args, email_domain)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn email_domain(text: &str, domain: &mut String) -> bool {
    match append_email(text, domain) {
        Some(at) => {
            domain.drain(..=at);
            true
        }
        None => false,
    }
}
