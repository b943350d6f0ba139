use criterion::Criterion;
use datafusion::logical_expr::ColumnarValue;

use crate::data::{SIZES, measure, name, texts};

pub(crate) fn bench(criterion: &mut Criterion) {
    for rows in SIZES {
        let ascii =
            |seed| texts(rows, seed, |random| name(random).replace(|letter: char| !letter.is_ascii(), "e"));
        let (left, right) = (ColumnarValue::Array(ascii(1)), ColumnarValue::Array(ascii(2)));
        measure(criterion, "levenshtein", "ascii", &[left, right], rows);
        let (left, right) =
            (ColumnarValue::Array(texts(rows, 1, name)), ColumnarValue::Array(texts(rows, 2, name)));
        measure(criterion, "levenshtein", "accents", &[left, right], rows);
    }
}
