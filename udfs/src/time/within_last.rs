use crate::text::signature_like;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::functions::datetime::now;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility, cast,
};
use datafusion_macros::user_doc;

#[user_doc(
    doc_section(label = "Time and Date Functions"),
    description = "Whether a point in time lies within the last interval before now: after now() less the interval, and not after now(). For dates, after the date of now() less the interval, and not after today. The plan shows the two comparisons, so that they reach the source.",
    syntax_example = "within_last(time, interval)",
    sql_example = r#"```sql
> SELECT within_last(now() - INTERVAL '3 days', INTERVAL '1 week') AS a, within_last(now() - INTERVAL '3 weeks', INTERVAL '1 week') AS b;
+------+-------+
| a    | b     |
+------+-------+
| true | false |
+------+-------+
```"#,
    argument(name = "time", description = "A date or timestamp."),
    argument(name = "interval", description = "The length of the interval, for example INTERVAL '30 days'.")
)]
/// The function `within_last`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct WithinLast {
    signature: Signature,
}

impl WithinLast {
    pub(crate) fn new() -> Self {
        Self {
            signature: signature_like(
                vec![
                    DataType::Timestamp(TimeUnit::Nanosecond, None),
                    DataType::Interval(IntervalUnit::MonthDayNano),
                ],
                Volatility::Stable,
            ),
        }
    }
}

impl ScalarUDFImpl for WithinLast {
    fn name(&self) -> &str {
        "within_last"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [time, interval] = take_function_args(self.name(), arg_types)?;
        let time = match time {
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => time.clone(),
            DataType::Null => DataType::Timestamp(TimeUnit::Nanosecond, None),
            other => {
                return plan_err!(
                    "within_last takes a date or a timestamp, not {other}; cast it, or use to_timestamp"
                );
            }
        };
        match interval {
            DataType::Interval(_) | DataType::Duration(_) => Ok(vec![time, interval.clone()]),
            other => plan_err!("within_last takes an interval such as INTERVAL '30 days', not {other}"),
        }
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!(
            "{} is replaced by comparisons with now() before it runs; here it was not planned",
            args.return_field.name()
        )
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let [time, interval] = take_function_args(self.name(), args)?;
        Ok(ExprSimplifyResult::Simplified(comparison(time, interval, info)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// `time > now() - interval AND time <= now()`, with now() as a value of the type of `time`.
fn comparison(time: Expr, interval: Expr, info: &SimplifyContext) -> Result<Expr> {
    let data_type = info.get_data_type(&time)?;
    let now = now(info.config_options()).call(vec![]);
    let start = cast(now.clone() - interval, data_type.clone());
    Ok(time.clone().gt(start).and(time.lt_eq(cast(now, data_type))))
}
