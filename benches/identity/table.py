"""One Markdown table of reports: `table.py splink.json onefold.json …`."""

import json
import sys

HEAD = ["", "seconds", "to links", "a later run", "peak MB", "to links", "P", "R", "F1", "B-cubed F1", "largest", "F1 at the best threshold of the labels"]


def row(report):
    """The cells of one report."""
    at, best, later = report["default"], report.get("best"), report.get("later_run")
    pairwise = at["pairwise"]
    how = ", ".join(f"{key} {value}" for key, value in report["configuration"].items())
    return [
        f"{report['program']} ({how})",
        f"{report['total_seconds']:.1f}",
        f"{report.get('to_links_seconds', report['total_seconds']):.1f}",
        f"{later['total_seconds']:.1f}" if later else "–",
        str(report["peak_memory_mb"]),
        str(report.get("peak_memory_mb_to_links", report["peak_memory_mb"])),
        *(f"{pairwise[key]:.4f}" for key in ("precision", "recall", "f1")),
        f"{at['b_cubed']['f1']:.4f}",
        str(at["largest_cluster"]),
        f"{best['pairwise']['f1']:.4f} at {best['threshold']}" if best else "–",
    ]


def main():
    reports = [json.load(open(path)) for path in sys.argv[1:]]
    print(f"{reports[0]['default']['records']} records, {reports[0]['threads']} threads\n")
    for cells in [HEAD, ["---"] * len(HEAD), *map(row, reports)]:
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
