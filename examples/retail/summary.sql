-- What the run made of it. Queries in a project are answered when it runs.

-- records of each system, and the customers behind them
SELECT source, count(*) AS records, count(DISTINCT customer_id) AS customers
FROM profiles.customer_links
GROUP BY source
ORDER BY records DESC;

-- customers by the number of systems that know them
SELECT systems, count(*) AS customers, sum(records) AS records
FROM (SELECT customer_id, count(DISTINCT source) AS systems, count(*) AS records
      FROM profiles.customer_links GROUP BY customer_id) AS known
GROUP BY systems
ORDER BY systems;

-- segments
SELECT segment, count(*) AS customers
FROM segments.membership
WHERE left_at IS NULL
GROUP BY segment
ORDER BY customers DESC;

-- the best customers
SELECT c.first_name, c.last_name, c.points, s.lifetime_spend, o.orders, f.favourite_category,
       coalesce(k.complaints, 0) AS complaints
FROM profiles.customer AS c
JOIN measures.lifetime_spend AS s ON s.customer_id = c.customer_id
JOIN measures.orders AS o ON o.customer_id = c.customer_id
JOIN measures.favourite_category AS f ON f.customer_id = c.customer_id
LEFT JOIN measures.complaints AS k ON k.customer_id = c.customer_id
ORDER BY s.lifetime_spend DESC, c.customer_id
LIMIT 5;

-- one customer's way from lead to order to complaint
WITH story AS (
    SELECT l.customer_id
    FROM activities.lead AS l
    JOIN activities.purchase AS p ON p.customer_id = l.customer_id AND p.purchased_at > l.qualified_at
    JOIN activities.support_case AS c
        ON c.customer_id = l.customer_id AND c.opened_at > p.purchased_at
        AND c.category = 'complaint' AND c.status = 'closed'
    JOIN measures.orders AS o ON o.customer_id = l.customer_id AND o.orders BETWEEN 3 AND 8
    ORDER BY l.created_at, l.lead_id
    LIMIT 1
)
SELECT t.time, t.activity, t.title, t.detail
FROM activities.timeline AS t JOIN story ON story.customer_id = t.id
ORDER BY t.time;
