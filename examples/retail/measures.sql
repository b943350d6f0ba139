-- Figures about customers. A measure is a query; it may stand on activities, profiles and other measures.

-- what a customer bought, in the shop and in stores
CREATE VIEW sales AS
SELECT customer_id, purchased_at, amount, category, 'shop' AS channel
FROM activities.purchase
UNION ALL
SELECT customer_id, purchased_at, amount, category, 'store' AS channel
FROM activities.store_purchase;

CREATE MEASURE lifetime_spend AS
SELECT customer_id, sum(amount) AS lifetime_spend FROM sales GROUP BY customer_id;

CREATE MEASURE orders AS
SELECT customer_id, count(*) AS orders FROM sales GROUP BY customer_id;

CREATE MEASURE average_order AS
SELECT customer_id, round(avg(amount), 2) AS average_order FROM sales GROUP BY customer_id;

CREATE MEASURE last_purchase AS
SELECT customer_id, max(purchased_at) AS last_purchase FROM sales GROUP BY customer_id;

-- the category that a customer spent most on
CREATE MEASURE favourite_category AS
SELECT customer_id, arg_max(category, spend) AS favourite_category
FROM (SELECT customer_id, category, sum(amount) AS spend FROM sales GROUP BY customer_id, category) AS by_category
GROUP BY customer_id;

CREATE MEASURE complaints AS
SELECT customer_id, count(*) AS complaints
FROM activities.support_case
WHERE category = 'complaint'
GROUP BY customer_id;

CREATE MEASURE average_rating AS
SELECT customer_id, avg(rating) AS average_rating FROM activities.review GROUP BY customer_id;

-- a measure of the business rather than of a customer
CREATE MEASURE revenue_by_month AS
SELECT date_trunc('month', purchased_at) AS month, channel, sum(amount) AS revenue, count(*) AS orders
FROM sales
GROUP BY date_trunc('month', purchased_at), channel;
