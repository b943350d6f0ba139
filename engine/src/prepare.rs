//! What servers ask of a statement before it runs: its columns and its parameters; and running it with values.

use std::ops::ControlFlow;

use arrow::array::Array;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{LogicalPlan, Statement as PlanStatement};
use datafusion::sql::parser::Statement as DFStatement;
use futures::future::BoxFuture;
use sqlparser::ast::{CastKind, Expr, Value, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut};

use crate::access;
use crate::execute;
use crate::session::{Response, Session};
use crate::sql::{Parsed, Statement};
use crate::{Error, Result};

/// A statement before it runs.
#[derive(Debug, Clone)]
pub struct Described {
    /// The columns of its rows; `None` if it has none.
    pub schema: Option<SchemaRef>,
    /// The types of its parameters `$1`, `$2`, …; `None` where nothing tells the type.
    pub parameters: Vec<Option<DataType>>,
}

impl Session {
    /// What a statement will answer. Nothing is changed by asking.
    ///
    /// # Errors
    /// If it cannot be planned, or the user may not run it.
    pub fn describe<'a>(&'a self, parsed: &'a Parsed) -> BoxFuture<'a, Result<Described>> {
        Box::pin(async move {
            self.begin().await?;
            let described = match access::authorize(self.catalog(), &parsed.statement) {
                Ok(()) => self.describe_statement(&parsed.statement).await,
                Err(e) => Err(e),
            };
            described.map_err(|e| self.explain_error(e, parsed))
        })
    }

    async fn describe_statement(&self, statement: &Statement) -> Result<Described> {
        let none = Described { schema: None, parameters: Vec::new() };
        match statement {
            Statement::DataFusion(inner) if execute::describes(inner) => self.answered(statement).await,
            Statement::DataFusion(inner) => {
                let plan = self.plan_to_describe(inner.as_ref().clone()).await?;
                let parameters = parameters(&plan, inner)?;
                let schema = match &plan {
                    LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) => None,
                    plan => Some(std::sync::Arc::new(plan.schema().as_arrow().clone())),
                };
                let schema = match &plan {
                    LogicalPlan::Statement(PlanStatement::Execute(_)) => {
                        return Err(Error::invalid("EXECUTE cannot be described before it runs")
                            .hint("prepare the query itself with the protocol's own message"));
                    }
                    _ => schema,
                };
                Ok(Described { schema, parameters })
            }
            Statement::Show(_)
            | Statement::ShowCreate(_)
            | Statement::Describe(_)
            | Statement::DescribeConnector(_)
            | Statement::AnalyzeSource(_)
            | Statement::ExplainMatch(_)
            | Statement::ExplainRefresh(_) => self.answered(statement).await,
            _ => Ok(none),
        }
    }

    /// The columns of a statement that only reads, from its answer.
    async fn answered(&self, statement: &Statement) -> Result<Described> {
        let schema = match execute::statement(self, statement).await? {
            Response::Rows { schema, .. } => Some(schema),
            Response::Done { .. } => None,
        };
        Ok(Described { schema, parameters: Vec::new() })
    }

    /// Runs one statement with values for its parameters `$1`, `$2`, ….
    ///
    /// # Errors
    /// If a parameter has no value, if it cannot be planned, or the user may not run it.
    pub fn execute_with<'a>(
        &'a self,
        parsed: &'a Parsed,
        values: Vec<ScalarValue>,
    ) -> BoxFuture<'a, Result<Response>> {
        Box::pin(async move {
            if values.is_empty() {
                return self.execute(parsed).await;
            }
            self.execute(&bind(parsed, &values)?).await
        })
    }
}

/// A statement with values in the place of its parameters: a literal is planned with less doubt than a parameter, and
/// tells the planner more.
///
/// # Errors
/// If a parameter has no value, or a value cannot be written.
pub fn bind(parsed: &Parsed, values: &[ScalarValue]) -> Result<Parsed> {
    let Statement::DataFusion(inner) = &parsed.statement else { return Ok(parsed.clone()) };
    let needed = placeholders(inner);
    if values.len() < needed {
        return Err(Error::invalid(format!("there are {needed} parameters and {} values", values.len()))
            .hint("bind a value to each parameter"));
    }
    if needed == 0 {
        return Ok(parsed.clone());
    }
    let literals = values.iter().map(literal).collect::<Result<Vec<_>>>()?;
    let mut inner = inner.as_ref().clone();
    replace(&mut inner, &literals);
    Ok(Parsed { statement: Statement::DataFusion(Box::new(inner)), ..parsed.clone() })
}

fn replace(statement: &mut DFStatement, literals: &[Expr]) {
    match statement {
        DFStatement::Statement(inner) => {
            let _ = inner.visit(&mut Literals(literals));
        }
        DFStatement::Explain(explain) => replace(&mut explain.statement, literals),
        _ => {}
    }
}

struct Literals<'a>(&'a [Expr]);

impl VisitorMut for Literals<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Value(value) = expr
            && let Some(n) = number(value)
            && let Some(literal) = n.checked_sub(1).and_then(|n| self.0.get(n))
        {
            *expr = literal.clone();
        }
        ControlFlow::Continue(())
    }
}

