//! `COMPARE levels(CASE …)`: a comparison whose levels the user writes.
//!
//! The CASE is over the two records `l` and `r`. Its results are the names of the levels, from most to least alike; NULL
//! is no evidence.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DFSchema, DataFusionError, Result as DFResult};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::PhysicalExpr;
use onefold_udfs::comparators::{Comparator, Context, Key, Level, NONE, Prepared, Role, without};
use sqlparser::ast::{CaseWhen, Expr, Value};

use crate::sql::pair_predicate::{columns_read, split_rule};
use crate::sql::sql_text;
use crate::{Error, Result};

/// Its word in SQL.
pub const NAME: &str = "levels";

/// A level is four bits, and 0 is no evidence.
const MOST: usize = 14;
const ROLES: [(&str, Role); 3] =
    [("personal", Role::Personal), ("shared", Role::Shared), ("neutral", Role::Neutral)];
const KEY: &[Key] = &[Key { sql: "CAST({c} AS VARCHAR)", rank: 3, chain: 0 }];
static KEYS: [&[Key]; 16] = [KEY; 16];

/// The comparator of a CASE.
#[derive(Debug, Clone)]
pub struct Levels {
    /// The CASE with the numbers of the levels in place of their names.
    case: Expr,
    levels: Vec<Level>,
    role: Role,
    columns: Vec<String>,
    /// Whether it says the same with the records exchanged.
    is_symmetric: bool,
}

impl Levels {
    /// Reads `(CASE …)` or `(CASE …, 'role')`.
    ///
    /// # Errors
    /// If it is no CASE with conditions, if a result is no name, or if there are too many levels.
    pub fn of(arguments: &[Expr]) -> Result<Self> {
        let (case, role) = match arguments {
            [case] => (case, Role::Personal),
            [case, role] => (case, role_of(role)?),
            _ => {
                return Err(usage(format!("levels takes a CASE and a role, not {} values", arguments.len())));
            }
        };
        let Expr::Case { operand: None, conditions, else_result, .. } = case else {
            return Err(usage(format!("levels takes a CASE with a condition after each WHEN, not {case}")));
        };
        let mut found = Self {
            case: case.clone(),
            levels: Vec::new(),
            role,
            columns: columns_read(case)?,
            is_symmetric: true,
        };
        if found.columns.is_empty() {
            return Err(usage("levels compares no column of l with one of r".to_owned()));
        }
        let mut numbered = Vec::new();
        for when in conditions {
            let parts = split_rule(&when.condition)?;
            found.is_symmetric &= parts.symmetric;
            let is_equality = parts.residual.is_empty()
                && parts.equalities.iter().all(|e| columns_read(&e.left).ok() == columns_read(&e.right).ok())
                && parts.equalities.len() == found.columns.len();
            let result = found.number(
                &when.result,
                &sql_text(&when.condition),
                if is_equality { 1.0 } else { 0.0 },
            )?;
            numbered.push(CaseWhen { condition: when.condition.clone(), result });
        }
        let otherwise = match else_result {
            Some(result) => Some(Box::new(found.number(result, "all else", 0.0)?)),
            None => None,
        };
        if found.levels.is_empty() || found.levels.len() > MOST {
            return Err(usage(format!("levels takes 1 to {MOST} levels, not {}", found.levels.len())));
        }
        if let Expr::Case { conditions, else_result, .. } = &mut found.case {
            *conditions = numbered;
            *else_result = otherwise;
        }
        Ok(found)
    }

    /// The same with another exponent of the term frequency for each level.
    #[must_use]
    pub fn with_term_frequencies(mut self, exponents: Vec<f64>) -> Self {
        for (level, exponent) in self.levels.iter_mut().zip(exponents) {
            level.term_frequency = exponent;
        }
        self
    }

    /// The columns that it reads, in the order of the text.
    pub fn read(&self) -> &[String] {
        &self.columns
    }

