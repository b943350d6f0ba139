"""What the programs that are measured share: time limits and memory of a process, the days of the tasks, its report.

Import it first: it starts the clock and binds the process to as many cores as it may use.
"""

import time

STARTED = time.perf_counter()

import argparse
import contextlib
import json
import os
import pathlib
import resource

import duckdb

# How far each method looks ahead, and what else both sides are told, in days.
VALUE = {"horizon": int(os.environ.get("HORIZON", "180"))}
CHURN = {"horizon": 60, "inactive": 60}
SUBSCRIPTION = {"horizon": 93, "ended": 60}
OFFERS = {"period": 30, "lookback": 365, "products": 5}
TASKS = ["value", "churn", "subscription", "classifier", "regressor", "offers", "sentiment"]


def options(*models, tasks=None):
    """The arguments that all programs take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of Parquet files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--task", choices=tasks or TASKS, default=(tasks or TASKS)[0])
    parser.add_argument("--model", choices=models or None, default="auto")
    parser.add_argument("--repeat", choices=["yes", "no"], default="no", help="offer what somebody has bought before")
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--folder", type=pathlib.Path, help="keep Onefold's project here")
    chosen = parser.parse_args()
    bind(chosen.threads)
    return chosen


def bind(threads):
    """Leaves the process and those that it starts so many cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def database(data, threads):
    """DuckDB with a view for each file."""
    db = duckdb.connect()
    db.execute(f"SET threads = {threads}")
    for file in sorted(data.glob("*.parquet")):
        db.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM read_parquet('{file}')")
    return db


def last_day(db, task):
    """The last day of what a task is about: the last purchase or the last start of a subscription."""
    if task == "subscription":
        return db.sql("SELECT max(start_date)::DATE FROM subscriptions").fetchall()[0][0]
    return db.sql(f"SELECT max(purchased_at)::DATE FROM ({bought(db)})").fetchall()[0][0]


def bought(db):
    """Purchases without returns, as SQL."""
    names = [row[0] for row in db.sql("DESCRIBE purchases").fetchall()]
    returned = "coalesce(is_return, false) OR amount < 0" if "is_return" in names else "amount < 0"
    product = "product" if "product" in names else "NULL::VARCHAR AS product"
    return (
        f"SELECT customer_id, purchased_at::DATE AS purchased_at, {product}, amount FROM purchases "
        f"WHERE customer_id IS NOT NULL AND amount IS NOT NULL AND NOT ({returned})"
    )


class Clock:
    """Seconds of named steps."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def step(self, name):
        """Adds the time of the block."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0) + time.perf_counter() - started, 3)


def usage():
    """Seconds since the start, seconds of processor and peak memory of this process and the children that it waited
    for, to be taken before anything is judged."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return spent(time.perf_counter() - STARTED, sum(u.ru_utime + u.ru_stime for u in used), max(u.ru_maxrss for u in used))


def spent(seconds, processor, kilobytes):
    """What a process took, as it stands in the report."""
    return {"wall": round(seconds, 2), "processor": round(processor, 2), "peak_memory_mb": round(kilobytes / 1024)}


def report(chosen, program, candidate, clock, used, metrics, **more):
    """Prints the report."""
    about = {"task": chosen.task, "program": program, "candidate": candidate, "threads": chosen.threads}
    print(json.dumps(about | {"seconds": clock.seconds} | used | {"metrics": metrics} | more, indent=2, default=float))
