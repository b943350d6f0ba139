//! Options as data: one table per connector, from which parsing, "did you mean", redaction and documentation
//! follow.

use std::collections::BTreeMap;

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionType {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// One character; `\t` is a tab.
    Char,
    /// One of a few words.
    OneOf(&'static [&'static str]),
}

/// One option of a connector.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec {
    /// The key in `OPTIONS (key 'value')`, lower case. A key that ends in `*` stands for every key that begins
    /// so, as `columns.*` for `columns.contacts`.
    pub name: &'static str,
    /// The type of the value.
    pub r#type: OptionType,
    /// The value when the option is not given.
    pub default: Option<&'static str>,
    /// Whether the source cannot be opened without it.
    pub required: bool,
    /// Whether the value is shown as `***` wherever it is printed.
    pub secret: bool,
    /// One sentence for the documentation.
    pub description: &'static str,
}

/// Checked options of one source: defaults filled in, references resolved.
#[derive(Clone, Default)]
pub struct Options {
    values: BTreeMap<String, String>,
    secrets: Vec<String>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.values.iter().map(|(k, v)| (k, if self.secrets.contains(k) { "***" } else { v }));
        f.debug_map().entries(shown).finish()
    }
}
