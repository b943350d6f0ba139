use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion_macros::user_doc;

use super::choosing::Choosing;
use super::winner::Ranking;
use crate::text::{Texts, text_signature};

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The longest text by characters. NULL is left out; among equal lengths the smallest value is taken, whatever the order of the rows.",
    syntax_example = "longest(text)",
    sql_example = r#"```sql
> SELECT longest(name) AS name FROM (VALUES ('J. Doe'), ('Jane Doe'), (NULL)) AS t(name);
+----------+
| name     |
+----------+
| Jane Doe |
+----------+
```"#,
    argument(name = "text", description = "The texts to choose from."),
    related_udf(name = "most_complete")
)]
struct Longest;

/// The aggregate `longest`; see its SQL documentation.
pub(crate) fn longest() -> Choosing {
    Choosing {
        name: "longest",
        signature: text_signature(),
        types: |_, types| Ok(types.to_vec()),
        ranking: |_| Ranking { rank: lengths, data_type: DataType::UInt32, descending: true },
        documentation: Longest.doc(),
    }
}

fn lengths(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts] = arguments else { return exec_err!("longest takes one text") };
    let texts = Texts::try_new(texts)?;
    let lengths = (0..texts.len()).map(|row| texts.get(row).map(|text| text.chars().count() as u32));
    Ok(Arc::new(lengths.collect::<UInt32Array>()))
}
