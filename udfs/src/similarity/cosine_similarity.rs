use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::results::finish;
use crate::lists::{Lists, item_type};
use crate::text::signature_like;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The cosine of the angle between two vectors, from -1 (opposite) to 1 (same direction). NULL when a vector is NULL, has a NULL element or only zeros.",
    syntax_example = "cosine_similarity(a, b)",
    sql_example = r#"```sql
> SELECT round(cosine_similarity([1.0, 2.0], [2.0, 1.0]), 4) AS similarity;
+------------+
| similarity |
+------------+
| 0.8        |
+------------+
```"#,
    argument(name = "a", description = "A list of numbers."),
    argument(name = "b", description = "A list of as many numbers.")
)]
/// The function `cosine_similarity`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CosineSimilarity {
    signature: Signature,
}

impl CosineSimilarity {
    pub(crate) fn new() -> Self {
        Self {
            signature: signature_like(
                vec![DataType::new_list(DataType::Float64, true); 2],
                Volatility::Immutable,
            ),
        }
    }
}

impl ScalarUDFImpl for CosineSimilarity {
    fn name(&self) -> &str {
        "cosine_similarity"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let types: [&DataType; 2] = take_function_args(self.name(), arg_types)?;
        let numbers = types.into_iter().map(|data_type| match (data_type, item_type(data_type)) {
            (DataType::Null, _) | (_, Some(DataType::Null)) => {
                Ok(DataType::new_list(DataType::Float64, true))
            }
            (_, Some(item)) if item.is_numeric() => Ok(data_type.clone()),
            _ => plan_err!("cosine_similarity takes lists of numbers, not {data_type}"),
        });
        numbers.collect()
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [a, b] = take_function_args(self.name(), &args.args)?;
        let (a, b) = (a.to_array(args.number_rows)?, b.to_array(args.number_rows)?);
        let (a, b) = (Lists::try_new(&a)?, Lists::try_new(&b)?);
        let left = cast(a.values(), &DataType::Float64)?;
        let right = cast(b.values(), &DataType::Float64)?;
        let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
        let similarity = |row| match (a.get(row), b.get(row)) {
            (Some(a), Some(b)) => cosine(left, right, a, b),
            _ => Ok(None),
        };
        let similarities = (0..a.len()).map(similarity).collect::<Result<Float64Array>>()?;
        finish(Arc::new(similarities), &args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn cosine(
    a: &Float64Array,
    b: &Float64Array,
    left: Range<usize>,
    right: Range<usize>,
) -> Result<Option<f64>> {
    if left.len() != right.len() {
        return exec_err!(
            "cosine_similarity compares vectors of one length, got {} and {} elements",
            left.len(),
            right.len()
        );
    }
    if a.slice(left.start, left.len()).null_count() + b.slice(right.start, right.len()).null_count() > 0 {
        return Ok(None);
    }
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.values()[left].iter().zip(&b.values()[right]) {
        product += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    let norm = (square_a * square_b).sqrt();
    Ok((norm > 0.0).then(|| product / norm))
}
