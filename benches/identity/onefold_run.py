"""Onefold on a labelled population, from Parquet to profiles: seconds, peak memory and accuracy, as JSON.

`onefold_run.py people.parquet --onefold target/release/onefold [--match rules|auto] [--threads 2]`

With `rules` it has the blocking rules of blocking.json and a comparator for each field; with `auto` it has nothing but
the columns. The time is that of the whole `onefold run` in a new project: definitions, reading, matching, clusters,
profiles and everything that is stored; of it, `to_links_seconds` is the time from the first look at the Parquet file
until the clusters are known, which is what Splink does. With `--change 0.01` the run is followed by another one, over a
file in which so many records have changed.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import duckdb
from metrics import evaluate

HERE = pathlib.Path(__file__).parent

CLEANED = """SELECT record_id, fold_text(first_name) AS first_name, fold_text(last_name) AS last_name, birth_date,
            normalize_email(email) AS email, normalize_phone(phone, 'US') AS phone,
            normalize_address(street) AS street, fold_text(city) AS city, postcode
     FROM data.people"""
AS_IT_IS = """SELECT record_id, first_name, last_name, birth_date, email, phone, street, city, postcode
     FROM data.people"""

# What the other side cleans away, too.
IGNORED = [
    "IGNORE email LIKE 'info@%'",
    "IGNORE email LIKE 'noreply@%'",
    "IGNORE phone IN ('+10000000000', '+11234567890', '+15555555555', '+19999999999')",
]
COMPARED = [
    "given_name(first_name)",
    "family_name(last_name)",
    "birth_date(birth_date)",
    "email(email)",
    "phone(phone)",
    "address(street, city, postcode)",
]


def profile(match):
    """The statement that is measured."""
    if match == "auto":
        query, items = AS_IT_IS, ["AUTO"]
    else:
        rules = json.loads((HERE / "blocking.json").read_text())["rules"]
        items = [f"BLOCK ON ({', '.join(columns)})" for columns in rules]
        items += [f"COMPARE {comparator}" for comparator in COMPARED] + IGNORED
        query = CLEANED
    listed = ",\n    ".join(items)
    return f"CREATE PROFILE customer\nFROM (\n    ({query}) AS people KEY (record_id)\n)\nMATCH (\n    {listed}\n);\n"


def make_project(folder, people, match, threads):
    """A project with nothing but the population and its profile."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "people.parquet").symlink_to(people.resolve())
    (folder / "onefold.toml").write_text(f"[limits]\nthreads = {threads}\n")
    (folder / "customer.sql").write_text(
        "CREATE SOURCE data TYPE files OPTIONS (location 'data/');\n\n" + profile(match)
    )


def refresh(onefold, folder, threads):
    """Runs the project: seconds, peak memory in MB, and the peak until each time of the clock."""
    environment = os.environ | {"TOKIO_WORKER_THREADS": str(threads)}
    started = time.perf_counter()
    process = subprocess.Popen([onefold, "run", "--project", folder], stdout=sys.stderr, env=environment)
    peaks = []
    watch = threading.Thread(target=watch_peak, args=(process.pid, peaks))
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"onefold run left with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024, peaks


def watch_peak(pid, peaks):
    """Notes the time and the peak of resident memory in MB until then, while the process is there."""
    while True:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
        if not found:
            return
        peaks.append((time.time(), int(found[1]) / 1024))
        time.sleep(0.02)


def change(people, share, to):
    """The population with another phone and a letter more in the street of some records, and a few records less."""
    db = duckdb.connect()
    chosen = f"hash(record_id) % 100000 < {round(share * 100000)}"
    db.execute(
        f"COPY (SELECT * REPLACE (CASE WHEN {chosen} THEN reverse(phone) ELSE phone END AS phone, "
        f"CASE WHEN {chosen} THEN street || 'x' ELSE street END AS street) "
        f"FROM read_parquet(?) WHERE NOT ({chosen} AND hash(record_id) % 7 = 0)) TO '{to}' (FORMAT parquet)",
        [str(people)],
    )


def steps_of(onefold, folder, scratch):
    """Of the last run the seconds of each step, some of which run side by side, those from the first until the clusters
    are known, and when that was."""
    steps = ask(
        onefold,
        folder,
        "SELECT step, date_part('epoch', started_at) AS started, date_part('epoch', finished_at) AS finished "
        "FROM system.run_steps WHERE step <> '' AND finished_at IS NOT NULL "
        "AND run_id = (SELECT run_id FROM system.runs ORDER BY started_at DESC LIMIT 1)",
        scratch / "steps.parquet",
    )
    seconds = duckdb.sql(
        f"SELECT step, round(sum(finished - started), 2) FROM read_parquet('{steps}') GROUP BY step ORDER BY min(started)"
    )
    to_links = duckdb.sql(
        f"SELECT round(max(finished) FILTER (step = 'clusters') - min(started), 2), "
        f"max(finished) FILTER (step = 'clusters') FROM read_parquet('{steps}')"
    )
    return dict(seconds.fetchall()), *to_links.fetchall()[0]


def ask(onefold, folder, sql, to):
    """The answer to a query as a Parquet file."""
    with open(to, "wb") as out:
        command = [onefold, "sql", "--project", folder, "--format", "parquet", "-c", sql]
        subprocess.run(command, stdout=out, check=True)
    return to


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("people", type=pathlib.Path)
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--match", choices=["rules", "auto"], default="rules")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--change", type=float, help="the part of the records that change before a second run")
    parser.add_argument("--folder", type=pathlib.Path, help="keep the project here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or pathlib.Path(scratch) / "project"
        make_project(folder, options.people, options.match, options.threads)
        seconds, peak, peaks = refresh(options.onefold, folder, options.threads)
        links = ask(
            options.onefold,
            folder,
            "SELECT record_key, customer_id FROM profiles.customer_links",
            pathlib.Path(scratch) / "links.parquet",
        )
        db = duckdb.connect()
        stages, to_links, linked_at = steps_of(options.onefold, folder, pathlib.Path(scratch))
        db.execute(
            "CREATE TABLE labels AS SELECT entity_id AS truth, coalesce(customer_id::VARCHAR, 'none ' || record_id) AS found "
            "FROM read_parquet(?) LEFT JOIN read_parquet(?) ON record_id = record_key",
            [str(options.people), str(links)],
        )
        version = subprocess.run([options.onefold, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        report = {
            "program": version,
            "configuration": {"match": options.match},
            "threads": options.threads,
            "seconds": stages,
            "to_links_seconds": to_links,
            "total_seconds": round(seconds, 2),
            "peak_memory_mb": round(peak),
            "peak_memory_mb_to_links": round(max(held for at, held in peaks if at <= linked_at)),
            "default": evaluate(db, "labels"),
        }
        if options.change:
            changed = folder / "changed.parquet"
            change(options.people, options.change, changed)
            os.replace(changed, folder / "data" / "people.parquet")
            later, later_peak, _ = refresh(options.onefold, folder, options.threads)
            report["later_run"] = {
                "changed": options.change,
                "total_seconds": round(later, 2),
                "peak_memory_mb": round(later_peak),
                "seconds": steps_of(options.onefold, folder, pathlib.Path(scratch))[0],
            }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
