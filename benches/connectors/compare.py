"""Queries of sources by Onefold and by DuckDB: `compare.py postgres|delta FOLDER --onefold target/release/onefold`.

Each query is a process of its own, and the two take turns: `onefold sql -c` over a project with nothing but the source,
and `duckdb -c`, which loads the extension and attaches the source. The report, as JSON, has the median of the seconds,
processor time and peak memory of the whole process, whether the answers are the same, and what Onefold asked the source
for.
"""

import argparse
import csv
import importlib.metadata
import importlib.resources
import io
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SOURCES = {
    "postgres": "CREATE SOURCE there TYPE postgres OPTIONS (url '{address}');",
    "delta": "CREATE SOURCE there TYPE delta OPTIONS (location '{address}');",
}

# The extension, how the source is attached, and the table.
READERS = {
    "postgres": ("postgres_scanner", "ATTACH '{address}' AS there (TYPE postgres, READ_ONLY)", "there.public.orders"),
    "delta": ("delta", "ATTACH '{address}/orders' AS there (TYPE delta, PIN_SNAPSHOT)", "there"),
}


def duckdb(source, address, threads):
    """What runs a query of DuckDB, and the statements before it."""
    extension, attach, _ = READERS[source]
    package = f"duckdb_extension_{extension}"
    folder = importlib.resources.files(package) / "extensions" / f"v{importlib.metadata.version(package)}"
    before = [
        f"LOAD '{folder}/{extension}.duckdb_extension'",
        f"SET threads = {threads}",
        "SET preserve_insertion_order = false",
        attach.format(address=address),
    ]
    # Itself, without the start of Python that the package puts before it.
    program = importlib.resources.files("duckdb_cli") / "duckdb"
    return [program, "-init", os.devnull, "-csv", "-nullvalue", "", "-c"], "; ".join(before)


def run(command, environment):
    """The answer of a process, its seconds, peak memory in MB, and seconds of the processor."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, errors):
            file.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}\n{errors.read()}")
        return out.read(), seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def rows(text):
    """An answer with its numbers in one form: programs differ in the last digits of doubles, and how they write times."""
    def value(cell):
        try:
            return f"{float(cell):.9g}"
        except ValueError:
            return cell.replace("T", " ").removesuffix(" 00:00:00").lower()

    return [[value(cell) for cell in row] for row in csv.reader(io.StringIO(text))]


def sent(plan):
    """What a plan of Onefold tells of what it asks the source for: the last line is the scan."""
    scan = json.loads(plan)[-1]["plan"].rstrip().splitlines()[-1].strip()
    if "sql=" in scan:
        return re.sub(r", ranges=\[(.*)\]$", lambda ranges: f" in {ranges[1].count('; ') + 1} ranges", scan.split("sql=", 1)[1])
    return re.sub(r"file_groups=\{(\d+ groups?).*?\]\}, ", r"\1, ", scan).split(", pruning_predicate")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", choices=SOURCES)
    parser.add_argument("folder", type=pathlib.Path, help="where the Delta table is")
    parser.add_argument("--onefold", default="onefold", help="the binary")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    address = os.environ["BENCH_POSTGRES"] if options.source == "postgres" else str(options.folder.resolve())
    queries = json.loads((HERE / "queries.json").read_text())
    del queries["about"]
    environment = os.environ | {"TOKIO_WORKER_THREADS": str(options.threads)}
    report = {"source": options.source, "threads": options.threads, "queries": {}}
    with tempfile.TemporaryDirectory() as project:
        (pathlib.Path(project) / "onefold.toml").write_text(f"[limits]\nthreads = {options.threads}\n")
        (pathlib.Path(project) / "there.sql").write_text(SOURCES[options.source].format(address=address))
        shell = [options.onefold, "sql", "--project", project, "--format"]
        run([options.onefold, "run", "--project", project], environment)
        peer, before = duckdb(options.source, address, options.threads)
        for name, query in queries.items():
            ours = query.replace("TABLE", "there.orders")
            measured = {"onefold": [], "duckdb": []}
            for _ in range(options.times):
                measured["onefold"].append(run([*shell, "csv", "-c", ours], environment))
                theirs = query.replace("TABLE", READERS[options.source][2])
                measured["duckdb"].append(run([*peer, f"{before}; {theirs}"], environment))
            report["queries"][name] = {
                program: {
                    "seconds": statistics.median(seconds for _, seconds, _, _ in runs),
                    "peak_memory_mb": max(peak for _, _, peak, _ in runs),
                    "processor_seconds": statistics.median(spent for *_, spent in runs),
                }
                for program, runs in measured.items()
            } | {
                "same": rows(measured["onefold"][0][0]) == rows(measured["duckdb"][0][0]),
                "sent": sent(run([*shell, "json", "-c", f"EXPLAIN {ours}"], environment)[0]),
            }
            print(f"{options.source}: {name}", file=sys.stderr)
            if not report["queries"][name]["same"]:
                print(measured["onefold"][0][0][:400], measured["duckdb"][0][0][:400], sep="\n", file=sys.stderr)
        report["rows"] = int(run([*shell, "csv", "-c", "SELECT count(*) FROM there.orders"], environment)[0].split()[-1])
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
