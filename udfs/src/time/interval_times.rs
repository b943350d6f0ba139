use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray};
use arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_macros::user_doc;

/// As PostgreSQL counts the fractions of months and days.
const DAYS_OF_MONTH: f64 = 30.0;
const NANOSECONDS_OF_DAY: f64 = 86_400e9;

#[user_doc(
    doc_section(label = "Time and Date Functions"),
    description = "An interval, so many times. A fraction of a month counts in days of 30 to the month, one of a day in hours. PostgreSQL's clients write interval * number.",
    syntax_example = "interval_times(interval, number)",
    sql_example = r#"```sql
> SELECT interval_times(INTERVAL '5 minutes', 3) AS a, interval_times(INTERVAL '1 month', 0.5) AS b;
+---------+---------+
| a       | b       |
+---------+---------+
| 15 mins | 15 days |
+---------+---------+
```"#,
    argument(name = "interval", description = "An interval."),
    argument(name = "number", description = "How many times.")
)]
/// The function `interval_times`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct IntervalTimes {
    signature: Signature,
}

impl IntervalTimes {
    pub(crate) fn new() -> Self {
        let types = vec![DataType::Interval(IntervalUnit::MonthDayNano), DataType::Float64];
        Self { signature: Signature::exact(types, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for IntervalTimes {
    fn name(&self) -> &str {
        "interval_times"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [intervals, numbers] = take_function_args(self.name(), args.args)?;
        let scalar = matches!((&intervals, &numbers), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let arrays = [intervals, numbers].map(|value| value.into_array(if scalar { 1 } else { rows }));
        let [intervals, numbers] = arrays;
        let (intervals, numbers) = (intervals?, numbers?);
        let pairs = intervals
            .as_primitive::<IntervalMonthDayNanoType>()
            .iter()
            .zip(numbers.as_primitive::<Float64Type>());
        let products: IntervalMonthDayNanoArray =
            pairs.map(|(interval, number)| Some(times(interval?, number?))).collect();
        let products: ArrayRef = Arc::new(products);
        match scalar {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&products, 0)?)),
            false => Ok(ColumnarValue::Array(products)),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn times(interval: IntervalMonthDayNano, number: f64) -> IntervalMonthDayNano {
    let months = f64::from(interval.months) * number;
    let days = f64::from(interval.days) * number + (months.fract() * DAYS_OF_MONTH);
    // What is left of binary fractions is no part of a day.
    let days = if (days - days.round()).abs() < 1e-9 { days.round() } else { days };
    let nanoseconds = interval.nanoseconds as f64 * number + days.fract() * NANOSECONDS_OF_DAY;
    IntervalMonthDayNano {
        months: months.trunc() as i32,
        days: days.trunc() as i32,
        nanoseconds: nanoseconds.round() as i64,
    }
}
