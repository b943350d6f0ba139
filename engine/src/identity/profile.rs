//! What a `CREATE PROFILE` means: its record sources in one common shape.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::Statement as SqlStatement;

use crate::catalog::SessionCatalog;
use crate::catalog::object::folded;
use crate::identity::splink::{self, Imported};
use crate::sql::{CreateProfile, MatchItem, ModelFile, RecordSource};
use crate::{Error, Position, Result};

/// The column that orders records: by position of their source in FROM, then by key. Counted from 0 without gaps.
pub const RECORD_ORDER: &str = "record_order";
/// The column that names a record's source.
pub const SOURCE: &str = "source";
/// The column that identifies a record within its source, as text.
pub const RECORD_KEY: &str = "record_key";
/// What is stored of a profile beside its merged rows, each under the profile's name and this one.
pub const STORED: [&str; 12] = [
    "records",
    "links",
    "pairs",
    "households",
    "history",
    "rejected",
    "blocking",
    "model",
    "learned",
    "frequencies",
    "keys",
    "candidates",
];

pub(super) const SOURCE_ORDER: &str = "source_order";

/// A profile whose record sources have been planned.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The statement.
    pub create: CreateProfile,
    /// The names of the record sources, in FROM order.
    pub sources: Vec<String>,
    /// The names of the key columns.
    pub keys: Vec<String>,
    /// The common columns: each name once, in order of first appearance, keys included.
    pub columns: Vec<Field>,
    /// The model that `MODEL 'file'` names.
    pub imported: Option<Arc<Imported>>,
    plans: Vec<LogicalPlan>,
}

impl Profile {
    /// Plans the record sources of a statement and unites their columns.
    pub async fn compile(catalog: &SessionCatalog, create: &CreateProfile) -> Result<Self> {
        let name = folded(&create.name);
        let mut sources: Vec<String> = Vec::new();
        let mut keys = Vec::new();
        let mut plans = Vec::new();
        for source in &create.sources {
            let source_name = folded(&source.name);
            if sources.contains(&source_name) {
                return Err(Error::invalid(format!("two record sources are named {source_name}"))
                    .at(source.origin.0)
                    .hint("give each `(query) AS name` a name of its own"));
            }
            let plan = plan(catalog, source).await?;
            keys.push(key_column(source, &plan)?);
            plans.push(plan);
            sources.push(source_name);
        }
        let columns = unite(&name, create, &sources, &plans)?;
        let imported = imported(catalog, create).await?;
        let profile = Self { name, create: create.clone(), sources, keys, columns, imported, plans };
        profile.check_items()?;
        Ok(profile)
    }

    /// The id column, `<name>_id`.
    pub fn id_column(&self) -> String {
        format!("{}_id", self.name)
    }

    /// The path of one of its relations in the warehouse: `""` for the profile itself, `"links"`, ….
    pub fn path(name: &str, relation: &str) -> String {
        if relation.is_empty() { format!("profiles/{name}") } else { format!("profiles/{name}_{relation}") }
    }

