use arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::Volatility;
use datafusion_macros::user_doc;

use super::choosing::Choosing;
use super::winner::{Ranking, value_and_order_types};
use crate::text::signature_like;

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The value with the latest order. Rows whose value is NULL, or a struct of NULLs only, are left out. A row whose order is NULL comes last; among equal orders the smallest value is taken, whatever the order of the rows.",
    syntax_example = "most_recent(value, order)",
    sql_example = r#"```sql
> SELECT most_recent(email, updated_at) AS email FROM (VALUES ('old@contoso.com', DATE '2023-01-31'), ('new@contoso.com', DATE '2024-06-30'), (NULL, DATE '2024-12-31')) AS t(email, updated_at);
+-----------------+
| email           |
+-----------------+
| new@contoso.com |
+-----------------+
```"#,
    argument(
        name = "value",
        description = "The value to keep, of any type that can be sorted; a struct keeps its fields together."
    ),
    argument(
        name = "order",
        description = "What the values are ordered by, of any type that can be sorted, for example a timestamp. NULL comes last."
    ),
    related_udf(name = "least_recent"),
    related_udf(name = "arg_max")
)]
struct MostRecent;

/// The aggregate `most_recent`; see its SQL documentation.
pub(crate) fn most_recent() -> Choosing {
    Choosing {
        name: "most_recent",
        signature: signature_like(
            vec![DataType::Utf8View, DataType::Timestamp(TimeUnit::Nanosecond, None)],
            Volatility::Immutable,
        ),
        types: value_and_order_types,
        ranking: |fields| Ranking::by_order(fields[1].data_type(), true),
        documentation: MostRecent.doc(),
    }
}
