//! Formats of times: `to_timestamp(x, 'YYYY-MM-DD HH24:MI:SS.US')` has PostgreSQL's patterns, DataFusion those of chrono.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::build::{last, literal, text};

/// PostgreSQL's patterns in upper case, the longer ones of a beginning first, with those of chrono.
const PATTERNS: [(&str, &str); 34] = [
    ("YYYY", "%Y"),
    ("IYYY", "%G"),
    ("YYY", "%Y"),
    ("YY", "%y"),
    ("MONTH", "%B"),
    ("MON", "%b"),
    ("MM", "%m"),
    ("MI", "%M"),
    (".MS", "%.3f"),
    ("MS", "%3f"),
    (".US", "%.6f"),
    ("US", "%6f"),
    (".FF3", "%.3f"),
    (".FF6", "%.6f"),
    ("FF3", "%3f"),
    ("FF6", "%6f"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("DAY", "%A"),
    ("DY", "%a"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("SSSS", "%s"),
    ("SS", "%S"),
    ("A.M.", "%p"),
    ("P.M.", "%p"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("IW", "%V"),
    ("ID", "%u"),
    ("TZH:TZM", "%:z"),
    ("TZ", "%Z"),
    ("OF", "%:z"),
];

/// Writes the format of `to_char`, `to_date` and `to_timestamp` as chrono's.
pub(super) fn rewrite(expr: &mut Expr) {
    let Expr::Function(function) = expr else { return };
    let reads = match last(&function.name).as_deref() {
        Some("to_timestamp" | "to_date") => true,
        Some("to_char") => false,
        _ => return,
    };
    let FunctionArguments::List(list) = &mut function.args else { return };
    if let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(format))] = list.args.as_mut_slice()
        && let Some(written) = literal(format)
        && let Some(format_of_chrono) = translated(written, reads)
    {
        *format = text(&format_of_chrono);
    }
}

/// `None` for a format that has no pattern of PostgreSQL's, or is chrono's already.
fn translated(format: &str, reads: bool) -> Option<String> {
    if format.contains('%') {
        return None;
    }
    let (mut out, mut rest, mut found, mut unpadded) = (String::new(), format, false, false);
    'next: while !rest.is_empty() {
        // What is in quotes is text.
        if let Some(quoted) = rest.strip_prefix('"')
            && let Some(end) = quoted.find('"')
        {
            out.push_str(&quoted[..end]);
            rest = &quoted[end + 1..];
            continue;
        }
        if rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("FM")) {
            unpadded = true;
            rest = &rest[2..];
            continue;
        }
        for (pattern, chrono) in PATTERNS {
            if rest.get(..pattern.len()).is_some_and(|word| word.eq_ignore_ascii_case(pattern)) {
                // A reader takes as many digits as there are.
                let chrono = if reads && chrono.starts_with("%.") { "%.f" } else { chrono };
                let plain = unpadded && chrono.len() == 2 && !chrono.ends_with(['B', 'A', 'b', 'a', 'p']);
                out.push_str(&if plain { chrono.replacen('%', "%-", 1) } else { chrono.to_owned() });
                rest = &rest[pattern.len()..];
                (found, unpadded) = (true, false);
                continue 'next;
            }
        }
        let character = rest.chars().next()?;
        out.push(character);
        rest = &rest[character.len_utf8()..];
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn patterns() {
        for (format, reads, expected) in [
            ("YYYY-MM-DD HH24:MI:SS.US", true, Some("%Y-%m-%d %H:%M:%S%.f")),
            ("YYYY-MM-DD HH24:MI:SS.US", false, Some("%Y-%m-%d %H:%M:%S%.6f")),
            ("FMDD. FMMonth YYYY", false, Some("%-d. %B %Y")),
            ("yyyy-mm-dd\"T\"hh24:mi", false, Some("%Y-%m-%dT%H:%M")),
            ("%Y-%m-%d", false, None),
            ("999.99", false, None),
        ] {
            assert_eq!(translated(format, reads).as_deref(), expected, "{format}");
        }
    }
}
