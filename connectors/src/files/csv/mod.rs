//! Delimited text.

mod examine;
mod scan;
mod splitter;

pub(super) use examine::examine;
pub(super) use scan::scan;
pub(super) use splitter::Dialect;

use super::options::TextSettings;
use splitter::Value;

/// Whether a field is NULL whatever its column's type: an empty field without quotes, or a text of the option
/// `null`.
fn is_null(value: Value<'_>, settings: &TextSettings) -> bool {
    (value.text.is_empty() && !value.quoted) || settings.nulls.iter().any(|null| null == value.text)
}
