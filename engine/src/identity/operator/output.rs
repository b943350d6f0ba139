//! The rows of the operator.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch, RecordBatchOptions, StringViewArray,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Float32Type, Schema, SchemaRef, UInt16Type, UInt32Type, UInt64Type};

use super::ready::Ready;
use super::what::What;
use crate::Result;
use crate::identity::fields::{Field as ComparedField, layout};
use crate::identity::matching::score::Scored;
use crate::identity::model::{level, probability};

/// What a row has.
#[derive(Debug, Clone)]
pub enum Output {
    /// The numbers of the two records and of the rule, the packed levels, and the two weights.
    Numbers,
    /// Some columns of [`named_schema`].
    Named(Vec<usize>),
}

/// The columns of [`Output::Numbers`].
pub(super) fn number_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("left_record", DataType::UInt32, false),
        Field::new("right_record", DataType::UInt32, false),
        Field::new("rule", DataType::UInt16, false),
        Field::new("levels", DataType::UInt64, false),
        Field::new("weight", DataType::Float32, false),
        Field::new("household_weight", DataType::Float32, false),
    ]))
}

/// All columns that a pair can have for people: its records, the first rule that gives it, the weight in bits, the
/// probabilities of one person and of one person or household, and the level of each comparison, NULL without
/// evidence.
pub fn named_schema(what: &What) -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8View, nullable);
    let number = |name: &str| Field::new(name, DataType::Float64, false);
    let mut fields = vec![
        text("left_source", false),
        text("left_key", false),
        text("right_source", false),
        text("right_key", false),
        text("rule", false),
        number("weight"),
        number("probability"),
        number("household_probability"),
    ];
    let levels = layout(&what.plan.comparisons);
    fields.extend(levels.iter().map(|field| text(&format!("{}_level", field.name), true)));
    Arc::new(Schema::new(fields))
}

/// Pairs that were weighed and are kept.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) left: Vec<u32>,
    pub(super) right: Vec<u32>,
    pub(super) rule: Vec<u16>,
    pub(super) pattern: Vec<u64>,
    pub(super) weight: Vec<f32>,
    pub(super) household: Vec<f32>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.left.len()
    }

    /// The rows as a batch.
    pub(super) fn batch(
        self,
        output: &Output,
        schema: &SchemaRef,
        what: &What,
        ready: &Ready,
    ) -> Result<RecordBatch> {
        let rows = self.len();
        let columns = match output {
            Output::Numbers => vec![
                Arc::new(UInt32Array::from(self.left)) as ArrayRef,
                Arc::new(UInt32Array::from(self.right)),
                Arc::new(UInt16Array::from(self.rule)),
                Arc::new(UInt64Array::from(self.pattern)),
                Arc::new(Float32Array::from(self.weight)),
                Arc::new(Float32Array::from(self.household)),
            ],
            Output::Named(columns) => {
                let pairs = Named {
                    left: UInt32Array::from(self.left),
                    right: UInt32Array::from(self.right),
                    rule: self.rule,
                    pattern: self.pattern,
                    weight: self.weight,
                    household: self.household,
                };
                columns.iter().map(|n| pairs.column(*n, what, ready)).collect::<Result<_>>()?
            }
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
    }
}

struct Named {
    left: UInt32Array,
    right: UInt32Array,
    rule: Vec<u16>,
    pattern: Vec<u64>,
    weight: Vec<f32>,
    household: Vec<f32>,
}

impl Named {
    /// A column of [`named_schema`].
    fn column(&self, number: usize, what: &What, ready: &Ready) -> Result<ArrayRef> {
        let index = &ready.evidence.index;
        let sources = |records: &UInt32Array| -> ArrayRef {
            let name = |r: &u32| what.sources[usize::from(index.source_of[*r as usize])].as_str();
            Arc::new(StringViewArray::from_iter_values(records.values().iter().map(name)))
        };
        let bits = |weights: &[f32]| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(weights.iter().map(|w| f64::from(*w))))
        };
        let chances = |weights: &[f32]| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(weights.iter().map(|w| probability(f64::from(*w)))))
        };
        Ok(match number {
            0 => sources(&self.left),
            1 => index.keys_of(&self.left)?,
            2 => sources(&self.right),
            3 => index.keys_of(&self.right)?,
            4 => {
                let text = |rule: &u16| ready.blocks[usize::from(*rule)].rule.text.as_str();
                Arc::new(StringViewArray::from_iter_values(self.rule.iter().map(text)))
            }
            5 => bits(&self.weight),
            6 => chances(&self.weight),
            7 => chances(&self.household),
            _ => self.levels(number - 8, ready.fields().fields.get(number - 8)),
        })
    }

    fn levels(&self, place: usize, field: Option<&ComparedField>) -> ArrayRef {
        let name = |pattern: &u64| {
            let level = level(*pattern, place).checked_sub(1)?;
            field?.level_names.get(level)
        };
        Arc::new(self.pattern.iter().map(name).collect::<StringViewArray>())
    }
}

/// The pairs of a batch of [`Output::Numbers`].
pub fn scored(batch: &RecordBatch) -> impl Iterator<Item = Scored> {
    let left = batch.column(0).as_primitive::<UInt32Type>();
    let right = batch.column(1).as_primitive::<UInt32Type>();
    let rule = batch.column(2).as_primitive::<UInt16Type>();
    let pattern = batch.column(3).as_primitive::<UInt64Type>();
    let weight = batch.column(4).as_primitive::<Float32Type>();
    let household = batch.column(5).as_primitive::<Float32Type>();
    (0..batch.num_rows()).map(|i| Scored {
        left: left.value(i),
        right: right.value(i),
        pattern: pattern.value(i),
        weight: weight.value(i),
        household_weight: household.value(i),
        rule: rule.value(i),
    })
}
