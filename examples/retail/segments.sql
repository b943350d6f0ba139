-- Groups of customers: queries that yield their ids. Segments combine as sets do.

-- loyalty members with more than 1,000 points
CREATE SEGMENT gold AS
SELECT customer_id FROM profiles.customer WHERE points > 1000;

-- whoever ever filed a complaint
CREATE SEGMENT complained AS
SELECT DISTINCT customer_id FROM activities.support_case WHERE category = 'complaint';

CREATE SEGMENT big_spenders AS
SELECT customer_id FROM measures.lifetime_spend WHERE lifetime_spend > 1000;

-- bought once, but not in the last twelve months that the data knows
CREATE SEGMENT lapsed AS
SELECT customer_id
FROM measures.last_purchase
WHERE last_purchase < (SELECT max(last_purchase) - INTERVAL '12 months' FROM measures.last_purchase);

-- asked for information and never bought anything
CREATE SEGMENT open_leads AS
SELECT DISTINCT l.customer_id
FROM activities.lead AS l
WHERE NOT EXISTS (SELECT 1 FROM measures.orders AS o WHERE o.customer_id = l.customer_id);

-- shop customers who are not in the loyalty programme yet
CREATE SEGMENT invite_to_loyalty AS
SELECT customer_id FROM profiles.customer_links WHERE source = 'shop'
EXCEPT
SELECT customer_id FROM profiles.customer_links WHERE source = 'loyalty';

-- worth keeping and at risk: they get the retention offer
CREATE SEGMENT retention_offer AS
(SELECT customer_id FROM segments.gold UNION SELECT customer_id FROM segments.big_spenders)
INTERSECT
(SELECT customer_id FROM segments.complained UNION SELECT customer_id FROM segments.lapsed);
