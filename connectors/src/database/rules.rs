//! The physical optimizer's rules with those that send work to databases.
//!
//! 1. Joins are sent before all else: what DataFusion does about joins, distribution and order then starts from what is
//!    left of them.
//! 2. DataFusion's own rules, some of which ask scans to take projections, orders and limits.
//! 3. Aggregates are sent at the end, when it is decided in which parts they are computed.

use std::sync::Arc;

use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use super::aggregate::AggregateInDatabase;
use super::join::JoinInDatabase;

/// The rules for the physical optimizer of a session that reads databases, in their order.
pub fn physical_optimizer_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.insert(0, Arc::new(JoinInDatabase));
    rules.push(Arc::new(AggregateInDatabase));
    rules
}
