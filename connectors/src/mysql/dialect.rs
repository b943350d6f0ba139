//! MySQL's SQL.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;

use super::types::is_date;
use crate::database::dialect::{
    Aggregates, Dialect, date_of, decimal_of, double_of, integer_of, quoted_text, text_of, timestamp_of,
};
use crate::database::table::{Compare, RemoteColumn};

/// By so many bytes values are sorted unless a session asks for more.
const SORTED_BYTES: u32 = 1024;

/// The dialect. Sessions have `NO_BACKSLASH_ESCAPES` and UTC.
#[derive(Debug)]
pub(super) struct MysqlDialect;

impl Dialect for MysqlDialect {
    fn quote(&self, name: &str) -> String {
        quote(name)
    }

    fn literal(&self, column: &RemoteColumn, value: &ScalarValue) -> Option<String> {
        match column.compare {
            Compare::Nulls | Compare::Boolean | Compare::Uuid => None,
            Compare::Integer => integer_of(value),
            // With an exponent it is a double, without one a decimal.
            Compare::Float => double_of(value).map(|number| format!("{number:e}")),
            Compare::Decimal => decimal_of(value),
            Compare::Text(_) => quoted_text(text_of(value)?),
            Compare::Date => Some(format!("DATE'{}'", date_of(value)?)),
            Compare::Timestamp => Some(format!("TIMESTAMP'{}'", timestamp_of(value)?)),
        }
    }

    fn operand(&self, column: &RemoteColumn, _: bool) -> String {
        match column.compare {
            Compare::Text(_) => format!("CAST(CONVERT({} USING utf8mb4) AS BINARY)", column.read),
            _ if is_date(&column.data_type) => date(&column.read),
            _ => column.read.clone(),
        }
    }

    fn index_hint(&self, column: &RemoteColumn, operator: Operator, literals: &[String]) -> Option<String> {
        let sent = match column.compare {
            // Under any collation equal bytes are equal texts.
            Compare::Text(_) if operator == Operator::Eq => column.read.clone(),
            Compare::Date | Compare::Timestamp if operator != Operator::NotEq => column.read.clone(),
            _ => return None,
        };
        Some(match literals {
            [one] => format!("{sent} {operator} {one}"),
            several => format!("{sent} IN ({})", several.join(", ")),
        })
    }

    fn is_null(&self, column: &RemoteColumn) -> String {
        match is_date(&column.data_type) {
            true => format!("{} IS NULL", date(&column.read)),
            false => format!("{} IS NULL", column.read),
        }
    }

    fn truth(&self, column: &RemoteColumn) -> String {
        format!("({} <> 0)", column.read)
    }

    fn aggregates(&self) -> Option<Aggregates> {
        Some(Aggregates { whole: 0, as_whole: |sum| format!("CAST({sum} AS SIGNED)") })
    }

    fn equal(&self, left: &RemoteColumn, right: &RemoteColumn) -> Option<String> {
        let (one, other) = (&left.read, &right.read);
        match left.compare {
            Compare::Integer | Compare::Decimal => Some(format!("{one} = {other}")),
            Compare::Date | Compare::Timestamp => {
                Some(format!("{one} = {other} AND {} IS NOT NULL", date(one)))
            }
            // Compared by their bytes they have no index, and MariaDB tries all pairs then.
            Compare::Text(_) => None,
            Compare::Nulls | Compare::Boolean | Compare::Float | Compare::Uuid => None,
        }
    }

    /// MariaDB tries all pairs, unless it is configured otherwise.
    fn joins_without_index(&self) -> bool {
        false
    }

    fn like(&self, column: &RemoteColumn, pattern: &str) -> Option<String> {
        let pattern = quoted_text(pattern)?;
        Some(format!("CONVERT({} USING utf8mb4) COLLATE utf8mb4_bin LIKE {pattern} ESCAPE '\\'", column.read))
    }

    fn order(&self, column: &RemoteColumn, descending: bool, nulls_first: bool) -> Option<String> {
        let operand = match column.compare {
            Compare::Nulls => return None,
            Compare::Boolean => format!("({} <> 0)", column.read),
            // Four bytes a character at most.
            Compare::Text(_) if column.wire == 0 || column.wire > SORTED_BYTES / 4 => return None,
            _ => self.operand(column, true),
        };
        let direction = if descending { "DESC" } else { "ASC" };
        // NULL is the least value.
        Some(match (descending, nulls_first) {
            (false, true) | (true, false) => format!("{operand} {direction}"),
            (false, false) => format!("{operand} IS NULL, {operand} {direction}"),
            (true, true) => format!("{operand} IS NOT NULL, {operand} {direction}"),
        })
    }
}

/// A date or point in time, NULL when there is no such day.
fn date(name: &str) -> String {
    format!(
        "CASE WHEN MONTH({name}) > 0 AND DAYOFMONTH({name}) BETWEEN 1 AND DAYOFMONTH(LAST_DAY({name})) \
         THEN {name} END"
    )
}

/// A name in quotes.
pub(super) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