    /// The number of a level that is named by a result; a new name is the next level.
    fn number(&mut self, result: &Expr, condition: &str, term_frequency: f64) -> Result<Expr> {
        let Expr::Value(value) = result else { return Err(no_name(result)) };
        if value.value == Value::Null {
            return Ok(result.clone());
        }
        let Some(name) = text_of(result) else { return Err(no_name(result)) };
        let known = self.levels.iter().position(|level| level.name == name);
        let number = known.unwrap_or_else(|| {
            let description = Cow::Owned(condition.to_owned());
            self.levels.push(Level { name: Cow::Owned(name), description, term_frequency });
            self.levels.len() - 1
        });
        Ok(Expr::value(Value::Number((number + 1).to_string(), false)))
    }

    /// The CASE over columns of these types, first those of `l`, then those of `r`.
    fn plan(&self, columns: &[ArrayRef]) -> DFResult<(Arc<dyn PhysicalExpr>, SchemaRef)> {
        let field = |(name, column): (&String, &ArrayRef)| Field::new(name, column.data_type().clone(), true);
        let side = Schema::new(self.columns.iter().zip(columns).map(field).collect::<Vec<_>>());
        let of = |alias: &str| DFSchema::try_from_qualified_schema(alias, &side);
        let pair = of("l")?.join(&of("r")?)?;
        let expr = FUNCTIONS.create_logical_expr(&sql_text(&self.case), &pair)?;
        let expr = FUNCTIONS.create_physical_expr(expr, &pair)?;
        let fields: Vec<Field> = pair.fields().iter().map(|f| f.as_ref().clone()).collect();
        Ok((expr, Arc::new(Schema::new(fields))))
    }
}

/// The functions that any session has.
static FUNCTIONS: LazyLock<SessionState> = LazyLock::new(|| {
    let builder = SessionStateBuilder::new().with_default_features();
    let mut state = builder.build();
    for function in onefold_udfs::scalar_functions() {
        // A function of ours takes the place of one of the same name.
        let _ = datafusion::execution::FunctionRegistry::register_udf(&mut state, function);
    }
    state
});

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => value.value.clone().into_string(),
        _ => None,
    }
}

fn role_of(expr: &Expr) -> Result<Role> {
    let name = text_of(expr).unwrap_or_default().to_lowercase();
    ROLES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role).ok_or_else(|| {
        Error::invalid(format!("{expr} is no role of a comparison"))
            .hint("write 'personal' (the default), 'shared' for what a household shares, or 'neutral'")
    })
}

fn usage(message: String) -> Error {
    Error::invalid(message)
        .hint("write COMPARE levels(CASE WHEN l.x = r.x THEN 'equal' ELSE 'different' END), with 'shared' after it if a household has one x")
}

fn no_name(result: &Expr) -> Error {
    usage(format!(
        "the results of levels are names of levels in quotes, or NULL for no evidence, not {result}"
    ))
}

impl Comparator for Levels {
    fn name(&self) -> &'static str {
        NAME
    }

    fn description(&self) -> &'static str {
        "Levels that the user writes."
    }

    fn role(&self) -> Role {
        self.role
    }

    fn columns(&self) -> &'static [&'static str] {
        &[]
    }

    fn levels(&self) -> &[Level] {
        &self.levels
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        &KEYS[..self.columns.len().min(KEYS.len())]
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> DFResult<Arc<dyn Prepared>> {
        let (case, schema) = self.plan(columns)?;
        let (values, distinct) = distinct(columns)?;
        let rows = Rows { columns: distinct, case, schema, is_symmetric: self.is_symmetric };
        Ok(Arc::new(Pairs { values, rows: Arc::new(rows), failure: OnceLock::new() }))
    }
}

