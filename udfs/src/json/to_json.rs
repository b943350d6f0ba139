use std::str;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::datatypes::{DataType, Field};
use arrow::json::writer::{EncoderOptions, make_encoder};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion_macros::user_doc;

use crate::text::unary;

#[user_doc(
    doc_section(label = "JSON Functions"),
    description = "The value as JSON text: an object for a struct or a map, an array for a list. Fields that are NULL are left out of objects; a NULL value gives NULL.",
    syntax_example = "to_json(value)",
    sql_example = r#"```sql
> SELECT to_json(named_struct('id', 7, 'name', 'Ada', 'city', NULL, 'tags', ['new', 'vip'])) AS json;
+--------------------------------------------+
| json                                       |
+--------------------------------------------+
| {"id":7,"name":"Ada","tags":["new","vip"]} |
+--------------------------------------------+
```"#,
    argument(name = "value", description = "A value of any type; usually a struct of columns.")
)]
/// The function `to_json`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ToJson {
    signature: Signature,
}

impl ToJson {
    pub(crate) fn new() -> Self {
        Self {
            signature: Signature::one_of(
                vec![TypeSignature::Any(1), TypeSignature::Exact(vec![DataType::Utf8View])],
                Volatility::Immutable,
            ),
        }
    }
}

impl ScalarUDFImpl for ToJson {
    fn name(&self) -> &str {
        "to_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        unary(&args, to_json)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

pub(crate) fn to_json(array: &ArrayRef) -> Result<ArrayRef> {
    let mut results = StringViewBuilder::with_capacity(array.len());
    if array.data_type() == &DataType::Null {
        (0..array.len()).for_each(|_| results.append_null());
        return Ok(Arc::new(results.finish()));
    }
    let field = Arc::new(Field::new("value", array.data_type().clone(), true));
    let options = EncoderOptions::default();
    let mut encoder = make_encoder(&field, array, &options)?;
    let nulls = array.logical_nulls();
    let mut buffer = Vec::new();
    for row in 0..array.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            results.append_null();
            continue;
        }
        buffer.clear();
        encoder.encode(row, &mut buffer);
        let json = str::from_utf8(&buffer).map_err(|error| DataFusionError::External(error.into()))?;
        results.append_value(json);
    }
    Ok(Arc::new(results.finish()))
}
