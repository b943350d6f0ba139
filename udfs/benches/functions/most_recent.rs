use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{Field, Schema};
use criterion::{BatchSize, Criterion, Throughput};
use datafusion::logical_expr::EmitTo;
use datafusion::physical_expr::aggregate::AggregateExprBuilder;
use datafusion::physical_expr::expressions::Column;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::{name, texts};

const BATCH: usize = 8192;

/// Three records for each of many groups, in batches, as a merge of profiles sees them.
pub(crate) fn bench(criterion: &mut Criterion) {
    let function =
        onefold_udfs::aggregate_functions().into_iter().find(|found| found.name() == "most_recent");
    let function = function.expect("most_recent");
    for groups in [10_000, 1_000_000] {
        let rows = 3 * groups;
        let mut random = StdRng::seed_from_u64(1);
        let names = texts(BATCH, 2, name);
        let batches: Vec<(ArrayRef, Vec<usize>)> = (0..rows / BATCH)
            .map(|_| {
                let orders = (0..BATCH).map(|_| Some(random.random_range(0..1_000_000_i64)));
                let orders: ArrayRef = Arc::new(orders.collect::<Int64Array>());
                (orders, (0..BATCH).map(|_| random.random_range(0..groups)).collect())
            })
            .collect();
        let schema = Schema::new(vec![
            Field::new("name", names.data_type().clone(), true),
            Field::new("order", arrow::datatypes::DataType::Int64, true),
        ]);
        let columns = vec![Arc::new(Column::new("name", 0)) as _, Arc::new(Column::new("order", 1)) as _];
        let aggregate = AggregateExprBuilder::new(Arc::clone(&function), columns)
            .schema(Arc::new(schema))
            .alias("most_recent")
            .build()
            .expect("an aggregate");
        let mut group = criterion.benchmark_group("most_recent");
        group.throughput(Throughput::Elements(rows as u64)).sample_size(10);
        group.bench_function(format!("groups/{groups}"), |bencher| {
            bencher.iter_batched(
                || aggregate.create_groups_accumulator().expect("an accumulator"),
                |mut accumulator| {
                    for (orders, indices) in &batches {
                        let arguments = [Arc::clone(&names), Arc::clone(orders)];
                        accumulator.update_batch(&arguments, indices, None, groups).expect("an update");
                    }
                    accumulator.evaluate(EmitTo::All).expect("a result")
                },
                BatchSize::PerIteration,
            );
        });
    }
}
