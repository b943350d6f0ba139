use std::fmt::Write;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion_macros::user_doc;
use std::sync::Arc;

use super::date::read;
use crate::text::{Texts, text_coercion};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A date that was written as text, as yyyy-mm-dd, or as much of it as is known: yyyy-mm or yyyy. Read are numbers with any of - / . between them, numbers of eight digits, and names of months. Years of two digits are of 1921 to 2020. A time of the day is left out. NULL when the text is no date.",
    syntax_example = "normalize_date(text [, order])",
    sql_example = r#"```sql
> SELECT normalize_date('4.3.1985', 'day') AS a, normalize_date('03/04/85', 'month') AS b, normalize_date('19850304') AS c, normalize_date('4 March 1985') AS d, normalize_date('1985') AS e;
+------------+------------+------------+------------+------+
| a          | b          | c          | d          | e    |
+------------+------------+------------+------------+------+
| 1985-03-04 | 1985-03-04 | 1985-03-04 | 1985-03-04 | 1985 |
+------------+------------+------------+------------+------+
```"#,
    argument(name = "text", description = "The date."),
    argument(
        name = "order",
        description = "Which of two numbers comes first where both may be the month: 'day' or 'month', the default."
    )
)]
/// The function `normalize_date`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizeDate {
    signature: Signature,
}

impl NormalizeDate {
    pub(crate) fn new() -> Self {
        let signatures = vec![
            TypeSignature::Coercible(vec![text_coercion()]),
            TypeSignature::Coercible(vec![text_coercion(); 2]),
        ];
        Self { signature: Signature::one_of(signatures, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for NormalizeDate {
    fn name(&self) -> &str {
        "normalize_date"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let day_first = match args.args.get(1) {
            None => false,
            Some(ColumnarValue::Scalar(order)) => match order.try_as_str().flatten() {
                Some("day") => true,
                Some("month") => false,
                _ => return exec_err!("the order of normalize_date is 'day' or 'month', not {order}"),
            },
            Some(ColumnarValue::Array(_)) => {
                return exec_err!("the order of normalize_date is 'day' or 'month', not a column");
            }
        };
        let Some(text) = args.args.first() else {
            return exec_err!("normalize_date takes a text");
        };
        Ok(match text {
            ColumnarValue::Array(array) => ColumnarValue::Array(dates(array, day_first)?),
            ColumnarValue::Scalar(scalar) => {
                let dates = dates(&scalar.to_array()?, day_first)?;
                ColumnarValue::Scalar(ScalarValue::try_from_array(&dates, 0)?)
            }
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn dates(array: &ArrayRef, day_first: bool) -> Result<ArrayRef> {
    let texts = Texts::try_new(array)?;
    let mut results = StringViewBuilder::with_capacity(texts.len());
    let mut buffer = String::new();
    for row in 0..texts.len() {
        match texts.get(row).and_then(|text| read(text, day_first)) {
            Some((date, _)) => {
                buffer.clear();
                // Writing to a string does not fail.
                let _ = match (date.month, date.day) {
                    (0, _) => write!(buffer, "{:04}", date.year),
                    (month, 0) => write!(buffer, "{:04}-{month:02}", date.year),
                    (month, day) => write!(buffer, "{:04}-{month:02}-{day:02}", date.year),
                };
                results.append_value(&buffer);
            }
            None => results.append_null(),
        }
    }
    Ok(Arc::new(results.finish()))
}
