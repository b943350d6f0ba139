-- How good the rules are. The data is made, so the truth is known: who is behind each record. Nothing else in
-- the project reads it; your own project has no such file.

CREATE SOURCE truth TYPE files OPTIONS (location 'truth/');

-- pairs of records in one profile, in one person, and in both
WITH linked AS (
    SELECT k.customer_id, t.person_id
    FROM profiles.customer_links AS k
    JOIN truth.truth AS t ON t.source = k.source AND t.record_key = k.record_key
),
pairs AS (
    SELECT (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM linked GROUP BY customer_id) AS a) AS found,
           (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM linked GROUP BY person_id) AS b) AS true_pairs,
           (SELECT sum(n * (n - 1) / 2)
            FROM (SELECT count(*) AS n FROM linked GROUP BY customer_id, person_id) AS c) AS correct
)
SELECT found AS pairs_found, true_pairs, correct,
       round(CAST(correct AS DOUBLE) / found, 4) AS precision,
       round(CAST(correct AS DOUBLE) / true_pairs, 4) AS recall
FROM pairs;
