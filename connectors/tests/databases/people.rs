//! The tables that the conformance suite wants, in each database's SQL.

use super::server::Kind;

const ROWS: &str = "
    (1, 'Ada Lovelace', 1.5, true, '1815-12-10', '2024-01-31 10:00:00.250000'),
    (2, 'Grace \"Amazing\" Hopper,\nRear Admiral', -0.25, false, '1906-12-09', '1969-12-31 23:59:59'),
    (3, 'Zoë 张伟 O''Brien', NULL, NULL, NULL, NULL),
    (4, NULL, 0.0, true, '2000-02-29', '1970-01-01 00:00:00'),
    (5, 'ada lovelace; 50% off_x', 1e10, false, '1970-01-01', '2000-02-29 00:00:00'),
    (6, '007', 3.0, true, '2024-02-29', '2024-02-28 23:59:59.999999')";

/// What makes `people` and `nobody`.
pub(crate) fn people(kind: Kind) -> String {
    let columns = match kind {
        Kind::Postgres => {
            "id bigint, name text, score double precision, active boolean, born date, seen timestamp"
        }
        Kind::Mysql => "id bigint, name text, score double, active boolean, born date, seen datetime(6)",
        Kind::Sqlite => "id bigint, name text, score double, active boolean, born date, seen timestamp",
    };
    format!(
        "CREATE TABLE people ({columns});\nCREATE TABLE nobody ({columns});\nINSERT INTO people VALUES {ROWS};\n"
    )
}
