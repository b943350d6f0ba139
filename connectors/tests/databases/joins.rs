//! Joins yield the same whether they are sent or not: what the tables yield as a whole is copied, and each query runs
//! over the tables and over their copies. Each column of `many` has a table of its own values as a key, `one_<column>`.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use super::random::{Draws, before_tables, values};
use super::server::{Database, Kind};
use super::{plan, session, text};

/// How many joins each database gets.
const JOINS: usize = 250;

/// A column, its type there, its values as SQL writes them.
type Column = (&'static str, String, Vec<String>);

/// What may be declared in a table whose values have their columns' types.
fn columns(kind: Kind) -> Vec<Column> {
    let mut columns = values(kind);
    if kind == Kind::Sqlite {
        columns.retain(|(name, ..)| ["t", "t_nocase", "t_trim", "i4", "i8", "f8"].contains(name));
        for (name, r#type, _) in &mut columns {
            *r#type = match *name {
                "t" => "text".to_owned(),
                "i4" | "i8" => "int".to_owned(),
                "f8" => "real".to_owned(),
                _ => r#type.clone(),
            };
        }
    }
    columns
}

fn setup(kind: Kind, columns: &[Column], draws: &mut Draws) -> String {
    let (insert, unless, strict) = match kind {
        Kind::Postgres => ("INSERT INTO", " ON CONFLICT DO NOTHING", ""),
        Kind::Mysql => ("INSERT IGNORE INTO", "", ""),
        Kind::Sqlite => ("INSERT OR IGNORE INTO", "", " STRICT"),
    };
    let mut sql = before_tables(kind).to_owned();
    let declared: Vec<_> = columns.iter().map(|(name, r#type, _)| format!("{name} {type}")).collect();
    sql += &format!("CREATE TABLE many (id int PRIMARY KEY, {}){strict};\n", declared.join(", "));
    for id in 0..150 {
        let value = |(_, _, values): &Column| match draws.below(6) {
            0 => "NULL".to_owned(),
            _ => draws.of(values).clone(),
        };
        let row: Vec<_> = columns.iter().map(value).collect();
        sql += &format!("INSERT INTO many VALUES ({id}, {});\n", row.join(", "));
    }
    for (name, r#type, values) in columns {
        let r#type = r#type.trim_end_matches(" NULL");
        sql +=
            &format!("CREATE TABLE one_{name} (k {type} PRIMARY KEY, n int, label varchar(20)){strict};\n")
                .replace("varchar(20))", if kind == Kind::Sqlite { "text)" } else { "varchar(20))" });
        for (n, value) in values.iter().enumerate().filter(|(n, _)| n % 5 != 3) {
            sql += &format!("{insert} one_{name} VALUES ({value}, {n}, 'label {}'){unless};\n", n % 3);
        }
    }
    let integer = if kind == Kind::Sqlite { "int" } else { "smallint" };
    sql += &format!("CREATE TABLE pair (n int, i {integer}, sum int, PRIMARY KEY (n, i)){strict};\n");
    for (n, i) in (0..5).flat_map(|n| (-2..3).map(move |i| (n, i))) {
        sql += &format!("INSERT INTO pair VALUES ({n}, {i}, {});\n", n + i);
    }
    sql
}

/// A query, and the column that it joins by.
fn query(draws: &mut Draws, columns: &[(String, DataType)], number: usize) -> (String, String) {
    // Every column by a key of its own, then any by any of its type.
    let (key, data_type) = &columns[number % columns.len()];
    let alike: Vec<_> = columns.iter().filter(|(_, other)| other == data_type).collect();
    let column = if number < 3 * columns.len() { key } else { &draws.of(&alike).0 };
    let many = *draws.of(&[
        "many",
        "(SELECT * FROM many WHERE id > 40)",
        "(SELECT * FROM many WHERE i4 >= 0 OR t = 'a')",
    ]);
    let one = *draws.of(&[
        "one_KEY",
        "(SELECT k, n, label FROM one_KEY WHERE n <> 2)",
        "(SELECT label, n, k FROM one_KEY WHERE label <> 'label 1')",
    ]);
    let word = *draws.of(&["JOIN", "LEFT JOIN", "RIGHT JOIN"]);
    let sides = [format!("{many} AS m"), format!("{} AS o", one.replace("KEY", key))];
    let [first, second] = if draws.below(2) == 0 { [&sides[0], &sides[1]] } else { [&sides[1], &sides[0]] };
    let mut from = format!("{first} {word} {second} ON m.{column} = o.k");
    let more = match draws.below(4) {
        0 => {
            from += " JOIN pair AS p ON p.n = o.n AND p.i = m.PAIR";
            ", p.sum"
        }
        1 => {
            from += " LEFT JOIN many AS q ON q.id = o.n";
            ", q.id, q.t"
        }
        _ => "",
    };
    let sql = match draws.below(5) {
        4 => format!("SELECT m.id, m.{column} FROM {many} AS m JOIN {} ON m.{column} = o.k", sides[1]),
        0 => format!("SELECT o.n, count(*), count(o.k), max(m.id) FROM {from} GROUP BY o.n"),
        1 => format!("SELECT o.label, count(m.{column}), min(o.n), sum(m.id) FROM {from} GROUP BY o.label"),
        2 => format!("SELECT count(*) FROM {from} WHERE o.n < 4"),
        _ => format!("SELECT m.id, o.n, o.k, m.{column}{more} FROM {from}"),
    };
    (sql, if column == key { key.clone() } else { format!("{column} = {key}") })
}

#[allow(clippy::disallowed_methods, reason = "tests of tables alone, without the engine and its statements")]
async fn check(kind: Kind, by_their_keys: &[&str]) {
    let mut draws = Draws(11);
    let declared = columns(kind);
    let setup = setup(kind, &declared, &mut draws);
    let Some(database) = Database::new(kind, &setup).await else { return };
    let source = database.source(&[]).await;
    let (remote, local): (SessionContext, SessionContext) = (session(2), session(2));
    let mut schema = None;
    for name in source.tables().await.unwrap() {
        let table = source.table(&name).await.unwrap().unwrap();
        let rows = session(2).read_table(Arc::clone(&table)).unwrap().collect().await.unwrap();
        let copy = MemTable::try_new(table.schema(), vec![rows]).unwrap();
        if name == "many" {
            schema = Some(table.schema());
        }
        remote.register_table(name.as_str(), table).unwrap();
        local.register_table(name.as_str(), Arc::new(copy)).unwrap();
    }
    let schema = schema.unwrap();
    let columns: Vec<(String, DataType)> =
        schema.fields().iter().skip(1).map(|f| (f.name().clone(), f.data_type().clone())).collect();
    let pair = if kind == Kind::Sqlite { "i4" } else { "i2" };

    let (mut sent, mut whole) = (BTreeSet::new(), 0);
    for number in 0..JOINS {
        let (sql, by) = query(&mut draws, &columns, number);
        let sql = sql.replace("PAIR", pair);
        let run = async |context: &SessionContext| {
            let frame = context.sql(&sql).await.unwrap();
            let mut rows = text(&frame.collect().await.unwrap_or_else(|e| panic!("{sql}\n{e}")));
            rows.sort();
            rows
        };
        let plan = plan(remote.sql(&sql).await.unwrap()).await;
        let (found, expected) = (run(&remote).await, run(&local).await);
        assert!(
            found == expected,
            "{} join {number}: {sql}\n{}\nfound {} rows, expected {}\nonly found: {:#?}\nonly expected: {:#?}",
            kind.name(),
            plan.join("\n"),
            found.len(),
            expected.len(),
            found.iter().filter(|row| !expected.contains(row)).take(3).collect::<Vec<_>>(),
            expected.iter().filter(|row| !found.contains(row)).take(3).collect::<Vec<_>>(),
        );
        if plan.iter().any(|line| line.contains(" AS l ")) {
            sent.insert(by);
        }
        whole += usize::from(plan.iter().filter(|line| line.starts_with("RemoteScanExec")).count() == 1);
    }
    let of_one: Vec<&str> = sent.iter().map(String::as_str).filter(|by| !by.contains('=')).collect();
    assert_eq!(of_one, by_their_keys, "{sent:?}");
    let least = if kind == Kind::Mysql { JOINS / 8 } else { JOINS / 4 };
    assert!(whole > least, "only {whole} of {JOINS} queries were one scan");
}

#[tokio::test]
async fn postgres() {
    let keys =
        ["d", "g", "i2", "i4", "i8", "n", "p", "s", "t", "t_c", "t_char", "t_enum", "t_icu", "t_loose", "u"];
    check(Kind::Postgres, &keys).await;
}

#[tokio::test]
async fn mysql() {
    check(Kind::Mysql, &["big", "d", "i2", "i4", "i8", "n", "p", "s"]).await;
}

#[tokio::test]
async fn sqlite() {
    check(Kind::Sqlite, &["i4", "i8", "t", "t_nocase", "t_trim"]).await;
}