/// A value as it is written in SQL.
fn literal(value: &ScalarValue) -> Result<Expr> {
    let parse = |text: &str| -> Result<Expr> {
        let query = crate::catalog::parse_query(&format!("SELECT {text}"))?;
        let sqlparser::ast::SetExpr::Select(mut select) = *query.body else {
            return Err(Error::internal("a literal is no expression"));
        };
        match select.projection.pop() {
            Some(sqlparser::ast::SelectItem::UnnamedExpr(expr)) => Ok(expr),
            _ => Err(Error::internal("a literal is no expression")),
        }
    };
    let text = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).into());
    let cast = |value: &ScalarValue| {
        let text = value.cast_to(&DataType::Utf8)?.to_string().replace('\'', "''");
        parse(&format!("arrow_cast('{text}', '{}')", value.data_type()))
    };
    Ok(match value {
        value if value.is_null() => Expr::Value(Value::Null.into()),
        ScalarValue::Utf8(Some(t)) | ScalarValue::LargeUtf8(Some(t)) | ScalarValue::Utf8View(Some(t)) => {
            text(t)
        }
        ScalarValue::Boolean(Some(b)) => Expr::Value(Value::Boolean(*b).into()),
        ScalarValue::Int8(_) | ScalarValue::Int16(_) | ScalarValue::Int32(_) | ScalarValue::Int64(_) => {
            parse(&format!("({value})"))?
        }
        ScalarValue::UInt8(_) | ScalarValue::UInt16(_) | ScalarValue::UInt32(_) | ScalarValue::UInt64(_) => {
            parse(&value.to_string())?
        }
        ScalarValue::Binary(Some(bytes)) | ScalarValue::LargeBinary(Some(bytes)) => {
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            parse(&format!("X'{digits}'"))?
        }
        ScalarValue::List(list) => {
            let items = list.value(0);
            let items = (0..items.len()).map(|n| literal(&ScalarValue::try_from_array(&items, n)?));
            let items = items.collect::<Result<Vec<_>>>()?;
            Expr::Array(sqlparser::ast::Array { elem: items, named: true })
        }
        ScalarValue::IntervalMonthDayNano(Some(value)) => {
            let (months, days) = (value.months, value.days);
            parse(&format!("INTERVAL '{months} months {days} days {} nanoseconds'", value.nanoseconds))?
        }
        value => cast(value)?,
    })
}

/// The number of the last parameter of a statement.
pub fn placeholders(statement: &DFStatement) -> usize {
    let mut found = Placeholders::default();
    visit(statement, &mut found);
    found.most
}

fn visit(statement: &DFStatement, found: &mut Placeholders) {
    match statement {
        DFStatement::Statement(inner) => {
            let _ = inner.visit(found);
        }
        DFStatement::Explain(explain) => visit(&explain.statement, found),
        _ => {}
    }
}

/// The types of the parameters, from the plan, or from casts that stand round them.
fn parameters(plan: &LogicalPlan, statement: &DFStatement) -> Result<Vec<Option<DataType>>> {
    let known = plan.get_parameter_types()?;
    let mut found = Placeholders::default();
    visit(statement, &mut found);
    let of = |n: usize| {
        let inferred = known.get(&format!("${n}")).cloned().flatten().filter(|t| *t != DataType::Null);
        inferred.or_else(|| found.casts.iter().find(|(cast, _)| *cast == n).map(|(_, t)| t.clone()))
    };
    Ok((1..=found.most).map(of).collect())
}

#[derive(Default)]
struct Placeholders {
    most: usize,
    casts: Vec<(usize, DataType)>,
}

impl Visitor for Placeholders {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } = expr
            && let Expr::Value(value) = expr.as_ref()
            && let Some(n) = number(value)
            && let Some(data_type) = arrow_type(data_type)
        {
            self.casts.push((n, data_type));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Self::Break> {
        if let Some(n) = number(value) {
            self.most = self.most.max(n);
        }
        ControlFlow::Continue(())
    }
}

fn number(value: &ValueWithSpan) -> Option<usize> {
    match &value.value {
        Value::Placeholder(name) => name.strip_prefix('$')?.parse().ok(),
        _ => None,
    }
}

/// The Arrow type of a plain SQL type that a parameter is cast to.
fn arrow_type(data_type: &sqlparser::ast::DataType) -> Option<DataType> {
    use sqlparser::ast::{ArrayElemTypeDef, DataType as Sql};
    Some(match data_type {
        Sql::Array(ArrayElemTypeDef::SquareBracket(item, _)) => DataType::new_list(arrow_type(item)?, true),
        Sql::IntUnsigned(_) => DataType::UInt32,
        Sql::SmallInt(_) | Sql::Int2(_) => DataType::Int16,
        Sql::Int(_) | Sql::Integer(_) | Sql::Int4(_) => DataType::Int32,
        Sql::BigInt(_) | Sql::Int8(_) => DataType::Int64,
        Sql::Real | Sql::Float4 => DataType::Float32,
        Sql::Double(_) | Sql::DoublePrecision | Sql::Float8 => DataType::Float64,
        Sql::Text | Sql::Varchar(_) | Sql::CharacterVarying(_) | Sql::Char(_) | Sql::String(_) => {
            DataType::Utf8
        }
        Sql::Boolean | Sql::Bool => DataType::Boolean,
        Sql::Date => DataType::Date32,
        Sql::Timestamp(_, sqlparser::ast::TimezoneInfo::None) => {
            DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None)
        }
        Sql::Timestamp(..) => {
            DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()))
        }
        _ => return None,
    })
}
