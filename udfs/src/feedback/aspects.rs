use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use crate::models::sentiment::aspects::Keywords;
use crate::models::sentiment::beginning;
use crate::text::{Texts, text_signature, unary};

static RETAIL: LazyLock<Keywords> = LazyLock::new(Keywords::of_retail);

#[user_doc(
    doc_section(label = "Feedback Functions"),
    description = "What a text about a shop is about, by English keywords: account management; checkout and payment; customer support; in-store pickup; packaging, shipping and retrieval; pre-ordering; price; privacy and security; promotions and rewards; receipt and warranty; return, exchange and cancellation; fulfilment accuracy; website and app quality; or other. The first 128 words count.",
    syntax_example = "aspects(text)",
    sql_example = r#"```sql
> SELECT aspects('They charged my credit card twice, then the parcel was late') AS aspects;
+-----------------------------------------------------------+
| aspects                                                   |
+-----------------------------------------------------------+
| [checkout and payment, packaging, shipping and retrieval] |
+-----------------------------------------------------------+
```"#,
    argument(name = "text", description = "What somebody wrote."),
    related_udf(name = "sentiment")
)]
/// The function `aspects`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Aspects {
    signature: Signature,
}

impl Aspects {
    pub(crate) fn new() -> Self {
        Self { signature: text_signature() }
    }
}

impl ScalarUDFImpl for Aspects {
    fn name(&self) -> &str {
        "aspects"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Utf8, true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        unary(&args, aspects)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn aspects(array: &ArrayRef) -> Result<ArrayRef> {
    let texts = Texts::try_new(array)?;
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..texts.len() {
        match texts.get(row) {
            Some(text) => {
                RETAIL
                    .aspects(beginning(text))
                    .into_iter()
                    .for_each(|aspect| lists.values().append_value(aspect));
                lists.append(true);
            }
            None => lists.append_null(),
        }
    }
    Ok(Arc::new(lists.finish()))
}
