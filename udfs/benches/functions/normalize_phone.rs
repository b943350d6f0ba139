use criterion::Criterion;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use rand::Rng;

use crate::data::{SIZES, measure, texts};

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in SIZES {
        let distinct = texts(rows, 1, |random| {
            format!("({}) 555-{:04}", random.random_range(200..1000), random.random_range(0..10_000))
        });
        measure(criterion, "normalize_phone", "north american", &[ColumnarValue::Array(distinct)], rows);
        let germany = ColumnarValue::Scalar(ScalarValue::Utf8(Some("DE".to_owned())));
        let repeated = texts(rows, 1, |random| format!("030/{}", random.random_range(100_000..101_000)));
        measure(criterion, "normalize_phone", "repeated", &[ColumnarValue::Array(repeated), germany], rows);
    }
}
