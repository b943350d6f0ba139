"""Readers that ask for millions of rows and hardly read them, over both protocols."""

import threading
import time

import adbc_driver_flightsql.dbapi
import psycopg
from purchases import COLUMNS
from servers import PASSWORD, USER, Watch


def by_flight(server, query):
    """The driver itself fetches a few batches ahead, and no more."""
    connection = adbc_driver_flightsql.dbapi.connect(
        server.flight_sql, db_kwargs={"username": USER, "password": PASSWORD}, autocommit=True)
    cursor = connection.cursor()
    cursor.execute(query)
    return iter(cursor.fetch_record_batch()), lambda: (cursor.close(), connection.close())


def by_postgres(server, query):
    """Rows one by one as they come, counted as batches of a thousand."""
    connection = psycopg.connect(server.postgres, autocommit=True)
    rows = connection.cursor(binary=True).stream(query, size=1000)
    return iter(lambda: [next(rows) for _ in range(1000)], []), connection.close


def read(opened, stops, over):
    """Takes a batch a second, or one and no more."""
    batches, close = opened
    while not over.is_set():
        next(batches, None)
        if stops:
            break
        over.wait(1)
    over.wait()
    close()


def measure(server, table, count, seconds, limit):
    """Opens readers, asks for something else meanwhile, prints what the server held, and tells if that is within the limit."""
    query = f"SELECT {COLUMNS} FROM {table}"
    watch, over, readers, failed = Watch(server.pid), threading.Event(), [], []

    def reader(number):
        try:
            read((by_flight if number % 2 else by_postgres)(server, query), number % 4 < 2, over)
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")

    for number in range(count):
        readers.append(threading.Thread(target=reader, args=[number], daemon=True))
        readers[-1].start()
    latencies, until = [], time.monotonic() + seconds
    with psycopg.connect(server.postgres, autocommit=True) as connection:
        while time.monotonic() < until:
            began = time.perf_counter()
            connection.execute("SELECT count(*), sum(points) FROM profiles.customer").fetchall()
            latencies.append(1000 * (time.perf_counter() - began))
            time.sleep(0.05)
    slow, reading = watch.stop(), server.running()
    over.set()
    for thread in readers:
        thread.join(10)
    time.sleep(1)
    after, left = Watch(server.pid).stop(), server.running()
    grown = slow["peak"] - slow["start"]
    latencies.sort()
    print(f"{count} slow readers for {seconds} s, {reading} statements still running at the end, {left} after they left\n")
    print("| server MB before | peak | growth | per reader | after they left | other queries p50 ms | max |")
    print("|---|---|---|---|---|---|---|")
    cells = [slow["start"], slow["peak"], grown, f"{grown / count:.1f}", after["end"],
             f"{latencies[len(latencies) // 2]:.1f}", f"{latencies[-1]:.1f}"]
    print(f"| {' | '.join(map(str, cells))} |\n")
    if failed:
        print(f"{len(failed)} readers failed, such as: {failed[0]}")
    if grown > limit:
        print(f"the server grew by more than {limit} MB")
    return grown <= limit and not failed
