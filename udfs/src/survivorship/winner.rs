//! One accumulator for every aggregate that keeps the best value of a group.
//!
//! A candidate is the pair (rank, value). Its row encoding (`arrow::row`) sorts the better rank first and,
//! among equal ranks, the smaller value, so the winner is the smallest byte string: ties need no rule of
//! their own and the order of rows cannot matter. Each group keeps only the bytes of its winner, in one arena.

use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, new_null_array};
use arrow::compute::{SortOptions, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::function::StateFieldsArgs;
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::present::{candidates, passing};
use super::single_group::Snapshot;

/// How an aggregate ranks its candidates.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    /// The rank of each row, from the arguments of the aggregate.
    pub(crate) rank: fn(&[ArrayRef]) -> Result<ArrayRef>,
    /// The type of the rank.
    pub(crate) data_type: DataType,
    /// Whether the largest rank wins. A NULL rank always comes last.
    pub(crate) descending: bool,
}

impl Ranking {
    /// Ranks by the second argument as it is.
    pub(crate) fn by_order(order: &DataType, descending: bool) -> Self {
        Self { rank: second_argument, data_type: order.clone(), descending }
    }
}

fn second_argument(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    match arguments {
        [_, order, ..] => Ok(Arc::clone(order)),
        _ => exec_err!("an order is missing"),
    }
}

/// The argument types that an aggregate of (value, order) works on: its own, without dictionaries.
pub(crate) fn value_and_order_types(function: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [value, order] = take_function_args(function, types)?;
    Ok(vec![sortable(function, value)?, sortable(function, order)?])
}

/// `data_type` without dictionary and run-end encodings, which row encoding would drop anyway.
pub(crate) fn sortable(function: &str, data_type: &DataType) -> Result<DataType> {
    let plain = decoded(data_type);
    if RowConverter::supports_fields(&[SortField::new(plain.clone())]) {
        Ok(plain)
    } else {
        plan_err!(
            "{function} cannot compare values of type {data_type}; cast them to a type that can be sorted"
        )
    }
}

fn decoded(data_type: &DataType) -> DataType {
    let field = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(decoded(field.data_type())))
    };
    match data_type {
        DataType::Dictionary(_, values) => decoded(values),
        DataType::RunEndEncoded(_, values) => decoded(values.data_type()),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect::<Fields>()),
        DataType::List(item) => DataType::List(field(item)),
        DataType::LargeList(item) => DataType::LargeList(field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        other => other.clone(),
    }
}

/// The state of a [`Winner`]: its value and its rank.
pub(crate) fn state_fields(args: &StateFieldsArgs, ranking: &Ranking) -> Vec<FieldRef> {
    vec![
        Arc::new(Field::new(format_state_name(args.name, "value"), args.return_type().clone(), true)),
        Arc::new(Field::new(format_state_name(args.name, "rank"), ranking.data_type.clone(), true)),
    ]
}

/// Keeps, per group, the candidate that ranks first.
#[derive(Debug)]
pub(crate) struct Winner {
    rank: fn(&[ArrayRef]) -> Result<ArrayRef>,
    converter: RowConverter,
    /// The encoding of NULL, for groups without a candidate.
    absent: Box<[u8]>,
    /// Encoded candidates of the current batch, kept for its allocation.
    rows: Rows,
    slots: Vec<Slot>,
    arena: Vec<u8>,
    /// Bytes of the arena that no slot refers to any more.
    garbage: usize,
}

/// The winner of one group: its first bytes, which decide most comparisons without a look into the arena,
/// and its place there. No winner yet: length 0, which no encoding has.
#[derive(Debug, Clone, Copy)]
struct Slot {
    prefix: u64,
    start: usize,
    length: usize,
}

const EMPTY: Slot = Slot { prefix: u64::MAX, start: 0, length: 0 };

/// Below this size an arena is not worth compacting.
const COMPACTION_THRESHOLD: usize = 1 << 20;

impl Winner {
    /// An accumulator for values of type `value` under `ranking`.
    ///
    /// # Errors
    /// A type that cannot be row-encoded.
    pub(crate) fn try_new(value: &DataType, ranking: &Ranking) -> Result<Self> {
        let order = SortOptions { descending: ranking.descending, nulls_first: false };
        let converter = RowConverter::new(vec![
            SortField::new_with_options(ranking.data_type.clone(), order),
            SortField::new(value.clone()),
        ])?;
        let nulls = [new_null_array(&ranking.data_type, 1), new_null_array(value, 1)];
        let absent = converter.convert_columns(&nulls)?.row(0).data().into();
        let rows = converter.empty_rows(0, 0);
        Ok(Self {
            rank: ranking.rank,
            converter,
            absent,
            rows,
            slots: Vec::new(),
            arena: Vec::new(),
            garbage: 0,
        })
    }

