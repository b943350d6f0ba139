//! `${NAME}` references to the environment.

use crate::{Error, Result};

/// Replaces each `${NAME}` in `value`. A `$` that no brace follows stands for itself.
pub(super) fn resolve(value: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut resolved = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        resolved.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let end = after.find('}').ok_or_else(|| {
            Error::new("a ${ is not closed").hint("write a reference to the environment as ${NAME}")
        })?;
        let name = &after[..end];
        let found = lookup(name).ok_or_else(|| {
            Error::new(format!("the environment variable {name} is not set"))
                .hint(format!("set it before starting: export {name}=…"))
        })?;
        resolved.push_str(&found);
        rest = &after[end + 1..];
    }
    resolved.push_str(rest);
    Ok(resolved)
}

/// Whether the whole value is one reference, which says nothing secret.
pub(super) fn is_reference(value: &str) -> bool {
    let name = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['$', '{', '}']))
}
