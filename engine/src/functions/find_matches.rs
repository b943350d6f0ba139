//! `find_matches('profile', column => 'value', …)`: who is this, and in what household? Answered in milliseconds from the
//! index of the profile, which is read when it is first asked.
//!
//! There is a row for each person of whom a record shares a block with the one that is asked about, the likeliest first:
//!
//! | column | what it is |
//! |---|---|
//! | `<profile>_id` | the person |
//! | `probability` | that it is he |
//! | `household_probability` | that it is he or one of his household |
//! | `household_id` | his household |
//! | `weight` | the weight of the record of his that fits best, in bits |
//! | `source`, `record_key` | that record |
//! | `records` | how many of his records were compared |

use std::sync::{Arc, Weak};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

use super::own_session;
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::catalog::boxed::{self, Asked, Relation};
use crate::identity::lookup::{Lookup, Match, Question};

/// The function.
#[derive(Debug)]
pub(super) struct FindMatches {
    catalog: Weak<SessionCatalog>,
}

impl FindMatches {
    pub(super) fn new(catalog: &Arc<SessionCatalog>) -> Self {
        Self { catalog: Arc::downgrade(catalog) }
    }
}

impl TableFunctionImpl for FindMatches {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        let arguments: Option<Vec<Option<String>>> = args.exprs().iter().map(literal).collect();
        let Some(([Some(profile)], values)) = arguments.as_deref().and_then(|a| a.split_at_checked(1)) else {
            return plan_err!("{USAGE}");
        };
        let mut question = Question::new();
        for pair in values.chunks(2) {
            match pair {
                [Some(column), Some(value)] => question.push((column.clone(), value.clone())),
                // Nothing is known of it.
                [Some(_), None] => {}
                _ => return plan_err!("{USAGE}"),
            }
        }
        if question.is_empty() {
            return plan_err!("{USAGE}");
        }
        Ok(boxed::relation(Found { catalog: Weak::clone(&self.catalog), profile: profile.clone(), question }))
    }
}

const USAGE: &str = "find_matches takes the name of a profile and what is known, as in \
                     find_matches('customer', email => 'ann@example.com', last_name => 'Smith')";

/// A literal as text; `Some(None)` for NULL.
fn literal(expr: &Expr) -> Option<Option<String>> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(v) | ScalarValue::LargeUtf8(v) | ScalarValue::Utf8View(v), _) => {
            Some(v.clone())
        }
        Expr::Literal(value, _) if value.is_null() => Some(None),
        Expr::Literal(value, _) => Some(Some(value.to_string())),
        Expr::Cast(cast) => literal(&cast.expr),
        _ => None,
    }
}

#[derive(Debug)]
struct Found {
    catalog: Weak<SessionCatalog>,
    profile: String,
    question: Question,
}

impl Found {
    async fn rows(&self) -> Result<RecordBatch> {
        let session = own_session(&self.catalog)?;
        let lookup = Lookup::of(&session, &self.profile).await.map_err(|e| e.elsewhere())?;
        let found = lookup.find(&session, &self.question).await.map_err(|e| e.elsewhere())?;
        let text = |of: &dyn Fn(&Match) -> Option<String>| -> ArrayRef {
            Arc::new(found.iter().map(of).collect::<StringArray>())
        };
        let number = |of: &dyn Fn(&Match) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(found.iter().map(of)))
        };
        let records = found.iter().map(|m| i64::try_from(m.records).unwrap_or(i64::MAX));
        let columns = vec![
            text(&|m| Some(m.id.clone())),
            number(&|m| m.probability),
            number(&|m| m.household_probability),
            text(&|m| m.household.clone()),
            number(&|m| m.weight),
            text(&|m| Some(m.source.clone())),
            text(&|m| Some(m.record_key.clone())),
            Arc::new(Int64Array::from_iter_values(records)),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

impl Relation for Found {
    fn schema(&self) -> SchemaRef {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let number = |name: &str| Field::new(name, DataType::Float64, true);
        Arc::new(Schema::new(vec![
            text(&format!("{}_id", self.profile)),
            number("probability"),
            number("household_probability"),
            text("household_id"),
            number("weight"),
            text("source"),
            text("record_key"),
            Field::new("records", DataType::Int64, true),
        ]))
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let rows = self.rows().await.map_err(DataFusionError::from)?;
            asked.of(&MemTable::try_new(self.schema(), vec![vec![rows]])?).await
        })
    }
}
