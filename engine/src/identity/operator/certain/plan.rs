//! What the rules of a profile read, and how they are tested.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{DataFrame, ident};

use crate::catalog::provider::parse_query;
use crate::identity::profile::RECORD_ORDER;
use crate::identity::rules::{CompiledRule, EVIDENCE};
use crate::session::Session;
use crate::sql::pair_predicate::RuleParts;
use crate::{Error, Result};

/// The certain pairs of a profile.
#[derive(Debug)]
pub struct Certain {
    /// The profile, as in `profile customer`.
    pub object: String,
    /// What joins two records, in order of priority.
    pub alternatives: Vec<Alternative>,
    /// How many columns of the input, behind the number of the record, the predicates read. The keys follow.
    pub read: usize,
    /// The number of records, if it is known.
    pub records: Option<usize>,
}

/// One alternative of a rule: the terms of one side of its ORs.
#[derive(Debug)]
pub struct Alternative {
    /// The name of the rule.
    pub name: String,
    /// Its place in order of priority.
    pub rule: u16,
    /// The keys of `l`, as places among the keys of the input.
    pub left: Vec<usize>,
    /// The keys of `r`, if they are others.
    pub right: Option<Vec<usize>>,
    /// What is left to be tested.
    pub predicate: Option<Predicate>,
    /// What the records agree on, as SQL over `l`.
    pub key_texts: Vec<String>,
    sql: String,
}

/// What is tested on a pair.
#[derive(Debug)]
pub struct Predicate {
    /// Over `columns` of `l` and then of `r`.
    pub expr: Arc<dyn PhysicalExpr>,
    /// Places among the columns that are read.
    pub columns: Vec<usize>,
    /// The names and types of both sides.
    pub schema: arrow::datatypes::SchemaRef,
    /// Whether it says the same with `l` and `r` exchanged.
    pub symmetric: bool,
}

impl Alternative {
    /// The alternative as SQL, with the name of its rule.
    pub fn text(&self) -> String {
        format!("{} ON {}", self.name, self.sql)
    }
}

/// Plans the rules over `scratch.evidence`: what they are, and the frame that reads what they need: the number of the
/// record, the columns of the predicates, and the keys.
///
/// # Errors
/// If a rule names an unknown column or function, or compares what cannot be compared.
pub async fn plan(session: &Session, object: &str, rules: &[CompiledRule]) -> Result<(Certain, DataFrame)> {
    let mut keys: Vec<Expr> = Vec::new();
    let mut tested: Vec<(usize, Expr)> = Vec::new();
    let mut alternatives: Vec<Alternative> = Vec::new();
    for rule in rules {
        for parts in &rule.alternatives {
            let in_rule = |e: Error| e.on(format!("rule {}", rule.name));
            let terms = terms(session, parts).await.map_err(in_rule)?;
            let mut sides: [Vec<usize>; 2] = Default::default();
            for term in &terms[..parts.equalities.len()] {
                for (side, expr) in sides.iter_mut().zip(equality(term).map_err(in_rule)?) {
                    let place = keys.iter().position(|key| *key == expr).unwrap_or_else(|| {
                        keys.push(expr);
                        keys.len() - 1
                    });
                    side.push(place);
                }
            }
            let [left, right] = sides;
            if let Some(term) = terms.get(parts.equalities.len()) {
                tested.push((alternatives.len(), term.clone()));
            }
            alternatives.push(Alternative {
                name: rule.name.clone(),
                rule: rule.number,
                right: (left != right).then_some(right),
                left,
                predicate: None,
                key_texts: parts.equalities.iter().map(|e| e.left.to_string()).collect(),
                sql: text(parts),
            });
        }
    }
    let mut read: BTreeSet<String> = BTreeSet::new();
    for (_, term) in &tested {
        read.extend(term.column_refs().into_iter().map(|c| c.name.clone()));
    }
    let read: Vec<String> = read.into_iter().collect();
    let frame = session.frame(&format!("SELECT * FROM scratch.{EVIDENCE}")).await?;
    for (place, term) in tested {
        let symmetric =
            rules.iter().flat_map(|rule| &rule.alternatives).nth(place).is_some_and(|parts| parts.symmetric);
        alternatives[place].predicate = Some(predicate(session, &frame, term, &read, symmetric)?);
    }
    let mut exprs = vec![ident(RECORD_ORDER)];
    exprs.extend(read.iter().map(|name| ident(name.as_str())));
    exprs.extend(keys.into_iter().enumerate().map(|(n, key)| key.alias(format!("key_{n}"))));
    let frame = frame.select(exprs)?;
    let certain = Certain { object: object.to_owned(), alternatives, read: read.len(), records: None };
    Ok((certain, frame))
}

