use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, Float64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Float64Type};
use arrow::row::{Row, RowConverter, Rows, SortField};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::pairs::Pairs;
use super::results::finish;
use crate::lists::{Lists, is_list, item_type};
use crate::text::{is_text, signature_like};

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The Jaccard similarity of two sets, from 0 (nothing in common) to 1 (equal): the size of their intersection divided by that of their union. The sets are the words of two texts; with n, the sequences of n characters of two texts (the whole text when it is shorter); or the elements of two lists, NULL left out. NULL when both sets are empty.",
    syntax_example = "jaccard(a, b [, n])",
    sql_example = r#"```sql
> SELECT round(jaccard('main st 12', '12 main st w'), 4) AS words, round(jaccard('night', 'nacht', 2), 4) AS bigrams, jaccard([1, 2], [2, 1, 1]) AS lists;
+-------+---------+-------+
| words | bigrams | lists |
+-------+---------+-------+
| 0.75  | 0.1429  | 1.0   |
+-------+---------+-------+
```"#,
    argument(name = "a", description = "A text or a list."),
    argument(name = "b", description = "The text or list to compare it with."),
    argument(
        name = "n",
        description = "The length of the sequences of characters to compare instead of words, at least 1."
    ),
    related_udf(name = "address_tokens")
)]
/// The function `jaccard`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jaccard {
    signature: Signature,
}

impl Jaccard {
    pub(crate) fn new() -> Self {
        Self {
            signature: signature_like(
                vec![DataType::new_list(DataType::Utf8, true); 2],
                Volatility::Immutable,
            ),
        }
    }
}

impl ScalarUDFImpl for Jaccard {
    fn name(&self) -> &str {
        "jaccard"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let text = |data_type: &DataType| match data_type {
            DataType::Null => Ok(DataType::Utf8View),
            DataType::Dictionary(_, values) if is_text(values) => Ok(values.as_ref().clone()),
            data_type if is_text(data_type) => Ok(data_type.clone()),
            other => plan_err!("jaccard compares two texts or two lists, not {other}"),
        };
        match arg_types {
            [a, b] if is_list(a) || is_list(b) => match (item_type(a), item_type(b)) {
                (Some(left), Some(right)) if left == right => Ok(vec![a.clone(), b.clone()]),
                (Some(left), Some(right)) => match comparison_coercion(left, right) {
                    Some(item) => Ok(vec![DataType::new_list(item, true); 2]),
                    None => plan_err!("jaccard cannot compare elements of type {left} with {right}"),
                },
                (Some(_), None) if b == &DataType::Null => Ok(vec![a.clone(); 2]),
                (None, Some(_)) if a == &DataType::Null => Ok(vec![b.clone(); 2]),
                _ => plan_err!("jaccard compares two texts or two lists, not {a} with {b}"),
            },
            [a, b] => Ok(vec![text(a)?, text(b)?]),
            [a, b, n] if n.is_integer() => Ok(vec![text(a)?, text(b)?, DataType::Int64]),
            _ => plan_err!("jaccard takes two texts and an optional whole number, or two lists"),
        }
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first().map(ColumnarValue::data_type) {
            Some(data_type) if is_list(&data_type) => jaccard_lists(&args),
            _ => jaccard_texts(&args),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn jaccard_texts(args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let n = match args.args.get(2) {
        None => None,
        Some(ColumnarValue::Scalar(ScalarValue::Int64(Some(n)))) if *n >= 1 => Some(*n as usize),
        Some(_) => return exec_err!("the n of jaccard is a constant of at least 1"),
    };
    let pairs = Pairs::try_new("jaccard", args)?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut last = None;
    pairs.map::<Float64Type>(|a, b| {
        if last != Some(a) {
            last = Some(a);
            collect_set(a, n, &mut left);
        }
        collect_set(b, n, &mut right);
        jaccard(&left, &right)
    })
}

/// The words of a text, or its sequences of `n` characters, sorted and each once.
fn collect_set<'a>(text: &'a str, n: Option<usize>, set: &mut Vec<&'a str>) {
    set.clear();
    match n {
        None => set.extend(text.split_whitespace()),
        Some(n) => {
            let mut ends = text.char_indices().map(|(start, _)| start).chain([text.len()]).skip(n).peekable();
            if ends.peek().is_none() && !text.is_empty() {
                set.push(text);
            }
            set.extend(text.char_indices().zip(ends).map(|((start, _), end)| &text[start..end]));
        }
    }
    set.sort_unstable();
    set.dedup();
}

fn jaccard_lists(args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let [a, b] = take_function_args("jaccard", &args.args)?;
    let (a, b) = (a.to_array(args.number_rows)?, b.to_array(args.number_rows)?);
    let (a, b) = (Lists::try_new(&a)?, Lists::try_new(&b)?);
    let converter = RowConverter::new(vec![SortField::new(a.values().data_type().clone())])?;
    let left_rows = converter.convert_columns(&[Arc::clone(a.values())])?;
    let right_rows = converter.convert_columns(&[Arc::clone(b.values())])?;
    let (left_nulls, right_nulls) = (a.values().logical_nulls(), b.values().logical_nulls());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let similarities = (0..a.len()).map(|row| {
        collect_elements(a.get(row)?, &left_rows, left_nulls.as_ref(), &mut left);
        collect_elements(b.get(row)?, &right_rows, right_nulls.as_ref(), &mut right);
        jaccard(&left, &right)
    });
    finish(Arc::new(similarities.collect::<Float64Array>()), args)
}

/// The elements of a list in row encoding, sorted and each once.
fn collect_elements<'a>(
    range: Range<usize>,
    rows: &'a Rows,
    nulls: Option<&NullBuffer>,
    set: &mut Vec<Row<'a>>,
) {
    set.clear();
    let present = range.filter(|element| nulls.is_none_or(|nulls| nulls.is_valid(*element)));
    set.extend(present.map(|element| rows.row(element)));
    set.sort_unstable();
    set.dedup();
}

/// The similarity of two sorted sets; `None` when both are empty.
fn jaccard<T: Ord>(left: &[T], right: &[T]) -> Option<f64> {
    let (mut common, mut l, mut r) = (0, 0, 0);
    while l < left.len() && r < right.len() {
        match left[l].cmp(&right[r]) {
            Ordering::Less => l += 1,
            Ordering::Greater => r += 1,
            Ordering::Equal => {
                common += 1;
                l += 1;
                r += 1;
            }
        }
    }
    let union = left.len() + right.len() - common;
    (union > 0).then(|| common as f64 / union as f64)
}
