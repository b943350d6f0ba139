//! The SQL of a scan.

use std::sync::Arc;

use super::table::{RemoteColumn, RemoteTable};

/// A `SELECT` over one remote table.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Where it reads.
    pub(crate) table: Arc<RemoteTable>,
    /// Which of the table's columns it yields, by place; possibly none.
    pub(crate) columns: Vec<usize>,
    /// Conditions, all of which must hold.
    pub(crate) filters: Vec<String>,
    /// Items of `ORDER BY`.
    pub(crate) order: Vec<String>,
    /// The most rows that it yields.
    pub(crate) limit: Option<usize>,
}

impl Query {
    /// The SQL, of one range of the table if one is given.
    pub(crate) fn sql(&self, range: Option<&str>) -> String {
        let columns: Vec<&str> = self.output().map(|c| c.read.as_str()).collect();
        let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
        let mut sql = format!("SELECT {columns} FROM {}", self.table.from);
        let conditions: Vec<&str> =
            range.into_iter().chain(self.filters.iter().map(String::as_str)).collect();
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", conditions.join(" AND "));
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
        self.columns.iter().filter_map(|place| self.table.columns.get(*place))
    }
}
