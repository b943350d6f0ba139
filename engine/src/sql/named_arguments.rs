//! Named arguments of table functions, `f('x', name => value)`: the planner knows only arguments by place, so a name
//! becomes a text before its value. It knows functions by their names in lower case.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArgOperator, ObjectNamePart, TableFactor, Value, VisitMut,
    VisitorMut,
};

use super::name::canonical_ident;

/// Writes the named arguments of all table functions by place, and their names in lower case unless they are quoted.
pub(crate) fn by_place(statement: &mut impl VisitMut) {
    let _ = VisitMut::visit(statement, &mut ByPlace);
}

struct ByPlace;

impl VisitorMut for ByPlace {
    type Break = std::convert::Infallible;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
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
