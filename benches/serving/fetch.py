"""All rows of a table over each protocol: `fetch.py purchases.parquet --onefold target/release/onefold [--times 3]`.

Onefold and DuckDB read the Parquet file, PostgreSQL a table with the same rows, which are in its memory. The clients
take turns. Each turn is a new process, which runs the query twice and reads every row without keeping it. The table on
standard output has the median.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import adbc_driver_postgresql.dbapi
import pyarrow.parquet
from purchases import COLUMNS
from servers import PASSWORD, USER, Onefold, Watch, busy, postgres_pid

HERE = pathlib.Path(__file__).parent
# What a client reads in one turn.
READINGS = 2


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
        # What is written for it would be written beside the first readings.
        cursor.execute("CHECKPOINT")


class Client:
    """A way to read the rows, and what its turns took."""

    def __init__(self, driver, address, table, pid=None):
        self.driver, self.address, self.table, self.pid = driver, address, table, pid
        self.failed, self.rows, self.seconds, self.processor, self.server, self.held = False, 0, [], [], [], []

    def turn(self):
        """Runs the client and watches the server."""
        if self.failed:
            return
        watch, before = (Watch(self.pid), busy(self.pid)) if self.pid else (None, 0)
        query = f"SELECT {COLUMNS} FROM {self.table}"
        command = [sys.executable, HERE / "fetch_client.py", self.driver, self.address, query, str(READINGS)]
        done = subprocess.run(command, capture_output=True, text=True)
        if watch:
            self.held.append(watch.stop())
            self.server.append((busy(self.pid) - before) / READINGS)
        if done.returncode:
            print(f"{self.driver} {self.table}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            self.failed = True
            return
        report = json.loads(done.stdout)
        self.rows = report["rows"]
        self.seconds += report["seconds"]
        self.processor.append(report["processor"])
        print(f"{self.driver} {self.table}: {', '.join(f'{s:.2f}' for s in report['seconds'])} s", file=sys.stderr)

    def rate(self):
        return self.rows / statistics.median(self.seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purchases", type=pathlib.Path)
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--times", type=int, default=3, help="how many turns each client has")
    options = parser.parse_args()
    postgres = os.environ["BENCH_POSTGRES"]
    load(options.purchases, postgres)
    path = options.purchases.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        project = pathlib.Path(scratch) / "project"
        project.mkdir()
        (project / "shop.sql").write_text(f"CREATE SOURCE shop TYPE files OPTIONS (location '{path}');\n")
        with Onefold(options.onefold, project) as server:
            table, login = f"shop.{path.stem}", f"{server.flight_sql} {USER} {PASSWORD}"
            of_onefold, of_postgres = (server.postgres, table, server.pid), (postgres, "purchases", postgres_pid())
            clients = {
                "Onefold, Flight SQL by ADBC": Client("flight", login, table, server.pid),
                "PostgreSQL by ADBC": Client("adbc", *of_postgres),
                "PostgreSQL by psycopg": Client("psycopg", *of_postgres),
                "PostgreSQL by psql, nothing decoded": Client("psql", *of_postgres),
                "Onefold, PostgreSQL by ADBC": Client("adbc", *of_onefold),
                "Onefold, PostgreSQL by psycopg": Client("psycopg", *of_onefold),
                "Onefold, PostgreSQL by psql, nothing decoded": Client("psql", *of_onefold),
                "DuckDB in process, to Arrow": Client("duckdb", "", f"read_parquet('{path}')"),
            }
            for _ in range(options.times):
                for client in clients.values():
                    client.turn()
    show({name: client for name, client in clients.items() if not client.failed})


def show(clients):
    """The table, with each rate beside those of PostgreSQL's two clients."""
    def times(client, of):
        return f"{client.rate() / clients[of].rate():.2f}" if of in clients else "–"

    rows = {client.rows for client in clients.values()}
    print(f"{', '.join(f'{n:,}' for n in rows)} rows\n")
    print("| | median s | from | to | rows/s | times PostgreSQL by ADBC | times PostgreSQL by psycopg | processor s, server | client | server MB, start | peak |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, client in clients.items():
        cells = [
            name,
            f"{statistics.median(client.seconds):.2f}",
            f"{min(client.seconds):.2f}",
            f"{max(client.seconds):.2f}",
            f"{client.rate():,.0f}",
            times(client, "PostgreSQL by ADBC"),
            times(client, "PostgreSQL by psycopg"),
            f"{statistics.median(client.server):.2f}" if client.server else "–",
            f"{statistics.median(client.processor):.2f}",
            str(client.held[0]["start"]) if client.held else "–",
            str(max(held["peak"] for held in client.held)) if client.held else "–",
        ]
        print(f"| {' | '.join(cells)} |")
    if len(rows) != 1:
        raise SystemExit("the clients did not get the same number of rows")


if __name__ == "__main__":
    main()
