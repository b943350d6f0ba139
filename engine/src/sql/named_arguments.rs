//! Named arguments of table functions, `f('x', name => value)`: the planner knows only arguments by place, so a name
//! becomes a text before its value. It knows functions by their names in lower case.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArgOperator, ObjectNamePart, TableFactor, TableSampleKind,
    Value, VisitMut, VisitorMut,
};

use super::name::canonical_ident;
use crate::{Error, Result};

/// Writes the named arguments of all table functions by place, and their names in lower case unless they are quoted.
///
/// # Errors
/// A table is sampled, which the planner would pass over in silence.
pub(crate) fn by_place(statement: &mut impl VisitMut) -> Result<()> {
    match VisitMut::visit(statement, &mut ByPlace) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(sampled) => Err(Error::invalid(format!("{sampled} is not supported"))
            .hint("write WHERE random() < 0.1 for about a tenth of the rows")),
    }
}

struct ByPlace;

impl VisitorMut for ByPlace {
    type Break = String;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        if let TableFactor::Table { sample: Some(sample), .. }
        | TableFactor::Derived { sample: Some(sample), .. } = factor
        {
            let (TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) =
                sample;
            return ControlFlow::Break(sample.to_string().trim().to_owned());
        }
        if let TableFactor::Table { name, args: Some(_), .. } = factor
            && let Some(ObjectNamePart::Identifier(name)) = name.0.last_mut()
            && name.quote_style.is_none()
        {
            name.value.make_ascii_lowercase();
        }
        if let TableFactor::Table { args: Some(args), .. } = factor
            && args.args.iter().any(|arg| matches!(arg, FunctionArg::Named { .. }))
        {
            args.args = std::mem::take(&mut args.args).into_iter().flat_map(place).collect();
        }
        ControlFlow::Continue(())
    }
}

fn place(arg: FunctionArg) -> Vec<FunctionArg> {
    match arg {
        FunctionArg::Named { name, arg, operator: FunctionArgOperator::RightArrow } => {
            let name = Value::SingleQuotedString(canonical_ident(name).value);
            let name = Expr::Value(name.into());
            vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(name)), FunctionArg::Unnamed(arg)]
        }
        other => vec![other],
    }
}