    fn offer_batch(
        &mut self,
        value: &ArrayRef,
        rank: &ArrayRef,
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total_groups: usize,
    ) -> Result<()> {
        self.slots.resize(total_groups.max(self.slots.len()), EMPTY);
        let mut rows = mem::replace(&mut self.rows, self.converter.empty_rows(0, 0));
        rows.clear();
        self.converter.append(&mut rows, &[Arc::clone(rank), Arc::clone(value)])?;
        match candidates(value, filter) {
            None => {
                for (row, group) in rows.iter().zip(groups) {
                    self.offer(*group, row.data());
                }
            }
            Some(candidates) => {
                for row in candidates.valid_indices() {
                    self.offer(groups[row], rows.row(row).data());
                }
            }
        }
        self.rows = rows;
        if self.garbage > COMPACTION_THRESHOLD && self.garbage > self.arena.len() / 2 {
            self.compact();
        }
        Ok(())
    }

    fn offer(&mut self, group: usize, key: &[u8]) {
        let prefix = prefix(key);
        let slot = &mut self.slots[group];
        if prefix > slot.prefix {
            return;
        }
        let winner = &mut self.arena[slot.start..slot.start + slot.length];
        if prefix == slot.prefix && slot.length > 0 && key >= &*winner {
            return;
        }
        slot.prefix = prefix;
        if key.len() <= slot.length {
            winner[..key.len()].copy_from_slice(key);
            self.garbage += slot.length - key.len();
        } else {
            self.garbage += slot.length;
            slot.start = self.arena.len();
            self.arena.extend_from_slice(key);
        }
        slot.length = key.len();
    }

    fn compact(&mut self) {
        let mut arena = Vec::with_capacity(self.arena.len() - self.garbage);
        for slot in &mut self.slots {
            let start = arena.len();
            arena.extend_from_slice(&self.arena[slot.start..slot.start + slot.length]);
            slot.start = start;
        }
        self.arena = arena;
        self.garbage = 0;
    }

    /// Forgets the groups that were emitted.
    fn release(&mut self, emit_to: EmitTo) {
        match emit_to {
            EmitTo::All => {
                self.slots = Vec::new();
                self.arena = Vec::new();
                self.garbage = 0;
            }
            EmitTo::First(groups) => {
                self.garbage += self.slots.drain(..groups).map(|slot| slot.length).sum::<usize>();
                if self.garbage > self.arena.len() / 2 {
                    self.compact();
                }
            }
        }
    }

    fn emitted(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.slots.len(),
            EmitTo::First(groups) => groups,
        }
    }
}

/// The first eight bytes, so that their order as a number is the order of the bytes.
fn prefix(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            bytes[..key.len()].copy_from_slice(key);
            u64::from_be_bytes(bytes)
        }
    }
}

impl Snapshot for Winner {
    fn results(&self, groups: usize) -> Result<ArrayRef> {
        match self.states(groups)?.into_iter().next() {
            Some(values) => Ok(values),
            None => exec_err!("the winners of {groups} groups could not be decoded"),
        }
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let parser = self.converter.parser();
        let rows = (0..groups).map(|group| match self.slots.get(group) {
            Some(slot) if slot.length > 0 => parser.parse(&self.arena[slot.start..slot.start + slot.length]),
            _ => parser.parse(&self.absent),
        });
        let mut columns = self.converter.convert_rows(rows)?;
        columns.reverse();
        Ok(columns)
    }
}

impl GroupsAccumulator for Winner {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let Some(value) = values.first() else { return exec_err!("a value is missing") };
        let rank = (self.rank)(values)?;
        self.offer_batch(value, &rank, group_indices, opt_filter, total_num_groups)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        let [value, rank] = take_function_args("merge", values)?;
        self.offer_batch(value, rank, group_indices, None, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let values = self.results(self.emitted(emit_to))?;
        self.release(emit_to);
        Ok(values)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let states = self.states(self.emitted(emit_to))?;
        self.release(emit_to);
        Ok(states)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let Some(value) = values.first() else { return exec_err!("a value is missing") };
        let rank = (self.rank)(values)?;
        let value = match opt_filter {
            Some(filter) if value.data_type() != &DataType::Null => {
                nullif(value, &BooleanArray::new(!passing(filter).inner(), None))?
            }
            _ => Arc::clone(value),
        };
        Ok(vec![value, rank])
    }

    fn size(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
            + self.arena.capacity()
            + self.rows.size()
            + self.converter.size()
            + self.absent.len()
    }
}
