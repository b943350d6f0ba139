use proptest::prelude::*;
use sqlparser::ast::{Expr, Ident, ObjectName, Query};

use super::{assert_round_trip, one};
use crate::sql::*;

proptest! {
    #[test]
    fn any_statement_reads_back_as_itself(statement in statement()) {
        assert_round_trip(&statement);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = parse(&text);
        let _ = is_complete(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec(prop::sample::select(WORDS), 0..14)) {
        let _ = parse(&words.join(" "));
    }
}

const WORDS: &[&str] = &[
    "CREATE",
    "OR",
    "REPLACE",
    "SOURCE",
    "PROFILE",
    "PREDICTION",
    "USING",
    "SEGMENT",
    "VIEW",
    "x",
    "FROM",
    "(",
    ")",
    "SELECT",
    "1",
    "AS",
    "a",
    "KEY",
    "MATCH",
    "RULE",
    "ON",
    "l.a",
    "=",
    "r.a",
    "NEVER",
    "IN",
    ",",
    "'t'",
    "MERGE",
    "OPTIONS",
    ";",
    "AT",
    "MOST",
    "PER",
    "IGNORE",
    "LIKE",
    "DROP",
    "SHOW",
    "DESCRIBE",
    "REFRESH",
    "ALL",
    "FULL",
    "WITH",
    "IF",
    "NOT",
    "EXISTS",
    "TYPE",
    "ACCEPT",
    "ABOVE",
    "0.5",
    "DEPENDENTS",
    ".",
    "-",
    "\"q\"",
];

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        source().prop_map(Statement::CreateSource),
        profile().prop_map(|p| Statement::CreateProfile(Box::new(p))),
        activity().prop_map(|a| Statement::CreateActivity(Box::new(a))),
        (flags(), any::<bool>(), ident(), query()).prop_map(
            |((or_replace, if_not_exists), materialized, name, query)| {
                Statement::CreateMeasure(CreateMeasure {
                    or_replace,
                    materialized,
                    if_not_exists,
                    name,
                    query,
                })
            }
        ),
        (flags(), any::<bool>(), ident(), query()).prop_map(
            |((or_replace, if_not_exists), materialized, name, query)| {
                Statement::CreateSegment(CreateSegment {
                    or_replace,
                    materialized,
                    if_not_exists,
                    name,
                    query,
                })
            }
        ),
        (flags(), any::<bool>(), ident(), idents(0..3), query()).prop_map(
            |((or_replace, if_not_exists), materialized, name, columns, query)| {
                Statement::CreateView(CreateView {
                    or_replace,
                    materialized,
                    if_not_exists,
                    name,
                    columns,
                    query,
                })
            }
        ),
        (flags(), ident(), ident(), ident(), options(), query()).prop_map(
            |((or_replace, if_not_exists), name, profile, method, options, query)| {
                Statement::CreatePrediction(Box::new(CreatePrediction {
                    or_replace,
                    if_not_exists,
                    name,
                    profile,
                    method,
                    options,
                    query,
                }))
            }
        ),
        (comment_target(), prop::option::of(text())).prop_map(|(target, text)| Statement::Comment(Comment {
            target,
            text,
            origin
        })),
        (kind(), any::<bool>(), ident(), any::<bool>()).prop_map(|(kind, if_exists, name, cascade)| {
            Statement::Drop(Drop { kind, if_exists, name, cascade })
        }),
        (prop::sample::select(&Shown::ALL[..]), prop::option::of(text()))
            .prop_map(|(what, like)| Statement::Show(Show { what, like })),
        (kind(), ident()).prop_map(|(kind, name)| Statement::ShowCreate(ShowCreate { kind, name })),
        (ident(), text(), text()).prop_map(|(profile, left, right)| {
            Statement::ExplainMatch(ExplainMatch { profile, left, right })
        }),
        (kind(), ident()).prop_map(|(kind, name)| Statement::Describe(Describe { kind, name })),
        ident().prop_map(|name| Statement::DescribeConnector(DescribeConnector { name })),
        (ident(), prop::option::of(ident()))
            .prop_map(|(source, table)| { Statement::AnalyzeSource(AnalyzeSource { source, table }) }),
        any::<bool>().prop_map(|full| {
            Statement::Refresh(Refresh { target: RefreshTarget::All, full, with_dependents: false })
        }),
        (kind(), ident(), any::<bool>(), any::<bool>()).prop_map(|(kind, name, full, with_dependents)| {
            let target = RefreshTarget::Object { kind, name };
            Statement::Refresh(Refresh { target, full, with_dependents })
        }),
    ]
}

