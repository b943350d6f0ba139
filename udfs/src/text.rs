//! Reading text arrays of any layout, and mapping text to text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, StringArray, StringViewArray, StringViewBuilder,
};
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::types::{NativeType, logical_int64, logical_string};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    Coercion, ColumnarValue, EncodingPreservation, ScalarFunctionArgs, Signature, TypeSignature,
    TypeSignatureClass, Volatility,
};

/// Whether values of this type are text without a further encoding.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// A parameter that takes text in the layout it has.
///
/// Integers are cast, because a column of phone numbers or postcodes in a CSV file is often taken for one.
pub(crate) fn text_coercion() -> Coercion {
    Coercion::new_implicit(
        TypeSignatureClass::Native(logical_string()),
        vec![TypeSignatureClass::Native(logical_int64())],
        NativeType::String,
    )
}

/// The signature of a function of one text that is computed once per dictionary value.
pub(crate) fn dictionary_signature() -> Signature {
    let text = text_coercion().with_encoding_preservation(EncodingPreservation::dictionary());
    Signature::coercible(vec![text], Volatility::Immutable)
}

/// The signature of a function of one text.
pub(crate) fn text_signature() -> Signature {
    Signature::coercible(vec![text_coercion()], Volatility::Immutable)
}

/// The signature of a function of two texts.
pub(crate) fn pair_signature() -> Signature {
    let text = Coercion::new_exact(TypeSignatureClass::Native(logical_string()));
    Signature::coercible(vec![text; 2], Volatility::Immutable)
}

/// The signature of a function whose `coerce_types` decides, with an example of its arguments for
/// `SHOW FUNCTIONS`, which leaves out what has none.
pub(crate) fn signature_like(example: Vec<DataType>, volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::UserDefined, TypeSignature::Exact(example)], volatility)
}

/// A text array of any of the three layouts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Texts<'a> {
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
}

impl<'a> Texts<'a> {
    pub(crate) fn try_new(array: &'a ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::Utf8 => Ok(Self::Utf8(array.as_string())),
            DataType::LargeUtf8 => Ok(Self::LargeUtf8(array.as_string())),
            DataType::Utf8View => Ok(Self::Utf8View(array.as_string_view())),
            other => exec_err!("expected text, got {other}"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Utf8(array) => array.len(),
            Self::LargeUtf8(array) => array.len(),
            Self::Utf8View(array) => array.len(),
        }
    }

    /// The text at `row`; `None` when it is NULL.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Self::LargeUtf8(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Utf8View(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}

/// Applies an array kernel to the only argument of a function; a scalar stays a scalar.
pub(crate) fn unary(
    args: &ScalarFunctionArgs,
    kernel: impl FnOnce(&ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    match args.args.as_slice() {
        [ColumnarValue::Array(array)] => Ok(ColumnarValue::Array(kernel(array)?)),
        [ColumnarValue::Scalar(scalar)] => {
            let result = kernel(&scalar.to_array()?)?;
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
        }
        other => exec_err!("expected one argument, got {}", other.len()),
    }
}

/// Maps one text to one text. `map` appends the result to an empty buffer and returns whether there is one;
/// otherwise, and for NULL, the result is NULL.
pub(crate) fn map_text(
    args: &ScalarFunctionArgs,
    mut map: impl FnMut(&str, &mut String) -> bool,
) -> Result<ColumnarValue> {
    unary(args, |array| map_array(array, &mut map))
}

fn map_array(array: &ArrayRef, map: &mut impl FnMut(&str, &mut String) -> bool) -> Result<ArrayRef> {
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        let values = map_array(dictionary.values(), map)?;
        return Ok(take(&values, dictionary.keys(), None)?);
    }
    let texts = Texts::try_new(array)?;
    let mut results = StringViewBuilder::with_capacity(texts.len());
    let mut buffer = String::new();
    for row in 0..texts.len() {
        buffer.clear();
        match texts.get(row) {
            Some(text) if map(text, &mut buffer) => results.append_value(&buffer),
            _ => results.append_null(),
        }
    }
    Ok(Arc::new(results.finish()))
}
