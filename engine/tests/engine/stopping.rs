//! Statements that nobody waits for any more stop computing.

use std::time::{Duration, Instant};

use futures::StreamExt;
use onefold::{Response, sql};
use tokio::runtime::Runtime;

use crate::support::open;

/// Each would compute for hours.
const ENDLESS: [(&str, &str); 6] = [
    ("CrossJoinExec", "SELECT max(a.value + b.value) FROM a CROSS JOIN b"),
    ("CrossJoinExec", "SELECT count(*) FROM (SELECT 1 FROM a CROSS JOIN b LIMIT 100000000000)"),
    ("NestedLoopJoinExec", "SELECT count(*) FROM a JOIN b ON a.value * b.value = -1"),
    ("NestedLoopJoinExec", "SELECT count(*) FROM a LEFT JOIN b ON a.value <> b.value"),
    ("HashJoinExec", "SELECT count(*) FROM a JOIN b ON a.value % 2 = b.value % 2"),
    ("HashJoinExec", "SELECT count(*) FROM a JOIN b ON a.value % 2 = b.value % 2 AND a.value * b.value = -1"),
];

#[test]
fn dropping_the_rows_stops_the_work() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let session = runtime.block_on(open(dir.path())).session();
    for (operator, query) in ENDLESS {
        let query = format!(
            "WITH a AS (SELECT * FROM generate_series(1, 3000000)), b AS (SELECT * FROM generate_series(1, 3000000)) {query}"
        );
        let plan = runtime.block_on(session.query(&format!("EXPLAIN {query}"))).expect("it can be planned");
        assert!(format!("{plan:?}").contains(operator), "{operator}: {plan:?}");
        let before = runtime.metrics().num_alive_tasks();
        let parsed = sql::parse(&query).expect("a query").remove(0);
        let response = runtime.block_on(session.execute(&parsed)).expect("it starts");
        let Response::Rows { mut stream, .. } = response else { panic!("{query} has rows") };
        let reading = runtime.spawn(async move { stream.next().await.is_some() });
        std::thread::sleep(Duration::from_millis(700));
        assert!(
            !reading.is_finished() && runtime.metrics().num_alive_tasks() > before,
            "it computes: {query}"
        );
        reading.abort();
        let took = until(&runtime, before);
        println!("{operator}: stopped after {took:?}");
        assert!(took < Duration::from_secs(1), "{query}");
    }
}

/// How long it takes until no more tasks than `tasks` are alive; a minute at most.
fn until(runtime: &Runtime, tasks: usize) -> Duration {
    let start = Instant::now();
    while runtime.metrics().num_alive_tasks() > tasks && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    start.elapsed()
}
