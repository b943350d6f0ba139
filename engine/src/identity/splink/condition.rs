//! Conditions of Splink, which are DuckDB's SQL over `"column_l"` and `"column_r"`, as conditions over `l` and `r`, and
//! back.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart,
    Value, VisitMut, VisitorMut,
};

use crate::sql::{canonical_ident, parse_expr, sql_text};
use crate::{Error, Result};

/// A condition over `l` and `r`.
///
/// # Errors
/// If it cannot be parsed, or calls a function of DuckDB's that has no equal here.
pub(super) fn read(text: &str) -> Result<Expr> {
    let mut expr = parse_expr(text)?;
    rewrite(&mut expr, &mut Read)?;
    Ok(expr)
}

/// An expression over a record as one over the columns of `l`, or of `r`.
pub(super) fn of_record(expr: &Expr, alias: &'static str) -> Result<Expr> {
    let mut expr = expr.clone();
    rewrite(&mut expr, &mut OfRecord(alias))?;
    Ok(expr)
}

/// An expression over `l` as one over a record.
pub(super) fn over_record(expr: &Expr) -> Result<Expr> {
    let mut expr = expr.clone();
    rewrite(&mut expr, &mut OverRecord)?;
    Ok(expr)
}

/// A condition over `l` and `r` as Splink writes it.
pub(super) fn written(expr: &Expr) -> Result<String> {
    let mut expr = expr.clone();
    rewrite(&mut expr, &mut Written)?;
    Ok(sql_text(&expr))
}

fn rewrite(expr: &mut Expr, visitor: &mut impl VisitorMut<Break = Box<Error>>) -> Result<()> {
    match VisitMut::visit(expr, visitor) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

fn ident(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

struct Read;

impl VisitorMut for Read {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let done = match expr {
            Expr::Identifier(name) => column(name).map(|column| *expr = column),
            Expr::Function(_) => function(expr),
            _ => Ok(()),
        };
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(Box::new(error)),
        }
    }
}

/// `"first_name_l"` is `l."first_name"`. Relations here have their columns in lower case.
fn column(name: &Ident) -> Result<Expr> {
    let name = name.value.to_lowercase();
    for (suffix, alias) in [("_l", "l"), ("_r", "r")] {
        if let Some(column) = name.strip_suffix(suffix) {
            return Ok(Expr::CompoundIdentifier(vec![Ident::new(alias), ident(column)]));
        }
    }
    Err(Error::invalid(format!("`{name}` does not end in _l or _r, so it is of neither record")))
}

/// Functions that are the same but for the name: DuckDB's, and ours.
const NAMES: [(&str, &str); 3] = [
    ("damerau_levenshtein", "osa"),
    ("jaro_similarity", "jaro"),
    ("jaro_winkler_similarity", "jaro_winkler"),
];

fn rename(function: &mut Function, name: &str) {
    function.name = ObjectName(vec![ObjectNamePart::Identifier(Ident::new(name))]);
}

/// Functions of DuckDB that are put in other words here, and those that do not exist here.
fn function(expr: &mut Expr) -> Result<()> {
    let Expr::Function(function) = expr else { return Ok(()) };
    let name = function.name.to_string().to_lowercase();
    if let Some((_, ours)) = NAMES.iter().find(|(theirs, _)| *theirs == name) {
        rename(function, ours);
    }
    match name.as_str() {
        "strip_accents" => rename(function, "fold_text"),
        "epoch" => {
            let texts = arguments(function);
            *expr = parse_expr(&format!("date_part('epoch', {})", texts.join(", ")))?;
        }
        "try_strptime" => {
            let texts = arguments(function);
            let [value, format] = texts.as_slice() else { return Err(unknown(&name)) };
            if format != "'%Y-%m-%d'" {
                return Err(Error::invalid(format!(
                    "try_strptime with the format {format} has no equal here"
                ))
                .hint(
                    "make the column a date in the query of the record source, and compare it by '%Y-%m-%d'",
                ));
            }
            *expr = parse_expr(&format!("TRY_CAST({value} AS TIMESTAMP)"))?;
        }
        "regexp_extract" => {
            let texts = arguments(function);
            *expr = match texts.as_slice() {
                [value, pattern] => first_match(value, pattern, false)?,
                [value, pattern, group] if group == "0" => first_match(value, pattern, false)?,
                [value, pattern, group] if group == "1" => first_match(value, pattern, true)?,
                _ => return Err(unknown(&name)),
            };
        }
        "jaccard"
        | "list_intersect"
        | "list_has_any"
        | "array_intersect"
        | "list_cosine_similarity"
        | "date_diff"
        | "datediff" => return Err(unknown(&name)),
        _ => {}
    }
    Ok(())
}

/// The first match of a pattern in quotes; its first group, or all of it.
fn first_match(value: &str, pattern: &str, group: bool) -> Result<Expr> {
    let inside = pattern.strip_prefix('\'').and_then(|p| p.strip_suffix('\''));
    match inside {
        Some(_) if group => parse_expr(&format!("regexp_match({value}, {pattern})[1]")),
        Some(inside) => parse_expr(&format!("regexp_match({value}, '({inside})')[1]")),
        None => Err(unknown("regexp_extract")),
    }
}

fn unknown(name: &str) -> Error {
    Error::invalid(format!("there is no function {name} here that does the same"))
        .hint("put another condition in its place; SHOW FUNCTIONS lists what there is")
}

fn arguments(function: &Function) -> Vec<String> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => sql_text(expr),
        other => other.to_string(),
    };
    list.args.iter().map(text).collect()
}

struct OfRecord(&'static str);

impl VisitorMut for OfRecord {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Identifier(name) = expr {
            let column = ident(&canonical_ident(name.clone()).value);
            *expr = Expr::CompoundIdentifier(vec![Ident::new(self.0), column]);
        }
        ControlFlow::Continue(())
    }
}

struct OverRecord;

impl VisitorMut for OverRecord {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [_, column] = parts.as_slice()
        {
            *expr = Expr::Identifier(ident(&canonical_ident(column.clone()).value));
        }
        ControlFlow::Continue(())
    }
}

struct Written;

impl VisitorMut for Written {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [alias, column] = parts.as_slice()
        {
            let column = canonical_ident(column.clone()).value;
            let side = canonical_ident(alias.clone()).value;
            *expr = Expr::Identifier(ident(&format!("{column}_{side}")));
        }
        if let Expr::Function(function) = expr {
            let name = function.name.to_string().to_lowercase();
            if let Some((theirs, _)) = NAMES.iter().find(|(_, ours)| *ours == name) {
                rename(function, theirs);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether an expression is the literal NULL.
pub(super) fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if value.value == Value::Null)
}
