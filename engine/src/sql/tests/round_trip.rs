use super::{assert_round_trip, one};
use crate::sql::{Statement, parse};

/// What a user writes, end to end.
const PROJECT: &str = r"
-- sources: tables stay where they are
CREATE SOURCE shop    TYPE files    OPTIONS (location 'data/shop/', format 'csv');
CREATE SOURCE loyalty TYPE postgres OPTIONS (url '${LOYALTY_URL}');

CREATE PROFILE customer
FROM (
    (SELECT contact_id, first_name, last_name, email, phone, to_date(dob, '%m/%d/%Y') AS birth_date,
            street, city, postcode, updated_at
     FROM shop.contacts)                                    AS shop    KEY (contact_id),
    (SELECT member_id, first_name, last_name, email, phone, birth_date, points, tier, joined_at AS updated_at
     FROM loyalty.members)                                  AS loyalty KEY (member_id)
)
MATCH (
    BLOCK ON (email),
    BLOCK ON (phone),
    BLOCK ON (last_name, birth_date),
    COMPARE given_name(first_name), COMPARE family_name(last_name), COMPARE birth_date(birth_date),
    COMPARE email(email), COMPARE phone(phone), COMPARE address(street, city, postcode),
    RULE same_card ON l.card_number = r.card_number,        -- certain: always a match
    NEVER ON l.birth_date <> r.birth_date AND l.email = r.email AND l.first_name <> r.first_name,
    IGNORE email IN ('info@contoso.com'),
    AT MOST 1 PER loyalty
)
MERGE (
    most_recent(email, updated_at)                         AS email,
    most_recent(struct(street, city, postcode), updated_at) AS address,
    array_agg(DISTINCT phone)                              AS phones,
    max(points)                                            AS points
);                                                          -- columns not listed: first non-null, in FROM order

CREATE ACTIVITY purchase OF customer
FROM (SELECT purchase_id, contact_id, purchased_at, amount, product_id FROM shop.purchases)
KEY (purchase_id) LINK (contact_id) TO shop AT purchased_at TYPE sales_order
TITLE 'Bought ' || product_id;

CREATE MEASURE lifetime_spend AS
SELECT customer_id, sum(amount) AS lifetime_spend FROM activities.purchase GROUP BY customer_id;

CREATE SEGMENT gold AS
SELECT customer_id FROM profiles.customer JOIN measures.lifetime_spend USING (customer_id)
WHERE points > 1000 OR lifetime_spend > 2000;
";

#[test]
fn every_statement_of_a_project_reads_back_as_itself() {
    let statements = parse(PROJECT).unwrap();
    assert_eq!(statements.len(), 6);
    statements.iter().for_each(|parsed| assert_round_trip(&parsed.statement));
}

