use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::counts::Counts;
use super::single_group::SingleGroup;
use super::winner::sortable;
use crate::text::signature_like;

#[user_doc(
    doc_section(label = "Survivorship Functions"),
    description = "The value that occurs most often. Rows whose value is NULL, or a struct of NULLs only, are left out; among equal counts the smallest value is taken, whatever the order of the rows.",
    syntax_example = "most_frequent(value)",
    sql_example = r#"```sql
> SELECT most_frequent(city) AS city FROM (VALUES ('Bonn'), ('Köln'), ('Bonn'), (NULL)) AS t(city);
+------+
| city |
+------+
| Bonn |
+------+
```"#,
    argument(
        name = "value",
        description = "The value to count, of any type that can be sorted; a struct keeps its fields together."
    ),
    related_udf(name = "most_recent")
)]
/// The aggregate `most_frequent`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct MostFrequent {
    signature: Signature,
}

impl MostFrequent {
    pub(crate) fn new() -> Self {
        Self { signature: signature_like(vec![DataType::Utf8View], Volatility::Immutable) }
    }

    fn counts(&self, args: &AccumulatorArgs) -> Result<Counts> {
        if args.is_distinct {
            return plan_err!("most_frequent(DISTINCT …) would count every value once; leave DISTINCT out");
        }
        Counts::try_new(args.return_type())
    }
}

impl AggregateUDFImpl for MostFrequent {
    fn name(&self) -> &str {
        "most_frequent"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [value] = take_function_args(self.name(), arg_types)?;
        Ok(vec![sortable(self.name(), value)?])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let [values, counts] = Counts::state_types(args.return_type());
        Ok(vec![
            Arc::new(Field::new(format_state_name(args.name, "values"), values, true)),
            Arc::new(Field::new(format_state_name(args.name, "counts"), counts, true)),
        ])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(SingleGroup::new(self.counts(&args)?)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.counts(&args)?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}
