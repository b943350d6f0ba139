//! `evaluate_matches('profile', 'relation')`: how well a profile agrees with a relation that tells the truth.
//!
//! The relation has the columns `source`, `record_key` and one that names the person; records that it does not have
//! are left out. There is a row for each way to count:
//!
//! | measure | found, expected, both |
//! |---|---|
//! | `pairs` | pairs of records in one profile, in one person, in both |
//! | `b_cubed` | per record, the share of its profile's records that are its person's, and the reverse (Bagga and Baldwin 1998) |
//! | `clusters` | profiles, persons, profiles that are exactly one person |
//! | `level` | pairs of records at a level of a comparison: those in one profile, in one person, in both |
//! | `not weighed` | pairs of records that are not in `p_pairs`: those in one profile, in one person, in both |
//!
//! The rows of `level` tell what the errors have in common: many `false_negatives` (expected and not found) at one level
//! of a comparison, or many `false_positives` (found and not expected).

use std::sync::{Arc, Weak};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::plan_err;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

use super::text_argument;
use crate::catalog::SessionCatalog;
use crate::catalog::boxed::{self, Asked, Relation};
use crate::identity::rules::quoted;
use crate::sql::ObjectKind;
use crate::{Error, ErrorKind, Result};

/// The function.
#[derive(Debug)]
pub(super) struct EvaluateMatches {
    catalog: Weak<SessionCatalog>,
}

impl EvaluateMatches {
    pub(super) fn new(catalog: &Arc<SessionCatalog>) -> Self {
        Self { catalog: Arc::downgrade(catalog) }
    }
}

impl TableFunctionImpl for EvaluateMatches {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        let text = |expr: &Expr| text_argument(expr).map(str::to_owned);
        let arguments: Option<Vec<String>> = args.exprs().iter().map(text).collect();
        let Some([profile, truth]) = arguments.and_then(|a| <[String; 2]>::try_from(a).ok()) else {
            return plan_err!("evaluate_matches takes the name of a profile and of a relation, as texts");
        };
        Ok(boxed::relation(Evaluation { catalog: Weak::clone(&self.catalog), profile, truth }))
    }
}

#[derive(Debug)]
struct Evaluation {
    catalog: Weak<SessionCatalog>,
    profile: String,
    truth: String,
}