#[test]
fn the_canonical_text_is_stable() {
    let cases = [
        ("create source Shop type FILES", "CREATE SOURCE shop TYPE files"),
        (
            r#"CREATE OR REPLACE SOURCE "My Shop" TYPE files OPTIONS (Location 'a''b', columns.contacts 'id int', 'x-y' -1, header true)"#,
            "CREATE OR REPLACE SOURCE \"My Shop\" TYPE files OPTIONS (\n  location 'a''b',\n  columns.contacts 'id int',\n  'x-y' '-1',\n  header 'true'\n)",
        ),
        (
            "CREATE SOURCE IF NOT EXISTS \"shop\" TYPE files -- why\n",
            "CREATE SOURCE IF NOT EXISTS shop TYPE files",
        ),
        (
            "CREATE PROFILE p FROM ((SELECT 1 AS id) AS a KEY (id)) MATCH (AUTO) OPTIONS (households 'off')",
            "CREATE PROFILE p\nFROM (\n  (SELECT 1 AS id) AS a KEY (id)\n)\nMATCH (\n  AUTO\n)\nOPTIONS (\n  households 'off'\n)",
        ),
        (
            "create profile p from ((select 1 as id) as a key (id)) match (block on (lower(email), phone),
             compare Address(street, city), rule R on l.a = r.a or l.b = r.b, never on l.x <> r.x,
             always in stewards.same, never in Stewards.Other, ignore email in ('a', -1, date '1900-01-01', null),
             ignore phone like '000%', at most 2 per a, accept above .95, auto)",
            "CREATE PROFILE p\nFROM (\n  (SELECT 1 AS id) AS a KEY (id)\n)\nMATCH (\n  BLOCK ON (lower(email), phone),\n  COMPARE address(street, city),\n  RULE r ON l.a = r.a OR l.b = r.b,\n  NEVER ON l.x <> r.x,\n  ALWAYS IN stewards.same,\n  NEVER IN stewards.other,\n  IGNORE email IN ('a', -1, DATE '1900-01-01', NULL),\n  IGNORE phone LIKE '000%',\n  AT MOST 2 PER a,\n  ACCEPT ABOVE 0.95,\n  AUTO\n)",
        ),
        (
            "CREATE ACTIVITY a OF p FROM (SELECT 1 AS k) KEY (k) LINK (who) TO src AT ts DETAIL upper(x) URL 'https://' || k",
            "CREATE ACTIVITY a OF p\nFROM (SELECT 1 AS k)\nKEY (k) LINK (who) TO src AT ts\nDETAIL upper(x)\nURL 'https://' || k",
        ),
        (
            "CREATE OR REPLACE MATERIALIZED MEASURE measures.m AS SELECT 1",
            "CREATE OR REPLACE MATERIALIZED MEASURE m AS\nSELECT 1",
        ),
        ("CREATE SEGMENT IF NOT EXISTS onefold.segments.s AS SELECT 1", "CREATE SEGMENT IF NOT EXISTS s AS\nSELECT 1"),
        ("CREATE VIEW public.v (a, \"B\") AS VALUES (1, 2)", "CREATE VIEW v (a, \"B\") AS\nVALUES (1, 2)"),
        (
            "create or replace prediction predictions.Value of Customer using Lifetime_Value options (horizon '12 months') as select 1",
            "CREATE OR REPLACE PREDICTION value OF customer USING lifetime_value\nOPTIONS (\n  horizon '12 months'\n)\nAS\nSELECT 1",
        ),
        ("CREATE PREDICTION p OF c USING m AS SELECT 1", "CREATE PREDICTION p OF c USING m\nAS\nSELECT 1"),
        ("show predictions", "SHOW PREDICTIONS"),
        ("refresh prediction p full", "REFRESH PREDICTION p FULL"),
        ("create materialized view v as from t", "CREATE MATERIALIZED VIEW v AS\nFROM t"),
        ("comment on segment Gold is 'Points''s many'", "COMMENT ON SEGMENT gold IS 'Points''s many'"),
        ("COMMENT ON TABLE Shop.contacts IS null", "COMMENT ON TABLE shop.contacts IS NULL"),
        (
            "comment on column onefold.profiles.customer.\"E-Mail\" is $$a$$",
            "COMMENT ON COLUMN onefold.profiles.customer.\"E-Mail\" IS 'a'",
        ),
        ("DROP segment If Exists gold cascade", "DROP SEGMENT IF EXISTS gold CASCADE"),
        ("drop source \"select\"", "DROP SOURCE \"select\""),
        ("show Activities", "SHOW ACTIVITIES"),
        ("SHOW FUNCTIONS LIKE 'most''%'", "SHOW FUNCTIONS LIKE 'most''%'"),
        ("show connectors", "SHOW CONNECTORS"),
        ("SHOW CREATE profile Customer", "SHOW CREATE PROFILE customer"),
        ("desc segment gold", "DESCRIBE SEGMENT gold"),
        ("refresh all", "REFRESH ALL"),
        ("REFRESH ALL FULL", "REFRESH ALL FULL"),
        ("refresh measure m full with dependents", "REFRESH MEASURE m FULL WITH DEPENDENTS"),
        ("explain match Customer('a:1','b:2')", "EXPLAIN MATCH customer ('a:1', 'b:2')"),
        ("explain refresh profile Customer", "EXPLAIN REFRESH PROFILE customer"),
        ("SELECT 1", "SELECT 1"),
    ];
    for (sql, canonical) in cases {
        let statement = one(sql);
        assert_eq!(statement.to_string(), canonical, "{sql}");
        assert_round_trip(&statement);
    }
}

#[test]
fn long_queries_take_a_line_per_clause() {
    let statement = one(
        "CREATE MEASURE m AS WITH big AS (SELECT customer_id, amount FROM activities.purchase WHERE amount > 100)
         SELECT customer_id, sum(amount) AS spend, count(*) AS orders FROM big GROUP BY customer_id HAVING count(*) > 2",
    );
    assert_round_trip(&statement);
    let text = statement.to_string();
    assert!(text.lines().count() > 10 && text.lines().all(|line| line.len() <= 80), "{text}");
}

#[test]
fn a_literal_with_quotes_or_lines_is_kept() {
    let filler = "amount AS a_long_name_so_that_the_query_does_not_fit_on_one_line_of_the_canonical_text";
    for literal in ["'\n'", "'a\nb'", "'a\n  b\n'", r"'a\''b'", "'a''''b'", "''''''", r"E'it\'s'", "$$''$$"] {
        let statement = one(&format!(
            "CREATE ACTIVITY a OF p FROM (SELECT {literal} AS x, {filler} FROM (SELECT {literal} AS y)) KEY (k) LINK (l) TO s AT t TITLE {literal}"
        ));
        assert_round_trip(&statement);
    }
}

