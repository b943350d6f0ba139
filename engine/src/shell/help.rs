//! What `\?` and `\h` tell.

use super::commands::COMMANDS;
use crate::{Error, Result};

/// Statements and how they are written.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "CREATE SOURCE",
        "CREATE [OR REPLACE] SOURCE [IF NOT EXISTS] name TYPE connector [OPTIONS (key 'value' [, …])]",
    ),
    (
        "CREATE PROFILE",
        "CREATE [OR REPLACE] PROFILE [IF NOT EXISTS] name\n\
         FROM ((query) AS record_source KEY (column) [, …])\n\
         MATCH (RULE name ON predicate | NEVER ON predicate | ALWAYS IN relation | NEVER IN relation\n       \
         | IGNORE column IN (values) | IGNORE column LIKE 'pattern' | AT MOST n PER record_source [, …])\n\
         [MERGE (aggregate AS column [, …])]",
    ),
    (
        "CREATE ACTIVITY",
        "CREATE [OR REPLACE] ACTIVITY [IF NOT EXISTS] name OF profile FROM (query)\n\
         KEY (column) LINK (column) TO record_source AT column\n\
         [TYPE word] [TITLE expression] [DETAIL expression] [URL expression]",
    ),
    ("CREATE MEASURE", "CREATE [OR REPLACE] [MATERIALIZED] MEASURE [IF NOT EXISTS] name AS query"),
    ("CREATE SEGMENT", "CREATE [OR REPLACE] [MATERIALIZED] SEGMENT [IF NOT EXISTS] name AS query"),
    ("CREATE VIEW", "CREATE [OR REPLACE] [MATERIALIZED] VIEW [IF NOT EXISTS] name AS query"),
    (
        "COMMENT ON",
        "COMMENT ON {kind name | TABLE schema.relation | COLUMN schema.relation.column} IS {'text' | NULL}",
    ),
    ("DROP", "DROP kind [IF EXISTS] name [CASCADE]"),
    ("REFRESH", "REFRESH {ALL | kind name} [FULL] [WITH DEPENDENTS]"),
    (
        "SHOW",
        "SHOW {SOURCES | PROFILES | ACTIVITIES | MEASURES | SEGMENTS | VIEWS | FUNCTIONS | CONNECTORS} [LIKE 'pattern']",
    ),
    ("SHOW CREATE", "SHOW CREATE kind name"),
    ("DESCRIBE", "DESCRIBE kind name\nDESCRIBE schema.relation"),
    (
        "SELECT",
        "[WITH name AS (query)] SELECT … FROM … [WHERE …] [GROUP BY …] [HAVING …] [ORDER BY …] [LIMIT n]",
    ),
    ("EXPLAIN", "EXPLAIN [ANALYZE] [VERBOSE] query\nEXPLAIN REFRESH PROFILE name"),
];

/// The commands.
pub(super) fn commands() -> String {
    let line = |c: &super::commands::CommandHelp| {
        format!("  {:<22} {}", format!("{} {}", c.name, c.argument).trim_end(), c.description)
    };
    COMMANDS.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The statements, or those whose words begin with what was asked for.
pub(super) fn statements(asked: Option<&str>) -> Result<String> {
    let Some(asked) = asked else {
        let names: Vec<&str> = STATEMENTS.iter().map(|(name, _)| *name).collect();
        return Ok(format!("\\h STATEMENT tells how one is written. Statements: {}", names.join(", ")));
    };
    let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let found: Vec<&str> =
        STATEMENTS.iter().filter(|(name, _)| name.contains(&asked)).map(|(_, syntax)| *syntax).collect();
    if found.is_empty() {
        return Err(
            Error::not_found(format!("there is no statement {asked}")).hint("\\h lists the statements")
        );
    }
    Ok(found.join("\n\n"))
}
