use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::datatypes::{DataType, Field};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::Volatility;
use datafusion_macros::user_doc;

use super::choosing::Choosing;
use super::winner::{Ranking, sortable};
use crate::text::{Texts, signature_like};

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The struct with the most fields filled. A field is filled when it is neither NULL nor blank text; the fields of a nested struct count one by one. A struct of NULLs only is left out; among equal counts the smallest value is taken, whatever the order of the rows.",
    syntax_example = "most_complete(struct)",
    sql_example = r#"```sql
> SELECT most_complete(named_struct('street', street, 'city', city)) AS address
  FROM (VALUES ('1 Main St', 'Seattle'), ('1 Main Street', NULL), ('', 'Redmond')) AS t(street, city);
+------------------------------------+
| address                            |
+------------------------------------+
| {street: 1 Main St, city: Seattle} |
+------------------------------------+
```"#,
    argument(
        name = "struct",
        description = "The structs to choose from, for example the fields of an address."
    ),
    related_udf(name = "longest")
)]
struct MostComplete;

/// The aggregate `most_complete`; see its SQL documentation.
pub(crate) fn most_complete() -> Choosing {
    Choosing {
        name: "most_complete",
        signature: signature_like(
            vec![DataType::Struct(vec![Field::new("field", DataType::Utf8View, true)].into())],
            Volatility::Immutable,
        ),
        types,
        ranking: |_| Ranking { rank: filled_counts, data_type: DataType::UInt32, descending: true },
        documentation: MostComplete.doc(),
    }
}

fn types(function: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [value] = take_function_args(function, types)?;
    match value {
        DataType::Struct(_) | DataType::Null => Ok(vec![sortable(function, value)?]),
        other => plan_err!(
            "most_complete takes a struct, not {other}; build one with struct(…) or named_struct(…)"
        ),
    }
}

fn filled_counts(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [value] = arguments else { return exec_err!("most_complete takes one struct") };
    let mut counts = vec![0; value.len()];
    count_filled(value, &mut counts)?;
    Ok(Arc::new(UInt32Array::from(counts)))
}

/// Adds one to each row at which `column` is filled; for a struct, one per filled field.
fn count_filled(column: &ArrayRef, counts: &mut [u32]) -> Result<()> {
    match column.data_type() {
        DataType::Struct(_) => {
            let nulls = column.nulls();
            for field in column.as_struct().columns() {
                let before = nulls.map(|_| counts.to_vec());
                count_filled(field, counts)?;
                if let (Some(nulls), Some(before)) = (nulls, before) {
                    // The fields of a NULL struct may hold anything.
                    (0..counts.len())
                        .filter(|row| nulls.is_null(*row))
                        .for_each(|row| counts[row] = before[row]);
                }
            }
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = Texts::try_new(column)?;
            for (row, count) in counts.iter_mut().enumerate() {
                *count += u32::from(texts.get(row).is_some_and(|text| !text.trim().is_empty()));
            }
        }
        _ => {
            let nulls = column.logical_nulls();
            for (row, count) in counts.iter_mut().enumerate() {
                *count += u32::from(nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)));
            }
        }
    }
    Ok(())
}
