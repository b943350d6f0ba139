use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature};
use datafusion_macros::user_doc;

use super::single_group::SingleGroup;
use super::winner::{Ranking, Winner, state_fields};
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
/// The aggregate `longest`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Longest {
    signature: Signature,
}

impl Longest {
    pub(crate) fn new() -> Self {
        Self { signature: text_signature() }
    }
}

impl AggregateUDFImpl for Longest {
    fn name(&self) -> &str {
        "longest"
    }

    fn signature(&self) -> &Signature {
        &self.signature
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
    Ranking { rank: lengths, data_type: DataType::UInt32, descending: true }
}

fn lengths(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let [texts] = arguments else { return exec_err!("longest takes one text") };
    let texts = Texts::try_new(texts)?;
    let lengths = (0..texts.len()).map(|row| texts.get(row).map(|text| text.chars().count() as u32));
    Ok(Arc::new(lengths.collect::<UInt32Array>()))
}
