//! Reads a model.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Document, DocumentComparison, DocumentLevel, condition};
use crate::identity::fields::{Comparison, Fields};
use crate::identity::levels::Levels;
use crate::identity::matching::plan::{KeyExpr, by_levels, columns};
use crate::identity::model::{FieldModel, Model};
use crate::identity::state::learned::digest_of;
use crate::sql::pair_predicate::{disjuncts, split_rule};
use crate::sql::{parse_expr, sql_text, text_literal};
use crate::{Error, Result};

/// What Splink takes for the probability of a level that its training has not seen.
const UNSEEN: f64 = 1e-6;

/// A model that was read.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Its comparisons, each with a CASE.
    pub comparisons: Vec<Comparison>,
    /// Its blocking rules, each as its expressions.
    pub rules: Vec<Vec<KeyExpr>>,
    /// A digest of the document.
    pub digest: String,
    /// For each comparison the probabilities of its levels from 0 among matches, and among all else.
    probabilities: Vec<[Vec<f64>; 2]>,
    /// The probability that two random records match.
    prior: f64,
}

impl Imported {
    /// The columns that its comparisons and blocking rules read.
    pub fn reads(&self) -> impl Iterator<Item = &String> {
        let keys = self.rules.iter().flatten().flat_map(|key| &key.reads);
        self.comparisons.iter().flat_map(|comparison| &comparison.reads).chain(keys)
    }

    /// The model over these fields, which are those of its comparisons.
    pub fn model(&self, fields: &Fields) -> Model {
        let field = |(field, [m, u]): (&crate::identity::fields::Field, &[Vec<f64>; 2])| FieldModel {
            name: field.name.clone(),
            kind: field.kind,
            term_frequency: field.term_frequency.clone(),
            m: m.clone(),
            h: u.clone(),
            u: u.clone(),
        };
        let models = fields.fields.iter().zip(&self.probabilities).map(field).collect();
        Model::new(models, [self.prior, 0.0, 1.0 - self.prior], 0)
    }
}

/// Reads the JSON that Splink's `save_model_to_json` writes.
///
/// # Errors
/// If it is no such document, was not trained, or has a condition or a blocking rule that has no equal here; the message
/// names the comparison.
pub fn read(text: &str) -> Result<Imported> {
    let document: Document = serde_json::from_str(text).map_err(|e| {
        Error::invalid(format!("it is no model of Splink: {e}"))
            .hint("write one with linker.misc.save_model_to_json")
    })?;
    let prior = document.probability_two_random_records_match;
    if !(prior > 0.0 && prior < 1.0) {
        return Err(Error::invalid(format!(
            "probability_two_random_records_match is {prior}, not between 0 and 1"
        )));
    }
    let (mut comparisons, mut probabilities) = (Vec::new(), Vec::new());
    for comparison in &document.comparisons {
        let name = &comparison.output_column_name;
        let (read, known) = self::comparison(comparison).map_err(|e| e.on(format!("comparison {name}")))?;
        comparisons.push(read);
        probabilities.push(known);
    }
    let mut rules = Vec::new();
    for rule in &document.blocking_rules_to_generate_predictions {
        rules.extend(blocking(rule)?);
    }
    Ok(Imported { comparisons, rules, probabilities, prior, digest: digest_of([text]) })
}

