//! What `EXPLAIN ANALYZE` tells of the operator.

use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, Gauge, MetricBuilder, Time,
};

/// The times of what is done once for all partitions.
#[derive(Debug, Clone)]
pub(crate) struct StageTimes {
    pub(super) load: Time,
    pub(super) block: Time,
    pub(super) train: Time,
}

/// The figures of one partition.
#[derive(Debug)]
pub(super) struct Meters {
    pub(super) base: BaselineMetrics,
    pub(super) stages: StageTimes,
    /// Pairs of blocks that were looked at.
    pub(super) candidates: Count,
    /// Those of them that an earlier rule gives.
    pub(super) skipped: Count,
    /// Pairs that were weighed and are too unlikely to be kept.
    pub(super) unlikely: Count,
    pub(super) compare: Time,
    pub(super) weigh: Time,
    /// Bytes that the records, their keys, fields and blocks hold.
    pub(super) memory: Gauge,
}

impl Meters {
    pub(super) fn new(metrics: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let time = |name: &'static str| MetricBuilder::new(metrics).subset_time(name, partition);
        let count = |name: &'static str| MetricBuilder::new(metrics).counter(name, partition);
        Self {
            base: BaselineMetrics::new(metrics, partition),
            stages: StageTimes {
                load: time("load_time"),
                block: time("block_time"),
                train: time("train_time"),
            },
            candidates: count("candidate_pairs"),
            skipped: count("pairs_of_earlier_rules"),
            unlikely: count("pairs_not_kept"),
            compare: time("compare_time"),
            weigh: time("weigh_time"),
            memory: MetricBuilder::new(metrics).gauge("memory", partition),
        }
    }
}
