//! The functions of `pg_catalog` that clients call, registered in the session of a connection.

mod answers;
mod format_type;
mod privileges;
mod values;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion_pg_catalog::pg_catalog as ready;

use super::directory::Directory;
use crate::catalog::provider::SessionCatalog;
use crate::serve::Settings;
use crate::session::Session;

/// What a function can ask.
struct About {
    catalog: Weak<SessionCatalog>,
    settings: Arc<Settings>,
    user: String,
    process: i32,
}

impl About {
    fn directory(&self) -> Option<Arc<Directory>> {
        self.catalog.upgrade().and_then(|catalog| catalog.pg_catalog().directory())
    }
}

type Answer = fn(&About, &[ScalarValue]) -> ScalarValue;

/// Registers the functions for a connection.
pub(crate) fn register(session: &Session, settings: &Arc<Settings>, process: i32) {
    session.catalog().pg_catalog().keep_settings(settings);
    let about = Arc::new(About {
        catalog: Arc::downgrade(session.catalog()),
        settings: Arc::clone(settings),
        user: session.user().unwrap_or("onefold").to_owned(),
        process,
    });
    let ctx = session.ctx();
    for (name, returns, answer) in answers::all() {
        let about = Arc::clone(&about);
        let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
        let signature = Signature::one_of(any, Volatility::Stable);
        let function = Function { name, returns, signature, about, answer };
        ctx.register_udf(ScalarUDF::new_from_impl(function));
    }
    for function in [
        ScalarUDF::new_from_impl(format_type::FormatType::new()),
        ready::quote_ident_udf::create_quote_ident_udf(),
        ready::quote_ident_udf::create_parse_ident_udf(),
        ready::array_bounds_udf::create_array_upper_udf(),
        ready::array_bounds_udf::create_array_lower_udf(),
    ] {
        ctx.register_udf(function);
    }
}

struct Function {
    name: &'static str,
    returns: DataType,
    signature: Signature,
    about: Arc<About>,
    answer: Answer,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DFResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DFResult<ColumnarValue> {
        let rows = args.number_rows;
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let at = |row: usize| -> DFResult<Vec<ScalarValue>> {
            let value = |arg: &ColumnarValue| match arg {
                ColumnarValue::Scalar(value) => Ok(value.clone()),
                ColumnarValue::Array(array) => ScalarValue::try_from_array(array, row),
            };
            args.args.iter().map(value).collect()
        };
        if constant {
            return Ok(ColumnarValue::Scalar((self.answer)(&self.about, &at(0)?)));
        }
        let values = (0..rows).map(|row| Ok((self.answer)(&self.about, &at(row)?)));
        let values = values.collect::<DFResult<Vec<_>>>()?;
        let array: ArrayRef = match values.is_empty() {
            true => arrow::array::new_empty_array(&self.returns),
            false => ScalarValue::iter_to_array(values)?,
        };
        Ok(ColumnarValue::Array(array))
    }
}
