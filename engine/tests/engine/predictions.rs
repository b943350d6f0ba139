//! Predictions over real data, honestly judged.

use std::path::Path;

use onefold::Session;
use onefold::refresh::RunStatus;

use crate::stub::Stub;
use crate::support::{number, open, rows, run_project, shared_data, write_project};

const SHOP: &str = r#"
CREATE PROFILE customer
FROM ((SELECT DISTINCT "Customer ID" AS number, "Country" AS country FROM retail.online_retail_ii
       WHERE "Customer ID" IS NOT NULL) AS shop KEY (number))
MATCH (RULE same_number ON l.number = r.number)
MERGE (most_frequent(country) AS country);

CREATE ACTIVITY purchase OF customer
FROM (SELECT "Invoice" || '-' || "StockCode" AS line, "Customer ID" AS number,
             CAST("InvoiceDate" AS TIMESTAMP) AS purchased_at, "Quantity" * "Price" AS amount,
             "StockCode" AS product_id, "Invoice" LIKE 'C%' AS is_return
      FROM retail.online_retail_ii)
KEY (line) LINK (number) TO shop AT purchased_at TYPE sales_order;

CREATE PREDICTION value OF customer USING lifetime_value OPTIONS (horizon '3 months')
AS SELECT customer_id, purchased_at, amount, is_return FROM activities.purchase;

CREATE PREDICTION leaving OF customer USING transaction_churn OPTIONS (horizon '60 days', inactive '60 days')
AS SELECT customer_id, purchased_at, amount, is_return FROM activities.purchase;

CREATE PREDICTION offer OF customer USING recommendation OPTIONS (products '5', repeat 'yes')
AS SELECT customer_id, purchased_at, product_id, is_return FROM activities.purchase;

