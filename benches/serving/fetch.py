"""All rows of a table over each protocol: `fetch.py purchases.parquet --onefold target/release/onefold [--times 3]`.

Onefold and DuckDB read the Parquet file, PostgreSQL a table with the same rows, which are in its memory. Each client is
a process of its own, which runs the query some times and reads every row without keeping it. The table on standard
output has the median.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import adbc_driver_postgresql.dbapi
import pyarrow.parquet
from purchases import COLUMNS
from servers import PASSWORD, USER, Onefold, Watch, busy, postgres_pid

HERE = pathlib.Path(__file__).parent


def load(purchases, url):
    """Makes PostgreSQL's table."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS purchases")
        file = pyarrow.parquet.ParquetFile(purchases)
        batches = pyarrow.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())
        cursor.adbc_ingest("purchases", batches)
        connection.commit()
    with adbc_driver_postgresql.dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM (FREEZE, ANALYZE) purchases")


def client(driver, address, table, times, pid=None):
    """Runs a client and watches the server."""
    watch, before = (Watch(pid), busy(pid)) if pid else (None, 0)
    command = [sys.executable, HERE / "fetch_client.py", driver, address, f"SELECT {COLUMNS} FROM {table}", str(times)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    print(f"{driver} {table}: {time.perf_counter() - began:.1f} s", file=sys.stderr)
    held = watch.stop() if watch else None
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
        return None
    report = json.loads(done.stdout)
    report["rate"] = report["rows"] / statistics.median(report["seconds"])
    report["memory"] = held
    report["server"] = (busy(pid) - before) / times if pid else None
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purchases", type=pathlib.Path)
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    postgres = os.environ["BENCH_POSTGRES"]
    load(options.purchases, postgres)
    path, times, reports = options.purchases.resolve(), options.times, {}
    with tempfile.TemporaryDirectory() as scratch:
        project = pathlib.Path(scratch) / "project"
        project.mkdir()
        (project / "shop.sql").write_text(f"CREATE SOURCE shop TYPE files OPTIONS (location '{path}');\n")
        with Onefold(options.onefold, project) as server:
            table, login = f"shop.{path.stem}", f"{server.flight_sql} {USER} {PASSWORD}"
            reports["Onefold, Flight SQL by ADBC"] = client("flight", login, table, times, server.pid)
            reports["Onefold, PostgreSQL by ADBC"] = client("adbc", server.postgres, table, times, server.pid)
            reports["Onefold, PostgreSQL by psycopg"] = client("psycopg", server.postgres, table, times, server.pid)
            reports["Onefold, PostgreSQL by psql, nothing decoded"] = client("psql", server.postgres, table, times, server.pid)
    reports["PostgreSQL by ADBC"] = client("adbc", postgres, "purchases", times, postgres_pid())
    reports["PostgreSQL by psycopg"] = client("psycopg", postgres, "purchases", times, postgres_pid())
    reports["PostgreSQL by psql, nothing decoded"] = client("psql", postgres, "purchases", times, postgres_pid())
    reports["DuckDB in process, to Arrow"] = client("duckdb", "", f"read_parquet('{path}')", times)
    show({name: report for name, report in reports.items() if report})


def show(reports):
    """The table, with each rate beside those of PostgreSQL's two clients."""
    def times(report, of):
        return f"{report['rate'] / reports[of]['rate']:.2f}" if of in reports else "–"

    rows = {report["rows"] for report in reports.values()}
    print(f"{', '.join(f'{n:,}' for n in rows)} rows\n")
    print("| | median s | rows/s | times PostgreSQL by ADBC | times PostgreSQL by psycopg | processor s, server | client | server MB, start | peak |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, report in reports.items():
        held = report["memory"] or {"start": "–", "peak": "–"}
        cells = [
            name,
            f"{statistics.median(report['seconds']):.2f}",
            f"{report['rate']:,.0f}",
            times(report, "PostgreSQL by ADBC"),
            times(report, "PostgreSQL by psycopg"),
            "–" if report["server"] is None else f"{report['server']:.2f}",
            f"{report['processor']:.2f}",
            str(held["start"]),
            str(held["peak"]),
        ]
        print(f"| {' | '.join(cells)} |")
    if len(rows) != 1:
        raise SystemExit("the clients did not get the same number of rows")


if __name__ == "__main__":
    main()
