//! The retail example, as a newcomer runs it.

use onefold::refresh::{RunStatus, Status};

use crate::support::{number, open, rows, run_project};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retail() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = dir.path().join("retail");
    onefold::example::init(&project, Some("retail")).expect("the example can be made");
    let engine = open(&project).await;

    let first = run_project(&engine).await;
    assert_eq!(first.status, RunStatus::Succeeded, "{first:?}");
    let session = engine.session();
    let [precision, recall] = precision_and_recall(&session).await;
    println!("retail: precision {precision:.4}, recall {recall:.4}");
    assert!(precision > 0.99 && recall > 0.9, "precision {precision}, recall {recall}");

    let ids = "SELECT source, record_key, customer_id FROM profiles.customer_links ORDER BY 1, 2";
    let before = rows(&session, ids).await;
    let second = run_project(&engine).await;
    let profile = second.steps.iter().find(|s| s.object == "profile customer" && s.step.is_empty());
    assert_eq!(profile.map(|s| s.status), Some(Status::Fresh), "nothing has changed");
    session.query("REFRESH PROFILE customer FULL").await.expect("the refresh succeeds");
    assert_eq!(before, rows(&session, ids).await, "a full refresh keeps the ids");

    let story = "SELECT count(*) FROM (SELECT id FROM activities.timeline WHERE activity IN \
                 ('lead', 'purchase', 'support_case') GROUP BY id HAVING count(DISTINCT activity) = 3) AS s";
    assert!(number(&session, story).await > 0.0, "somebody went from lead to order to case");
    let outside = "SELECT count(*) FROM segments.membership AS m LEFT JOIN profiles.customer AS c \
                   ON m.id = c.customer_id WHERE c.customer_id IS NULL AND m.left_at IS NULL";
    assert!(number(&session, outside).await == 0.0, "members are customers");
}

/// Pairwise, against the truth that the generator keeps apart and `evaluate.sql` reads.
async fn precision_and_recall(session: &onefold::Session) -> [f64; 2] {
    let of = |column: &str| {
        format!("(SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM known GROUP BY {column}) AS c)")
    };
    let text = format!(
        "WITH known AS (SELECT l.customer_id, t.person_id FROM profiles.customer_links AS l JOIN truth.truth AS t \
         ON l.source = t.source AND l.record_key = t.record_key) \
         SELECT CAST({both} AS DOUBLE) / {found} AS precision, CAST({both} AS DOUBLE) / {truth} AS recall",
        both = of("customer_id, person_id"),
        found = of("customer_id"),
        truth = of("person_id"),
    );
    let rows = rows(session, &text).await;
    let (precision, recall) = rows[0].split_once('|').expect("two columns");
    [precision, recall].map(|n| n.parse().expect("a number"))
}
