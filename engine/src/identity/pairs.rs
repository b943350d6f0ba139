//! `p_pairs`: every pair that a rule or a steward joined, and what became of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::clustering::{Edge, Refusal, Verdict};
use super::profile::Profile;
use super::records::RecordIndex;
use super::rules::CompiledRule;
use crate::Result;
use crate::sql::MatchItem;

/// The columns of `p_pairs`. `weight` is in bits and NULL for a certain match; `reason` tells which constraint
/// refused the pair.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("left_source", DataType::Utf8View, false),
        Field::new("left_key", DataType::Utf8View, false),
        Field::new("right_source", DataType::Utf8View, false),
        Field::new("right_key", DataType::Utf8View, false),
        Field::new("rule", DataType::Utf8View, false),
        Field::new("weight", DataType::Float64, true),
        Field::new("probability", DataType::Float64, false),
        Field::new("verdict", DataType::Utf8View, false),
        Field::new("reason", DataType::Utf8, true),
    ]))
}

/// Names for the numbers in pairs.
#[derive(Debug)]
pub struct Names {
    sources: Vec<String>,
    rules: Vec<String>,
    never: Vec<String>,
}

impl Names {
    /// The names of a profile. A NEVER predicate is named by its text; the one after the last is `NEVER IN`.
    pub fn new(profile: &Profile, rules: &[CompiledRule]) -> Self {
        let mut names = vec!["always".to_owned()];
        names.extend(rules.iter().map(|r| r.name.clone()));
        let never = profile.create.matching.iter().filter_map(|item| match item {
            MatchItem::Never(never) => Some(format!("NEVER ON {}", never.predicate)),
            _ => None,
        });
        let never = never.chain([STEWARD.to_owned()]).collect();
        Self { sources: profile.sources.clone(), rules: names, never }
    }

    /// The number of the reason `NEVER IN`.
    pub fn steward(&self) -> u16 {
        u16::try_from(self.never.len() - 1).unwrap_or(u16::MAX)
    }

    fn reason(&self, index: &RecordIndex, refusal: &Refusal) -> String {
        match refusal {
            Refusal::Never { left, right, reason } => {
                let record = |r: &u32| {
                    let source = &self.sources[usize::from(index.source_of[*r as usize])];
                    format!("{source}:{}", index.key(*r))
                };
                format!("{}: {} and {}", self.never[usize::from(*reason)], record(left), record(right))
            }
            Refusal::AtMost { source, count } => {
                format!("AT MOST {count} PER {}", self.sources[usize::from(*source)])
            }
        }
    }
}

const STEWARD: &str = "NEVER IN";

/// The rows of some pairs.
pub fn batch(
    index: &RecordIndex,
    names: &Names,
    edges: &[Edge],
    verdicts: &[Verdict],
) -> Result<RecordBatch> {
    let source = |r: u32| names.sources[usize::from(index.source_of[r as usize])].as_str();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(edges.iter().map(|e| source(e.left)))),
        Arc::new(StringViewArray::from_iter_values(edges.iter().map(|e| index.key(e.left)))),
        Arc::new(StringViewArray::from_iter_values(edges.iter().map(|e| source(e.right)))),
        Arc::new(StringViewArray::from_iter_values(edges.iter().map(|e| index.key(e.right)))),
        Arc::new(StringViewArray::from_iter_values(
            edges.iter().map(|e| names.rules[usize::from(e.rule)].as_str()),
        )),
        Arc::new(Float64Array::new_null(edges.len())),
        Arc::new(Float64Array::from_iter_values(edges.iter().map(|_| 1.0))),
        Arc::new(StringViewArray::from_iter_values(verdicts.iter().map(|v| match v {
            Verdict::Linked => "match",
            Verdict::Refused(_) => "refused",
        }))),
        Arc::new(
            verdicts
                .iter()
                .map(|v| match v {
                    Verdict::Linked => None,
                    Verdict::Refused(refusal) => Some(names.reason(index, refusal)),
                })
                .collect::<StringArray>(),
        ),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}
