"""One client that reads all rows of a query: `fetch_client.py DRIVER ADDRESS QUERY TIMES` prints rows and seconds, also
of the processor, as JSON."""

import json
import resource
import sys
import time


def flight(address, query):
    import adbc_driver_flightsql.dbapi as adbc

    uri, user, password = address.split(" ", 2)
    connection = adbc.connect(uri, db_kwargs={"username": user, "password": password}, autocommit=True)
    return lambda: batches(connection, query)


def adbc(address, query):
    """The driver reads by COPY in binary."""
    import adbc_driver_postgresql.dbapi

    connection = adbc_driver_postgresql.dbapi.connect(address, autocommit=True)
    return lambda: batches(connection, query)


def batches(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sum(batch.num_rows for batch in cursor.fetch_record_batch())


def psycopg(address, query):
    """Rows in binary as they come, a thousand at a time, as tuples of Python."""
    import psycopg

    connection = psycopg.connect(address, autocommit=True)

    def run():
        with connection.cursor(binary=True) as cursor:
            return sum(1 for _ in cursor.stream(query, size=1000))

    return run


def psql(address, query):
    """COPY in binary into nothing, which leaves the processor to the server."""
    import subprocess

    copy = f"COPY ({query}) TO STDOUT (FORMAT binary)"
    count = f"SELECT count(*) FROM {query.split(' FROM ')[1]}"

    def ask(sql, out):
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", sql, address]
        return subprocess.run(command, stdout=out, check=True).stdout

    rows = int(ask(count, subprocess.PIPE))

    def run():
        ask(copy, subprocess.DEVNULL)
        return rows

    return run


def duckdb(_, query):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    return lambda: sum(batch.num_rows for batch in connection.execute(query).to_arrow_reader())


def spent():
    """Seconds of processor time of this process and its children."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main():
    driver, address, query, times = sys.argv[1:]
    run = globals()[driver](address, query)
    seconds, before = [], spent()
    for _ in range(int(times)):
        began = time.perf_counter()
        rows = run()
        seconds.append(time.perf_counter() - began)
    after = spent()
    print(json.dumps({"rows": rows, "seconds": seconds, "processor": (after - before) / int(times)}))


if __name__ == "__main__":
    main()
