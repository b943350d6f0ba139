use std::sync::Arc;

use arrow::array::{AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion_macros::user_doc;

use super::results::finish;

#[user_doc(
    doc_section(label = "Similarity Functions"),
    description = "The distance of two points on the earth in kilometres along a great circle, by the haversine formula on a sphere of the mean radius 6371.0088 km.",
    syntax_example = "great_circle_km(latitude1, longitude1, latitude2, longitude2)",
    sql_example = r#"```sql
> SELECT round(great_circle_km(47.6062, -122.3321, 52.52, 13.405), 0) AS km;
+--------+
| km     |
+--------+
| 8118.0 |
+--------+
```"#,
    argument(
        name = "latitude1",
        description = "The latitude of the first point in degrees, north positive."
    ),
    argument(
        name = "longitude1",
        description = "The longitude of the first point in degrees, east positive."
    ),
    argument(name = "latitude2", description = "The latitude of the second point."),
    argument(name = "longitude2", description = "The longitude of the second point.")
)]
/// The function `great_circle_km`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct GreatCircleKm {
    signature: Signature,
}

impl GreatCircleKm {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Float64; 4], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for GreatCircleKm {
    fn name(&self) -> &str {
        "great_circle_km"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = args.args.iter().map(|argument| argument.to_array(args.number_rows));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let [latitude1, longitude1, latitude2, longitude2] = take_function_args(self.name(), columns)?;
        let (latitude1, longitude1) =
            (latitude1.as_primitive::<Float64Type>(), longitude1.as_primitive::<Float64Type>());
        let (latitude2, longitude2) =
            (latitude2.as_primitive::<Float64Type>(), longitude2.as_primitive::<Float64Type>());
        let starts = latitude1.iter().zip(longitude1.iter());
        let ends = latitude2.iter().zip(longitude2.iter());
        let distances =
            starts.zip(ends).map(|(start, end)| Some(great_circle_km(start.0?, start.1?, end.0?, end.1?)));
        finish(Arc::new(distances.collect::<Float64Array>()), &args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The mean radius of the earth (IUGG) in kilometres.
pub(crate) const EARTH_RADIUS_KM: f64 = 6371.0088;

fn great_circle_km(latitude1: f64, longitude1: f64, latitude2: f64, longitude2: f64) -> f64 {
    let (latitude1, latitude2) = (latitude1.to_radians(), latitude2.to_radians());
    let longitudes = (longitude2 - longitude1).to_radians();
    let haversine = ((latitude2 - latitude1) / 2.0).sin().powi(2)
        + latitude1.cos() * latitude2.cos() * (longitudes / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * haversine.sqrt().min(1.0).asin()
}
