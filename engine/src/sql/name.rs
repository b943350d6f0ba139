//! Names: how they are read and when they are quoted.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

/// Words that are part of a query or a statement; as a name they must be quoted. Sorted.
const RESERVED: [&str; 45] = [
    "all",
    "and",
    "any",
    "as",
    "between",
    "case",
    "cast",
    "create",
    "distinct",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "from",
    "group",
    "having",
    "if",
    "in",
    "intersect",
    "interval",
    "is",
    "join",
    "like",
    "limit",
    "not",
    "null",
    "of",
    "offset",
    "on",
    "or",
    "order",
    "select",
    "set",
    "struct",
    "table",
    "then",
    "trim",
    "true",
    "union",
    "using",
    "values",
    "when",
    "where",
];

/// Whether an unquoted word cannot be a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word.to_ascii_lowercase().as_str())
}

/// The name itself as its value, in quotes only if it would read differently without. An unquoted name is
/// folded to lower case, as DataFusion does.
pub fn canonical_ident(ident: Ident) -> Ident {
    let value = if ident.quote_style.is_none() { ident.value.to_ascii_lowercase() } else { ident.value };
    let mut chars = value.chars();
    let plain = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && !value.bytes().any(|b| b.is_ascii_uppercase())
        && !is_reserved(&value);
    Ident { quote_style: if plain { None } else { Some('"') }, value, span: ident.span }
}

/// A name with each part made canonical.
pub(super) fn canonical_name(name: ObjectName) -> ObjectName {
    ObjectName(
        name.0
            .into_iter()
            .map(|part| match part {
                ObjectNamePart::Identifier(ident) => ObjectNamePart::Identifier(canonical_ident(ident)),
                function @ ObjectNamePart::Function(_) => function,
            })
            .collect(),
    )
}