/// A comparison with its probabilities.
fn comparison(comparison: &DocumentComparison) -> Result<(Comparison, [Vec<f64>; 2])> {
    let (mut whens, mut otherwise) = (Vec::new(), String::from("NULL"));
    let (mut m, mut u, mut frequencies) = (vec![0.0], vec![0.0], Vec::new());
    let levels = comparison.comparison_levels.iter().filter(|level| !level.is_null_level).count();
    for (number, level) in comparison.comparison_levels.iter().enumerate() {
        let result =
            if level.is_null_level { "NULL".to_owned() } else { text_literal(&label(level, number)) };
        if level.sql_condition.trim().eq_ignore_ascii_case("else") {
            otherwise = result;
        } else {
            let condition =
                condition::read(&level.sql_condition).map_err(|e| e.in_text(&level.sql_condition))?;
            whens.push(format!("WHEN {} THEN {result}", sql_text(&condition)));
        }
        if !level.is_null_level {
            let [default_m, default_u] = untrained(levels - m.len(), levels);
            m.push(probability(level.m_probability.as_ref(), default_m));
            u.push(probability(level.u_probability.as_ref(), default_u));
            frequencies.push(level.tf_adjustment_column.as_ref().map(|column| {
                (column.trim_matches('"').to_lowercase(), level.tf_adjustment_weight.unwrap_or(1.0))
            }));
        }
    }
    if comparison.comparison_levels.iter().filter(|l| !l.is_null_level).all(|l| l.m_probability.is_none()) {
        return Err(Error::invalid("it was not trained: its levels have no m_probability")
            .hint("train it in Splink before it is saved"));
    }
    let case = parse_expr(&format!("CASE {} ELSE {otherwise} END", whens.join(" ")))?;
    let levels = Levels::of(std::slice::from_ref(&case))?;
    // The frequency of a value is that of all columns of the comparison together.
    let of = |known: Option<(String, f64)>| match known {
        Some((column, weight)) if *levels.read() == [column.as_str()] => weight,
        _ => 0.0,
    };
    let frequencies = frequencies.into_iter().map(of).collect();
    let mut read = by_levels(levels.with_term_frequencies(frequencies), std::slice::from_ref(&case));
    read.name = comparison.output_column_name.to_lowercase();
    Ok((read, [m, u]))
}

/// The name of a level: two of one label would be one level.
fn label(level: &DocumentLevel, number: usize) -> String {
    match level.label_for_charts.trim() {
        "" => format!("level {number}"),
        label => label.to_owned(),
    }
}

fn probability(value: Option<&Value>, untrained: f64) -> f64 {
    match value {
        Some(Value::Number(number)) => number.as_f64().unwrap_or(UNSEEN).max(TINY),
        // Splink says in words that training has not seen a level.
        Some(Value::String(_)) => UNSEEN,
        _ => untrained,
    }
}

/// The m and u that Splink takes for a level before training, of so many; level 0 is the last one. The first level has
/// m = 0.95 and 10 bits; the others share the rest of m, and have −5 to 3 bits at equal distances.
fn untrained(level: usize, levels: usize) -> [f64; 2] {
    if level + 1 == levels {
        return [0.95, 0.95 / 10_f64.exp2()];
    }
    let m = 0.05 / (levels - 1) as f64;
    let bits = -5.0 + 8.0 * level as f64 / (levels - 2).max(1) as f64;
    [m, m / bits.exp2()]
}

const TINY: f64 = 1e-12;

/// A blocking rule as the keys of one rule for each side of its ORs. What is no equality is left out: more pairs are
/// compared, none fewer.
fn blocking(rule: &Value) -> Result<Vec<Vec<KeyExpr>>> {
    let text = match rule {
        Value::String(text) => text.as_str(),
        Value::Object(parts) if !parts.contains_key("arrays_to_explode") => {
            parts.get("blocking_rule").and_then(Value::as_str).unwrap_or_default()
        }
        _ => return Err(Error::invalid("a blocking rule that explodes arrays has no equal here")),
    };
    let at = |e: Error| e.in_text(text).on(format!("blocking rule {text}"));
    let mut out = Vec::new();
    for disjunct in disjuncts(&parse_expr(text).map_err(at)?).map_err(at)? {
        let parts = split_rule(&disjunct).map_err(at)?;
        let mut keys: Vec<KeyExpr> = Vec::new();
        for equality in &parts.equalities {
            let (left, right) =
                (condition::over_record(&equality.left)?, condition::over_record(&equality.right)?);
            if left == right {
                let reads: BTreeSet<String> = columns(&left);
                keys.push(KeyExpr { sql: sql_text(&left), reads });
            }
        }
        if keys.is_empty() {
            return Err(at(Error::invalid("it has no equality of one expression over both records")));
        }
        out.push(keys);
    }
    Ok(out)
}
