//! Options as data: one table per connector, from which parsing, "did you mean", redaction and documentation
//! follow.

mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::nearest::did_you_mean;
use crate::{Error, Result};

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionType {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// One character, or none; `\t` is a tab.
    Char,
    /// One of a few words.
    OneOf(&'static [&'static str]),
}

impl std::fmt::Display for OptionType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Bool => "true or false",
            Self::Integer => "whole number",
            Self::Char => "character",
            Self::OneOf(words) => return f.write_str(&words.join(", ")),
        })
    }
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

impl OptionSpec {
    /// An option of a type: not required, not secret, without default.
    pub const fn new(name: &'static str, r#type: OptionType, description: &'static str) -> Self {
        Self { name, r#type, default: None, required: false, secret: false, description }
    }

    /// Sets the value when the option is not given.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// Makes the option necessary.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Hides the value wherever it is printed.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    fn matches(&self, key: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => key.len() > prefix.len() && key.starts_with(prefix),
            None => key == self.name,
        }
    }
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

impl Options {
    /// Checks the options that a statement gives against a connector's table, resolves `${NAME}` by `resolve`
    /// (usually the environment) and fills in defaults. Keys are compared without regard to case.
    ///
    /// # Errors
    /// An unknown key, a key given twice, a missing one, a value of the wrong type, or a `${NAME}` that
    /// `resolve` does not know. The message names the option, and its value unless that is secret or came from
    /// a reference.
    pub fn check(
        specs: &[OptionSpec],
        given: &[(String, String)],
        resolve: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut options = Self::default();
        for (key, value) in given {
            let key = key.to_lowercase();
            let spec = find(specs, &key)?;
            let resolved =
                reference::resolve(value, resolve).map_err(|error| error.on(format!("option {key}")))?;
            let hidden = spec.secret || resolved != *value;
            let checked = check_type(spec.r#type, &resolved).map_err(|expected| {
                let shown = if hidden { String::new() } else { format!(" '{value}'") };
                Error::new(format!("the value{shown} is not {expected}")).on(format!("option {key}"))
            })?;
            if hidden {
                options.secrets.push(key.clone());
            }
            if options.values.insert(key.clone(), checked).is_some() {
                return Err(Error::new("the option is given twice").on(format!("option {key}")));
            }
        }
        for spec in specs {
            if options.values.contains_key(spec.name) {
                continue;
            }
            if spec.required {
                return Err(Error::new(format!("the option {} is missing", spec.name))
                    .hint(format!("add it: OPTIONS ({} '…'). {}", spec.name, spec.description)));
            }
            if let Some(default) = spec.default {
                options.values.insert(spec.name.to_owned(), default.to_owned());
            }
        }
        Ok(options)
    }

    /// The options as they may be printed: a secret is `***` unless it is a mere `${NAME}` reference.
    pub fn redact(specs: &[OptionSpec], given: &[(String, String)]) -> Vec<(String, String)> {
        let show = |key: &str, value: &str| {
            let key = key.to_lowercase();
            let secret = specs.iter().find(|spec| spec.matches(&key)).is_none_or(|spec| spec.secret);
            if secret && !reference::is_reference(value) { "***".to_owned() } else { value.to_owned() }
        };
        given.iter().map(|(key, value)| (key.clone(), show(key, value))).collect()
    }

    /// The text of an option, or `None` when it is neither given nor has a default.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The truth of an option of type [`OptionType::Bool`].
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.text(name)?.parse().ok()
    }

    /// The number of an option of type [`OptionType::Integer`].
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The character of an option of type [`OptionType::Char`]; `None` also when the value is empty.
    pub fn char(&self, name: &str) -> Option<char> {
        self.text(name)?.chars().next()
    }

    /// The options whose key begins with `prefix`, without it, in the order of their keys.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }
}

/// Two lists of options, one after the other; `N` is the sum of their lengths.
pub(crate) const fn joined<const A: usize, const B: usize, const N: usize>(
    first: [OptionSpec; A],
    second: [OptionSpec; B],
) -> [OptionSpec; N] {
    let mut all = [first[0]; N];
    let mut n = 1;
    while n < N {
        all[n] = if n < A { first[n] } else { second[n - A] };
        n += 1;
    }
    all
}

fn find<'a>(specs: &'a [OptionSpec], key: &str) -> Result<&'a OptionSpec> {
    specs.iter().find(|spec| spec.matches(key)).ok_or_else(|| {
        let names = specs.iter().map(|spec| spec.name);
        Error::new(format!("there is no option {key}")).hint(did_you_mean(key, "the options are", names))
    })
}

/// The value in its canonical form, or what it should have been.
fn check_type(r#type: OptionType, value: &str) -> Result<String, String> {
    match r#type {
        OptionType::Text => Ok(value.to_owned()),
        OptionType::Bool => match value.trim().to_lowercase().as_str() {
            word @ ("true" | "false") => Ok(word.to_owned()),
            _ => Err("true or false".to_owned()),
        },
        OptionType::Integer => match value.trim().parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err("a whole number".to_owned()),
        },
        OptionType::Char => match value {
            "\\t" => Ok("\t".to_owned()),
            _ if value.chars().count() <= 1 => Ok(value.to_owned()),
            _ => Err("a single character (a tab is written \\t)".to_owned()),
        },
        OptionType::OneOf(words) => {
            let word = value.trim().to_lowercase();
            if words.contains(&word.as_str()) {
                return Ok(word);
            }
            let nearest = crate::nearest::nearest(&word, words.iter().copied());
            let suggestion = nearest.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            Err(format!("one of {}{suggestion}", words.join(", ")))
        }
    }
}
