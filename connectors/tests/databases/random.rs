//! Filters, orders and limits over columns of every type yield the same whether they are sent or not: what the table
//! yields as a whole is copied, and each query runs over the table and over the copy.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{Expr, Operator, SortExpr, binary_expr, col, lit};
use datafusion::prelude::DataFrame;

use super::server::{Database, Kind};
use super::{plan, session, text};

/// How many queries each database gets.
const QUERIES: usize = 400;

/// Numbers that look random and are the same in each run.
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(super) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const TEXTS: [&str; 14] = ["a", "A", "á", "b", "B", "ab", "a ", " a", "", "Z", "ß", "ss", "a%b", "a_b\\c"];

const PATTERNS: [&str; 8] = ["a%", "%b", "_", "a\\%b", "%\\_%", "A%", "%", "á"];

/// Values as SQL writes them, by column.
pub(super) fn values(kind: Kind) -> Vec<(&'static str, String, Vec<String>)> {
    let texts = || {
        TEXTS
            .iter()
            .map(|t| {
                format!("'{}'", if kind == Kind::Mysql { t.replace('\\', "\\\\") } else { (*t).to_owned() })
            })
            .collect::<Vec<_>>()
    };
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let numbers = words(&["-2", "-1", "0", "1", "2", "7", "100"]);
    let mut floats = words(&["-1.5", "0.0", "0.1", "1.5", "1e10", "-1e-10", "100"]);
    let mut dates = words(&["'1969-12-31'", "'1970-01-01'", "'2000-02-29'", "'2024-06-01'", "'0900-01-01'"]);
    let mut times = words(&[
        "'1969-12-31 23:59:59.999999'",
        "'1970-01-01 00:00:00'",
        "'2000-02-29 12:00:00.5'",
        "'2024-06-01 00:00:00'",
    ]);
    let decimals = words(&["-0.01", "0", "0.1", "12.34", "12.35", "99999.99"]);
    let truth = words(&["true", "false"]);
    let mut columns = vec![];
    match kind {
        Kind::Postgres => {
            floats.extend(words(&["'NaN'", "'-0'", "'Infinity'", "'-Infinity'"]));
            dates.extend(words(&["'infinity'", "'-infinity'", "'9999-12-31'", "'0001-01-01'"]));
            let zoned = times.clone();
            times.extend(words(&["'infinity'", "'9999-12-31 23:59:59.999999'"]));
            columns.push(("t_icu", "text COLLATE \"en-x-icu\"".to_owned(), texts()));
            columns.push(("t_c", "text COLLATE \"C\"".to_owned(), texts()));
            columns.push(("t_loose", "text COLLATE loose".to_owned(), texts()));
            columns.push(("t_char", "char(4)".to_owned(), words(&["'a'", "'A'", "'b'", "'ab'"])));
            columns.push(("t_enum", "mood".to_owned(), words(&["'sad'", "'glad'", "'b'"])));
            columns.push((
                "f4",
                "real".to_owned(),
                words(&["-1.5", "0", "0.1", "1.5", "'NaN'", "'-0'", "3.4e38"]),
            ));
            columns.push(("p", "timestamptz".to_owned(), zoned));
            columns.push((
                "g",
                "numeric".to_owned(),
                words(&["-0.01", "0", "0.1", "12.34", "0.0000000000000000005"]),
            ));
            columns.push((
                "u",
                "uuid".to_owned(),
                words(&[
                    "'00000000-0000-0000-0000-000000000001'",
                    "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
                    "'ffffffff-0000-0000-0000-000000000000'",
                ]),
            ));
        }
        Kind::Mysql => {
            dates.extend(words(&["'0000-00-00'", "'2024-00-00'", "'2024-05-00'"]));
            times.extend(words(&["'0000-00-00'", "'2024-05-00 10:00:00'"]));
            columns.push(("t_ci", "varchar(20) COLLATE utf8mb4_unicode_ci".to_owned(), texts()));
            columns.push(("t_latin", "varchar(20) CHARACTER SET latin1".to_owned(), texts()));
            columns.push(("t_bin", "varchar(20) COLLATE utf8mb4_bin".to_owned(), texts()));
            columns.push(("t_char", "char(4)".to_owned(), words(&["'a'", "'A '", "'b'", "'ab'"])));
            columns.push((
                "t_enum",
                "enum('sad', 'glad', 'B')".to_owned(),
                words(&["'sad'", "'glad'", "'B'"]),
            ));
            columns.push(("f4", "float".to_owned(), words(&["-1.5", "0", "0.1", "1.5", "3.4e38"])));
            columns.push((
                "p",
                "timestamp(6) NULL".to_owned(),
                words(&["'1971-01-01 00:00:00'", "'2000-02-29 12:00:00.5'", "0"]),
            ));
            columns.push(("big", "bigint unsigned".to_owned(), words(&["0", "1", "18446744073709551615"])));
        }
        Kind::Sqlite => {
            columns.push(("t_nocase", "text COLLATE NOCASE".to_owned(), texts()));
            columns.push(("t_trim", "text COLLATE RTRIM".to_owned(), texts()));
            columns.push(("untyped", String::new(), words(&["1", "'1'", "'a'", "1.5", "'1.5'"])));
        }
    }
    let (double, time) = match kind {
        Kind::Postgres => ("double precision", "timestamp"),
        Kind::Mysql => ("double", "datetime(6)"),
        Kind::Sqlite => ("double", "datetime"),
    };
    columns.extend([
        ("t", "varchar(20)".to_owned(), texts()),
        ("i2", "smallint".to_owned(), numbers.clone()),
        ("i4", "int".to_owned(), numbers.clone()),
        ("i8", "bigint".to_owned(), numbers),
        ("f8", double.to_owned(), floats),
        ("n", "numeric(10, 2)".to_owned(), decimals),
        ("b", "boolean".to_owned(), truth),
        ("d", "date".to_owned(), dates),
        ("s", time.to_owned(), times),
    ]);
    columns
}

