"""Known public data as the files that are measured: `adapt.py cdnow CDNOW_master.txt --out folder`.

cdnow          CDNOW_master.txt: customer, day as YYYYMMDD, number of discs, amount
online_retail  Online Retail II as Parquet or CSV, with one row per line of an invoice
telco          Telco-Customer-Churn.csv; every fourth customer is held out
"""

import argparse
import pathlib

import duckdb

CDNOW = """SELECT 'c' || parts[1] AS customer_id, strptime(parts[2], '%Y%m%d')::TIMESTAMP AS purchased_at,
       parts[-1]::DOUBLE AS amount
FROM (SELECT regexp_split_to_array(trim(line), '\\s+') AS parts
      FROM read_csv('{}', columns = {{'line': 'VARCHAR'}}, delim = '\\0', header = false))
WHERE parts[2] SIMILAR TO '[0-9]{{8}}' ORDER BY purchased_at, customer_id"""

# Codes without a digit are postage, fees and corrections.
ONLINE_RETAIL = """SELECT 'c' || {id}::BIGINT AS customer_id, {time}::TIMESTAMP AS purchased_at, {code}::VARCHAR AS product,
       {count} * {price} AS amount, {count} < 0 AS is_return
FROM '{}' WHERE {id} IS NOT NULL AND {price} > 0 AND regexp_matches({code}::VARCHAR, '^[0-9]{{5}}')
ORDER BY purchased_at, customer_id, product"""

TELCO = """SELECT "customerID" AS customer_id, hash("customerID") % 4 = 0 AS held_out, ("Churn" = 'Yes')::INT AS converted,
       * EXCLUDE ("customerID", "Churn") REPLACE (try_cast("TotalCharges" AS DOUBLE) AS "TotalCharges")
FROM read_csv('{}')"""


def online_retail(db, path):
    """The query for a file, whichever way it spells its columns."""
    described = [row[0] for row in db.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    names = {name.lower().replace(" ", "").replace("_", ""): name for name in described}
    found = lambda *words: next(f'"{names[word]}"' for word in words if word in names)  # noqa: E731
    return ONLINE_RETAIL.format(
        path,
        id=found("customerid"),
        time=found("invoicedate"),
        code=found("stockcode"),
        count=found("quantity"),
        price=found("price", "unitprice"),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["cdnow", "online_retail", "telco"])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    to = options.out / ("people.parquet" if options.kind == "telco" else "purchases.parquet")
    if options.kind == "online_retail":
        query = online_retail(db, options.file)
    else:
        query = {"cdnow": CDNOW, "telco": TELCO}[options.kind].format(options.file)
    db.execute(f"COPY ({query}) TO '{to}' (FORMAT parquet)")


if __name__ == "__main__":
    main()
