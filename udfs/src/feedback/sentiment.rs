use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion_macros::user_doc;

use crate::models::sentiment;
use crate::text::{Texts, text_signature, unary};

#[user_doc(
    doc_section(label = "Feedback Functions"),
    description = "The sentiment of an English text from -5 to 5, by the words that it uses (the rules of VADER, Hutto and Gilbert 2014): negative up to -1, positive from 1 on. The first 128 words count. NULL for a text in another language.",
    syntax_example = "sentiment(text)",
    sql_example = r#"```sql
> SELECT sentiment('The delivery was late, but support was very friendly!') AS score;
+-------+
| score |
+-------+
| 4.31  |
+-------+
```"#,
    argument(name = "text", description = "What somebody wrote."),
    related_udf(name = "aspects")
)]
/// The function `sentiment`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sentiment {
    signature: Signature,
}

impl Sentiment {
    pub(crate) fn new() -> Self {
        Self { signature: text_signature() }
    }
}

impl ScalarUDFImpl for Sentiment {
    fn name(&self) -> &str {
        "sentiment"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        unary(&args, scores)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn scores(array: &ArrayRef) -> Result<ArrayRef> {
    let texts = Texts::try_new(array)?;
    let score = |text: &str| {
        let text = sentiment::beginning(text);
        sentiment::is_english(text).then(|| sentiment::sentiment(text).score())
    };
    Ok(Arc::new((0..texts.len()).map(|row| texts.get(row).and_then(score)).collect::<Float64Array>()))
}
