"""Connections of one driver that ask and check: `connections_client.py DRIVER ADDRESS COUNT SECONDS CUSTOMERS PAUSE KNOWN`.

Prints latencies in milliseconds and what was wrong as JSON. KNOWN is the file with the last generation whose refresh
was acknowledged.
"""

import asyncio
import concurrent.futures
import json
import pathlib
import random
import sys
import time

# Each answers one row: the least and the greatest generation, then numbers that follow from it. The first two read
# relations of one object, the profile; the others those of several.
RECORDS = """SELECT min(generation), max(generation), count(*), sum(points)::BIGINT,
    (SELECT sum(points) FROM profiles.customer)::BIGINT FROM profiles.customer_records"""
PERSON = """SELECT min(least(c.generation, r.generation)), max(greatest(c.generation, r.generation)), max(c.points)::BIGINT,
    sum(r.points)::BIGINT FROM profiles.customer c JOIN profiles.customer_links USING (customer_id)
    JOIN profiles.customer_records r USING (source, record_key) WHERE c.email = '{email}'"""
BOTH = """SELECT min(least(c.generation, s.generation)), max(greatest(c.generation, s.generation)), count(*),
    sum(c.points)::BIGINT, sum(s.points)::BIGINT FROM profiles.customer c JOIN measures.spend s USING (customer_id)"""
ONE = """SELECT least(c.generation, s.generation), greatest(c.generation, s.generation), c.points::BIGINT, s.points::BIGINT
    FROM profiles.customer c JOIN measures.spend s USING (customer_id) WHERE c.email = '{email}'"""
SEGMENT = """SELECT min(least(c.generation, t.generation)), max(greatest(c.generation, t.generation)), count(*),
    min(substr(c.email, 2, 6)::BIGINT % 10), max(substr(c.email, 2, 6)::BIGINT % 10)
    FROM segments.tenth t JOIN profiles.customer c USING (customer_id)"""
QUERIES = [RECORDS, PERSON, PERSON, BOTH, ONE, ONE, SEGMENT]


class Load:
    """What all connections of this process share."""

    def __init__(self, seconds, customers, pause, known):
        self.customers, self.pause, self.known = customers, pause, pathlib.Path(known)
        self.began = time.monotonic()
        self.until = self.began + seconds
        self.total = sum(n % 100 for n in range(2 * customers))
        self.latencies, self.wrong, self.generations = [], [], set()

    def acknowledged(self):
        # The file is empty for an instant while it is written.
        return int(self.known.read_text() or 1)

    def question(self):
        query, customer = random.choice(QUERIES), random.randrange(self.customers)
        return query, customer, query.format(email=f"c{customer:06d}@example.com")

    def check(self, query, customer, rows, least):
        """The answer's generation."""
        mixed = "mixed" if query in (RECORDS, PERSON) else "mixed between objects"
        if len(rows) != 1 or rows[0][0] is None:
            self.wrong.append((mixed, f"{len(rows)} rows: {query}"))
            return least
        first, last, *found = rows[0]
        records = 2 * self.customers
        total = self.total + records * first
        of_one = sum(n % 100 + first for n in (customer, customer + self.customers))
        digit = first % 10
        tenth = (self.customers + 9 - digit) // 10
        expected = {RECORDS: [records, total, total], PERSON: [of_one, of_one], BOTH: [self.customers, total, total],
                    ONE: [of_one, of_one], SEGMENT: [tenth, digit, digit]}[query]
        if first != last or found != expected:
            self.wrong.append((mixed, f"{rows[0]} and not {expected}: {query}"))
        elif first < least:
            self.wrong.append(("stale", f"{first} after {least}: {query}"))
        self.generations.add(first)
        return max(first, least)

    def failed(self, error):
        self.wrong.append(("error", f"{type(error).__name__}: {error}".strip()))

    async def ask_on(self, connect):
        """A connection's life; `connect` answers what asks."""
        seen = 0
        try:
            ask = await connect()
        except Exception as error:
            return self.failed(error)
        while time.monotonic() < self.until:
            query, customer, sql = self.question()
            least, began = max(seen, self.acknowledged()), time.perf_counter()
            try:
                rows = await ask(sql)
            except Exception as error:
                self.failed(error)
                await asyncio.sleep(0.1)
                continue
            self.latencies.append(1000 * (time.perf_counter() - began))
            seen = self.check(query, customer, [tuple(row) for row in rows], least)
            await asyncio.sleep(self.pause)


def asyncpg(address):
    import asyncpg

    async def connect():
        connection = await asyncpg.connect(address, timeout=60)
        return connection.fetch

    return connect


def psycopg(address):
    import psycopg

    async def connect():
        connection = await psycopg.AsyncConnection.connect(address, autocommit=True)

        async def ask(sql):
            async with connection.cursor(binary=True) as cursor:
                await cursor.execute(sql)
                return await cursor.fetchall()

        return ask

    return connect


def flight(address):
    """The driver waits, and so each connection has a thread."""
    import adbc_driver_flightsql.dbapi as adbc

    uri, user, password = address.split(" ", 2)

    async def connect():
        on = asyncio.get_running_loop().run_in_executor
        login = {"username": user, "password": password}
        connection = await on(None, lambda: adbc.connect(uri, db_kwargs=login, autocommit=True))

        def ask(sql):
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()

        return lambda sql: on(None, ask, sql)

    return connect


async def main():
    driver, address, count, seconds, customers, pause, known = sys.argv[1:]
    asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(int(count)))
    load = Load(float(seconds), int(customers), float(pause), known)
    connect = globals()[driver](address)
    await asyncio.gather(*(load.ask_on(connect) for _ in range(int(count))))
    print(json.dumps({
        "latencies": load.latencies,
        "wrong": load.wrong,
        "generations": len(load.generations),
        "seconds": time.monotonic() - load.began,
    }))


if __name__ == "__main__":
    asyncio.run(main())
