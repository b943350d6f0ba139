use arrow::datatypes::{DataType, FieldRef, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::single_group::SingleGroup;
use super::winner::{Ranking, Winner, state_fields, value_and_order_types};
use crate::text::signature_like;

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The value at the smallest order. Rows whose value is NULL, or a struct of NULLs only, are left out. A row whose order is NULL comes last; among equal orders the smallest value is taken, whatever the order of the rows.",
    syntax_example = "arg_min(value, order)",
    sql_example = r#"```sql
> SELECT arg_min(product, price) AS cheapest FROM (VALUES ('tea', 2.5), ('coffee', 3.0), ('water', NULL)) AS t(product, price);
+----------+
| cheapest |
+----------+
| tea      |
+----------+
```"#,
    argument(
        name = "value",
        description = "The value to keep, of any type that can be sorted; a struct keeps its fields together."
    ),
    argument(
        name = "order",
        description = "What the values are ordered by, of any type that can be sorted, for example a timestamp. NULL comes last."
    ),
    related_udf(name = "arg_max"),
    related_udf(name = "least_recent")
)]
/// The aggregate `arg_min`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArgMin {
    signature: Signature,
}

impl ArgMin {
    pub(crate) fn new() -> Self {
        Self {
            signature: signature_like(
                vec![DataType::Utf8View, DataType::Timestamp(TimeUnit::Nanosecond, None)],
                Volatility::Immutable,
            ),
        }
    }
}

impl AggregateUDFImpl for ArgMin {
    fn name(&self) -> &str {
        "arg_min"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        value_and_order_types(self.name(), arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(&args, &ranking(args.input_fields[1].data_type())))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let ranking = ranking(args.expr_fields[1].data_type());
        Ok(Box::new(SingleGroup::new(Winner::try_new(args.return_type(), &ranking)?)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let ranking = ranking(args.expr_fields[1].data_type());
        Ok(Box::new(Winner::try_new(args.return_type(), &ranking)?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn ranking(order: &DataType) -> Ranking {
    Ranking::by_order(order, false)
}
