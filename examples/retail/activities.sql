-- What customers did. Each activity keeps the columns of its query and goes to the timeline, too.

CREATE ACTIVITY purchase OF customer
FROM (SELECT p.purchase_id, p.contact_id, p.purchased_at, p.amount, a.name AS product, a.category
      FROM shop.purchases AS p JOIN shop.products AS a ON a.product_id = p.product_id)
KEY (purchase_id) LINK (contact_id) TO shop AT purchased_at TYPE sales_order
TITLE 'Ordered ' || product
DETAIL CAST(amount AS VARCHAR) || ' USD in the shop';

CREATE ACTIVITY store_purchase OF customer
FROM (SELECT p.store_purchase_id, p.member_id, p.purchased_at, p.amount, a.name AS product, a.category, p.store
      FROM loyalty.store_purchases AS p JOIN shop.products AS a ON a.product_id = p.product_id)
KEY (store_purchase_id) LINK (member_id) TO loyalty AT purchased_at TYPE sales_order
TITLE 'Bought ' || product
DETAIL CAST(amount AS VARCHAR) || ' USD in ' || store;

CREATE ACTIVITY support_case OF customer
FROM (SELECT case_id, customer_ref, opened_at, closed_at, category, subject, status FROM support.cases)
KEY (case_id) LINK (customer_ref) TO support AT opened_at TYPE incident
TITLE upper(left(category, 1)) || substr(category, 2) || ': ' || subject
DETAIL CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed on ' || to_char(closed_at, '%Y-%m-%d') END;

CREATE ACTIVITY review OF customer
FROM (SELECT r.review_id, r.contact_id, r.reviewed_at, r.rating, r.text, a.name AS product
      FROM shop.reviews AS r JOIN shop.products AS a ON a.product_id = r.product_id)
KEY (review_id) LINK (contact_id) TO shop AT reviewed_at TYPE feedback
TITLE 'Gave ' || CAST(rating AS VARCHAR) || ' of 5 stars to ' || product
DETAIL text
URL 'https://roastery.example/reviews/' || review_id;

CREATE ACTIVITY lead OF customer
FROM (SELECT lead_id, created_at, qualified_at, source FROM support.leads)
KEY (lead_id) LINK (lead_id) TO lead AT created_at TYPE lead
TITLE 'Became a lead by ' || source
DETAIL CASE WHEN qualified_at IS NULL THEN 'not qualified' ELSE 'qualified on ' || to_char(qualified_at, '%Y-%m-%d') END;
