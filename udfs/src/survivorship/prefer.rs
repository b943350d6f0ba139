use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::single_group::SingleGroup;
use super::winner::{Ranking, Winner, sortable, state_fields};
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
/// The aggregate `prefer`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefer {
    signature: Signature,
}

impl Prefer {
    pub(crate) fn new() -> Self {
        Self {
            signature: signature_like(
                vec![DataType::Utf8View, DataType::Utf8View, DataType::new_list(DataType::Utf8, true)],
                Volatility::Immutable,
            ),
        }
    }
}

impl AggregateUDFImpl for Prefer {
    fn name(&self) -> &str {
        "prefer"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [value, source, order] = take_function_args(self.name(), arg_types)?;
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
        Ok(vec![sortable(self.name(), value)?, source, order])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(&args, &ranking()))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let ranking = ranking();
        Ok(Box::new(SingleGroup::new(Winner::try_new(args.return_type(), &ranking)?)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let ranking = ranking();
        Ok(Box::new(Winner::try_new(args.return_type(), &ranking)?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn ranking() -> Ranking {
    Ranking { rank: positions, data_type: DataType::UInt32, descending: false }
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
