"""Purchases of a shop, made by DuckDB: `purchases.py ROWS FILE.parquet`, the same for the same number of rows."""

import sys

import duckdb

COLUMNS = "purchase_id, customer_id, bought_at, amount, product, online"


def make(rows, path):
    """Six columns of five types; of the products one in twenty is NULL."""
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.execute("SET enable_progress_bar = false")
    db.execute(f"""
        COPY (
            SELECT range AS purchase_id,
                   format('C{{:08d}}', (hash(range) % greatest({rows} // 5, 1))::BIGINT) AS customer_id,
                   TIMESTAMP '2020-01-01' + to_seconds((hash(range + 1) % 189216000)::BIGINT) AS bought_at,
                   (hash(range + 2) % 100000)::DOUBLE / 100 AS amount,
                   CASE WHEN hash(range + 3) % 20 > 0 THEN
                       ['coat', 'scarf', 'kettle', 'lamp', 'crème brûlée set', 'walking boots', 'cookery book',
                        'reading glasses'][1 + (hash(range + 4) % 8)::BIGINT] || ' no. ' || (hash(range + 5) % 500)
                   END AS product,
                   hash(range + 6) % 3 > 0 AS online
            FROM range({rows})
        ) TO '{path}' (FORMAT parquet)""")


if __name__ == "__main__":
    make(int(sys.argv[1]), sys.argv[2])
