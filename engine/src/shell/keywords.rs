//! The words that the shell completes and highlights.

/// Keywords, sorted: SQL's common ones and those of Onefold's statements.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[&str] = &[
    "ABOVE", "ACCEPT", "ACTIVITIES", "ACTIVITY", "ALL", "ALWAYS", "ANALYZE", "AND", "ANTI", "ANY", "AS", "ASC", "AT",
    "AUTO", "BETWEEN", "BLOCK", "BY", "CASCADE", "CASE", "CAST", "COLUMN", "COLUMNS", "COMMENT", "COMPARE", "CONNECTORS", "COPY", "CREATE",
    "CROSS", "CURRENT_DATE", "CURRENT_TIMESTAMP", "DATE", "DECIMAL", "DELETE", "DEPENDENCIES", "DESC", "DESCRIBE",
    "DETAIL", "DISTINCT", "DOUBLE", "DROP", "ELSE", "END", "EXCEPT", "EXISTS", "EXPLAIN", "EXTRACT", "FALSE", "FILTER",
    "FIRST", "FOLLOWING", "FROM", "FULL", "FUNCTIONS", "GROUP", "GROUPING", "HAVING", "IF", "IGNORE", "ILIKE", "IN",
    "INNER", "INSERT", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN", "KEY", "LAST", "LATERAL", "LEFT", "LIKE", "LIMIT",
    "LINK", "MATCH", "MATERIALIZED", "MEASURE", "MEASURES", "MERGE", "MOST", "NATURAL", "NEVER", "NOT", "NULL", "NULLS",
    "OF", "OFFSET", "ON", "OPTIONS", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PER", "PRECEDING", "PREDICTION",
    "PREDICTIONS", "PROFILE", "PROFILES", "RANGE", "RECURSIVE", "REFRESH", "REPLACE", "RIGHT", "ROW", "ROWS", "RULE", "SEGMENT",
    "SEGMENTS", "SELECT", "SEMI", "SET", "SHOW", "SOURCE", "SOURCES", "TABLE", "TABLES", "THEN", "TIMESTAMP", "TITLE",
    "TO", "TRUE", "TYPE", "UNBOUNDED", "UNION", "UNNEST", "UPDATE", "URL", "USING", "VALUES", "VARCHAR", "VIEW",
    "VIEWS", "WHEN", "WHERE", "WINDOW", "WITH",
];

/// Whether a word is a keyword, in any case.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}
