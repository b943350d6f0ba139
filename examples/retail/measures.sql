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

-- RFM: recency, frequency and money, each in fifths of the customers, 5 the best
CREATE VIEW rfm_scores AS
SELECT customer_id, max(purchased_at) AS last_purchase, count(*) AS orders, sum(amount) AS spend,
       CAST(ntile(5) OVER (ORDER BY max(purchased_at), customer_id) AS INT) AS recency,
       CAST(ntile(5) OVER (ORDER BY count(*), customer_id) AS INT) AS frequency,
       CAST(ntile(5) OVER (ORDER BY sum(amount), customer_id) AS INT) AS money
FROM sales GROUP BY customer_id;

CREATE MEASURE rfm AS
SELECT customer_id, recency * 100 + frequency * 10 + money AS rfm FROM rfm_scores;

-- what to call them; the borders are a matter of taste
CREATE MEASURE rfm_group AS
SELECT customer_id,
       CASE WHEN recency >= 4 AND frequency >= 4 THEN 'champions'
            WHEN recency >= 4 THEN 'promising'
            WHEN recency = 3 AND frequency >= 4 THEN 'loyal'
            WHEN recency = 3 THEN 'cooling'
            WHEN frequency >= 4 THEN 'at risk'
            ELSE 'asleep' END AS rfm_group
FROM rfm_scores;

-- cohorts: the months in which customers bought, and the first of them
CREATE VIEW active_months AS
SELECT customer_id, month, min(month) OVER (PARTITION BY customer_id) AS cohort
FROM (SELECT DISTINCT customer_id, date_trunc('month', purchased_at) AS month FROM sales) AS m;

-- of those who first bought in a month, how many bought again so many months later
CREATE MEASURE retention AS
SELECT cohort, months, customers,
       round(100.0 * customers / first_value(customers) OVER (PARTITION BY cohort ORDER BY months), 1) AS percent
FROM (SELECT cohort, (date_part('year', month) - date_part('year', cohort)) * 12
                     + date_part('month', month) - date_part('month', cohort) AS months,
             count(*) AS customers
      FROM active_months GROUP BY ALL) AS c;

-- a measure of the business rather than of a customer
CREATE MEASURE revenue_by_month AS
SELECT date_trunc('month', purchased_at) AS month, channel, sum(amount) AS revenue, count(*) AS orders
FROM sales
GROUP BY date_trunc('month', purchased_at), channel;
