//! A retailer's real sample files: contacts, loyalty members, purchases and reviews, unified by rules only.

use std::path::Path;

use onefold::Session;
use onefold::refresh::RunStatus;

use crate::support::{number, open, rows, run_project, shared_data, write_project};

const WITH_EMAIL: &str = "RULE same_email ON l.email = r.email,
    RULE same_phone_and_name ON l.phone = r.phone AND l.last_name = r.last_name";

const WITHOUT_EMAIL: &str = "RULE same_name_and_birth_date ON l.first_name = r.first_name
        AND l.last_name = r.last_name AND l.birth_date = r.birth_date,
    RULE same_phone ON l.phone = r.phone AND l.first_name = r.first_name";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contoso_with_email() {
    unify(WITH_EMAIL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contoso_without_email() {
    unify(WITHOUT_EMAIL).await;
}

async fn unify(rules: &str) {
    let Some(data) = shared_data("contoso") else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    write_project(dir.path(), &[("project.sql", &project(&data, rules))]);
    let engine = open(dir.path()).await;
    let record = run_project(&engine).await;
    assert_eq!(record.status, RunStatus::Succeeded, "{:?}", record.steps);
    let session = engine.session();

    let [found, truth, both] = pairs(&session).await;
    println!("contoso: {found} pairs found, {truth} true, {both} both");
    assert!(both / found >= 0.99 && both / truth >= 0.99, "{found} found, {truth} true, {both} both");

    let spend = number(
        &session,
        "SELECT sum(lifetime_spend) FROM measures.lifetime_spend JOIN profiles.customer USING (customer_id)",
    )
    .await;
    let all = number(&session, "SELECT (SELECT sum(total_price) FROM shop.onlinepurchases) + (SELECT sum(total_price) FROM shop.pospurchases)").await;
    let nobody = number(&session, "SELECT coalesce(sum(amount), 0) FROM public.purchases_of_nobody").await;
    let listed =
        rows(&session, "SELECT source, count(*) FROM public.purchases_of_nobody GROUP BY source ORDER BY 1")
            .await;
    assert_eq!(listed, ["contact|14", "loyalty|7"]);
    assert!((spend + nobody - all).abs() < 1e-6, "{spend} + {nobody} = {all}");
    assert!(number(&session, "SELECT count(*) FROM activities.timeline").await > 50_000.0);
}

/// Pairs of a contact and a member in one profile, pairs in the truth column, and pairs in both.
async fn pairs(session: &Session) -> [f64; 3] {
    let truth = "SELECT loyalty_id, contact_id FROM shop.customer_loyalty WHERE contact_id IN (SELECT contact_id FROM shop.contact)";
    let found = "SELECT l.record_key AS loyalty_id, c.record_key AS contact_id FROM profiles.customer_links AS l \
                 JOIN profiles.customer_links AS c ON l.customer_id = c.customer_id \
                 WHERE l.source = 'loyalty' AND c.source = 'contact'";
    let both = format!(
        "SELECT * FROM ({truth}) AS t JOIN ({found}) AS f ON t.loyalty_id = f.loyalty_id AND t.contact_id = f.contact_id"
    );
    let mut out = [0.0; 3];
    for (place, query) in [found, truth, &both].into_iter().enumerate() {
        out[place] = number(session, &format!("SELECT count(*) FROM ({query}) AS q")).await;
    }
    out
}

fn project(data: &Path, rules: &str) -> String {
    format!(
        "CREATE SOURCE shop TYPE files OPTIONS (location '{}', date_format '%m/%d/%Y', format 'csv');

CREATE PROFILE customer
FROM (
    (SELECT contact_id, first_name, last_name, lower(email) AS email, normalize_phone(telephone, 'US') AS phone,
            date_of_birth AS birth_date, street_address, city, created_on AS updated_at
     FROM shop.contact) AS contact KEY (contact_id),
    (SELECT loyalty_id, first_name, last_name, lower(email) AS email, normalize_phone(telephone, 'US') AS phone,
            date_of_birth AS birth_date, reward_points AS points, created_on AS updated_at
     FROM shop.customer_loyalty) AS loyalty KEY (loyalty_id)
)
MATCH ({rules}, AT MOST 1 PER loyalty)
MERGE (most_recent(email, updated_at) AS email, max(points) AS points);

CREATE ACTIVITY online_purchase OF customer
FROM (SELECT purchase_id, contact_id, purchased_on, total_price AS amount, product_id FROM shop.onlinepurchases)
KEY (purchase_id) LINK (contact_id) TO contact AT purchased_on TYPE sales_order TITLE 'Bought ' || product_id;

CREATE ACTIVITY store_purchase OF customer
FROM (SELECT purchase_id, loyalty_id, purchased_on, total_price AS amount, product_id FROM shop.pospurchases)
KEY (purchase_id) LINK (loyalty_id) TO loyalty AT purchased_on TYPE sales_order TITLE 'Bought ' || product_id;

CREATE ACTIVITY review OF customer
FROM (SELECT review_id, user_id, review_date, review_rating, review_text
      FROM shop.websitereviews_linkedtoecommercecontacts)
KEY (review_id) LINK (user_id) TO contact AT review_date TYPE feedback DETAIL review_text;

CREATE VIEW purchases_of_nobody AS
SELECT source, key, record_key, CAST(json_amount AS DOUBLE) AS amount
FROM (SELECT *, regexp_match(attributes, '\"amount\":([0-9.]+)')[1] AS json_amount FROM activities.unlinked) AS u
WHERE type = 'sales_order';

CREATE MEASURE lifetime_spend AS
SELECT customer_id, sum(amount) AS lifetime_spend
FROM (SELECT customer_id, amount FROM activities.online_purchase
      UNION ALL SELECT customer_id, amount FROM activities.store_purchase) AS p
GROUP BY customer_id;
",
        data.display()
    )
}