/// The number of each row among the distinct ones, and the columns of those. A row of NULLs only is [`NONE`].
fn distinct(columns: &[ArrayRef]) -> DFResult<(Vec<u32>, Vec<ArrayRef>)> {
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(columns)?;
    let nulls: Vec<_> = columns.iter().map(|c| c.logical_nulls()).collect();
    let is_empty = |row: usize| nulls.iter().all(|n| n.as_ref().is_some_and(|n| n.is_null(row)));
    let mut known = HashMap::new();
    let mut first: Vec<u32> = Vec::new();
    let values = rows.iter().enumerate().map(|(number, row)| {
        if is_empty(number) {
            return NONE;
        }
        *known.entry(row).or_insert_with(|| {
            first.push(number as u32);
            (first.len() - 1) as u32
        })
    });
    let values = values.collect();
    let first = UInt32Array::from(first);
    let columns = columns.iter().map(|c| take(c, &first, None)).collect::<Result<_, _>>()?;
    Ok((values, columns))
}

/// The distinct rows and the CASE.
#[derive(Debug)]
struct Rows {
    columns: Vec<ArrayRef>,
    case: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    is_symmetric: bool,
}

impl Rows {
    fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.len())
    }

    /// The levels of pairs of rows.
    fn levels(&self, left: &UInt32Array, right: &UInt32Array) -> DFResult<Vec<u8>> {
        let side = |rows| self.columns.iter().map(move |column| take(column, rows, None));
        let columns = side(left).chain(side(right)).collect::<Result<Vec<_>, _>>()?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        let levels = self.case.evaluate(&batch)?.into_array(left.len())?;
        let levels = levels.as_primitive_opt::<Int64Type>();
        let levels = levels.ok_or_else(|| DataFusionError::Internal("levels are not numbers".to_owned()))?;
        Ok(levels.iter().map(|level| level.and_then(|l| u8::try_from(l).ok()).unwrap_or(0)).collect())
    }
}

/// The rows of the records.
#[derive(Debug)]
struct Pairs {
    values: Vec<u32>,
    rows: Arc<Rows>,
    failure: OnceLock<String>,
}

impl Pairs {
    fn levels(&self, left: &[u32], right: &[u32], levels: &mut [u8]) -> DFResult<()> {
        let both: Vec<usize> = (0..left.len())
            .filter(|i| [left, right].iter().all(|records| self.values[records[*i] as usize] != NONE))
            .collect();
        let rows = |records: &[u32]| {
            UInt32Array::from_iter_values(both.iter().map(|i| self.values[records[*i] as usize]))
        };
        let (left, right) = (rows(left), rows(right));
        let there = self.rows.levels(&left, &right)?;
        let back = if self.rows.is_symmetric { None } else { Some(self.rows.levels(&right, &left)?) };
        for (n, place) in both.into_iter().enumerate() {
            let back = back.as_ref().map_or(0, |back| back[n]);
            levels[place] = [there[n], back].into_iter().filter(|l| *l > 0).min().unwrap_or(0);
        }
        Ok(())
    }
}

impl Prepared for Pairs {
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]) {
        levels.fill(0);
        if let Err(error) = self.levels(left, right, levels) {
            let _ = self.failure.set(error.strip_backtrace());
        }
    }

    fn values(&self) -> &[u32] {
        &self.values
    }

    fn distinct(&self) -> usize {
        self.rows.len()
    }

    fn without(&self, values: &[u32]) -> Arc<dyn Prepared> {
        Arc::new(Self {
            values: without(&self.values, values, self.distinct()),
            rows: Arc::clone(&self.rows),
            failure: OnceLock::new(),
        })
    }

    fn text(&self, value: u32) -> String {
        shown(&self.rows.columns, value as usize)
    }

    fn failure(&self) -> DFResult<()> {
        match self.failure.get() {
            Some(message) => Err(DataFusionError::Execution(message.clone())),
            None => Ok(()),
        }
    }
}

/// The values of some columns in one row.
pub fn shown(columns: &[ArrayRef], row: usize) -> String {
    let options = FormatOptions::default();
    let value = |column: &ArrayRef| {
        let shown = ArrayFormatter::try_new(column, &options).ok()?.value(row).to_string();
        (!shown.is_empty()).then_some(shown)
    };
    columns.iter().filter_map(value).collect::<Vec<_>>().join(", ")
}
