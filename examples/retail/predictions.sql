-- What customers will do, by models that are trained here and judged in system.model_versions and system.model_metrics.

-- what each customer will spend within the next six months
CREATE PREDICTION value OF customer USING lifetime_value OPTIONS (horizon '6 months')
AS SELECT customer_id, purchased_at, amount FROM sales;

-- who, of those who buy now, will have bought nothing for 90 days
CREATE PREDICTION leaving OF customer USING transaction_churn OPTIONS (horizon '90 days', inactive '90 days')
AS SELECT customer_id, purchased_at, amount FROM sales;

-- how reviews sound, and what they are about
CREATE PREDICTION mood OF customer USING sentiment
AS SELECT customer_id, review_id, reviewed_at, text, rating FROM activities.review;
