//! Invariants of the aggregates: the result depends neither on the order of the rows nor on how they are
//! partitioned, and every way to evaluate an aggregate agrees with a naive one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, ListArray, StringArray, StringViewArray, StructArray,
    UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::EmitTo;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column;
use proptest::collection::vec;
use proptest::prelude::*;

const GROUPS: usize = 4;

/// What a record has: its group, a value, and what the value is ranked by.
#[derive(Debug, Clone)]
struct Record {
    group: usize,
    value: Option<String>,
    order: Option<i32>,
    source: Option<&'static str>,
}

/// The preferred sources, of all that occur.
const PREFERRED: [&str; 2] = ["crm", "shop"];

proptest! {
    #[test]
    fn aggregates_agree_with_naive_ones((records, shuffled) in shuffled_records(), parts in 1_usize..5) {
        for (name, arguments, naive) in AGGREGATES {
            let expected: Vec<_> = (0..GROUPS).map(|group| naive(&of_group(&records, group))).collect();
            let aggregate = aggregate(name, &arguments(&records));
            for evaluated in evaluations(&aggregate, &shuffled, &arguments(&shuffled), parts) {
                let texts: Vec<_> = evaluated.as_string_view().iter().map(|text| text.map(str::to_owned)).collect();
                prop_assert_eq!(&texts, &expected, "{}", name);
            }
        }
    }

    #[test]
    fn structs_do_not_depend_on_order_and_partitions((records, shuffled) in shuffled_records(), parts in 1_usize..5) {
        for (name, arguments) in STRUCT_AGGREGATES {
            let aggregate = aggregate(name, &arguments(&records));
            let expected = evaluations(&aggregate, &records, &arguments(&records), 1);
            for evaluated in evaluations(&aggregate, &shuffled, &arguments(&shuffled), parts) {
                prop_assert_eq!(&evaluated, &expected[0], "{}", name);
            }
        }
    }
}

type Arguments = fn(&[Record]) -> Vec<ArrayRef>;
type Naive = fn(&[&Record]) -> Option<String>;

const AGGREGATES: [(&str, Arguments, Naive); 7] = [
    (
        "arg_max",
        |r| vec![values(r), orders(r)],
        |r| best(r, |record| (record.order.is_none(), Reverse(record.order))),
    ),
    ("arg_min", |r| vec![values(r), orders(r)], |r| best(r, |record| (record.order.is_none(), record.order))),
    (
        "least_recent",
        |r| vec![values(r), orders(r)],
        |r| best(r, |record| (record.order.is_none(), record.order)),
    ),
    (
        "longest",
        |r| vec![values(r)],
        |r| best(r, |record| Reverse(record.value.as_ref().map(|v| v.chars().count()))),
    ),
    ("most_frequent", |r| vec![values(r)], most_frequent),
    (
        "most_recent",
        |r| vec![values(r), orders(r)],
        |r| best(r, |record| (record.order.is_none(), Reverse(record.order))),
    ),
    ("prefer", |r| vec![values(r), sources(r), preferences(r)], |r| best(r, position)),
];

const STRUCT_AGGREGATES: [(&str, Arguments); 4] = [
    ("most_complete", |r| vec![structs(r)]),
    ("most_frequent", |r| vec![structs(r)]),
    ("most_recent", |r| vec![structs(r), structs(r)]),
    ("prefer", |r| vec![structs(r), sources(r), preferences(r)]),
];

/// The value of the record with the smallest rank, the smallest value among those of one rank.
fn best<K: Ord>(records: &[&Record], rank: impl Fn(&Record) -> K) -> Option<String> {
    let candidates = records.iter().filter(|record| record.value.is_some());
    let winner = candidates.min_by_key(|record| (rank(record), record.value.clone()));
    winner.and_then(|record| record.value.clone())
}

fn position(record: &Record) -> usize {
    PREFERRED.iter().position(|source| record.source == Some(source)).unwrap_or(PREFERRED.len())
}

fn most_frequent(records: &[&Record]) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for value in records.iter().filter_map(|record| record.value.as_ref()) {
        *counts.entry(value).or_default() += 1;
    }
    let winner = counts.into_iter().min_by_key(|(value, count)| (Reverse(*count), *value));
    winner.map(|(value, _)| value.clone())
}

