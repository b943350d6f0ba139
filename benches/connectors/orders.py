"""Orders of customers as a table of PostgreSQL and a table of Delta: `orders.py ROWS FOLDER`.

Both have the same rows, made by DuckDB in parts of a million; in Delta each part is a commit and a file.
"""

import os
import pathlib
import sys

import adbc_driver_postgresql.dbapi
import deltalake
import duckdb

PART = 1_000_000

# Nine columns of eight types; a tenth of the notes and a twentieth of the stores are NULL.
SELECT = """
    SELECT range AS order_id,
           format('C{{:08d}}', (hash(range) % greatest({rows} // 5, 1))::BIGINT) AS customer_id,
           TIMESTAMP '2020-01-01' + to_seconds((hash(range + 1) % 189216000)::BIGINT) AS ordered_at,
           DATE '2020-01-01' + (hash(range + 2) % 2190)::INT AS ship_on,
           ((hash(range + 3) % 1000000)::BIGINT / 100)::DECIMAL(12, 2) AS total,
           (hash(range + 4) % 10000)::DOUBLE / 10000 AS discount,
           CASE WHEN hash(range + 5) % 20 > 0 THEN (hash(range + 5) % 400)::INT END AS store,
           hash(range + 6) % 3 > 0 AS online,
           CASE WHEN hash(range + 7) % 10 > 0 THEN
               ['gift', 'call before', 'crème fraîche, cool', 'leave at the door', 'second floor, left',
                'with invoice, to the office', 'spare part', 'again next month'][1 + (hash(range + 8) % 8)::BIGINT]
           END AS note
    FROM range({first}, {last})"""

TABLE = """
    CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id text, ordered_at timestamp, ship_on date,
        total numeric(12, 2), discount double precision, store integer, online boolean, note text)"""


def main():
    rows, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.execute("SET enable_progress_bar = false")
    with adbc_driver_postgresql.dbapi.connect(os.environ["BENCH_POSTGRES"]) as postgres, postgres.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders")
        cursor.execute(TABLE)
        for first in range(0, rows, PART):
            sql = SELECT.format(rows=rows, first=first, last=min(first + PART, rows))
            part = db.execute(sql).to_arrow_table()
            deltalake.write_deltalake(str(folder / "orders"), part, mode="append")
            # The driver sends decimals as it finds them, the server makes them what the column is.
            cursor.adbc_ingest("orders", part, mode="append")
        postgres.commit()
    with adbc_driver_postgresql.dbapi.connect(os.environ["BENCH_POSTGRES"], autocommit=True) as postgres:
        with postgres.cursor() as cursor:
            cursor.execute("VACUUM (FREEZE, ANALYZE) orders")


if __name__ == "__main__":
    main()