impl Evaluation {
    async fn view(&self) -> Result<Arc<dyn TableProvider>> {
        let ended = || Error::new(ErrorKind::Cancelled, "the session has ended");
        let catalog = self.catalog.upgrade().ok_or_else(ended)?;
        let snapshot = catalog.snapshot();
        if snapshot.get(ObjectKind::Profile, &self.profile).is_none() {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no profile {}", self.profile))
                .on("evaluate_matches"));
        }
        let (schema, name) = self.truth.split_once('.').unwrap_or(("public", &self.truth));
        let relation = catalog.relation(schema, name).await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no relation {schema}.{name}"))
                .on("evaluate_matches")
        })?;
        let columns = relation.schema();
        let columns: Vec<&str> = columns.fields().iter().map(|f| f.name().as_str()).collect();
        let others: Vec<&str> =
            columns.iter().copied().filter(|c| !["source", "record_key"].contains(c)).collect();
        let person = match others.as_slice() {
            [only] if columns.len() == 3 => only,
            several if several.contains(&"person") && several.len() + 2 == columns.len() => "person",
            _ => {
                return Err(Error::invalid(format!(
                    "{schema}.{name} has the columns {}",
                    columns.join(", ")
                ))
                .on("evaluate_matches")
                .hint("it needs source, record_key and person"));
            }
        };
        let pairs = format!("{}_pairs", self.profile);
        let levels: Vec<String> = match catalog.relation("profiles", &pairs).await? {
            Some(pairs) => pairs
                .schema()
                .fields()
                .iter()
                .filter_map(|f| f.name().strip_suffix("_level").map(str::to_owned))
                .collect(),
            None => Vec::new(),
        };
        catalog.view_text(&self.sql(schema, name, person, &levels)).await
    }

    /// The pairs by the level of each comparison, and those that were not weighed; nothing without comparisons.
    fn levels_sql(&self, comparisons: &[String]) -> (String, &'static str) {
        if comparisons.is_empty() {
            return (String::new(), "");
        }
        let pairs = quoted(&format!("{}_pairs", self.profile));
        let level = |name: &String| {
            let column = quoted(&format!("{name}_level"));
            format!(
                "named_struct('comparison', '{}', 'level', coalesce(CAST({column} AS VARCHAR), 'no evidence'))",
                name.replace('\'', "''")
            )
        };
        let levels = comparisons.iter().map(level).collect::<Vec<_>>().join(", ");
        let text = format!(
            ",
             weighed AS (
                SELECT l.profile = r.profile AS found, l.person = r.person AS expected, [{levels}] AS levels
                FROM profiles.{pairs} AS p
                JOIN joined AS l ON p.left_source = l.source AND p.left_key = l.record_key
                JOIN joined AS r ON p.right_source = r.source AND p.right_key = r.record_key
                WHERE l.profile = r.profile OR l.person = r.person),
             of_levels AS (SELECT found, expected, unnest(levels) AS item FROM weighed),
             by_level AS (
                SELECT item['comparison'] AS comparison, item['level'] AS level,
                    CAST(sum(CAST(found AS INT)) AS DOUBLE) AS found,
                    CAST(sum(CAST(expected AS INT)) AS DOUBLE) AS expected,
                    CAST(sum(CAST(found AND expected AS INT)) AS DOUBLE) AS both
                FROM of_levels GROUP BY 1, 2),
             not_weighed AS (
                SELECT found - (SELECT coalesce(sum(CAST(found AS INT)), 0) FROM weighed) AS found,
                    expected - (SELECT coalesce(sum(CAST(expected AS INT)), 0) FROM weighed) AS expected,
                    both - (SELECT coalesce(sum(CAST(found AND expected AS INT)), 0) FROM weighed) AS both
                FROM counted WHERE measure = 'pairs')"
        );
        let union = "
                UNION ALL SELECT 'level', comparison, level, found, expected, both FROM by_level
                UNION ALL SELECT 'not weighed', NULL, NULL, found, expected, both FROM not_weighed";
        (text, union)
    }

    fn sql(&self, schema: &str, name: &str, person: &str, comparisons: &[String]) -> String {
        let (levels, union) = self.levels_sql(comparisons);
        let (links, id) =
            (quoted(&format!("{}_links", self.profile)), quoted(&format!("{}_id", self.profile)));
        let (schema, name, person) = (quoted(schema), quoted(name), quoted(person));
        format!(
            "WITH joined AS (
                SELECT l.source AS source, l.record_key AS record_key, l.{id} AS profile, t.{person} AS person
                FROM profiles.{links} AS l
                JOIN {schema}.{name} AS t ON l.source = t.source AND l.record_key = CAST(t.record_key AS VARCHAR)
                WHERE t.{person} IS NOT NULL),
             shared AS (SELECT profile, person, count(*) AS n FROM joined GROUP BY profile, person),
             profiles AS (SELECT profile, sum(n) AS n FROM shared GROUP BY profile),
             persons AS (SELECT person, sum(n) AS n FROM shared GROUP BY person),
             overlaps AS (
                SELECT s.n AS n, a.n AS of_profile, b.n AS of_person FROM shared AS s
                JOIN profiles AS a ON s.profile = a.profile JOIN persons AS b ON s.person = b.person),
             counted AS (
                SELECT 'pairs' AS measure,
                    CAST((SELECT sum(n * (n - 1) / 2) FROM profiles) AS DOUBLE) AS found,
                    CAST((SELECT sum(n * (n - 1) / 2) FROM persons) AS DOUBLE) AS expected,
                    CAST((SELECT sum(n * (n - 1) / 2) FROM shared) AS DOUBLE) AS both
                UNION ALL
                SELECT 'clusters', CAST((SELECT count(*) FROM profiles) AS DOUBLE),
                    CAST((SELECT count(*) FROM persons) AS DOUBLE),
                    CAST((SELECT count(*) FROM overlaps WHERE n = of_profile AND n = of_person) AS DOUBLE)){levels},
             all_counted AS (
                SELECT measure, CAST(NULL AS VARCHAR) AS comparison, CAST(NULL AS VARCHAR) AS level, found, expected, both
                FROM counted{union}),
             measured AS (
                SELECT measure, comparison, level, both / nullif(found, 0) AS precision,
                    both / nullif(expected, 0) AS recall,
                    CAST(found AS BIGINT) AS found, CAST(expected AS BIGINT) AS expected, CAST(both AS BIGINT) AS both
                FROM all_counted
                UNION ALL
                SELECT 'b_cubed', NULL, NULL, sum(n * n / CAST(of_profile AS DOUBLE)) / sum(n),
                    sum(n * n / CAST(of_person AS DOUBLE)) / sum(n),
                    NULL, NULL, NULL FROM overlaps)
             SELECT arrow_cast(measure, 'Utf8') AS measure, precision, recall, 2 * precision * recall / nullif(precision + recall, 0) AS f1,
                found, expected, both, arrow_cast(comparison, 'Utf8') AS comparison,
                arrow_cast(level, 'Utf8') AS level, found - both AS false_positives,
                expected - both AS false_negatives
             FROM measured ORDER BY measure, comparison, expected DESC, level"
        )
    }
}

impl Relation for Evaluation {
    fn schema(&self) -> SchemaRef {
        let share = |name: &str| Field::new(name, DataType::Float64, true);
        let count = |name: &str| Field::new(name, DataType::Int64, true);
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        Arc::new(Schema::new(vec![
            Field::new("measure", DataType::Utf8, true),
            share("precision"),
            share("recall"),
            share("f1"),
            count("found"),
            count("expected"),
            count("both"),
            text("comparison"),
            text("level"),
            count("false_positives"),
            count("false_negatives"),
        ]))
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move { asked.of(self.view().await?.as_ref()).await })
    }
}
