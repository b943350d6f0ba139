"""A Markdown table of each report of `compare.py`: `table.py postgres.json delta.json`."""

import json
import sys

HEAD = ["", "Onefold s", "DuckDB s", "times as fast", "rows/s, Onefold", "DuckDB", "processor s, Onefold", "DuckDB",
        "peak MB, Onefold", "DuckDB", "answers"]


def row(name, query, rows):
    """The cells of one query."""
    both = [query["onefold"], query["duckdb"]]
    return [
        name,
        *(f"{program['seconds']:.2f}" for program in both),
        f"{both[1]['seconds'] / both[0]['seconds']:.2f}",
        *(f"{rows / program['seconds']:,.0f}" for program in both),
        *(f"{program['processor_seconds']:.2f}" for program in both),
        *(f"{program['peak_memory_mb']:.0f}" for program in both),
        "same" if query["same"] else "DIFFERENT",
    ]


def main():
    different = False
    for path in sys.argv[1:]:
        report = json.load(open(path))
        queries = report["queries"]
        print(f"{report['source']}: {report['rows']:,} rows, {report['threads']} threads\n")
        rows = [row(name, query, report["rows"]) for name, query in queries.items()]
        for cells in [HEAD, ["---"] * len(HEAD), *rows]:
            print(f"| {' | '.join(cells)} |")
        print("\nWhat Onefold asks the source for:\n")
        for name, query in queries.items():
            print(f"- {name}: `{query['sent']}`")
        print()
        different |= any(not query["same"] for query in queries.values())
    sys.exit(int(different))


if __name__ == "__main__":
    main()
