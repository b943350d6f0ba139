use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion_macros::user_doc;
use phonenumber::country;

use super::phone::with_e164;
use crate::text::{Texts, text_coercion};

#[user_doc(
    doc_section(label = "Normalizing Functions"),
    description = "A phone number in E.164 form, such as +14255550100. A number without a country code is read as one of the region. Extensions are ignored. NULL when the text is not a number of a possible length.",
    syntax_example = "normalize_phone(text [, region])",
    sql_example = r#"```sql
> SELECT normalize_phone('(425) 555-0100 ext. 7') AS a, normalize_phone('030 123456', 'DE') AS b, normalize_phone('+44 (0)20 7946 0958') AS c, normalize_phone('123') AS d;
+--------------+-------------+---------------+---+
| a            | b           | c             | d |
+--------------+-------------+---------------+---+
| +14255550100 | +4930123456 | +442079460958 |   |
+--------------+-------------+---------------+---+
```"#,
    argument(name = "text", description = "The phone number."),
    argument(
        name = "region",
        description = "The region of numbers without a country code, as a two-letter code; 'US' by default. For a NULL region, or a code in a column that is not known, only numbers with a country code are read."
    )
)]
/// The function `normalize_phone`; see its SQL documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct NormalizePhone {
    signature: Signature,
}

impl NormalizePhone {
    pub(crate) fn new() -> Self {
        let signatures = vec![
            TypeSignature::Coercible(vec![text_coercion()]),
            TypeSignature::Coercible(vec![text_coercion(); 2]),
        ];
        Self { signature: Signature::one_of(signatures, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for NormalizePhone {
    fn name(&self) -> &str {
        "normalize_phone"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.as_slice() {
            [text] => normalize_phone(text, None, args.number_rows),
            [text, region] => normalize_phone(text, Some(region), args.number_rows),
            other => exec_err!("normalize_phone takes a number and a region, got {} arguments", other.len()),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn normalize_phone(
    text: &ColumnarValue,
    region: Option<&ColumnarValue>,
    rows: usize,
) -> Result<ColumnarValue> {
    let regions = match region {
        None => Regions::One(Some(country::US)),
        Some(ColumnarValue::Scalar(region)) => Regions::One(parse_scalar_region(region)?),
        Some(ColumnarValue::Array(regions)) => Regions::Each(Arc::clone(regions)),
    };
    match (text, &regions) {
        (ColumnarValue::Scalar(text), Regions::One(_)) => {
            let numbers = normalize_phones(&text.to_array()?, &regions)?;
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&numbers, 0)?))
        }
        _ => Ok(ColumnarValue::Array(normalize_phones(&text.to_array(rows)?, &regions)?)),
    }
}

/// The regions of numbers without a country code.
enum Regions {
    One(Option<country::Id>),
    Each(ArrayRef),
}

fn parse_scalar_region(region: &ScalarValue) -> Result<Option<country::Id>> {
    match region.try_as_str().flatten() {
        None => Ok(None),
        Some(code) => match parse_region(code) {
            Some(region) => Ok(Some(region)),
            None => exec_err!(
                "normalize_phone does not know the region '{code}'; use a two-letter code such as 'US' or 'DE'"
            ),
        },
    }
}

fn parse_region(code: &str) -> Option<country::Id> {
    code.trim().to_ascii_uppercase().parse().ok()
}

fn normalize_phones(texts: &ArrayRef, regions: &Regions) -> Result<ArrayRef> {
    let texts = Texts::try_new(texts)?;
    let mut numbers = StringViewBuilder::with_capacity(texts.len());
    match regions {
        Regions::One(region) => {
            for row in 0..texts.len() {
                append_phone(texts.get(row), *region, &mut numbers);
            }
        }
        Regions::Each(regions) => {
            let regions = Texts::try_new(regions)?;
            let mut last = (None, None);
            for row in 0..texts.len() {
                let code = regions.get(row);
                if code != last.0 {
                    last = (code, code.and_then(parse_region));
                }
                append_phone(texts.get(row), last.1, &mut numbers);
            }
        }
    }
    Ok(Arc::new(numbers.finish()))
}

fn append_phone(text: Option<&str>, region: Option<country::Id>, numbers: &mut StringViewBuilder) {
    match text {
        Some(text) => with_e164(text, region, |number| numbers.append_option(number)),
        None => numbers.append_null(),
    }
}