fn comment_target() -> impl Strategy<Value = CommentTarget> {
    prop_oneof![
        (kind(), ident()).prop_map(|(kind, name)| CommentTarget::Object { kind, name }),
        relation().prop_map(CommentTarget::Relation),
        (relation(), ident()).prop_map(|(relation, column)| CommentTarget::Column { relation, column }),
    ]
}

fn source() -> impl Strategy<Value = CreateSource> {
    (flags(), ident(), ident(), options()).prop_map(
        |((or_replace, if_not_exists), name, connector, options)| CreateSource {
            or_replace,
            if_not_exists,
            name,
            connector,
            options,
        },
    )
}

fn profile() -> impl Strategy<Value = CreateProfile> {
    let merge = (expr(), ident()).prop_map(|(expr, column)| MergeItem { expr, column, origin });
    let record_source =
        (query(), ident(), ident()).prop_map(|(query, name, key)| RecordSource { query, name, key, origin });
    (
        flags(),
        ident(),
        prop::collection::vec(record_source, 1..4),
        prop::collection::vec(match_item(), 1..6),
        prop::collection::vec(merge, 0..4),
        options(),
    )
        .prop_map(|((or_replace, if_not_exists), name, sources, matching, merge, options)| {
            CreateProfile { or_replace, if_not_exists, name, sources, matching, merge, options }
        })
}

#[allow(non_upper_case_globals, reason = "reads as a field")]
const origin: Origin = Origin(crate::Position { line: 0, column: 0 });

fn match_item() -> impl Strategy<Value = MatchItem> {
    prop_oneof![
        exprs().prop_map(|exprs| MatchItem::Block(Block { exprs, origin })),
        (ident(), exprs()).prop_map(|(comparator, columns)| MatchItem::Compare(Compare {
            comparator,
            columns,
            origin
        })),
        text().prop_map(|path| MatchItem::Model(ModelFile { path, origin })),
        (ident(), expr()).prop_map(|(name, predicate)| MatchItem::Rule(Rule { name, predicate, origin })),
        expr().prop_map(|predicate| MatchItem::Never(Never { predicate, origin })),
        relation().prop_map(|relation| MatchItem::AlwaysIn(AlwaysIn { relation, origin })),
        relation().prop_map(|relation| MatchItem::NeverIn(NeverIn { relation, origin })),
        (ident(), text()).prop_map(|(column, pattern)| {
            MatchItem::Ignore(Ignore { column, values: IgnoreValues::Like(pattern), origin })
        }),
        (ident(), prop::collection::vec(literal(), 1..4)).prop_map(|(column, values)| {
            MatchItem::Ignore(Ignore { column, values: IgnoreValues::In(values), origin })
        }),
        (1..=u64::MAX, ident()).prop_map(|(count, source)| MatchItem::AtMost(AtMost {
            count,
            source,
            origin
        })),
        (0.0..=1.0).prop_map(|probability| MatchItem::AcceptAbove(AcceptAbove { probability, origin })),
        Just(MatchItem::Auto(Auto { origin })),
    ]
}

fn activity() -> impl Strategy<Value = CreateActivity> {
    let optional = || prop::option::of(expr());
    (
        flags(),
        (ident(), ident()),
        query(),
        [ident(), ident(), ident(), ident()],
        prop::option::of(ident()),
        [optional(), optional(), optional()],
    )
        .prop_map(
            |(
                (or_replace, if_not_exists),
                (name, profile),
                query,
                [key, link, record_source, at],
                activity_type,
                [title, detail, url],
            )| {
                CreateActivity {
                    or_replace,
                    if_not_exists,
                    name,
                    profile,
                    query,
                    key,
                    link,
                    record_source,
                    at,
                    activity_type,
                    title,
                    detail,
                    url,
                }
            },
        )
}

