//! What `GetSqlInfo` answers: every id, because drivers fail on those that are missing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use arrow_flight::sql::SqlInfo as Id;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};

use crate::{Error, Result};

/// All answers, made once.
pub(super) fn all() -> Result<&'static SqlInfoData> {
    static ALL: LazyLock<std::result::Result<SqlInfoData, String>> =
        LazyLock::new(|| build().map_err(|e| e.to_string()));
    ALL.as_ref().map_err(Error::internal)
}

const KEYWORDS: [&str; 20] = [
    "ACTIVITY",
    "ALWAYS",
    "BLOCK",
    "COMPARE",
    "CONNECTORS",
    "EXCLUDE",
    "IGNORE",
    "LINK",
    "MATCH",
    "MATERIALIZED",
    "MEASURE",
    "MERGE",
    "NEVER",
    "OPTIONS",
    "PROFILE",
    "QUALIFY",
    "REFRESH",
    "RULE",
    "SEGMENT",
    "SOURCE",
];
const NUMERIC: [&str; 24] = [
    "ABS", "ACOS", "ASIN", "ATAN", "ATAN2", "CEIL", "COS", "COT", "DEGREES", "EXP", "FLOOR", "LN", "LOG",
    "LOG10", "LOG2", "PI", "POWER", "RADIANS", "RANDOM", "ROUND", "SIGN", "SIN", "SQRT", "TRUNC",
];
const STRING: [&str; 22] = [
    "ASCII",
    "BTRIM",
    "CHR",
    "CONCAT",
    "CONCAT_WS",
    "INITCAP",
    "LEFT",
    "LENGTH",
    "LOWER",
    "LPAD",
    "LTRIM",
    "OCTET_LENGTH",
    "POSITION",
    "REPEAT",
    "REPLACE",
    "REVERSE",
    "RIGHT",
    "RPAD",
    "RTRIM",
    "SPLIT_PART",
    "SUBSTR",
    "UPPER",
];
const SYSTEM: [&str; 3] = ["COALESCE", "NULLIF", "VERSION"];
const DATETIME: [&str; 12] = [
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATE_BIN",
    "DATE_PART",
    "DATE_TRUNC",
    "EXTRACT",
    "FROM_UNIXTIME",
    "MAKE_DATE",
    "NOW",
    "TO_DATE",
    "TO_TIMESTAMP",
];

