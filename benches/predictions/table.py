"""A Markdown table per task of reports: `table.py report.json …`.

Beside the seconds of a peer stands how many times Onefold's they are, for the same candidate: features, training,
scores and, where the peer gives any, reasons, without storing them; in brackets the same for whole processes.
"""

import collections
import json
import sys

TITLES = {
    "value": "Lifetime value",
    "churn": "Churn by purchases",
    "subscription": "Churn of subscriptions",
    "classifier": "Classifier",
    "regressor": "Regressor",
    "offers": "Recommendation",
    "sentiment": "Sentiment",
}
STEPS = ["features", "train", "score"]
# The candidate of Onefold that a peer's is compared with; others by their own names.
SAME = {"histogram": "boosted", "lightgbm": "boosted", "lightgbm_default": "boosted", "rules": "auto"}
HIDDEN = ("judged", "expected")


def seconds(report):
    """Seconds of the work itself."""
    return sum(report["seconds"].get(step, 0) for step in [*STEPS, "reasons"])


def figure(value):
    """A number with four digits that count."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def ratio(report, own):
    """How many times as long as Onefold."""
    if own is None or own is report:
        return ""
    return f"{seconds(report) / max(seconds(own), 1e-3):.1f} ({report['wall'] / own['wall']:.1f})"


def table(task, reports):
    """The lines of a table."""
    own = {report["candidate"]: report for report in reports if report["program"].startswith("onefold")}
    metrics = list(dict.fromkeys(name for report in reports for name in report["metrics"] if name not in HIDDEN))
    steps = STEPS + (["reasons"] if any("reasons" in report["seconds"] for report in reports) else [])
    judged = {report["metrics"].get("judged") for report in reports} - {None}
    yield f"### {TITLES[task]}"
    yield ""
    if judged:
        yield f"Judged by {' or '.join(f'{count:,}' for count in sorted(judged))} customers.\n"
    head = ["", "candidate", *(f"{step} s" for step in steps), "process s", "processor s", "peak MB", "times Onefold", *metrics]
    for cells in [head, ["---"] * len(head)]:
        yield f"| {' | '.join(cells)} |"
    for report in reports:
        pair = own.get(SAME.get(report["candidate"], report["candidate"]))
        candidate = report["candidate"]
        if report.get("won") not in (None, candidate):
            candidate += f", {report['won']} chosen"
        cells = [report["program"], candidate]
        for step in steps:
            told = report["seconds"].get(step)
            inside = step == "reasons" and report in own.values()
            cells.append("in score" if inside else "–" if told is None else f"{told:.2f}")
        cells += [f"{report['wall']:.1f}", f"{report['processor']:.1f}", f"{report['peak_memory_mb']:,}", ratio(report, pair)]
        cells += [figure(report["metrics"].get(name)) for name in metrics]
        yield f"| {' | '.join(cells)} |"
    likelihoods = [
        f"{report['program']} {report['candidate']} {value:,.1f}"
        for report in reports
        for name, value in report.get("parameters", {}).items()
        if name.endswith("log_likelihood") and "gamma" not in name and report["candidate"] not in ("boosted", "auto")
    ]
    if likelihoods:
        yield f"\nLogarithm of the likelihood of all histories: {'; '.join(likelihoods)}."


def main():
    tasks = collections.defaultdict(list)
    for path in sys.argv[1:]:
        with open(path) as file:
            report = json.load(file)
        tasks[report["task"]].append(report)
    for task in TITLES:
        if task in tasks:
            print("\n".join(table(task, tasks[task])), end="\n\n")


if __name__ == "__main__":
    main()
