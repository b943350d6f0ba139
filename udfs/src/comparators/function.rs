//! Comparators as SQL functions.

use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, new_empty_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::comparator::{Comparator, Context};
use super::examples::example;
use crate::text::{is_text, signature_like};

/// A comparator as a function of the columns of one record and those of another, which gives the name of the level.
#[derive(Debug)]
pub(crate) struct Function {
    comparator: Arc<dyn Comparator>,
    signature: Signature,
    documentation: Documentation,
}

impl Function {
    pub(crate) fn new(comparator: Arc<dyn Comparator>) -> Self {
        let texts = vec![DataType::Utf8View; 2 * comparator.columns().len()];
        let documentation = documentation(comparator.as_ref());
        Self { comparator, signature: signature_like(texts, Volatility::Immutable), documentation }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.comparator.name() == other.comparator.name()
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.comparator.name().hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.comparator.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let (name, columns) = (self.name(), arg_types.len() / 2);
        let range = self.comparator.required_columns()..=self.comparator.columns().len();
        if !arg_types.len().is_multiple_of(2) || !range.contains(&columns) {
            return plan_err!("{name} is written {}", self.documentation.syntax_example);
        }
        let (left, right) = arg_types.split_at(columns);
        let types: Vec<DataType> = left.iter().zip(right).map(|(left, right)| common(left, right)).collect();
        let empty: Vec<ArrayRef> = types.iter().map(new_empty_array).collect();
        self.comparator.prepare(&empty, &Context::default())?;
        Ok([types.as_slice(), &types].concat())
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let (left, right) = arrays.split_at(arrays.len() / 2);
        let names: ArrayRef = Arc::new(self.names(left, right, rows)?);
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&names, 0)?),
            false => ColumnarValue::Array(names),
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

impl Function {
    /// The names of the levels of each row; NULL without evidence.
    fn names(&self, left: &[ArrayRef], right: &[ArrayRef], rows: usize) -> Result<StringViewArray> {
        let columns = left.iter().zip(right).map(|(left, right)| {
            let data_type = common(left.data_type(), right.data_type());
            Ok(concat(&[&cast(left, &data_type)?, &cast(right, &data_type)?])?)
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let prepared = self.comparator.prepare(&columns, &Context::default())?;
        let records: Vec<u32> = (0..2 * rows as u32).collect();
        let (left, right) = records.split_at(rows);
        let mut levels = vec![0; rows];
        prepared.compare(left, right, &mut levels);
        let names = self.comparator.levels();
        let name = |level: u8| Some(names.get(usize::from(level).checked_sub(1)?)?.name.as_ref());
        Ok(levels.into_iter().map(name).collect())
    }
}

/// The type as which two columns are compared: text if one is, else dates or numbers.
fn common(left: &DataType, right: &DataType) -> DataType {
    let plain = |data_type: &DataType| match data_type {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        other => other.clone(),
    };
    match (plain(left), plain(right)) {
        (left, right) if is_text(&left) || is_text(&right) => DataType::Utf8View,
        (DataType::Null, DataType::Null) => DataType::Utf8View,
        (DataType::Null, known) | (known, DataType::Null) => known,
        (left, right) if left == right => left,
        (left, right) if left.is_temporal() && right.is_temporal() => DataType::Date32,
        (left, right) if left.is_integer() && right.is_integer() => DataType::Int64,
        (left, right) if left.is_numeric() && right.is_numeric() => DataType::Float64,
        _ => DataType::Utf8View,
    }
}

fn documentation(comparator: &dyn Comparator) -> Documentation {
    let (name, columns) = (comparator.name(), comparator.columns());
    let mut description = format!(
        "{} The result is the name of a level, or NULL where a value is missing. The levels, from most to least alike:",
        comparator.description()
    );
    for (separator, level) in [" "].into_iter().chain(std::iter::repeat("; ")).zip(comparator.levels()) {
        // Writing to a string does not fail.
        let _ = write!(description, "{separator}`{}`: {}", level.name, level.description);
    }
    description.push('.');
    let (mut syntax, mut arguments) = (Vec::new(), Vec::new());
    for side in ["a", "b"] {
        for column in columns {
            let argument = if columns.len() == 1 { side.to_owned() } else { format!("{column}_{side}") };
            let noun = column.replace('_', " ");
            let record = if side == "a" { "one record" } else { "the other record" };
            arguments.push((argument.clone(), format!("The {noun} of {record}.")));
            syntax.push(argument);
        }
    }
    if comparator.required_columns() < columns.len() {
        let (last, others) = columns.split_at(comparator.required_columns());
        let _ = write!(
            description,
            " Of the columns, {} can be left out on both sides, the last ones first; {} must be there.",
            others.join(" and "),
            last.join(" and ")
        );
    }
    let section = DocSection { include: true, label: "Comparators", description: None };
    let documentation =
        Documentation::builder(section, description, format!("{name}({})", syntax.join(", ")));
    let documentation = documentation.with_sql_example(example(name));
    let documentation = arguments
        .into_iter()
        .fold(documentation, |documentation, (name, text)| documentation.with_argument(name, text));
    documentation.build()
}
