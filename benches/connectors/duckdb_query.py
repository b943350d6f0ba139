"""DuckDB with a reader of its own: `duckdb_query.py postgres|delta ADDRESS THREADS QUERY` prints the answer as CSV and,
on standard error, the seconds from the attaching of the source to the last row."""

import importlib.resources
import sys
import time

import duckdb

READERS = {
    "postgres": ("postgres_scanner", "ATTACH '{address}' AS there (TYPE postgres, READ_ONLY)", "there.public.orders"),
    "delta": ("delta", "ATTACH '{address}/orders' AS there (TYPE delta, PIN_SNAPSHOT)", "there"),
}


def main():
    reader, address, threads, query = sys.argv[1:]
    extension, attach, table = READERS[reader]
    db = duckdb.connect()
    folder = importlib.resources.files(f"duckdb_extension_{extension}") / "extensions"
    db.execute(f"LOAD '{folder}/v{duckdb.__version__}/{extension}.duckdb_extension'")
    db.execute(f"SET threads = {threads}")
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET enable_progress_bar = false")
    began = time.perf_counter()
    db.execute(attach.format(address=address))
    db.sql(query.replace("TABLE", table)).write_csv("/dev/stdout", header=True)
    print(time.perf_counter() - began, file=sys.stderr)


if __name__ == "__main__":
    main()
