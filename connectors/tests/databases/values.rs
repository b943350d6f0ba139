//! Values of every type arrive as they are.

use super::server::{Database, Kind};
use super::{only, rows};

#[tokio::test]
async fn postgres() {
    let setup = "
        CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN cents AS numeric(6, 2); CREATE DOMAIN price AS cents;
        CREATE TABLE t (a smallint, b int, c bigint, d real, e double precision, f numeric(12, 3), g numeric, h price,
            i text, j varchar(5), k char(5), l boolean, m date, n time, o timestamp, p timestamptz, q interval,
            r uuid, s json, t jsonb, u bytea, v int[], w text[], x mood, y inet, z point, aa int4range, ab numeric(50, 5));
        INSERT INTO t VALUES (-32768, 2147483647, -9223372036854775808, 1.5, 'NaN', 123456789.125, 1.000000000000000005,
            12.345, 'x', 'y', 'z', true, '2024-02-29', '23:59:59.999999', '2024-02-29 12:00:00.000001',
            '2024-02-29 12:00:00+02', '1 mon 2 days 03:00:00', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{\"a\": 1}',
            '{\"b\":2}', '\\x00ff', '{1,NULL,3}', '{}', 'glad', '10.0.0.1', '(1,2)', '[1,5)',
            123456789012345678901234567890123456789012345.12345);
        INSERT INTO t (a) VALUES (NULL);
        INSERT INTO t (m, o, p, e, g) VALUES ('infinity', '-infinity', 'infinity', '-Infinity', -0.5)";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let source = database.source(&[]).await;
    let found = rows(&source, "SELECT * FROM t").await.unwrap();
    let expected = [
        "-32768 | 2147483647 | -9223372036854775808 | 1.5 | NaN | 123456789.125 | 1.000000000000000005 | 12.35 | x | y \
         | z | true | 2024-02-29 | 23:59:59.999999 | 2024-02-29T12:00:00.000001 | 2024-02-29T10:00:00Z \
         | 1 mons 2 days 3 hours | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 | {\"a\": 1} | {\"b\": 2} | 00ff | [1, ·, 3] | [] \
         | glad | 10.0.0.1/32 | (1,2) | [1,5) | 123456789012345678901234567890123456789012345.12345"
            .to_owned(),
        ["·"; 28].join(" | "),
    ];
    assert_eq!(found[..2], expected);
    let farthest = rows(&source, "SELECT m, o, p, e, g FROM t WHERE g < 0").await.unwrap();
    assert_eq!(
        farthest,
        ["9999-12-31 | 0001-01-01T00:00:00 | 9999-12-31T23:59:59.999999Z | -inf | -0.500000000000000000"]
    );
}

#[tokio::test]
async fn numbers_without_a_place_are_told() {
    let setup = "CREATE TABLE t (g numeric); INSERT INTO t VALUES ('NaN')";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let source = database.source(&[]).await;
    let error = rows(&source, "SELECT g FROM t").await.unwrap_err();
    assert!(error.contains("crm.t: the column g has the value NaN, which is no decimal"), "{error}");
    assert!(error.contains("unbounded_numeric 'double'"), "{error}");
    let source = database.source(&[("unbounded_numeric", "double")]).await;
    assert_eq!(rows(&source, "SELECT g FROM t").await.unwrap(), ["NaN"]);
    let source = database.source(&[("unbounded_numeric", "text")]).await;
    assert_eq!(rows(&source, "SELECT g FROM t WHERE g = 'NaN'").await.unwrap(), ["NaN"]);

    database.run("UPDATE t SET g = 123456789012345678901234567890").await;
    let source = database.source(&[]).await;
    let error = rows(&source, "SELECT g FROM t").await.unwrap_err();
    assert!(error.contains("overflow") && error.contains("unbounded_numeric"), "{error}");
}

#[tokio::test]
async fn mysql() {
    let setup = "
        CREATE TABLE t (a tinyint, b tinyint unsigned, c boolean, d smallint unsigned, e mediumint, f int unsigned,
            g bigint unsigned, h float, i double, j decimal(12, 3), k decimal(50, 2), l char(5), m varchar(5), n text,
            o enum('sad', 'glad'), p set('a', 'b'), q json, r date, s datetime(6), t timestamp NULL, u time, v year,
            w binary(2), x blob, y bit(1), z bit(12), aa varchar(5) CHARACTER SET latin1, ab point, ac uuid);\n
        SET time_zone = '+02:00', sql_mode = '';\n
        INSERT INTO t VALUES (-128, 255, 2, 65535, -8388608, 4294967295, 18446744073709551615, 1.5, 0.1, 123456789.125,
            123456789012345678901234567890123456789012345678.25, 'x  ', 'y  ', 'z', 'glad', 'a,b', '{\"a\": 1}',
            '2024-02-29', '2024-02-29 12:00:00.000001', '2024-02-29 12:00:00', '-100:00:01', 2024, 'ab', x'00ff', b'1',
            b'101', 'é', POINT(1, 2), 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');\n
        INSERT INTO t (r, s, t) VALUES ('0000-00-00', '2024-00-10', 0)";
    let Some(database) = Database::new(Kind::Mysql, setup).await else { return };
    let found = only(&database, "SELECT * FROM t ORDER BY a NULLS LAST").await;
    let expected = [
        "-128 | 255 | true | 65535 | -8388608 | 4294967295 | 18446744073709551615 | 1.5 | 0.1 | 123456789.125 \
         | 123456789012345678901234567890123456789012345678.25 | x | y | z | glad | a,b | {\"a\": 1} | 2024-02-29 \
         | 2024-02-29T12:00:00.000001 | 2024-02-29T10:00:00Z | -100:00:01 | 2024 | 6162 | 00ff | true | 5 | é \
         | POINT(1 2) | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
            .to_owned(),
        ["·"; 29].join(" | "),
    ];
    assert_eq!(found, expected.join("\n"));
    assert_eq!(only(&database, "SELECT count(*) FROM t WHERE r IS NULL AND s IS NULL").await, "1");
    assert_eq!(only(&database, "SELECT count(*) FROM t WHERE NOT (r < '2024-01-01')").await, "1");
    assert_eq!(only(&database, "SELECT count(*) FROM t WHERE m = 'y'").await, "0");
    assert_eq!(only(&database, "SELECT count(*) FROM t WHERE n = 'Z'").await, "0");
}

#[tokio::test]
async fn sqlite() {
    let setup = "
        CREATE TABLE t (a INTEGER, b BIGINT, c REAL, d DECIMAL(9, 2), e NUMERIC, f TEXT, g VARCHAR(9), h BLOB, i BOOLEAN,
            j DATE, k DATETIME, l TIMESTAMP, m, n AS (a + 1));
        INSERT INTO t VALUES (1, -9223372036854775808, 1.5, 12.345, 2, 'x', 'y', x'00ff', 1, '2024-02-29',
            '2024-02-29T12:00:00Z', 1709208000, 5.5);
        INSERT INTO t (a) VALUES (NULL);
        CREATE VIEW v AS SELECT a, count(*) AS n FROM t GROUP BY a";
    let Some(database) = Database::new(Kind::Sqlite, setup).await else { return };
    let found = only(&database, "SELECT * FROM t ORDER BY a NULLS LAST").await;
    let expected = [
        "1 | -9223372036854775808 | 1.5 | 12.35 | 2.0 | x | y | 00ff | true | 2024-02-29 | 2024-02-29T12:00:00 \
         | 2024-02-29T12:00:00 | 5.5 | 2",
        "· | · | · | · | · | · | · | · | · | · | · | · | · | ·",
    ];
    assert_eq!(found, expected.join("\n"));
    assert_eq!(only(&database, "SELECT n FROM v WHERE a = 1").await, "1");
}

/// A value of another type than its column's is named.
#[tokio::test]
async fn sqlite_values_of_another_type() {
    let setup =
        "CREATE TABLE t (n INTEGER, d DATE); INSERT INTO t VALUES ('many', '2024-01-01'), (1, 'soon')";
    let Some(database) = Database::new(Kind::Sqlite, setup).await else { return };
    let source = database.source(&[]).await;
    let error = rows(&source, "SELECT n FROM t").await.unwrap_err();
    assert!(
        error.contains("crm.t: the column n has the text 'many'\n  hint: that is not a whole number"),
        "{error}"
    );
    let error = rows(&source, "SELECT d FROM t").await.unwrap_err();
    assert!(error.contains("the column d has the text 'soon'"), "{error}");
    let error = rows(&source, "SELECT count(*) FROM t WHERE n <> 5").await.unwrap_err();
    assert!(error.contains("the column n has the text 'many'"), "{error}");
}
