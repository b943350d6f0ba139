"""Many connections beside refreshes, then slow readers: `connections.py --onefold target/release/onefold`.

The source's only file is replaced again and again, each time by another generation: every record carries its number, and
the sum of the points follows from it. `REFRESH ALL` stores the records, the profiles, a measure and a segment; meanwhile
each connection asks for things that agree only within one generation. Wrong is

- an error,
- a mixed state: an answer of more than one generation, or whose sums do not belong to it, also where the statement read
  relations of several objects,
- a stale one: an answer older than a refresh that was acknowledged before the question, or than the connection's last.

The exit code is 1 if there was any, or if slow readers made the server hold more than --limit MB.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import duckdb
import psycopg
import slow_readers
from servers import PASSWORD, USER, Onefold, Watch, busy

HERE = pathlib.Path(__file__).parent

# The keys of the last table are those of a tenth of the customers, each generation another one.
PROJECT = """
CREATE SOURCE shop TYPE files OPTIONS (location 'data/');

CREATE PROFILE customer
FROM ((SELECT record_id, email, generation, points FROM shop.records) AS shop KEY (record_id))
MATCH (RULE same_email ON l.email = r.email)
MERGE (max(email) AS email, max(generation) AS generation, sum(points) AS points);

CREATE MATERIALIZED MEASURE spend AS
SELECT customer_id, max(generation) AS generation, sum(points) AS points
FROM profiles.customer_links JOIN profiles.customer_records USING (source, record_key) GROUP BY customer_id;

CREATE MATERIALIZED SEGMENT tenth AS
SELECT customer_id, generation FROM profiles.customer WHERE substr(email, 2, 6)::BIGINT % 10 = generation % 10;
"""


def replace(data, customers, generation):
    """Two records of each customer, with points that tell the generation; the file is changed at once."""
    new = data.parent / "new.parquet"
    duckdb.execute(f"""
        COPY (SELECT range AS record_id, format('c{{:06d}}@example.com', range % {customers}) AS email,
                     {generation}::BIGINT AS generation, range % 100 + {generation} AS points
              FROM range({2 * customers})) TO '{new}' (FORMAT parquet)""")
    os.replace(new, data / "records.parquet")


def refresh(server, data, customers, seconds, known):
    """Refreshes generation after generation for a time: seconds of each. `known` is the file that tells the last."""
    lasted, generation, until = [], 1, time.monotonic() + seconds
    with psycopg.connect(server.postgres, autocommit=True) as connection:
        while time.monotonic() < until:
            generation += 1
            replace(data, customers, generation)
            began = time.perf_counter()
            connection.execute("REFRESH ALL").fetchall()
            lasted.append(time.perf_counter() - began)
            known.write_text(str(generation))
    return lasted


def answers(server, data, scratch, options):
    """Starts the clients, refreshes beside them, and adds up what they saw."""
    known = scratch / "generation"
    known.write_text("1")
    shares = {"asyncpg": options.connections // 2, "psycopg": options.connections // 4}
    shares["flight"] = options.connections - sum(shares.values())
    clients, watch, before = {}, Watch(server.pid), busy(server.pid)
    for driver, count in shares.items():
        address = f"{server.flight_sql} {USER} {PASSWORD}" if driver == "flight" else server.postgres
        command = [driver, address, count, options.seconds, options.customers, options.pause, known]
        clients[driver] = subprocess.Popen(
            [sys.executable, HERE / "connections_client.py", *map(str, command)], stdout=subprocess.PIPE, text=True)
    lasted = refresh(server, data, options.customers, options.seconds, known)
    reports = {driver: json.loads(client.communicate()[0]) for driver, client in clients.items()}
    show(shares, reports, lasted, watch.stop(), busy(server.pid) - before, options)
    return [wrong for report in reports.values() for wrong in report["wrong"]]


def show(shares, reports, lasted, held, processor, options):
    print(f"{options.connections} connections for {options.seconds} s, {options.customers:,} customers; {len(lasted)} "
          f"refreshes of {sorted(lasted)[len(lasted) // 2]:.2f} s each (median)\n")
    print("| client | connections | statements/s | generations seen | wrong | p50 ms | p95 | p99 | max |")
    print("|---|---|---|---|---|---|---|---|---|")
    reports = reports | {"all": {
        "latencies": [ms for report in reports.values() for ms in report["latencies"]],
        "seconds": max(report["seconds"] for report in reports.values()),
        "generations": max(report["generations"] for report in reports.values()),
        "wrong": [wrong for report in reports.values() for wrong in report["wrong"]],
    }}
    for driver, report in reports.items():
        ms = sorted(report["latencies"]) or [float("nan")]
        at = [ms[min(int(len(ms) * part), len(ms) - 1)] for part in (0.5, 0.95, 0.99, 1)]
        rate = len(report["latencies"]) / report["seconds"]
        cells = [driver, shares.get(driver, options.connections), f"{rate:,.0f}", report["generations"], len(report["wrong"])]
        print(f"| {' | '.join(map(str, cells + [f'{value:.1f}' for value in at]))} |")
    print(f"\nServer: {held['start']} MB at the start, {held['peak']} at the peak, {held['end']} at the end; "
          f"{processor:.1f} s of processor time, refreshes included\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--pause", type=float, default=0, help="seconds between an answer and the next question")
    parser.add_argument("--purchases", type=pathlib.Path, required=True, help="the Parquet file for slow readers")
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--limit", type=float, default=1000, help="MB that all slow readers may cost")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        project = scratch / "project"
        data = project / "data"
        data.mkdir(parents=True)
        replace(data, options.customers, 1)
        large = f"CREATE SOURCE large TYPE files OPTIONS (location '{options.purchases.resolve()}');\n"
        (project / "project.sql").write_text(PROJECT + large)
        subprocess.run([options.onefold, "run", "--project", project], check=True, stdout=subprocess.DEVNULL)
        with Onefold(options.onefold, project) as server:
            wrong = answers(server, data, scratch, options)
            for kind in sorted({kind for kind, _ in wrong}):
                texts = [" ".join(text.split()) for of, text in wrong if of == kind]
                print(f"{len(texts)} × {kind}, such as: {texts[0]}\n")
            table = f"large.{options.purchases.stem}"
            bounded = slow_readers.measure(server, table, options.readers, options.seconds, options.limit)
    return 1 if wrong or not bounded else 0


if __name__ == "__main__":
    sys.exit(main())
