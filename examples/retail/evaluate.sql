-- How good the rules are. The data is made, so the truth is known: who is behind each record. Nothing else in
-- the project reads it; your own project has no such file.

CREATE SOURCE truth TYPE files OPTIONS (location 'truth/');

-- who is behind each record, as evaluate_matches reads it
CREATE VIEW people AS SELECT source, record_key, person_id AS person FROM truth.truth;

-- by pairs of records, by record, and by whole clusters
SELECT measure, round(precision, 4) AS precision, round(recall, 4) AS recall, round(f1, 4) AS f1, found, expected, both
FROM evaluate_matches('customer', 'people');
