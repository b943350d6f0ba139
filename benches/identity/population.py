"""Describe labelled populations side by side: `population.py a.parquet b.parquet`.

Columns: record_id, source, first_name, last_name, birth_date, email, phone, street, city, postcode, entity_id.
"""

import sys

import duckdb

FIELDS = {
    "first_name": "lower(first_name)",
    "last_name": "lower(last_name)",
    "birth_date": "birth_date::varchar",
    "email": "lower(email)",
    "phone": "right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)",
    "street": "lower(street)",
    "city": "lower(city)",
    "postcode": "postcode",
}
SIMILAR = ("first_name", "last_name", "email", "street")


def describe(path):
    """Statistics of one population, name to number."""
    db = duckdb.connect()
    db.execute("SET threads = 2")
    columns = ", ".join(f"{sql} AS {name}" for name, sql in FIELDS.items())
    db.execute(f"CREATE TABLE r AS SELECT entity_id, source, {columns} FROM read_parquet(?)", [path])
    one = lambda sql: db.execute(sql).fetchall()[0]  # noqa: E731
    out = {}
    records, persons = one("SELECT count(*), count(DISTINCT entity_id) FROM r")
    out["records"], out["persons"], out["records per person"] = records, persons, records / persons
    sizes = "SELECT least(n, 6), count(*) FROM (SELECT count(*) n FROM r GROUP BY entity_id) GROUP BY 1 ORDER BY 1"
    for size, count in db.execute(sizes).fetchall():
        out[f"persons of {size}{'+' if size == 6 else ''} records"] = count / persons
    for source, count in db.execute("SELECT source, count(*) FROM r GROUP BY 1 ORDER BY 2 DESC").fetchall():
        out[f"source {source}"] = count / records
    for f in FIELDS:
        out[f"null {f}"] = one(f"SELECT avg(({f} IS NULL)::int) FROM r")[0]
    for f in FIELDS:
        out[f"distinct {f} per record"] = one(f"SELECT count(DISTINCT {f}) / {records} FROM r")[0]
    for f in FIELDS:
        out[f"chance agreement {f}"] = one(
            f"SELECT sum(n * (n - 1)) / (sum(n) * sum(n)) FROM (SELECT count(*)::double n FROM r WHERE {f} IS NOT NULL GROUP BY {f})"
        )[0]
    out["letters, first name"] = one("SELECT avg(length(first_name)) FROM r")[0]
    out["letters, last name"] = one("SELECT avg(length(last_name)) FROM r")[0]
    out["initials"] = one("SELECT avg((length(trim(first_name, '.')) = 1)::int) FROM r")[0]
    db.execute(
        "CREATE VIEW truth AS SELECT a, b FROM r a JOIN r b ON a.entity_id = b.entity_id AND a.rowid < b.rowid"
    )
    out["true pairs"] = one("SELECT count(*) FROM truth")[0]
    db.execute(
        "CREATE VIEW home AS SELECT a, b FROM r a JOIN r b ON a.street = b.street AND a.postcode = b.postcode "
        "AND a.rowid < b.rowid AND a.entity_id <> b.entity_id"
    )
    out["pairs of other persons at one address"] = one("SELECT count(*) FROM home")[0]
    for view, title in (("truth", "true pairs"), ("home", "one address")):
        for f in FIELDS:
            out[f"{title}: equal {f}"] = one(f"SELECT avg((a.{f} = b.{f})::int) FROM {view}")[0]
        for f in SIMILAR:
            out[f"{title}: similar {f}"] = one(
                f"SELECT avg((jaro_winkler_similarity(a.{f}, b.{f}) >= 0.9)::int) FROM {view}"
            )[0]
        out[f"{title}: names swapped"] = one(
            f"SELECT avg((a.first_name = b.last_name AND a.last_name = b.first_name)::int) FROM {view}"
        )[0]
    for key in ("email", "phone"):
        out[f"{key} values of two or more persons"] = one(
            f"SELECT avg((n > 1)::int) FROM (SELECT count(DISTINCT entity_id) n FROM r WHERE {key} IS NOT NULL GROUP BY {key})"
        )[0]
        out[f"records of the commonest {key}"] = (
            one(f"SELECT count(*) FROM r WHERE {key} IS NOT NULL GROUP BY {key} ORDER BY 1 DESC LIMIT 1")[0] / records
        )
    out["persons sharing names and birth date with another"] = (
        one(
            "SELECT count(*) FROM (SELECT DISTINCT a.entity_id FROM r a JOIN r b ON a.first_name = b.first_name AND "
            "a.last_name = b.last_name AND a.birth_date = b.birth_date AND a.entity_id <> b.entity_id)"
        )[0]
        / persons
    )
    out["persons with a twin"] = (
        one(
            "SELECT count(*) FROM (SELECT DISTINCT a.entity_id FROM r a JOIN r b ON a.last_name = b.last_name AND "
            "a.birth_date = b.birth_date AND a.street = b.street AND a.entity_id <> b.entity_id)"
        )[0]
        / persons
    )
    return out


def main():
    columns = [describe(path) for path in sys.argv[1:]]
    names = list(dict.fromkeys(name for column in columns for name in column))
    for name in names:
        cells = (column.get(name) for column in columns)
        print(f"{name:<50}", *(f"{'-' if c is None else f'{c:.6g}':>12}" for c in cells))


if __name__ == "__main__":
    main()
