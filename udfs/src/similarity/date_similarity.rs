use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::{DatePart, cast, date_part};
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::results::finish;
use crate::text::{is_text, signature_like};

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "How alike two dates are, from 0 to 1, by the mistakes that people make with birth dates: 1 equal; 0.9 day and month swapped; 0.85 one digit of YYYYMMDD differs, or two neighbouring ones are swapped; 0.7 same month and day of another year; 0.6 same year and month; 0.3 same year; 0 otherwise.",
    syntax_example = "date_similarity(a, b)",
    sql_example = r#"```sql
> SELECT date_similarity(DATE '1985-03-04', DATE '1985-04-03') AS swapped, date_similarity(DATE '1985-03-04', DATE '1985-03-14') AS digit;
+---------+-------+
| swapped | digit |
+---------+-------+
| 0.9     | 0.85  |
+---------+-------+
```"#,
    argument(name = "a", description = "A date."),
    argument(name = "b", description = "The date to compare it with.")
)]
/// The function `date_similarity`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct DateSimilarity {
    signature: Signature,
}

impl DateSimilarity {
    pub(crate) fn new() -> Self {
        Self { signature: signature_like(vec![DataType::Date32; 2], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for DateSimilarity {
    fn name(&self) -> &str {
        "date_similarity"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let types: [&DataType; 2] = take_function_args(self.name(), arg_types)?;
        let dates = types.into_iter().map(|data_type| match data_type {
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => Ok(data_type.clone()),
            DataType::Null => Ok(DataType::Date32),
            text if is_text(text) => Ok(DataType::Date32),
            other => plan_err!("date_similarity takes dates, not {other}; use to_date"),
        });
        dates.collect()
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [a, b] = take_function_args(self.name(), &args.args)?;
        let (a, b) = (Dates::try_new(a, args.number_rows)?, Dates::try_new(b, args.number_rows)?);
        let pairs = a.iter().zip(b.iter());
        let similarities = pairs.map(|(a, b)| Some(date_similarity(a?, b?))).collect::<Float64Array>();
        finish(Arc::new(similarities), &args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The parts of a column of dates.
struct Dates {
    years: ArrayRef,
    months: ArrayRef,
    days: ArrayRef,
}

/// A date as year, month and day.
type Date = (i32, i32, i32);

impl Dates {
    fn try_new(argument: &ColumnarValue, rows: usize) -> Result<Self> {
        let dates = cast(&argument.to_array(rows)?, &DataType::Date32)?;
        Ok(Self {
            years: date_part(&dates, DatePart::Year)?,
            months: date_part(&dates, DatePart::Month)?,
            days: date_part(&dates, DatePart::Day)?,
        })
    }

    fn iter(&self) -> impl Iterator<Item = Option<Date>> {
        let parts = |part: &'_ ArrayRef| part.as_primitive::<Int32Type>().clone();
        let (years, months, days) = (parts(&self.years), parts(&self.months), parts(&self.days));
        (0..years.len()).map(move |row| {
            years.is_valid(row).then(|| (years.value(row), months.value(row), days.value(row)))
        })
    }
}

fn date_similarity(a: Date, b: Date) -> f64 {
    let (same_year, same_month, same_day) = (a.0 == b.0, a.1 == b.1, a.2 == b.2);
    if a == b {
        1.0
    } else if same_year && a.1 == b.2 && a.2 == b.1 {
        0.9
    } else if is_typing_error(digits(a), digits(b)) {
        0.85
    } else if same_month && same_day {
        0.7
    } else if same_year && same_month {
        0.6
    } else if same_year {
        0.3
    } else {
        0.0
    }
}

/// The digits of YYYYMMDD.
fn digits((year, month, day): Date) -> [u8; 8] {
    let mut number = (year % 10_000).unsigned_abs() * 10_000 + (month * 100 + day).unsigned_abs();
    let mut digits = [0; 8];
    for digit in digits.iter_mut().rev() {
        *digit = (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// Whether one digit differs, or two neighbours are swapped.
fn is_typing_error(a: [u8; 8], b: [u8; 8]) -> bool {
    let mut different = (0..8).filter(|position| a[*position] != b[*position]);
    match (different.next(), different.next(), different.next()) {
        (Some(_), None, None) => true,
        (Some(first), Some(second), None) => {
            second == first + 1 && a[first] == b[second] && a[second] == b[first]
        }
        _ => false,
    }
}
