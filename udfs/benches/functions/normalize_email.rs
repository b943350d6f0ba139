use criterion::Criterion;
use datafusion::logical_expr::ColumnarValue;
use rand::Rng;

use crate::data::{SIZES, measure, texts};

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in SIZES {
        let emails = texts(rows, 1, |random| {
            let domain = ["contoso.com", "GMail.com", "example.org"][random.random_range(0..3)];
            format!("First.Last{}+news@{domain}", random.random_range(0..100_000))
        });
        measure(criterion, "normalize_email", "distinct", &[ColumnarValue::Array(emails)], rows);
    }
}