    /// The columns of `p_records`.
    pub fn records_schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new(RECORD_ORDER, DataType::Int64, false),
            Field::new(SOURCE, DataType::Utf8View, false),
            Field::new(RECORD_KEY, DataType::Utf8View, false),
        ];
        fields.extend(self.columns.iter().cloned());
        Arc::new(Schema::new(fields))
    }

    /// All records of all sources in the common shape, ordered by source and key. Instead of
    /// [`RECORD_ORDER`] it has the number of the source.
    pub fn union_plan(&self) -> Result<LogicalPlan> {
        let mut union: Option<LogicalPlanBuilder> = None;
        for (number, plan) in self.plans.iter().enumerate() {
            let exprs = self.common_shape(number, plan)?;
            let part = LogicalPlanBuilder::from(plan.clone()).project(exprs)?;
            union = Some(match union {
                None => part,
                Some(before) => before.union(part.build()?)?,
            });
        }
        let builder = union.ok_or_else(|| Error::internal("has no record source").on(self.object()))?;
        let order = [SOURCE_ORDER, RECORD_KEY].map(|c| datafusion::prelude::ident(c).sort(true, true));
        Ok(builder.sort(order)?.build()?)
    }

    /// `profile <name>`, for messages.
    pub fn object(&self) -> String {
        format!("profile {}", self.name)
    }

    /// The number of a record source.
    pub fn source_number(&self, source: &str) -> Option<u16> {
        self.sources.iter().position(|s| s == source).and_then(|n| u16::try_from(n).ok())
    }

    /// Whether records are compared, not only joined by rules.
    pub fn compares(&self) -> bool {
        self.create.matching.iter().any(compares)
    }

    fn common_shape(&self, number: usize, plan: &LogicalPlan) -> Result<Vec<Expr>> {
        let schema = plan.schema();
        let own = |name: &str| -> Option<Expr> {
            let index = schema.fields().iter().position(|f| f.name() == name)?;
            Some(Expr::Column(schema.columns().swap_remove(index)))
        };
        let key =
            own(&self.keys[number]).ok_or_else(|| Error::internal("key column is gone").on(self.object()))?;
        let order = i32::try_from(number).unwrap_or(i32::MAX);
        let mut exprs = vec![
            lit(order).alias(SOURCE_ORDER),
            lit(ScalarValue::Utf8View(Some(self.sources[number].clone()))).alias(SOURCE),
            cast(key, DataType::Utf8View).alias(RECORD_KEY),
        ];
        for column in &self.columns {
            let value = match own(column.name()) {
                Some(value) => cast(value, column.data_type().clone()),
                None => lit(ScalarValue::try_from(column.data_type())?),
            };
            exprs.push(value.alias(column.name()));
        }
        Ok(exprs)
    }

    fn check_items(&self) -> Result<()> {
        let mut deciding = 0;
        for item in &self.create.matching {
            match item {
                MatchItem::Rule(_) | MatchItem::AlwaysIn(_) => deciding += 1,
                MatchItem::Ignore(ignore) => {
                    let column = folded(&ignore.column);
                    if !self.columns.iter().any(|c| *c.name() == column) {
                        return Err(self.unknown_column(&column, ignore.origin.0));
                    }
                }
                MatchItem::AtMost(at_most) => {
                    let source = folded(&at_most.source);
                    if self.source_number(&source).is_none() {
                        return Err(Error::invalid(format!(
                            "AT MOST names {source}, which is no record source"
                        ))
                        .at(at_most.origin.0)
                        .hint(format!("the record sources are {}", self.sources.join(", "))));
                    }
                }
                MatchItem::Model(model) => {
                    deciding += 1;
                    self.check_model(model)?;
                }
                MatchItem::Compare(_) | MatchItem::Auto(_) | MatchItem::Block(_) => deciding += 1,
                MatchItem::AcceptAbove(_) | MatchItem::Never(_) | MatchItem::NeverIn(_) => {}
            }
        }
        if deciding == 0 {
            return Err(Error::invalid("nothing in MATCH joins two records")
                .on(self.object())
                .hint("let the engine choose with MATCH (AUTO), or add a RULE, as in RULE same_email ON l.email = r.email"));
        }
        Ok(())
    }

    /// A model brings its own comparisons, over columns that the records have.
    fn check_model(&self, model: &ModelFile) -> Result<()> {
        if let Some(other) = self.create.matching.iter().find_map(|item| match item {
            MatchItem::Compare(_) => Some("COMPARE"),
            MatchItem::Auto(_) => Some("AUTO"),
            _ => None,
        }) {
            return Err(Error::invalid(format!(
                "MODEL has its own comparisons, {other} cannot stand beside it"
            ))
            .at(model.origin.0)
            .hint("write either; BLOCK ON items take the place of the model's blocking rules"));
        }
        let imported = self.imported.iter();
        for column in imported.flat_map(|i| i.reads()) {
            if !self.columns.iter().any(|c| c.name() == column) {
                return Err(self.unknown_column(column, model.origin.0));
            }
        }
        Ok(())
    }

    fn unknown_column(&self, column: &str, at: Position) -> Error {
        let known: Vec<&str> = self.columns.iter().map(|c| c.name().as_str()).collect();
        let error =
            Error::invalid(format!("no record source has a column {column}")).on(self.object()).at(at);
        match crate::catalog::nearest(column, &known) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("the columns are {}", known.join(", "))),
        }
    }
}