/// OR REPLACE and IF NOT EXISTS, not both.
fn flags() -> impl Strategy<Value = (bool, bool)> {
    prop::sample::select(&[(false, false), (true, false), (false, true)][..])
}

fn kind() -> impl Strategy<Value = ObjectKind> {
    prop::sample::select(&ObjectKind::ALL[..])
}

const GRAMMAR: &[&str] =
    &["key", "at", "type", "if", "link", "title", "segment", "match", "select", "from", "of", "as"];

/// Plain names, names that need quotes, and words of the grammar.
fn ident() -> impl Strategy<Value = Ident> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,8}",
        "[ -~]{1,8}",
        "\\PC{1,5}",
        prop::sample::select(GRAMMAR).prop_map(str::to_owned)
    ]
    .prop_filter("a name that is refused", |name| !name.contains("\"\"") && !name.contains("\\\""))
    .prop_map(|value| super::super::name::canonical_ident(Ident::with_quote('"', value)))
}

fn idents(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Ident>> {
    prop::collection::vec(ident(), size)
}

fn relation() -> impl Strategy<Value = ObjectName> {
    idents(1..4).prop_map(ObjectName::from)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "(?s).{0,6}"]
}

fn options() -> impl Strategy<Value = Vec<(String, String)>> {
    let key = prop_oneof!["[a-z]{1,6}(\\.[a-z_]{1,6})?", "[ -~]{1,8}"];
    prop::collection::btree_map(key, text(), 0..4).prop_map(|options| options.into_iter().collect())
}

fn exprs() -> impl Strategy<Value = Vec<Expr>> {
    prop::collection::vec(expr(), 1..4)
}

fn literal() -> impl Strategy<Value = Expr> {
    prop_oneof![
        text().prop_map(|text| read_expr(&format!("'{}'", text.replace('\'', "''")))),
        any::<i32>().prop_map(|number| read_expr(&number.to_string())),
        Just(read_expr("DATE '2024-02-29'")),
        Just(read_expr("NULL")),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        ident().prop_map(|name| format!("l.{name}")),
        ident().prop_map(|name| format!("r.{name}")),
        ident().prop_map(|name| name.to_string()),
        text().prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        any::<u16>().prop_map(|number| number.to_string()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let operator = prop::sample::select(&["=", "<>", "<", "+", "-", "||", "AND", "OR"][..]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
            inner.clone().prop_map(|x| format!("lower({x})")),
            inner.clone().prop_map(|x| format!("{x} IS NOT NULL")),
            inner.clone().prop_map(|x| format!("CASE WHEN {x} THEN 1 ELSE -1 END")),
            (inner.clone(), inner).prop_map(|(l, r)| format!("most_recent(struct({l}, {r}), updated_at)")),
        ]
    })
    .prop_map(|sql| read_expr(&sql))
}

fn read_expr(sql: &str) -> Expr {
    match one(&format!("CREATE ACTIVITY a OF p FROM (SELECT 1) KEY (k) LINK (l) TO s AT t TITLE {sql}")) {
        Statement::CreateActivity(activity) => activity.title.unwrap(),
        other => panic!("{other}"),
    }
}

fn query() -> impl Strategy<Value = Box<Query>> {
    let clause = prop::option::of(expr());
    (prop::collection::vec((expr(), ident()), 1..5), relation(), clause, any::<bool>()).prop_map(
        |(columns, relation, condition, nested)| {
            let columns: Vec<String> =
                columns.iter().map(|(e, name)| format!("{} AS {name}", sql_text(e))).collect();
            let condition = condition.map_or(String::new(), |c| format!(" WHERE {}", sql_text(&c)));
            let select = format!("SELECT {} FROM {relation}{condition}", columns.join(", "));
            let sql = if nested { format!("SELECT * FROM ({select}) AS t ORDER BY 1") } else { select };
            match one(&format!("CREATE VIEW v AS {sql}")) {
                Statement::CreateView(view) => view.query,
                other => panic!("{other}"),
            }
        },
    )
}