CREATE SEGMENT at_risk AS SELECT customer_id FROM predictions.leaving WHERE churn_score > 0.6;
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_a_web_shop() {
    let Some(data) = shared_data("online-retail-ii") else { return };
    let dir = project(&data, "retail", SHOP);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
    let session = engine.session();
    for row in rows(&session, "SELECT prediction, candidate, grade, reason FROM system.model_versions").await
    {
        println!("{row}");
    }

    let found = metric(&session, "value", "high_value_found").await;
    assert!(found[0] > found[1] && found[0] > 0.5, "high-value customers found: {found:?}");
    let area = metric(&session, "leaving", "auc").await;
    assert!(area[0] > 0.73, "area under the curve: {area:?}");
    let hits = metric(&session, "leaving", "hit_rate").await;
    assert!(hits[0] > 1.1 * hits[1], "hits: {hits:?}");
    let offers = metric(&session, "offer", "success_at_5").await;
    assert!(offers[0] > 1.1 * offers[1], "offers: {offers:?}");

    let scored =
        "SELECT count(*) FROM predictions.value WHERE probability_alive BETWEEN 0 AND 1 AND value >= 0";
    let people = number(&session, "SELECT count(*) FROM predictions.value").await;
    assert_eq!(number(&session, scored).await, people);
    let seen = "SELECT count(value) + count(leaving) + count(offer) FROM profiles.customer_360";
    assert!(number(&session, seen).await > 2.0 * people, "the 360° view has the scores");
    let members =
        number(&session, "SELECT count(*) FROM segments.membership WHERE segment = 'at_risk'").await;
    assert!(members > 100.0, "{members} at risk");
    let told = "SELECT count(DISTINCT customer_id) FROM predictions.leaving_factors";
    assert_eq!(
        number(&session, told).await,
        number(&session, "SELECT count(*) FROM predictions.leaving").await,
        "everybody has reasons"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_of_a_telephone_company() {
    let Some(data) = shared_data("telco") else { return };
    let dir = project(&data, "telco", "
CREATE PROFILE subscriber FROM ((SELECT * FROM telco.telco_customer_churn) AS telco KEY (customer_id))
MATCH (RULE same ON l.customer_id = r.customer_id);
CREATE PREDICTION churn OF subscriber USING classifier OPTIONS (label 'churn') AS SELECT * FROM profiles.subscriber;
CREATE PREDICTION leaking OF subscriber USING classifier OPTIONS (label 'churn', model 'logistic')
AS SELECT subscriber_id, tenure, churn, churn = 'Yes' AS has_closed_account FROM profiles.subscriber;
");
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
    let session = engine.session();
    let area = metric(&session, "churn", "auc").await;
    assert!(area[0] >= 0.84, "area under the curve: {area:?}");
    let calibration =
        "SELECT max(abs(predicted - actual)) FROM system.model_calibration WHERE prediction = 'churn'";
    assert!(number(&session, calibration).await < 0.06, "scores are what they say");
    let factors =
        rows(&session, "SELECT feature FROM system.model_factors WHERE prediction = 'churn' LIMIT 3").await;
    assert!(factors.iter().any(|f| f == "contract") && factors.iter().any(|f| f == "tenure"), "{factors:?}");

    let noticed =
        "SELECT prediction, column_name FROM system.model_inputs WHERE details LIKE 'orders the labels%'";
    assert_eq!(rows(&session, noticed).await, ["leaking|has_closed_account"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_after_the_cut_off_reaches_training() {
    let Some(data) = shared_data("online-retail-ii") else { return };
    let query = "SELECT customer_id, purchased_at, amount, is_return FROM activities.purchase";
    let shop = SHOP.split("CREATE PREDICTION").next().expect("the shop");
    let text = format!(
        "{shop}
CREATE PREDICTION told OF customer USING lifetime_value OPTIONS (horizon '60 days', until '2010-09-01') AS {query};
CREATE PREDICTION cut OF customer USING lifetime_value OPTIONS (horizon '60 days')
AS {query} WHERE purchased_at < TIMESTAMP '2010-09-01 00:00:00';
CREATE PREDICTION leaving_told OF customer USING transaction_churn OPTIONS (until '2010-09-01') AS {query};
CREATE PREDICTION leaving_cut OF customer USING transaction_churn
AS {query} WHERE purchased_at < TIMESTAMP '2010-09-01 00:00:00';"
    );
    let dir = project(&data, "retail", &text);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
    let session = engine.session();
    for (told, cut) in [("told", "cut"), ("leaving_told", "leaving_cut")] {
        for columns in [
            "candidate, metric, value FROM system.model_metrics",
            "candidate, parameter, value FROM system.model_parameters",
        ] {
            let of = |name: &str| format!("SELECT {columns} WHERE prediction = '{name}' ORDER BY 1, 2");
            assert_eq!(rows(&session, &of(told)).await, rows(&session, &of(cut)).await, "{columns}");
        }
        let differs = format!(
            "SELECT count(*) FROM (SELECT * EXCLUDE (scored_at) FROM predictions.{told} \
             EXCEPT SELECT * EXCLUDE (scored_at) FROM predictions.{cut}) AS d"
        );
        assert_eq!(number(&session, &differs).await, 0.0, "{told} and {cut} score alike");
    }
}

/// Purchases whose amounts no model can foresee: all predictions run to the end, and the value is not graded A.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retailer_with_random_amounts() {
    let Some(data) = shared_data("contoso") else { return };
    let dir = project(&data, "shop", "
CREATE PROFILE customer
FROM ((SELECT contact_id, first_name, last_name, lower(email) AS email, income, occupation, email_subscriber,
              customer_satisfaction, gender FROM shop.contact) AS contact KEY (contact_id))
MATCH (RULE same_email ON l.email = r.email AND l.last_name = r.last_name);
CREATE ACTIVITY purchase OF customer
FROM (SELECT purchase_id, contact_id, purchased_on, total_price AS amount, product_id FROM shop.onlinepurchases)
KEY (purchase_id) LINK (contact_id) TO contact AT purchased_on TYPE sales_order;
CREATE ACTIVITY review OF customer
FROM (SELECT review_id, user_id, review_date, review_rating, review_text
      FROM shop.websitereviews_linkedtoecommercecontacts)
KEY (review_id) LINK (user_id) TO contact AT review_date TYPE feedback;
CREATE PREDICTION value OF customer USING lifetime_value OPTIONS (horizon '12 months', high_value '30')
AS SELECT customer_id, purchased_on, amount FROM activities.purchase;
CREATE PREDICTION leaving OF customer USING transaction_churn OPTIONS (horizon '60 days', inactive '60 days')
AS SELECT customer_id, purchased_on, amount FROM activities.purchase;
CREATE PREDICTION offer OF customer USING recommendation OPTIONS (products '5', repeat 'yes', lookback '365 days')
AS SELECT customer_id, purchased_on, product_id FROM activities.purchase;
CREATE PREDICTION mood OF customer USING sentiment
AS SELECT customer_id, review_id, review_date, review_text, review_rating FROM activities.review;
CREATE PREDICTION income OF customer USING regressor OPTIONS (label 'income')
AS SELECT customer_id, occupation, email_subscriber, customer_satisfaction, gender, income FROM profiles.customer;
CREATE SEGMENT valuable AS SELECT customer_id FROM predictions.value WHERE value > 1500;
CREATE SEGMENT leaving_soon AS SELECT customer_id FROM predictions.leaving WHERE churn_score > 0.6;
");
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
    let session = engine.session();
    let versions =
        rows(&session, "SELECT prediction, candidate, grade, reason FROM system.model_versions ORDER BY 1")
            .await;
    versions.iter().for_each(|row| println!("{row}"));
    let agreement = metric(&session, "mood", "rank_correlation").await;
    assert!(agreement[0] > 0.8, "sentiment and rating: {agreement:?}");
    let income = metric(&session, "income", "r_squared").await;
    assert!(income[0] > 0.1, "income goes by occupation: {income:?}");
    assert!(versions.iter().any(|row| row.starts_with("value|") && !row.contains("|A|")), "{versions:?}");
    let offers = "SELECT count(*) FROM (SELECT customer_id FROM predictions.offer GROUP BY customer_id HAVING count(*) <> 5) AS o";
    assert_eq!(number(&session, offers).await, 0.0, "five offers each");
    assert!(number(&session, "SELECT count(DISTINCT label) FROM predictions.mood").await >= 1.0);
}

/// The chosen candidate's value of a metric, and the baseline's.
async fn metric(session: &Session, prediction: &str, metric: &str) -> [f64; 2] {
    let of = |column: &str| {
        format!(
            "SELECT m.{column} FROM system.model_metrics AS m JOIN system.model_versions AS v \
             ON m.prediction = v.prediction AND m.version = v.version AND m.candidate = v.candidate \
             WHERE m.prediction = '{prediction}' AND m.metric = '{metric}' AND v.state = 'current'"
        )
    };
    [number(session, &of("value")).await, number(session, &of("baseline")).await]
}

fn project(data: &Path, source: &str, text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let dates = if source == "shop" { ", date_format '%m/%d/%Y', format 'csv'" } else { "" };
    let source =
        format!("CREATE SOURCE {source} TYPE files OPTIONS (location '{}/'{dates});\n", data.display());
    write_project(dir.path(), &[("project.sql", &(source + text))]);
    dir
}

/// The model is read where it is, and read again when it is another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_in_a_bucket() {
    let fixtures = std::path::absolute("tests/onnx").expect("a path");
    let model = |name: &str| std::fs::read(fixtures.join(name)).expect("the model is there");
    let bucket = Stub::new(&[("/models/tier.onnx", &model("forest.onnx"))], None);
    let project = format!(
        "CREATE SOURCE shop TYPE files OPTIONS (location '{}/people.csv');
         CREATE PROFILE customer FROM ((SELECT *, number AS no FROM shop.people) AS shop KEY (number))
         MATCH (RULE same_number ON l.no = r.no);
         CREATE PREDICTION tier OF customer USING onnx OPTIONS (path 's3://models/tier.onnx', runtime 'tract',
             endpoint '{}', allow_http 'true', anonymous 'true', region 'eu')
         AS SELECT customer_id, age, income, visits FROM profiles.customer;",
        fixtures.display(),
        bucket.address
    );
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_project(dir.path(), &[("project.sql", &project)]);
    let engine = open(dir.path()).await;
    let session = engine.session();
    let versions = "SELECT count(*) FROM system.model_versions";
    for (expected, change) in [(1.0, None), (1.0, None), (2.0, Some("forest_of_two.onnx"))] {
        if let Some(name) = change {
            bucket.put("/models/tier.onnx", &model(name));
        }
        let record = run_project(&engine).await;
        assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
        assert_eq!(number(&session, versions).await, expected);
        let scored = "SELECT count(*) FROM predictions.tier WHERE score IS NOT NULL";
        assert_eq!(number(&session, scored).await, 120.0);
    }
}
