use criterion::Criterion;
use datafusion::logical_expr::ColumnarValue;

use crate::data::{SIZES, measure, name, texts};

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in SIZES {
        let ascii = texts(rows, 1, |random| name(random).replace(|letter: char| !letter.is_ascii(), "e"));
        measure(criterion, "fold_text", "ascii", &[ColumnarValue::Array(ascii)], rows);
        measure(criterion, "fold_text", "accents", &[ColumnarValue::Array(texts(rows, 1, name))], rows);
    }
}