/// What has to be there before tables with columns of [`values`] are.
pub(crate) fn before_tables(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => {
            "CREATE TYPE mood AS ENUM ('sad', 'glad', 'b');
            CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n"
        }
        Kind::Mysql => "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00';\n",
        Kind::Sqlite => "",
    }
}

fn setup(kind: Kind, draws: &mut Draws) -> String {
    let columns = values(kind);
    let mut sql = before_tables(kind).to_owned();
    let declared: Vec<_> = columns.iter().map(|(name, r#type, _)| format!("{name} {type}")).collect();
    sql += &format!("CREATE TABLE t ({});\n", declared.join(", "));
    for _ in 0..200 {
        let row: Vec<_> = columns
            .iter()
            .map(
                |(_, _, values)| {
                    if draws.below(6) == 0 { "NULL".to_owned() } else { draws.of(values).clone() }
                },
            )
            .collect();
        sql += &format!("INSERT INTO t VALUES ({});\n", row.join(", "));
    }
    sql
}

/// A condition over one column, with a value that is there or near.
fn condition(draws: &mut Draws, column: &str, data_type: &DataType, values: &[ScalarValue]) -> Expr {
    let value = |draws: &mut Draws| lit(draws.of(values).clone());
    let column = || col(format!("\"{column}\""));
    if *data_type == DataType::Boolean {
        return match draws.below(6) {
            0 => column(),
            1 => !column(),
            2 => column().is_true(),
            3 => column().is_not_true(),
            4 => column().is_not_false(),
            _ => column().eq(value(draws)),
        };
    }
    let text = matches!(data_type, DataType::Utf8View);
    match draws.below(if text { 14 } else { 11 }) {
        0 => column().is_null(),
        1 => column().is_not_null(),
        2 => column().between(value(draws), value(draws)),
        3 => column().in_list(vec![value(draws), value(draws), value(draws)], false),
        4 => column().in_list(vec![value(draws), value(draws)], true),
        5..11 => {
            let operators =
                [Operator::Eq, Operator::NotEq, Operator::Lt, Operator::LtEq, Operator::Gt, Operator::GtEq];
            let (operator, value) = (*draws.of(&operators), value(draws));
            if draws.below(4) == 0 {
                binary_expr(value, operator, column())
            } else {
                binary_expr(column(), operator, value)
            }
        }
        11 => column().not_like(lit(*draws.of(&PATTERNS))),
        _ => column().like(lit(*draws.of(&PATTERNS))),
    }
}

fn named(column: &str) -> Expr {
    col(format!("\"{column}\""))
}

/// An aggregate of one column, if that column has it.
fn aggregate(
    draws: &mut Draws,
    columns: &[(String, DataType, Vec<ScalarValue>)],
    number: usize,
) -> Option<Expr> {
    let (name, data_type, _) = draws.of(columns);
    let column = named(name);
    // What is added in another order is another number.
    let sums =
        matches!(data_type, DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Decimal128(..));
    let aggregate = match draws.below(5) {
        0 => count(lit(1_i64)),
        1 => count(column),
        2 if sums => sum(column),
        3 if *data_type != DataType::Boolean => min(column),
        4 if *data_type != DataType::Boolean => max(column),
        _ => return None,
    };
    Some(aggregate.alias(format!("a{number}")))
}

fn filter(draws: &mut Draws, columns: &[(String, DataType, Vec<ScalarValue>)], depth: usize) -> Expr {
    if depth == 0 || draws.below(3) == 0 {
        let (name, data_type, values) = draws.of(columns).clone();
        return condition(draws, &name, &data_type, &values);
    }
    let (left, right) = (filter(draws, columns, depth - 1), filter(draws, columns, depth - 1));
    match draws.below(5) {
        0 | 1 => left.and(right),
        2 | 3 => left.or(right),
        _ => !left,
    }
}

async fn check(kind: Kind) {
    let mut draws = Draws(7);
    let setup = setup(kind, &mut draws);
    let Some(database) = Database::new(kind, &setup).await else { return };
    let source = database.source(&[]).await;
    let table = source.table("t").await.unwrap().unwrap();
    let remote = || session(2).read_table(Arc::clone(&table)).unwrap();
    let rows = remote().collect().await.unwrap();
    let schema = table.schema();
    let copy = Arc::new(MemTable::try_new(Arc::clone(&schema), vec![rows.clone()]).unwrap());
    let local = || session(2).read_table(Arc::clone(&copy) as _).unwrap();

    let columns: Vec<(String, DataType, Vec<ScalarValue>)> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let value = |row| ScalarValue::try_from_array(rows[0].column(place), row).unwrap();
            let mut values: Vec<ScalarValue> = (0..60).map(value).filter(|value| !value.is_null()).collect();
            if *field.data_type() == DataType::Float64 {
                values.extend([0.0, -0.0, 1.0, f64::NAN].map(|n| ScalarValue::Float64(Some(n))));
            }
            (field.name().clone(), field.data_type().clone(), values)
        })
        .collect();

    let mut sent = 0;
    for number in 0..QUERIES {
        let filter = filter(&mut draws, &columns, 3);
        let run = async |frame: DataFrame| {
            let mut rows = text(&frame.filter(filter.clone()).unwrap().collect().await.unwrap());
            rows.sort();
            rows
        };
        let (found, expected) = (run(remote()).await, run(local()).await);
        let plan = plan(remote().filter(filter.clone()).unwrap()).await;
        assert!(
            found == expected,
            "{} query {number}: {filter}\n{}\nfound {} rows, expected {}\nonly found: {:#?}\nonly expected: {:#?}",
            kind.name(),
            plan.join("\n"),
            found.len(),
            expected.len(),
            found.iter().filter(|row| !expected.contains(row)).take(3).collect::<Vec<_>>(),
            expected.iter().filter(|row| !found.contains(row)).take(3).collect::<Vec<_>>(),
        );
        sent += usize::from(plan.iter().any(|line| line.contains(" WHERE ")));
    }
    assert!(sent > QUERIES / 3, "only {sent} of {QUERIES} queries were sent with a filter");

    let mut sent = 0;
    for number in 0..QUERIES / 2 {
        let filter = (draws.below(3) == 0).then(|| filter(&mut draws, &columns, 1));
        let keys: Vec<Expr> = (0..draws.below(3)).map(|_| named(&draws.of(&columns).0)).collect();
        let aggregates: Vec<Expr> =
            (0..draws.below(4)).filter_map(|n| aggregate(&mut draws, &columns, n)).collect();
        if keys.is_empty() && aggregates.is_empty() {
            continue;
        }
        let group = |frame: DataFrame| {
            let frame = filter.iter().fold(frame, |frame, filter| frame.filter(filter.clone()).unwrap());
            frame.aggregate(keys.clone(), aggregates.clone()).unwrap()
        };
        let run = async |frame: DataFrame| {
            let mut rows = text(&group(frame).collect().await.unwrap());
            rows.sort();
            rows
        };
        let (found, expected) = (run(remote()).await, run(local()).await);
        let plan = plan(group(remote())).await;
        let message =
            format!("{} aggregate {number}\n{}\n{found:#?}\n{expected:#?}", kind.name(), plan.join("\n"));
        assert!(found == expected, "{message}");
        sent += usize::from(plan.iter().any(|line| line.contains("GROUP BY") || line.contains("count(")));
    }
    let least = if kind == Kind::Sqlite { 0 } else { QUERIES / 10 };
    assert!(sent >= least, "only {sent} aggregates were sent");

    // Of rows that are equal in the order, any may come first; so only what is ordered is looked at.
    for (name, ..) in &columns {
        for (ascending, nulls_first) in [(true, true), (true, false), (false, true), (false, false)] {
            let run = async |frame: DataFrame| {
                let order = vec![SortExpr::new(col(format!("\"{name}\"")), ascending, nulls_first)];
                let column = [col(format!("\"{name}\""))];
                let frame = frame.sort(order).unwrap().limit(0, Some(150)).unwrap().select(column).unwrap();
                text(&frame.collect().await.unwrap())
            };
            // Databases have one zero.
            let one_zero = |rows: Vec<String>| -> Vec<String> {
                rows.into_iter().map(|row| if row == "-0.0" { "0.0".to_owned() } else { row }).collect()
            };
            let (found, expected) = (one_zero(run(remote()).await), one_zero(run(local()).await));
            assert!(
                found == expected,
                "{} by {name} {ascending} {nulls_first}\n{found:?}\n{expected:?}",
                kind.name()
            );
        }
    }
}

#[tokio::test]
async fn postgres() {
    check(Kind::Postgres).await;
}

#[tokio::test]
async fn mysql() {
    check(Kind::Mysql).await;
}

#[tokio::test]
async fn sqlite() {
    check(Kind::Sqlite).await;
}
