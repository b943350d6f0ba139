use arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::Volatility;
use datafusion_macros::user_doc;

use super::choosing::Choosing;
use super::winner::{Ranking, value_and_order_types};
use crate::text::signature_like;

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The value at the largest order. Rows whose value is NULL, or a struct of NULLs only, are left out. A row whose order is NULL comes last; among equal orders the smallest value is taken, whatever the order of the rows.",
    syntax_example = "arg_max(value, order)",
    sql_example = r#"```sql
> SELECT arg_max(product, price) AS dearest FROM (VALUES ('tea', 2.5), ('coffee', 3.0), ('water', NULL)) AS t(product, price);
+---------+
| dearest |
+---------+
| coffee  |
+---------+
```"#,
    argument(
        name = "value",
        description = "The value to keep, of any type that can be sorted; a struct keeps its fields together."
    ),
    argument(
        name = "order",
        description = "What the values are ordered by, of any type that can be sorted, for example a timestamp. NULL comes last."
    ),
    related_udf(name = "arg_min"),
    related_udf(name = "most_recent")
)]
struct ArgMax;

/// The aggregate `arg_max`; see its SQL documentation.
pub(crate) fn arg_max() -> Choosing {
    Choosing {
        name: "arg_max",
        signature: signature_like(
            vec![DataType::Utf8View, DataType::Timestamp(TimeUnit::Nanosecond, None)],
            Volatility::Immutable,
        ),
        types: value_and_order_types,
        ranking: |fields| Ranking::by_order(fields[1].data_type(), true),
        documentation: ArgMax.doc(),
    }
}
