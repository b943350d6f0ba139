"""How close found clusters are to true ones: pairwise and B-cubed precision, recall and F1.

As a program: `metrics.py people.parquet links.parquet --id customer_id` joins the links (`record_key` and the id)
to the truth (`record_id`, `entity_id`) and prints JSON. A record without a link is a cluster of its own.
"""

import argparse
import json

import duckdb


def evaluate(db, relation):
    """Metrics of a relation with a row per record and two labels: `truth` and `found`.

    Pairwise: of the pairs of records put together, the share that belongs together, and the other way round.
    B-cubed (Bagga and Baldwin 1998): the same shares for the cluster of each record, averaged over records.
    """
    found_pairs, true_pairs, common, precision, recall, records, clusters, largest = db.execute(f"""
        WITH cells AS (SELECT truth, found, count(*)::DOUBLE AS n FROM {relation} GROUP BY truth, found),
             whole AS (SELECT n, sum(n) OVER (PARTITION BY found) AS f, sum(n) OVER (PARTITION BY truth) AS t FROM cells)
        SELECT (SELECT sum(s * (s - 1)) / 2 FROM (SELECT sum(n) AS s FROM cells GROUP BY found)),
               (SELECT sum(s * (s - 1)) / 2 FROM (SELECT sum(n) AS s FROM cells GROUP BY truth)),
               sum(n * (n - 1)) / 2, sum(n * n / f) / sum(n), sum(n * n / t) / sum(n), sum(n),
               (SELECT count(DISTINCT found) FROM cells), max(f)
        FROM whole""").fetchall()[0]
    return {
        "pairwise": scores(common / found_pairs if found_pairs else 1.0, common / true_pairs if true_pairs else 1.0),
        "b_cubed": scores(precision, recall),
        "records": int(records),
        "clusters": clusters,
        "largest_cluster": int(largest),
    }


def scores(precision, recall):
    """Precision, recall and their harmonic mean."""
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("people", help="Parquet with record_id and entity_id")
    parser.add_argument("links", help="Parquet or CSV with record_key and an id")
    parser.add_argument("--id", default="customer_id", help="the column of links that names the cluster")
    options = parser.parse_args()
    db = duckdb.connect()
    db.execute("SET threads = 2")
    read = "read_csv(?, all_varchar = true)" if options.links.endswith(".csv") else "read_parquet(?)"
    db.execute(f"CREATE TABLE links AS SELECT record_key::VARCHAR AS k, {options.id}::VARCHAR AS id FROM {read}", [options.links])
    db.execute("CREATE TABLE truth AS SELECT record_id::VARCHAR AS k, entity_id FROM read_parquet(?)", [options.people])
    linked, known = db.execute("SELECT count(*), count(DISTINCT k) FROM links SEMI JOIN truth USING (k)").fetchall()[0]
    if linked != known:
        raise SystemExit(f"{options.links}: {linked - known} records have more than one link")
    db.execute(
        "CREATE VIEW labels AS SELECT entity_id AS truth, coalesce(id, 'none ' || k) AS found FROM truth LEFT JOIN links USING (k)"
    )
    print(json.dumps(evaluate(db, "labels") | {"linked_records": linked}, indent=2))


if __name__ == "__main__":
    main()
