//! Seeded arrays, and calls of functions on them.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use arrow::datatypes::Field;
use criterion::{Criterion, Throughput};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A batch of DataFusion, and a large one.
pub(crate) const SIZES: [usize; 2] = [8192, 131_072];

const GIVEN: [&str; 8] =
    ["Łukasz", "Mary Ann", "Robert", "Jean-Pierre", "Bob", "Elisabeth", "José", "Wilhelmina"];
const FAMILY: [&str; 8] =
    ["O'Brien", "Müller", "van der Berg", "Smith", "Smyth", "García-López", "Johnson", "Jonson"];

/// Texts made by `text` from random numbers, one in ten NULL.
pub(crate) fn texts(rows: usize, seed: u64, text: impl Fn(&mut StdRng) -> String) -> ArrayRef {
    let mut random = StdRng::seed_from_u64(seed);
    let texts = (0..rows).map(|_| (!random.random_bool(0.1)).then(|| text(&mut random)));
    Arc::new(texts.collect::<StringViewArray>())
}

pub(crate) fn name(random: &mut StdRng) -> String {
    format!("{} {}", GIVEN[random.random_range(0..8)], FAMILY[random.random_range(0..8)])
}

/// Measures a scalar function on `arguments` of `rows` rows.
pub(crate) fn measure(
    criterion: &mut Criterion,
    function: &str,
    label: &str,
    arguments: &[ColumnarValue],
    rows: usize,
) {
    let found = onefold_udfs::scalar_functions().into_iter().find(|found| found.name() == function);
    let found = found.expect("a function of this name");
    let fields =
        arguments.iter().map(|argument| Arc::new(Field::new("argument", argument.data_type(), true)));
    let fields: Vec<_> = fields.collect();
    let types: Vec<_> = arguments.iter().map(ColumnarValue::data_type).collect();
    let return_type = found.return_type(&types).expect("a type");
    let return_field = Arc::new(Field::new(function, return_type, true));
    let config_options = Arc::new(ConfigOptions::default());
    let mut group = criterion.benchmark_group(function);
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function(format!("{label}/{rows}"), |bencher| {
        bencher.iter(|| {
            let args = ScalarFunctionArgs {
                args: arguments.to_vec(),
                arg_fields: fields.clone(),
                number_rows: rows,
                return_field: Arc::clone(&return_field),
                config_options: Arc::clone(&config_options),
            };
            found.invoke_with_args(args).expect("a result")
        });
    });
}
