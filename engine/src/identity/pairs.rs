//! `p_pairs`: every pair that a rule or a steward joined or that was weighed and kept, and what became of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::clustering::{Refusal, Verdict};
use super::fields::{Field as ComparedField, layout};
use super::matching::plan::Plan;
use super::matching::score::Scored;
use super::model::{level, probability};
use super::profile::Profile;
use super::records::RecordIndex;
use super::rules::CompiledRule;
use crate::Result;
use crate::sql::{MatchItem, sql_text};

/// A row of `p_pairs`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The smaller record.
    pub left: u32,
    /// The greater record.
    pub right: u32,
    /// The rule that makes it a certain match, if one does.
    pub rule: Option<u16>,
    /// Its evidence, if it was weighed.
    pub scored: Option<Scored>,
    /// What became of it.
    pub verdict: Verdict,
}

/// Names for the numbers in pairs.
#[derive(Debug)]
pub struct Names {
    sources: Vec<String>,
    rules: Vec<String>,
    never: Vec<String>,
    fields: Vec<ComparedField>,
}

impl Names {
    /// The names of a profile. A NEVER predicate is named by its text; the one after the last is `NEVER IN`.
    /// `plan` is what is compared, if anything is.
    pub fn new(profile: &Profile, rules: &[CompiledRule], plan: Option<&Plan>) -> Self {
        let mut names = vec!["always".to_owned()];
        names.extend(rules.iter().map(|r| r.name.clone()));
        let never = profile.create.matching.iter().filter_map(|item| match item {
            MatchItem::Never(never) => Some(format!("NEVER ON {}", sql_text(&never.predicate))),
            _ => None,
        });
        let never = never.chain([STEWARD.to_owned()]).collect();
        let fields = plan.map_or_else(Vec::new, |plan| layout(&plan.comparisons));
        Self { sources: profile.sources.clone(), rules: names, never, fields }
    }

    /// A record as `source:key`.
    pub fn record(&self, index: &RecordIndex, record: u32) -> String {
        let source = &self.sources[usize::from(index.source_of[record as usize])];
        format!("{source}:{}", index.key(record))
    }

    /// The columns of `p_pairs`: the two records; the rule that decides, or NULL where evidence does; the weight in
    /// bits; the probabilities of one person and of one person or household; the level of each comparison, NULL
    /// without evidence; the verdict, and what refused the pair.
    pub fn schema(&self) -> SchemaRef {
        let text = |name: &str, nullable| Field::new(name, DataType::Utf8View, nullable);
        let mut fields = vec![
            text("left_source", false),
            text("left_key", false),
            text("right_source", false),
            text("right_key", false),
            text("rule", true),
            Field::new("weight", DataType::Float64, true),
            Field::new("probability", DataType::Float64, false),
        ];
        if !self.fields.is_empty() {
            fields.push(Field::new("household_probability", DataType::Float64, true));
        }
        fields.extend(self.fields.iter().map(|field| text(&format!("{}_level", field.name), true)));
        fields.push(text("verdict", false));
        fields.push(Field::new("reason", DataType::Utf8, true));
        Arc::new(Schema::new(fields))
    }

    /// The rows of some pairs.
    pub fn batch(&self, schema: &SchemaRef, index: &RecordIndex, pairs: &[Pair]) -> Result<RecordBatch> {
        let source = |r: u32| self.sources[usize::from(index.source_of[r as usize])].as_str();
        let texts = |values: &mut dyn Iterator<Item = &str>| -> ArrayRef {
            Arc::new(StringViewArray::from_iter_values(values))
        };
        let scored = || pairs.iter().map(|pair| pair.scored);
        // A rule is certain, whatever the evidence.
        let same = |pair: &Pair| match (pair.rule, pair.scored) {
            (None, Some(scored)) => probability(f64::from(scored.weight)),
            _ => 1.0,
        };
        let mut columns: Vec<ArrayRef> = vec![
            texts(&mut pairs.iter().map(|p| source(p.left))),
            texts(&mut pairs.iter().map(|p| index.key(p.left))),
            texts(&mut pairs.iter().map(|p| source(p.right))),
            texts(&mut pairs.iter().map(|p| index.key(p.right))),
            Arc::new(
                pairs
                    .iter()
                    .map(|p| p.rule.map(|rule| self.rules[usize::from(rule)].as_str()))
                    .collect::<StringViewArray>(),
            ),
            Arc::new(scored().map(|s| s.map(|s| f64::from(s.weight))).collect::<Float64Array>()),
            Arc::new(Float64Array::from_iter_values(pairs.iter().map(same))),
        ];
        if !self.fields.is_empty() {
            let household = |s: Option<Scored>| s.map(|s| probability(f64::from(s.household_weight)));
            columns.push(Arc::new(scored().map(household).collect::<Float64Array>()));
        }
        for (place, field) in self.fields.iter().enumerate() {
            let name = |s: Option<Scored>| {
                let level = level(s?.pattern, place);
                level.checked_sub(1).and_then(|l| field.level_names.get(l))
            };
            columns.push(Arc::new(scored().map(name).collect::<StringViewArray>()));
        }
        columns.push(texts(&mut pairs.iter().map(|p| match p.verdict {
            Verdict::Linked => "match",
            Verdict::Refused(_) => "refused",
            Verdict::Apart => "no match",
        })));
        columns.push(Arc::new(
            pairs
                .iter()
                .map(|p| match p.verdict {
                    Verdict::Refused(refusal) => Some(self.reason(index, &refusal)),
                    _ => None,
                })
                .collect::<StringArray>(),
        ));
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }

    fn reason(&self, index: &RecordIndex, refusal: &Refusal) -> String {
        match refusal {
            Refusal::Never { left, right, reason } => {
                let (left, right) = (self.record(index, *left), self.record(index, *right));
                format!("{}: {left} and {right}", self.never[usize::from(*reason)])
            }
            Refusal::AtMost { source, count } => {
                format!("AT MOST {count} PER {}", self.sources[usize::from(*source)])
            }
            Refusal::Outweighed => "the other pairs of the two groups speak against it".to_owned(),
        }
    }
}

/// The number of the reason `NEVER IN`: it follows the NEVER items.
pub fn steward_reason(profile: &Profile) -> u16 {
    let never = profile.create.matching.iter().filter(|item| matches!(item, MatchItem::Never(_)));
    u16::try_from(never.count()).unwrap_or(u16::MAX)
}

const STEWARD: &str = "NEVER IN";
