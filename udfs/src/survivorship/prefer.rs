use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::datatypes::{DataType, Field};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::Volatility;
use datafusion_macros::user_doc;

use super::choosing::Choosing;
use super::winner::{Ranking, sortable};
use crate::lists::Lists;
use crate::text::{Texts, is_text, signature_like};

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The value whose source comes first in a list. Sources that are not in the list, and NULL, come last. Rows whose value is NULL, or a struct of NULLs only, are left out. Among equal sources the smallest value is taken, whatever the order of the rows.",
    syntax_example = "prefer(value, source, order_list)",
    sql_example = r#"```sql
> SELECT prefer(email, source, ['loyalty', 'shop']) AS email
  FROM (VALUES ('a@contoso.com', 'shop'), ('b@contoso.com', 'loyalty'), ('c@contoso.com', 'support')) AS t(email, source);
+---------------+
| email         |
+---------------+
| b@contoso.com |
+---------------+
```"#,
    argument(
        name = "value",
        description = "The value to keep, of any type that can be sorted; a struct keeps its fields together."
    ),
    argument(name = "source", description = "Where the value comes from, as text."),
    argument(name = "order_list", description = "The sources as a list of text, the preferred one first."),
    related_udf(name = "most_recent")
)]
struct Prefer;

/// The aggregate `prefer`; see its SQL documentation.
pub(crate) fn prefer() -> Choosing {
    Choosing {
        name: "prefer",
        signature: signature_like(
            vec![DataType::Utf8View, DataType::Utf8View, DataType::new_list(DataType::Utf8, true)],
            Volatility::Immutable,
        ),
        types,
        ranking: |_| Ranking { rank: positions, data_type: DataType::UInt32, descending: false },
        documentation: Prefer.doc(),
    }
}

fn types(function: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [value, source, order] = take_function_args(function, types)?;
    let order = match order {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if is_text(item.data_type()) =>
        {
            order.clone()
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) | DataType::Null => {
            DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
        }
        other => {
            return plan_err!(
                "the order of prefer is a list of sources such as ['crm', 'shop'], not {other}"
            );
        }
    };
    let source = if is_text(source) { source.clone() } else { DataType::Utf8View };
    Ok(vec![sortable(function, value)?, source, order])
}

/// The position of each source in its list; NULL, which ranks last, when it is not there.
fn positions(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [_, sources, orders] = arguments else {
        return exec_err!("prefer takes a value, a source and a list");
    };
    let sources = Texts::try_new(sources)?;
    let orders = Lists::try_new(orders)?;
    let names = Texts::try_new(orders.values())?;
    let position = |row: usize| {
        let source = sources.get(row)?;
        let range = orders.get(row)?;
        range.clone().position(|name| names.get(name) == Some(source)).map(|position| position as u32)
    };
    Ok(Arc::new((0..sources.len()).map(position).collect::<UInt32Array>()))
}
