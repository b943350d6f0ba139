//! `has_table_privilege` and its like: what was not granted is not in the directory, and nothing but reading is granted.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::values::{oid, said};
use super::{About, Answer};

/// The functions with their types. The user, if one is named before the object, is taken for the one who asks.
pub(super) fn all() -> Vec<(&'static str, DataType, Answer)> {
    let table: Answer = |about, args| {
        let Some([object, privilege]) = last(args) else { return ScalarValue::Boolean(None) };
        granted(about.relation_is_known(object).map(|known| known && reads(privilege)))
    };
    // The column stands between the table and the privilege.
    let column: Answer = |about, args| {
        let Some([object, _, privilege]) = last(args) else { return ScalarValue::Boolean(None) };
        granted(about.relation_is_known(object).map(|known| known && reads(privilege)))
    };
    let schema: Answer = |about, args| {
        let Some([object, privilege]) = last(args) else { return ScalarValue::Boolean(None) };
        granted(about.schema_is_known(object).map(|known| known && has(privilege, &["usage"])))
    };
    let database: Answer = |_, args| {
        let privilege = args.last().and_then(|privilege| said(Some(privilege)));
        granted(privilege.map(|p| any_of(&p, &["connect", "temp", "temporary"])))
    };
    let function: Answer = |_, _| granted(Some(true));
    let nothing: Answer = |_, _| granted(Some(false));
    vec![
        ("has_table_privilege", DataType::Boolean, table),
        ("has_any_column_privilege", DataType::Boolean, table),
        ("has_column_privilege", DataType::Boolean, column),
        ("has_schema_privilege", DataType::Boolean, schema),
        ("has_database_privilege", DataType::Boolean, database),
        ("has_function_privilege", DataType::Boolean, function),
        ("has_sequence_privilege", DataType::Boolean, nothing),
        ("has_tablespace_privilege", DataType::Boolean, nothing),
    ]
}

fn granted(is: Option<bool>) -> ScalarValue {
    ScalarValue::Boolean(is)
}

fn last<const N: usize>(args: &[ScalarValue]) -> Option<&[ScalarValue; N]> {
    args.last_chunk()
}

fn reads(privilege: &ScalarValue) -> bool {
    has(privilege, &["select"])
}

fn has(privilege: &ScalarValue, known: &[&str]) -> bool {
    said(Some(privilege)).is_some_and(|text| any_of(&text, known))
}

/// Whether one of some privileges, separated by commas, is known. None can be granted on.
fn any_of(privileges: &str, known: &[&str]) -> bool {
    privileges.split(',').any(|one| known.contains(&one.trim().to_lowercase().as_str()))
}

impl About {
    /// Whether the user may read the relation of a name or a number; `None` without a value.
    fn relation_is_known(&self, object: &ScalarValue) -> Option<bool> {
        let directory = self.directory()?;
        match (said(Some(object)), oid(Some(object))) {
            (Some(name), _) => Some(directory.named(&name).is_some()),
            (None, Some(oid)) => Some(directory.relation(oid).is_some()),
            (None, None) => None,
        }
    }

    fn schema_is_known(&self, object: &ScalarValue) -> Option<bool> {
        let directory = self.directory()?;
        match (said(Some(object)), oid(Some(object))) {
            (Some(name), _) => Some(directory.schemas.iter().any(|(_, known, _)| *known == name)),
            (None, Some(oid)) => Some(directory.schemas.iter().any(|(known, ..)| *known == oid)),
            (None, None) => None,
        }
    }
}