fn build() -> std::result::Result<SqlInfoData, arrow_flight::error::FlightError> {
    let mut builder = SqlInfoDataBuilder::new();
    let b = &mut builder;
    b.append(Id::FlightSqlServerName, "Onefold");
    b.append(Id::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    b.append(Id::FlightSqlServerArrowVersion, "1.5");
    b.append(Id::FlightSqlServerReadOnly, false);
    b.append(Id::FlightSqlServerSql, true);
    b.append(Id::FlightSqlServerSubstrait, false);
    b.append(Id::FlightSqlServerSubstraitMinVersion, "");
    b.append(Id::FlightSqlServerSubstraitMaxVersion, "");
    b.append(Id::FlightSqlServerTransaction, 0);
    b.append(Id::FlightSqlServerCancel, true);
    b.append(Id::FlightSqlServerBulkIngestion, true);
    b.append(Id::FlightSqlServerIngestTransactionsSupported, false);
    b.append(Id::FlightSqlServerStatementTimeout, 0);
    b.append(Id::FlightSqlServerTransactionTimeout, 0);
    booleans(b);
    numbers(b);
    lists(b);
    builder.build()
}

fn booleans(b: &mut SqlInfoDataBuilder) {
    for (id, value) in [
        (Id::SqlDdlCatalog, false),
        (Id::SqlDdlSchema, false),
        (Id::SqlDdlTable, true),
        (Id::SqlAllTablesAreSelectable, true),
        (Id::SqlSupportsColumnAliasing, true),
        (Id::SqlNullPlusNullIsNull, true),
        (Id::SqlSupportsTableCorrelationNames, true),
        (Id::SqlSupportsDifferentTableCorrelationNames, false),
        (Id::SqlSupportsExpressionsInOrderBy, true),
        (Id::SqlSupportsOrderByUnrelated, true),
        (Id::SqlSupportsLikeEscapeClause, true),
        (Id::SqlSupportsNonNullableColumns, true),
        (Id::SqlSupportsIntegrityEnhancementFacility, false),
        (Id::SqlCatalogAtStart, true),
        (Id::SqlSelectForUpdateSupported, false),
        (Id::SqlStoredProceduresSupported, false),
        (Id::SqlCorrelatedSubqueriesSupported, true),
        (Id::SqlMaxRowSizeIncludesBlobs, true),
        (Id::SqlTransactionsSupported, false),
        (Id::SqlDataDefinitionCausesTransactionCommit, false),
        (Id::SqlDataDefinitionsInTransactionsIgnored, false),
        (Id::SqlBatchUpdatesSupported, false),
        (Id::SqlSavepointsSupported, false),
        (Id::SqlNamedParametersSupported, false),
        (Id::SqlLocatorsUpdateCopy, false),
        (Id::SqlStoredFunctionsUsingCallSyntaxSupported, false),
    ] {
        b.append(id, value);
    }
}

fn numbers(b: &mut SqlInfoDataBuilder) {
    // Bit masks and ordinals of the protocol's enumerations.
    for (id, value) in [
        (Id::SqlSupportedGroupBy, 0b11),
        (Id::SqlSupportedGrammar, 0b111),
        (Id::SqlAnsi92SupportedLevel, 0b11),
        (Id::SqlOuterJoinsSupportLevel, 0b111),
        (Id::SqlSchemasSupportedActions, 0b11),
        (Id::SqlCatalogsSupportedActions, 0b11),
        (Id::SqlSupportedPositionedCommands, 0),
        (Id::SqlSupportedSubqueries, 0b111),
        (Id::SqlSupportedUnions, 0b11),
        (Id::SqlSupportedTransactionsIsolationLevels, 0b1),
        (Id::SqlSupportedResultSetTypes, 0b11),
        (Id::SqlSupportedConcurrenciesForResultSetUnspecified, 0b11),
        (Id::SqlSupportedConcurrenciesForResultSetForwardOnly, 0b11),
        (Id::SqlSupportedConcurrenciesForResultSetScrollSensitive, 0),
        (Id::SqlSupportedConcurrenciesForResultSetScrollInsensitive, 0),
    ] {
        b.append(id, value);
    }
    // Names are folded to lower case unless they are quoted; NULL sorts last.
    for (id, value) in [
        (Id::SqlIdentifierCase, 3_i64),
        (Id::SqlQuotedIdentifierCase, 1),
        (Id::SqlNullOrdering, 0),
        (Id::SqlDefaultTransactionIsolation, 0),
        (Id::SqlMaxBinaryLiteralLength, 0),
        (Id::SqlMaxCharLiteralLength, 0),
        (Id::SqlMaxColumnNameLength, 0),
        (Id::SqlMaxColumnsInGroupBy, 0),
        (Id::SqlMaxColumnsInIndex, 0),
        (Id::SqlMaxColumnsInOrderBy, 0),
        (Id::SqlMaxColumnsInSelect, 0),
        (Id::SqlMaxColumnsInTable, 0),
        (Id::SqlMaxConnections, 0),
        (Id::SqlMaxCursorNameLength, 0),
        (Id::SqlMaxIndexLength, 0),
        (Id::SqlDbSchemaNameLength, 0),
        (Id::SqlMaxProcedureNameLength, 0),
        (Id::SqlMaxCatalogNameLength, 0),
        (Id::SqlMaxRowSize, 0),
        (Id::SqlMaxStatementLength, 0),
        (Id::SqlMaxStatements, 0),
        (Id::SqlMaxTableNameLength, 0),
        (Id::SqlMaxTablesInSelect, 0),
        (Id::SqlMaxUsernameLength, 0),
    ] {
        b.append(id, value);
    }
}

fn lists(b: &mut SqlInfoDataBuilder) {
    b.append(Id::SqlIdentifierQuoteChar, "\"");
    b.append(Id::SqlSearchStringEscape, "\\");
    b.append(Id::SqlExtraNameCharacters, "");
    b.append(Id::SqlSchemaTerm, "schema");
    b.append(Id::SqlProcedureTerm, "procedure");
    b.append(Id::SqlCatalogTerm, "catalog");
    b.append(Id::SqlKeywords, &KEYWORDS[..]);
    b.append(Id::SqlNumericFunctions, &NUMERIC[..]);
    b.append(Id::SqlStringFunctions, &STRING[..]);
    b.append(Id::SqlSystemFunctions, &SYSTEM[..]);
    b.append(Id::SqlDatetimeFunctions, &DATETIME[..]);
    // From BIGINT, and to what: CAST converts between numbers, texts and times.
    let all: Vec<i32> = vec![0, 2, 3, 4, 5, 6, 7, 8, 10, 14, 15, 16, 17, 19];
    let converts: BTreeMap<i32, Vec<i32>> = all.iter().map(|from| (*from, all.clone())).collect();
    b.append(Id::SqlSupportsConvert, converts);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_the_protocol_is_answered() {
        let data = all().unwrap();
        let ids = (0..=12).chain(100..=101).chain(500..=576);
        let known: Vec<u32> = ids.filter(|id| Id::try_from(i32::try_from(*id).unwrap()).is_ok()).collect();
        assert!(known.len() > 90);
        for id in known {
            let rows = data.record_batch([id]).unwrap();
            assert_eq!(rows.num_rows(), 1, "{id}");
        }
    }
}
