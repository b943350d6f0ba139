use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use super::pairs::Pairs;
use crate::normalize::nicknames::same_name;
use crate::normalize::normalize_given_name::append_first_name;
use crate::text::pair_signature;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "Whether two given names can be those of one person: after normalising, their first names are equal, one is a nickname of the other, or both are nicknames of a third. NULL when one of them has no name left.",
    syntax_example = "same_given_name(a, b)",
    sql_example = r#"```sql
> SELECT same_given_name('Bob', 'Robert') AS a, same_given_name('Bobby J.', 'Rob') AS b, same_given_name('Alexander', 'Alexandra') AS c;
+------+------+-------+
| a    | b    | c     |
+------+------+-------+
| true | true | false |
+------+------+-------+
```"#,
    argument(name = "a", description = "A text."),
    argument(name = "b", description = "The text to compare it with."),
    related_udf(name = "normalize_given_name")
)]
/// The function `same_given_name`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SameGivenName {
    signature: Signature,
}

impl SameGivenName {
    pub(crate) fn new() -> Self {
        Self { signature: pair_signature() }
    }
}

impl ScalarUDFImpl for SameGivenName {
    fn name(&self) -> &str {
        "same_given_name"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let pairs = Pairs::try_new(self.name(), &args)?;
        let (mut left, mut right) = (FirstName::default(), FirstName::default());
        pairs.map_boolean(|a, b| Some(same_name(left.of(a)?, right.of(b)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The first name of the last text on one side, which often comes again.
#[derive(Default)]
struct FirstName<'a> {
    text: Option<&'a str>,
    name: String,
}

impl<'a> FirstName<'a> {
    fn of(&mut self, text: &'a str) -> Option<&str> {
        if self.text != Some(text) {
            self.text = Some(text);
            self.name.clear();
            append_first_name(text, &mut self.name);
        }
        (!self.name.is_empty()).then_some(self.name.as_str())
    }
}