#[test]
fn queries_of_every_shape_read_back_as_themselves() {
    let queries = [
        "SELECT * EXCEPT (a) FROM t",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT * REPLACE (1 AS a) FROM t",
        "SELECT t.*, a::int, CAST(b AS bigint unsigned), try_cast(c AS date) FROM s.t AS t",
        "SELECT array_transform([1, 2, 3], x -> x * 2), array_any_match(tags, (x) -> x = 'gold')",
        "SELECT {'a': 1, 'b': [1, 2]}, MAP {'k': 1}, struct(a, b AS c), named_struct('a', 1), a['b'][1:2]",
        "SELECT count(*) FILTER (WHERE a > 1), first_value(a ORDER BY b) IGNORE NULLS FROM t",
        "SELECT sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
        "SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1",
        "SELECT a FROM t GROUP BY ALL ORDER BY ALL LIMIT 5 OFFSET 2",
        "SELECT a, b FROM t GROUP BY GROUPING SETS ((a), (a, b), ())",
        "SELECT interval '1 day', now() - interval '30' DAY, DATE '2024-01-01', timestamp '2024-01-01 00:00:00'",
        "SELECT CASE WHEN a <>-1 THEN b*-1 ELSE c END, a IS NOT DISTINCT FROM b, extract(year FROM d), date_part('day', d)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id) AND NOT a IN (SELECT b FROM v) AND c LIKE 'x%' AND d ~* 'y'",
        "SELECT * FROM a LEFT JOIN b USING (id) LEFT ANTI JOIN c ON a.id = c.id CROSS JOIN LATERAL (SELECT a.x) AS l",
        "SELECT 1 UNION ALL BY NAME SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r",
        "SELECT * FROM generate_series(1, 3) AS g (n), unnest([1, 2]) AS u",
        "SELECT * FROM cluster_pairs((SELECT left_key, right_key, weight FROM p))",
        "FROM t SELECT a",
        "FROM t |> WHERE a > 1 |> SELECT a, b |> LIMIT 3",
        "SELECT arrow_cast(a, 'Utf8View'), $1, U&'\\0041', E'a\\nb', $$it's$$, x'00ff', 1_000, 1e-3, \"Ünï çode\", ünïcode FROM t",
        "SELECT a AT TIME ZONE 'Europe/Berlin', trim(BOTH ' ' FROM b), substring(c FROM 1 FOR 2), position('a' IN c), overlay(a PLACING 'b' FROM 1) FROM t",
        "VALUES (1, 'a'), (2, NULL)",
        "SELECT segment, measure, profile, activity, source, match, rule, merge, kind, detail, title, url, link FROM t AS segment",
        "SELECT 1 AS segment, 2 AS measure, 3 AS profile, 4 source, 5 activity, 6 AS prediction FROM activity, measure AS profile",
    ];
    for query in queries {
        assert_round_trip(&one(&format!("CREATE MEASURE m AS {query}")));
    }
}

#[test]
fn what_datafusion_knows_is_left_to_it() {
    let statements = [
        "CREATE EXTERNAL TABLE t (a INT) STORED AS CSV LOCATION 'x.csv' OPTIONS ('format.has_header' 'true')",
        "CREATE OR REPLACE TABLE t AS SELECT 1",
        "CREATE TABLE t (a INT UNSIGNED, b DOUBLE PRECISION, c TIMESTAMP WITH TIME ZONE, d DECIMAL(10, 2), e STRING, f INT[], g BYTEA)",
        "CREATE SCHEMA s",
        "CREATE FUNCTION f(INT) RETURNS INT LANGUAGE SQL RETURN $1 + 1",
        "CREATE UNBOUNDED EXTERNAL TABLE t STORED AS CSV LOCATION 'x'",
        "COPY t TO 'x.parquet' STORED AS PARQUET",
        "COPY (SELECT 1) TO 'x.csv' OPTIONS (format.delimiter ';')",
        "EXPLAIN ANALYZE VERBOSE SELECT 1",
        "EXPLAIN FORMAT tree SELECT 1",
        "EXPLAIN (ANALYZE, FORMAT tree) SELECT 1",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1 WHERE b",
        "DELETE FROM t",
        "SET datafusion.execution.batch_size = 100",
        "SET TIME ZONE = 'UTC'",
        "RESET datafusion.execution.batch_size",
        "SHOW TABLES",
        "SHOW ALL",
        "SHOW COLUMNS FROM t",
        "SHOW datafusion.execution.batch_size",
        "SHOW SESSION",
        "SHOW TIME ZONE",
        "SHOW CREATE TABLE t",
        "DESCRIBE t",
        "DESCRIBE segment",
        "DESCRIBE measures.m",
        "DROP TABLE IF EXISTS t",
        "DROP SCHEMA s CASCADE",
        "DROP FUNCTION f",
        "PREPARE p AS SELECT $1",
        "EXECUTE p(1)",
        "DEALLOCATE p",
        "BEGIN",
        "USE s",
        "TRUNCATE TABLE t",
    ];
    for sql in statements {
        assert!(matches!(one(sql), Statement::DataFusion(_)), "{sql}");
    }
}
