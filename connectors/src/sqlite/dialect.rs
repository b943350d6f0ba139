//! SQLite's SQL.

use datafusion::common::ScalarValue;

use crate::database::dialect::{Aggregates, Dialect, double_of, integer_of, quoted_text, text_of};
use crate::database::table::{Compare, RemoteColumn};

/// Doubles up to here have no fraction that could be read in another way.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// The dialect. Connections have `case_sensitive_like` on.
#[derive(Debug)]
pub(super) struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn quote(&self, name: &str) -> String {
        quote(name)
    }

    fn literal(&self, column: &RemoteColumn, value: &ScalarValue) -> Option<String> {
        match column.compare {
            Compare::Integer => integer_of(value),
            // SQLite reads the digits of a double to 17 places at best, not to the nearest double.
            Compare::Float => {
                let number = double_of(value).filter(|n| n.fract() == 0.0 && n.abs() < WHOLE)?;
                Some(format!("{number:.1}"))
            }
            Compare::Text(_) => quoted_text(text_of(value)?),
            _ => None,
        }
    }

    fn operand(&self, column: &RemoteColumn, _: bool) -> String {
        match column.compare {
            Compare::Text(_) => format!("{} COLLATE BINARY", column.read),
            _ => column.read.clone(),
        }
    }

    fn truth(&self, column: &RemoteColumn) -> String {
        format!("({} <> 0)", column.read)
    }

    fn aggregates(&self) -> Option<Aggregates> {
        Some(Aggregates { whole: 0, as_whole: str::to_owned })
    }

    fn equal(&self, left: &RemoteColumn, right: &RemoteColumn) -> Option<String> {
        match left.compare {
            Compare::Integer | Compare::Text(_) => {
                Some(format!("{} = {}", self.operand(left, false), self.operand(right, false)))
            }
            _ => None,
        }
    }

    fn like(&self, column: &RemoteColumn, pattern: &str) -> Option<String> {
        Some(format!("{} LIKE {} ESCAPE '\\'", column.read, quoted_text(pattern)?))
    }
}

/// A name in quotes.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
