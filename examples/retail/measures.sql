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

-- recency, frequency and money, each in fifths, 5 the best
CREATE MEASURE rfm AS
SELECT customer_id, recency * 100 + frequency * 10 + money AS rfm
FROM (SELECT customer_id,
             ntile(5) OVER (ORDER BY max(purchased_at), customer_id) AS recency,
             ntile(5) OVER (ORDER BY count(*), customer_id) AS frequency,
             ntile(5) OVER (ORDER BY sum(amount), customer_id) AS money
      FROM sales GROUP BY customer_id) AS fifths;

-- the share of each month's new customers who bought again so many months later
CREATE MEASURE retention AS
SELECT cohort, months, count(DISTINCT s.customer_id) AS customers,
       round(100.0 * count(DISTINCT s.customer_id) / max(size), 1) AS percent
FROM (SELECT customer_id, cohort, (date_part('year', bought) - date_part('year', cohort)) * 12
             + date_part('month', bought) - date_part('month', cohort) AS months
      FROM (SELECT customer_id, date_trunc('month', purchased_at) AS bought,
                   min(date_trunc('month', purchased_at)) OVER (PARTITION BY customer_id) AS cohort
            FROM sales) AS m) AS s
JOIN (SELECT cohort AS of_cohort, count(*) AS size
      FROM (SELECT customer_id, min(date_trunc('month', purchased_at)) AS cohort FROM sales GROUP BY customer_id) AS f
      GROUP BY cohort) AS c ON c.of_cohort = s.cohort
GROUP BY cohort, months;

-- a measure of the business rather than of a customer
CREATE MEASURE revenue_by_month AS
SELECT date_trunc('month', purchased_at) AS month, channel, sum(amount) AS revenue, count(*) AS orders
FROM sales
GROUP BY date_trunc('month', purchased_at), channel;