/// The results by every way to evaluate an aggregate: grouped at once, one group at a time, merged from
/// partial states, from rows turned into states, and emitted in two steps.
fn evaluations(
    aggregate: &AggregateFunctionExpr,
    records: &[Record],
    arguments: &[ArrayRef],
    parts: usize,
) -> Vec<ArrayRef> {
    let groups: Vec<usize> = records.iter().map(|record| record.group).collect();
    let mut results = Vec::new();

    let mut grouped = aggregate.create_groups_accumulator().expect("a grouped accumulator");
    grouped.update_batch(arguments, &groups, None, GROUPS).expect("an update");
    results.push(grouped.evaluate(EmitTo::All).expect("a result"));

    let mut stepwise = aggregate.create_groups_accumulator().expect("a grouped accumulator");
    stepwise.update_batch(arguments, &groups, None, GROUPS).expect("an update");
    let first = stepwise.evaluate(EmitTo::First(1)).expect("a result");
    let others = stepwise.evaluate(EmitTo::All).expect("a result");
    results.push(arrow::compute::concat(&[&first, &others]).expect("results of one type"));

    let mut merged = aggregate.create_groups_accumulator().expect("a grouped accumulator");
    let mut converted = aggregate.create_groups_accumulator().expect("a grouped accumulator");
    let everything = BooleanArray::from(vec![true; records.len()]);
    for part in 0..parts {
        let rows: Vec<usize> = (part..records.len()).step_by(parts).collect();
        let arguments = select(arguments, &rows);
        let groups: Vec<usize> = rows.iter().map(|row| groups[*row]).collect();
        let mut partial = aggregate.create_groups_accumulator().expect("a grouped accumulator");
        partial.update_batch(&arguments, &groups, None, GROUPS).expect("an update");
        let states = partial.state(EmitTo::All).expect("a state");
        merged.merge_batch(&states, &[0, 1, 2, 3], GROUPS).expect("a merge");
        let filter = everything.slice(0, rows.len());
        let states = partial.convert_to_state(&arguments, Some(&filter)).expect("states");
        converted.merge_batch(&states, &groups, GROUPS).expect("a merge");
    }
    results.push(merged.evaluate(EmitTo::All).expect("a result"));
    results.push(converted.evaluate(EmitTo::All).expect("a result"));

    let single: Vec<_> = (0..GROUPS)
        .map(|group| {
            let rows: Vec<usize> = (0..records.len()).filter(|row| groups[*row] == group).collect();
            let mut accumulator = aggregate.create_accumulator().expect("an accumulator");
            accumulator.update_batch(&select(arguments, &rows)).expect("an update");
            let before = accumulator.evaluate().expect("a result");
            assert_eq!(before, accumulator.evaluate().expect("the same result"));
            let states: Vec<_> = accumulator.state().expect("a state");
            let states: Vec<_> = states.iter().map(|state| state.to_array().expect("an array")).collect();
            let mut last = aggregate.create_accumulator().expect("an accumulator");
            last.merge_batch(&states).expect("a merge");
            last.evaluate().expect("a result").to_array().expect("an array")
        })
        .collect();
    let single: Vec<&dyn Array> = single.iter().map(AsRef::as_ref).collect();
    results.push(arrow::compute::concat(&single).expect("results of one type"));
    results
}

fn aggregate(name: &str, arguments: &[ArrayRef]) -> AggregateFunctionExpr {
    let function = onefold_udfs::aggregate_functions().into_iter().find(|function| function.name() == name);
    let fields = arguments.iter().enumerate();
    let fields: Vec<_> =
        fields.map(|(at, array)| Field::new(at.to_string(), array.data_type().clone(), true)).collect();
    let columns = (0..arguments.len()).map(|at| Arc::new(Column::new(&at.to_string(), at)) as _);
    AggregateExprBuilder::new(function.expect("a function of this name"), columns.collect())
        .schema(Arc::new(Schema::new(fields)))
        .alias(name)
        .build()
        .expect("an aggregate")
}

fn select(arguments: &[ArrayRef], rows: &[usize]) -> Vec<ArrayRef> {
    let rows: UInt32Array = rows.iter().map(|row| *row as u32).collect::<Vec<_>>().into();
    arguments.iter().map(|argument| take(argument, &rows, None).expect("rows")).collect()
}

fn of_group(records: &[Record], group: usize) -> Vec<&Record> {
    records.iter().filter(|record| record.group == group).collect()
}

fn values(records: &[Record]) -> ArrayRef {
    Arc::new(records.iter().map(|record| record.value.as_deref()).collect::<StringViewArray>())
}

fn orders(records: &[Record]) -> ArrayRef {
    Arc::new(records.iter().map(|record| record.order).collect::<Int32Array>())
}

fn sources(records: &[Record]) -> ArrayRef {
    Arc::new(records.iter().map(|record| record.source).collect::<StringArray>())
}

fn preferences(records: &[Record]) -> ArrayRef {
    let lists = records.iter().flat_map(|_| PREFERRED);
    let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let offsets = arrow::buffer::OffsetBuffer::from_lengths(vec![PREFERRED.len(); records.len()]);
    Arc::new(ListArray::new(item, offsets, Arc::new(lists.map(Some).collect::<StringArray>()), None))
}

fn structs(records: &[Record]) -> ArrayRef {
    Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("value", DataType::Utf8View, true)), values(records)),
        (Arc::new(Field::new("order", DataType::Int32, true)), orders(records)),
    ]))
}

/// Records, and the same ones in another order.
fn shuffled_records() -> impl Strategy<Value = (Vec<Record>, Vec<Record>)> {
    let value = prop::option::weighted(0.8, "[a-cé]{0,3}|a long value of more than one block [xyz]");
    let source = prop::option::of(prop::sample::select(vec!["crm", "desk", "shop"]));
    let record = (0..GROUPS, value, prop::option::of(0..3), source);
    let record = record.prop_map(|(group, value, order, source)| Record { group, value, order, source });
    vec(record, 0..40).prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
}