/// Whether an item is evidence.
fn compares(item: &MatchItem) -> bool {
    matches!(item, MatchItem::Compare(_) | MatchItem::Auto(_) | MatchItem::Block(_) | MatchItem::Model(_))
}

/// The model that a statement names; at most one.
async fn imported(catalog: &SessionCatalog, create: &CreateProfile) -> Result<Option<Arc<Imported>>> {
    let mut models = create.matching.iter().filter_map(|item| match item {
        MatchItem::Model(model) => Some(model),
        _ => None,
    });
    let (Some(model), other) = (models.next(), models.next()) else { return Ok(None) };
    if let Some(other) = other {
        return Err(Error::invalid("a profile has one MODEL").at(other.origin.0));
    }
    let path = catalog.engine().project().dir.join(&model.path);
    let on = |e: Error| e.on(format!("model {}", path.display())).at(model.origin.0);
    let text = tokio::fs::read_to_string(&path).await.map_err(|e| {
        on(Error::not_found(e.to_string()).hint("a relative path begins in the folder of the project"))
    })?;
    Ok(Some(Arc::new(splink::read(&text).map_err(on)?)))
}

async fn plan(catalog: &SessionCatalog, source: &RecordSource) -> Result<LogicalPlan> {
    let statement = SqlStatement::Query(source.query.clone());
    let state = catalog.state()?;
    Ok(state.statement_to_plan(DFStatement::Statement(Box::new(statement))).await?)
}

fn key_column(source: &RecordSource, plan: &LogicalPlan) -> Result<String> {
    let key = folded(&source.key);
    let known: Vec<&str> = plan.schema().fields().iter().map(|f| f.name().as_str()).collect();
    if known.contains(&key.as_str()) {
        return Ok(key);
    }
    Err(Error::invalid(format!("KEY names {key}, which its query does not select"))
        .at(source.origin.0)
        .hint(format!("the query selects {}", known.join(", "))))
}

fn unite(
    name: &str,
    create: &CreateProfile,
    sources: &[String],
    plans: &[LogicalPlan],
) -> Result<Vec<Field>> {
    let reserved = [RECORD_ORDER, SOURCE, RECORD_KEY, SOURCE_ORDER, &format!("{name}_id")].map(str::to_owned);
    let mut columns: Vec<(Field, usize)> = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        for field in plan.schema().fields() {
            if reserved.contains(field.name()) {
                return Err(Error::invalid(format!(
                    "a record source selects a column named {}",
                    field.name()
                ))
                .at(create.sources[number].origin.0)
                .hint("that name belongs to the profile; give the column another with AS"));
            }
            let Some((known, first)) = columns.iter_mut().find(|(c, _)| c.name() == field.name()) else {
                columns.push((Field::new(field.name(), plain(field.data_type()), true), number));
                continue;
            };
            let both = [known.data_type().clone(), plain(field.data_type())];
            let common = if both[0] == both[1] {
                Some(both[0].clone())
            } else if both.iter().any(DataType::is_string) {
                Some(DataType::Utf8View)
            } else {
                type_union_resolution(&both)
            };
            let Some(common) = common.filter(|c| castable(&both, c)) else {
                return Err(Error::invalid(format!(
                    "the column {} is {} in {} and {} in {}",
                    field.name(),
                    both[0],
                    sources[*first],
                    both[1],
                    sources[number]
                ))
                .at(create.sources[number].origin.0)
                .hint(
                    "columns of the same name mean the same thing: CAST one of them, or rename it with AS",
                ));
            };
            *known = Field::new(field.name(), plain(&common), true);
        }
    }
    Ok(columns.into_iter().map(|(c, _)| c).collect())
}

/// Text against dates or fractions would unite silently as text, in whatever format; that is a mapping mistake,
/// so it is refused. Whole numbers may: phone numbers and postcodes are inferred so in one source, not in another.
fn castable(both: &[DataType; 2], common: &DataType) -> bool {
    let lossless = |t: &DataType| t.is_string() || t.is_integer() || t.is_null();
    !common.is_string() || both.iter().all(lossless)
}

/// The type as records have it, in memory as well as stored.
fn plain(r#type: &DataType) -> DataType {
    match r#type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Dictionary(_, value) => plain(value),
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        other => other.clone(),
    }
}
