//! The SQL of a scan.

use std::sync::Arc;

use super::table::{RemoteColumn, RemoteTable};

/// A `SELECT` over one remote table, or over a join.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Where it reads; of a join, the columns that it yields.
    pub(crate) table: Arc<RemoteTable>,
    /// What it reads in the table's place, if a join is asked for.
    pub(crate) join: Option<Arc<Join>>,
    /// Columns of the table, by place, of which no two rows have the same values, unless one is NULL.
    pub(crate) unique: Vec<Vec<usize>>,
    /// Which of the table's columns it yields, by place; possibly none.
    pub(crate) columns: Vec<usize>,
    /// What it yields in their place, if groups are asked for.
    pub(crate) groups: Option<Groups>,
    /// Conditions, all of which must hold.
    pub(crate) filters: Vec<String>,
    /// Items of `ORDER BY`.
    pub(crate) order: Vec<String>,
    /// The most rows that it yields.
    pub(crate) limit: Option<usize>,
}

/// Two queries side by side, called `l` and `r`, whose columns are called `c0`, `c1` and so on.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    /// The one before the word.
    pub(crate) left: Query,
    /// The one behind it.
    pub(crate) right: Query,
    /// `JOIN`, `LEFT JOIN` or `RIGHT JOIN`.
    pub(crate) word: &'static str,
    /// What stands behind `ON`.
    pub(crate) on: String,
    /// Whether ranges are those of the right query's table.
    pub(crate) right_in_ranges: bool,
}

/// Groups of rows with what was computed of each.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    /// What is yielded.
    pub(crate) columns: Vec<RemoteColumn>,
    /// So many of these, from the first on, make the groups.
    pub(crate) keys: usize,
}

impl Query {
    /// The SQL, of one range of the table if one is given.
    pub(crate) fn sql(&self, range: Option<&str>) -> String {
        let columns: Vec<&str> = self.output().map(|c| c.read.as_str()).collect();
        self.select(&columns, range)
    }

    /// The SQL for use in a join.
    fn joined(&self, range: Option<&str>) -> String {
        let named = |(place, column): (usize, &RemoteColumn)| format!("{} AS c{place}", column.read);
        let columns: Vec<String> = self.output().enumerate().map(named).collect();
        self.select(&columns, range)
    }

    fn select<S: AsRef<str>>(&self, columns: &[S], range: Option<&str>) -> String {
        let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
        let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
        let (from, range) = match &self.join {
            Some(join) => (join.from(range), None),
            None => (self.table.from.clone(), range),
        };
        let mut sql = format!("SELECT {columns} FROM {from}");
        let conditions: Vec<&str> =
            range.into_iter().chain(self.filters.iter().map(String::as_str)).collect();
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", conditions.join(" AND "));
        }
        let keys = self.groups.as_ref().map_or(0, |groups| groups.keys);
        if keys > 0 {
            let places: Vec<String> = (1..=keys).map(|place| place.to_string()).collect();
            sql += &format!(" GROUP BY {}", places.join(", "));
        }
        if !self.order.is_empty() {
            sql += &format!(" ORDER BY {}", self.order.join(", "));
        }
        if let Some(limit) = self.limit {
            sql += &format!(" LIMIT {limit}");
        }
        sql
    }

    /// The columns that it yields.
    pub(crate) fn output(&self) -> impl Iterator<Item = &RemoteColumn> {
        let groups = self.groups.iter().flat_map(|groups| &groups.columns);
        let plain = self.columns.iter().filter(|_| self.groups.is_none());
        groups.chain(plain.filter_map(|place| self.table.columns.get(*place)))
    }
}

impl Join {
    fn from(&self, range: Option<&str>) -> String {
        let (left, right) = if self.right_in_ranges { (None, range) } else { (range, None) };
        let (left, right) = (self.left.joined(left), self.right.joined(right));
        format!("({left}) AS l {} ({right}) AS r ON {}", self.word, self.on)
    }
}
