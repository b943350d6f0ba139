//! `format_type` as PostgreSQL writes types: a number with digits also tells that it has none after the point.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use datafusion_pg_catalog::pg_catalog::format_type::create_format_type_udf;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FormatType(ScalarUDF);

impl FormatType {
    pub(super) fn new() -> Self {
        Self(create_format_type_udf())
    }
}

impl ScalarUDFImpl for FormatType {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> DFResult<DataType> {
        self.0.return_type(types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DFResult<ColumnarValue> {
        let rows = args.number_rows;
        let names = self.0.invoke_with_args(args)?.into_array(rows)?;
        let Some(names) = names.as_string_opt::<i32>() else { return Ok(ColumnarValue::Array(names)) };
        let whole: ArrayRef =
            Arc::new(names.iter().map(|name| name.map(with_scale)).collect::<StringArray>());
        Ok(ColumnarValue::Array(whole))
    }
}

fn with_scale(name: &str) -> String {
    match name.strip_prefix("numeric(").and_then(|rest| rest.strip_suffix(')')) {
        Some(digits) if !digits.contains(',') => format!("numeric({digits},0)"),
        _ => name.to_owned(),
    }
}
