//! Constructs of PostgreSQL that DataFusion does not have, written in those that it has. Each rule looks at one construct,
//! wherever it stands; none knows a whole statement.
//!
//! 1. `names.rs`: relations of the catalog in `pg_catalog`
//! 2. `functions.rs`: functions without `pg_catalog.`, those that give several rows in `unnest`
//!    `formats.rs`: the formats of `to_char`, `to_date` and `to_timestamp`
//! 3. `casts.rs`: `::regclass` and its like become look-ups; types of PostgreSQL's own their plain ones
//! 4. `operators.rs`: `OPERATOR(pg_catalog.~)`, `COLLATE`, `= ANY (array)`, `ARRAY(query)`, an interval by a number
//! 5. `subqueries.rs`: a query of the catalog in the place of a value gives its first row
//! 6. `columns.rs`: columns without a name get PostgreSQL's, and equal names are kept apart

mod build;
mod casts;
mod columns;
mod formats;
mod functions;
mod names;
mod operators;
mod subqueries;

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::{Expr, Ident, ObjectName, Query, Select, TableFactor, VisitMut, VisitorMut};

pub(super) use columns::shown as column_name;

/// Rewrites a statement in place.
pub(super) fn rewrite(statement: &mut DFStatement) {
    match statement {
        DFStatement::Statement(inner) => {
            let mut rules = Rules { tables: Vec::new(), in_function: false };
            let _ = inner.visit(&mut rules);
        }
        DFStatement::Explain(explain) => rewrite(&mut explain.statement),
        _ => {}
    }
}

struct Rules {
    /// Names of common table expressions.
    tables: Vec<Ident>,
    /// Whether the next relation is the name of a table function.
    in_function: bool,
}

impl VisitorMut for Rules {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        self.tables.extend(with.map(|table| table.alias.name.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<Self::Break> {
        if !std::mem::take(&mut self.in_function) {
            names::resolve(relation, &self.tables);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        functions::table_function(factor);
        self.in_function = matches!(factor, TableFactor::Table { args: Some(_), .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        casts::to_text(expr);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        functions::rewrite(expr);
        formats::rewrite(expr);
        casts::rewrite(expr);
        operators::rewrite(expr);
        subqueries::rewrite(expr);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        columns::leave_out_own_names(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        columns::name(select);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use crate::sql::{self, Statement};

    fn rewritten(text: &str) -> String {
        let mut parsed = sql::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).remove(0);
        let Statement::DataFusion(inner) = &mut parsed.statement else { panic!("{text}") };
        super::rewrite(inner);
        parsed.statement.to_string()
    }

    #[test]
    fn constructs_of_postgresql() {
        for (text, expected) in [
            ("SELECT relname AS n FROM pg_class", "SELECT relname AS n FROM pg_catalog.pg_class"),
            ("SELECT pg_catalog.version()", "SELECT version() AS version"),
            (
                "SELECT a AS a FROM t WHERE a OPERATOR(pg_catalog.~) '^x$' COLLATE pg_catalog.default",
                "SELECT a AS a FROM t WHERE a ~ '^x$'",
            ),
            (
                "SELECT 1 AS x WHERE 'a' = ANY ('{a,b}'::text[])",
                "SELECT 1 AS x WHERE array_has(make_array('a', 'b'), 'a')",
            ),
            ("SELECT 1 AS x WHERE k <> ALL (ARRAY['a'])", "SELECT 1 AS x WHERE NOT array_has(ARRAY['a'], k)"),
            ("SELECT 1 AS x WHERE o = 'a.b'::regclass", "SELECT 1 AS x WHERE o = to_regclass('a.b')"),
            (r"SELECT 1 AS x WHERE a LIKE 'p/_%' ESCAPE '/'", r"SELECT 1 AS x WHERE a LIKE 'p\_%'"),
            ("SELECT 1 AS x WHERE p = 't'", "SELECT 1 AS x WHERE text_out(p) = 't'"),
            ("SELECT o::regclass::text AS t", "SELECT regclass_name(o) AS t"),
            (
                "SELECT count(*), count(*) FROM t",
                "SELECT count(*) AS count, count(*) AS \"count\u{1}2\" FROM t",
            ),
            (
                "SELECT 1, x, x::text, lower(x) FROM t",
                "SELECT 1 AS \"?column?\", x, x::TEXT AS \"x\u{1}2\", lower(x) AS lower FROM t",
            ),
            (
                "SELECT i.indkey[a.attnum - 1] AS x, c.conkey[1] AS y FROM i",
                "SELECT i.indkey[(a.attnum - 1) + 1] AS x, c.conkey[1] AS y FROM i",
            ),
            (
                "SELECT ARRAY(SELECT 'a' || x FROM unnest(t.list) x) AS x FROM t",
                "SELECT array_transform(t.list, x -> 'a' || x) AS x FROM t",
            ),
            (
                "SELECT t + INTERVAL '5 minutes' * floor(m / 5) AS x, 2 * INTERVAL '1 day' AS y, INTERVAL '1 day' / 2 AS z",
                "SELECT t + interval_times(INTERVAL '5 minutes', FLOOR(m / 5)) AS x, interval_times(INTERVAL '1 day', 2) AS y, interval_times(INTERVAL '1 day', 1.0 / (2)) AS z",
            ),
            (
                "SELECT ARRAY(SELECT a FROM t) AS x",
                "SELECT (SELECT array_agg(value) FROM (SELECT a AS value FROM t) AS items) AS x",
            ),
        ] {
            assert_eq!(rewritten(text), expected, "{text}");
        }
    }

    #[test]
    fn table_functions_have_no_schema() {
        let mut parsed =
            sql::parse("SELECT value FROM generate_series(1, 3), pg_type").expect("it is a query").remove(0);
        let Statement::DataFusion(inner) = &mut parsed.statement else { panic!("a query is DataFusion's") };
        super::rewrite(inner);
        assert_eq!(
            parsed.statement.to_string(),
            "SELECT value FROM generate_series(1, 3), pg_catalog.pg_type"
        );
    }

    #[test]
    fn a_query_of_the_catalog_gives_its_first_row() {
        let text =
            "SELECT (SELECT d.description FROM pg_description d WHERE d.objoid = c.oid) AS x FROM pg_class c";
        assert!(rewritten(text).contains("(SELECT first_value(d.description) FROM"), "{}", rewritten(text));
        let text = "SELECT (SELECT max(a) FROM pg_class) AS x";
        assert!(!rewritten(text).contains("first_value"));
        let text = "SELECT (SELECT a FROM public.t) AS x";
        assert!(!rewritten(text).contains("first_value"));
    }
}
