//! Writes a model.

use serde_json::{Map, Value, json};
use sqlparser::ast::Expr;

use super::{Document, DocumentComparison, DocumentLevel, condition};
use crate::identity::fields::Comparison;
use crate::identity::levels;
use crate::identity::state::learned::{Learned, LearnedField};
use crate::sql::{parse_expr, text_literal};
use crate::{Error, Result};

/// What a profile has learned, as the JSON that Splink's `Linker` takes for settings. `records` have this key.
///
/// The household class has no place in it. A comparator that Splink does not know is written as a call of the function of
/// its name, which a program that has no such function refuses.
///
/// # Errors
/// If an expression that was learned cannot be parsed any more.
pub fn write(learned: &Learned) -> Result<String> {
    let [same, household, _] = learned.lambda();
    let fields = learned.fields.iter();
    let comparisons = learned.comparisons()?;
    let comparisons = comparisons.iter().zip(fields).map(|(comparison, field)| written(comparison, field));
    let rules = learned.rules().iter().map(|rule| {
        let equal = |sql: &String| -> Result<String> {
            let expr = parse_expr(sql)?;
            let side = |alias| condition::of_record(&expr, alias);
            Ok(format!("{} = {}", side("l")?, side("r")?))
        };
        let terms = rule.iter().map(|key| equal(&key.sql)).collect::<Result<Vec<_>>>()?;
        Ok(json!({ "blocking_rule": terms.join(" AND "), "sql_dialect": "duckdb" }))
    });
    let mut rest = Map::new();
    for (name, value) in [
        ("sql_dialect", json!("duckdb")),
        ("unique_id_column_name", json!("unique_id")),
        ("source_dataset_column_name", json!("source_dataset")),
        ("retain_matching_columns", json!(true)),
        ("retain_intermediate_calculation_columns", json!(false)),
        ("em_convergence", json!(0.0001)),
        ("max_iterations", json!(25)),
    ] {
        rest.insert(name.to_owned(), value);
    }
    let document = Document {
        link_type: "dedupe_only".to_owned(),
        // A pair of a household is no match.
        probability_two_random_records_match: same / (1.0 - household),
        blocking_rules_to_generate_predictions: rules.collect::<Result<Vec<Value>>>()?,
        comparisons: comparisons.collect::<Result<Vec<_>>>()?,
        rest,
    };
    serde_json::to_string_pretty(&document).map_err(|e| Error::internal(e.to_string()))
}

fn written(comparison: &Comparison, field: &LearnedField) -> Result<DocumentComparison> {
    let mut levels = Vec::new();
    let mut add = |name: &str, condition: String, frequency: f64| {
        let level = levels.iter().filter(|l: &&DocumentLevel| !l.is_null_level).count() + 1;
        let number = |of: &[f64]| of.get(level).map(|p| json!(p));
        let column = (frequency > 0.0).then(|| comparison.reads.iter().next().cloned()).flatten();
        levels.push(DocumentLevel {
            sql_condition: condition,
            label_for_charts: name.to_owned(),
            is_null_level: false,
            m_probability: number(&field.m),
            u_probability: number(&field.u),
            tf_adjustment_weight: column.is_some().then_some(frequency),
            tf_adjustment_column: column,
        });
    };
    let null = |condition: String| DocumentLevel {
        sql_condition: condition,
        label_for_charts: "no value".to_owned(),
        is_null_level: true,
        m_probability: None,
        u_probability: None,
        tf_adjustment_column: None,
        tf_adjustment_weight: None,
    };
    let known = comparison.comparator.levels();
    let nulls = match comparison.comparator.name() {
        levels::NAME => {
            let case = comparison.arguments.first().map(|text| parse_expr(text)).transpose()?;
            let Some(Expr::Case { conditions, else_result, .. }) = case else {
                return Err(Error::internal("a comparison has lost its CASE"));
            };
            let mut empty = Vec::new();
            for (when, number) in conditions.iter().zip(0..) {
                let text = condition::written(&when.condition)?;
                if condition::is_null(&when.result) {
                    empty.push(null(text));
                    continue;
                }
                let level = &known[number_of(known, &when.result).unwrap_or(number).min(known.len() - 1)];
                add(&level.name, text, level.term_frequency);
            }
            if let Some(result) = else_result.as_deref() {
                match number_of(known, result) {
                    Some(number) => add(&known[number].name, "ELSE".to_owned(), 0.0),
                    None => empty.push(null("ELSE".to_owned())),
                }
            }
            empty
        }
        name => {
            let mut sides = Vec::new();
            for alias in ["l", "r"] {
                for argument in &comparison.arguments {
                    let side = condition::of_record(&parse_expr(argument)?, alias)?;
                    sides.push(condition::written(&side)?);
                }
            }
            let call = format!("{name}({})", sides.join(", "));
            for level in known {
                add(&level.name, format!("{call} = {}", text_literal(&level.name)), level.term_frequency);
            }
            vec![null(format!("{call} IS NULL"))]
        }
    };
    Ok(DocumentComparison {
        output_column_name: comparison.name.clone(),
        comparison_levels: nulls.into_iter().chain(levels).collect(),
        comparison_description: comparison.text(),
    })
}

/// The place of the level that a result of a CASE names.
fn number_of(levels: &[onefold_udfs::comparators::Level], result: &Expr) -> Option<usize> {
    let Expr::Value(value) = result else { return None };
    let name = value.value.clone().into_string()?;
    levels.iter().position(|level| level.name == name)
}
