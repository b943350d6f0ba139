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
    /// What it yields in their place, if groups are asked for.
    pub(crate) groups: Option<Groups>,
    /// Conditions, all of which must hold.
    pub(crate) filters: Vec<String>,
    /// Items of `ORDER BY`.
    pub(crate) order: Vec<String>,
    /// The most rows that it yields.
    pub(crate) limit: Option<usize>,
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
        let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
        let mut sql = format!("SELECT {columns} FROM {}", self.table.from);
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
