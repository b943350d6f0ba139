//! How often each value occurs in each group.

use std::hash::{BuildHasher, Hasher};
use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt64Array, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, UInt64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::present::candidates;
use super::single_group::Snapshot;

/// Counts row-encoded values per group; its result is the most frequent one, the smallest among equals.
#[derive(Debug)]
pub(crate) struct Counts {
    value: DataType,
    converter: RowConverter,
    /// The encoding of NULL, for groups without a value.
    absent: Box<[u8]>,
    hasher: DefaultHashBuilder,
    /// Positions in `entries`, found by group and value.
    table: HashTable<usize>,
    entries: Vec<Entry>,
    arena: Vec<u8>,
    groups: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    group: usize,
    start: usize,
    length: usize,
    count: u64,
}

impl Counts {
    /// Counts of values of type `value`.
    ///
    /// # Errors
    /// A type that cannot be row-encoded.
    pub(crate) fn try_new(value: &DataType) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(value.clone())])?;
        let absent = converter.convert_columns(&[new_null_array(value, 1)])?.row(0).data().into();
        Ok(Self {
            value: value.clone(),
            converter,
            absent,
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            entries: Vec::new(),
            arena: Vec::new(),
            groups: 0,
        })
    }

    /// The fields of the state: the values of a group and, in parallel, their counts.
    pub(crate) fn state_types(value: &DataType) -> [DataType; 2] {
        [DataType::List(item(value)), DataType::List(item(&DataType::UInt64))]
    }

    fn add(&mut self, group: usize, value: &[u8], count: u64) {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_usize(group);
        hasher.write(value);
        let hash = hasher.finish();
        let (entries, arena) = (&mut self.entries, &mut self.arena);
        let same =
            |entry: &Entry| entry.group == group && &arena[entry.start..entry.start + entry.length] == value;
        if let Some(position) = self.table.find(hash, |position| same(&entries[*position])) {
            entries[*position].count += count;
            return;
        }
        entries.push(Entry { hash, group, start: arena.len(), length: value.len(), count });
        arena.extend_from_slice(value);
        self.table.insert_unique(hash, entries.len() - 1, |position| entries[*position].hash);
    }

    fn bytes(&self, entry: &Entry) -> &[u8] {
        &self.arena[entry.start..entry.start + entry.length]
    }

    fn release(&mut self, emit_to: EmitTo) {
        let emitted = self.emitted(emit_to);
        self.groups -= emitted.min(self.groups);
        self.table.clear();
        let (entries, arena) = (mem::take(&mut self.entries), mem::take(&mut self.arena));
        // What is left moves down; its group is part of the hash, so it is added anew.
        for entry in entries.iter().filter(|entry| entry.group >= emitted) {
            let value = &arena[entry.start..entry.start + entry.length];
            self.add(entry.group - emitted, value, entry.count);
        }
    }

    fn emitted(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.groups,
            EmitTo::First(groups) => groups,
        }
    }
}

fn item(value: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(value.clone(), true))
}

impl Snapshot for Counts {
    fn results(&self, groups: usize) -> Result<ArrayRef> {
        let mut winners: Vec<Option<&Entry>> = vec![None; groups];
        for entry in self.entries.iter().filter(|entry| entry.group < groups) {
            let winner = &mut winners[entry.group];
            let wins = winner
                .is_none_or(|winner| (winner.count, self.bytes(entry)) < (entry.count, self.bytes(winner)));
            if wins {
                *winner = Some(entry);
            }
        }
        let parser = self.converter.parser();
        let rows = winners.iter().map(|winner| match winner {
            Some(entry) => parser.parse(self.bytes(entry)),
            None => parser.parse(&self.absent),
        });
        match self.converter.convert_rows(rows)?.pop() {
            Some(values) => Ok(values),
            None => exec_err!("the most frequent values of {groups} groups could not be decoded"),
        }
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let mut entries: Vec<&Entry> = self.entries.iter().filter(|entry| entry.group < groups).collect();
        entries.sort_by_key(|entry| entry.group);
        let mut lengths = vec![0; groups];
        entries.iter().for_each(|entry| lengths[entry.group] += 1);
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let parser = self.converter.parser();
        let rows = entries.iter().map(|entry| parser.parse(self.bytes(entry)));
        let Some(values) = self.converter.convert_rows(rows)?.pop() else {
            return exec_err!("the values of {groups} groups could not be decoded");
        };
        let counts: UInt64Array = entries.iter().map(|entry| entry.count).collect::<Vec<_>>().into();
        Ok(vec![
            Arc::new(ListArray::try_new(item(&self.value), offsets.clone(), values, None)?),
            Arc::new(ListArray::try_new(item(&DataType::UInt64), offsets, Arc::new(counts), None)?),
        ])
    }
}

impl GroupsAccumulator for Counts {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let [value] = take_function_args("most_frequent", values)?;
        self.groups = self.groups.max(total_num_groups);
        let rows = self.converter.convert_columns(&[Arc::clone(value)])?;
        let candidates = candidates(value, opt_filter);
        for (row, group) in group_indices.iter().enumerate() {
            if candidates.as_ref().is_none_or(|candidates| candidates.is_valid(row)) {
                self.add(*group, rows.row(row).data(), 1);
            }
        }
        Ok(())
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        let [values, counts] = take_function_args("most_frequent", values)?;
        self.groups = self.groups.max(total_num_groups);
        let (values, counts) = (values.as_list::<i32>(), counts.as_list::<i32>());
        let rows = self.converter.convert_columns(&[Arc::clone(values.values())])?;
        let numbers = counts.values().as_primitive::<UInt64Type>();
        let (value_offsets, count_offsets) = (values.value_offsets(), counts.value_offsets());
        for (row, group) in group_indices.iter().enumerate() {
            let values = value_offsets[row] as usize..value_offsets[row + 1] as usize;
            let counts = count_offsets[row] as usize..count_offsets[row + 1] as usize;
            for (value, count) in values.zip(counts) {
                self.add(*group, rows.row(value).data(), numbers.value(count));
            }
        }
        Ok(())
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
        let [value] = take_function_args("most_frequent", values)?;
        let mut single = Self::try_new(&self.value)?;
        let groups: Vec<usize> = (0..value.len()).collect();
        single.update_batch(values, &groups, opt_filter, value.len())?;
        single.states(value.len())
    }

    fn size(&self) -> usize {
        self.table.capacity() * (size_of::<usize>() + 1)
            + self.entries.capacity() * size_of::<Entry>()
            + self.arena.capacity()
            + self.converter.size()
    }
}