fn text(parts: &RuleParts) -> String {
    let equalities = parts.equalities.iter().map(|e| format!("{} = {}", e.left, e.right));
    let rest = parts.residual.iter().map(ToString::to_string);
    equalities.chain(rest).collect::<Vec<_>>().join(" AND ")
}

/// The terms over `l` and `r` with the types made equal as DataFusion does: each equality, then all the rest in one.
async fn terms(session: &Session, parts: &RuleParts) -> Result<Vec<Expr>> {
    let mut terms: Vec<String> =
        parts.equalities.iter().map(|e| format!("({}) = ({})", e.left, e.right)).collect();
    if !parts.residual.is_empty() {
        let rest: Vec<String> = parts.residual.iter().map(|e| format!("({e})")).collect();
        terms.push(rest.join(" AND "));
    }
    let listed: Vec<String> =
        terms.iter().enumerate().map(|(n, term)| format!("{term} AS term_{n}")).collect();
    let text = format!(
        "SELECT {} FROM scratch.{EVIDENCE} AS l CROSS JOIN scratch.{EVIDENCE} AS r",
        listed.join(", ")
    );
    let plan = session.plan_query(&parse_query(&text)?).await?;
    let state = session.ctx().state();
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let LogicalPlan::Projection(projection) = plan else {
        return Err(Error::internal("the terms of a rule were planned to something else"));
    };
    Ok(projection.expr.into_iter().map(plain).collect())
}

fn plain(mut expr: Expr) -> Expr {
    while let Expr::Alias(alias) = expr {
        expr = *alias.expr;
    }
    expr
}

/// The two sides of an equality, that over `l` first, each over the columns of a record.
fn equality(term: &Expr) -> Result<[Expr; 2]> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = term else {
        return Err(Error::internal(format!("the equality was planned to {term}")));
    };
    let of_l = |expr: &Expr| {
        expr.column_refs().into_iter().all(|c| c.relation.as_ref().is_some_and(|r| r.table() == "l"))
    };
    let (l, r) = if of_l(left) { (left, right) } else { (right, left) };
    Ok([of_record(l)?, of_record(r)?])
}

fn of_record(expr: &Expr) -> DFResult<Expr> {
    let unqualified = expr.clone().transform(|e| {
        Ok(match e {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::new_unqualified(column.name))),
            other => Transformed::no(other),
        })
    })?;
    Ok(unqualified.data)
}

fn predicate(
    session: &Session,
    evidence: &DataFrame,
    term: Expr,
    read: &[String],
    symmetric: bool,
) -> Result<Predicate> {
    let names: BTreeSet<&str> = term.column_refs().into_iter().map(|c| c.name.as_str()).collect();
    let columns: Vec<usize> = (0..read.len()).filter(|n| names.contains(read[*n].as_str())).collect();
    let schema = evidence.schema().as_arrow();
    let mut fields = Vec::new();
    for n in &columns {
        fields.push(schema.field_with_name(&read[*n])?.clone().with_nullable(true));
    }
    let side = arrow::datatypes::Schema::new(fields);
    let both = DFSchema::try_from_qualified_schema("l", &side)?
        .join(&DFSchema::try_from_qualified_schema("r", &side)?)?;
    let expr = session.ctx().state().create_physical_expr(term, &both)?;
    Ok(Predicate { expr, columns, schema: Arc::new(both.as_arrow().clone()), symmetric })
}
