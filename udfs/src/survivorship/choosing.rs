//! An aggregate that keeps the best value of a group, whatever makes a value the best.

use std::hash::{Hash, Hasher};

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature};

use super::single_group::SingleGroup;
use super::winner::{Ranking, Winner, state_fields};

/// One of the aggregates that choose; they differ in what is here.
#[derive(Debug)]
pub(crate) struct Choosing {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    /// The argument types that it works on, from the function's name and those that it is called with.
    pub(crate) types: fn(&str, &[DataType]) -> Result<Vec<DataType>>,
    /// How it ranks, by the types of its arguments.
    pub(crate) ranking: fn(&[FieldRef]) -> Ranking,
    pub(crate) documentation: Option<&'static Documentation>,
}

impl PartialEq for Choosing {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Choosing {}

impl Hash for Choosing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Choosing {
    fn winner(&self, args: &AccumulatorArgs<'_>) -> Result<Winner> {
        Winner::try_new(args.return_type(), &(self.ranking)(args.expr_fields))
    }
}

impl AggregateUDFImpl for Choosing {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        (self.types)(self.name, arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(&args, &(self.ranking)(args.input_fields)))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(SingleGroup::new(self.winner(&args)?)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.winner(&args)?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.documentation
    }
}
