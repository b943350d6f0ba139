"""Onefold: one prediction of a new project over the same Parquet files, from `onefold run` to scores.

`onefold_run.py --data folder --onefold target/release/onefold --task value --model bg_nbd`

The time is that of the process, which starts, reads the files, trains, scores, gives reasons and stores everything; the
steps are those of `system.run_steps`. The option `until` leaves out what comes after the cut-off; what Onefold told is
judged by the same code as the others.
"""

import common  # first: it starts the clock

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import duckdb
from features import ahead_of, span
from judge import judge

EPOCH = datetime.date(1970, 1, 1)
FILES = {"subscription": "subscriptions", "classifier": "people", "regressor": "people", "sentiment": "reviews"}


def statement(db, chosen, until):
    """The prediction."""
    task, model = chosen.task, f", model '{chosen.model}'"
    day, file = f", until '{until}'", FILES.get(task, "purchases")
    names = [row[0] for row in db.sql(f"DESCRIBE {file}").fetchall()]
    flag = ", is_return" if "is_return" in names else ""
    product = ", product" if "product" in names else ""
    if task == "value":
        method = f"lifetime_value OPTIONS (horizon '{common.VALUE['horizon']} days'{model}{day})"
        query = f"SELECT customer_id, purchased_at, amount{flag}{product} FROM data.purchases"
    elif task == "churn":
        told = f"horizon '{common.CHURN['horizon']} days', inactive '{common.CHURN['inactive']} days'"
        method = f"transaction_churn OPTIONS ({told}{model}{day})"
        query = f"SELECT customer_id, purchased_at, amount{flag}{product} FROM data.purchases"
    elif task == "subscription":
        told = f"horizon '{common.SUBSCRIPTION['horizon']} days', ended '{common.SUBSCRIPTION['ended']} days'"
        method, query = f"subscription_churn OPTIONS ({told}{model}{day})", "SELECT * FROM data.subscriptions"
    elif task == "offers":
        told = "products '{products}', lookback '{lookback} days', period '{period} days'".format(**common.OFFERS)
        method = f"recommendation OPTIONS ({told}, repeat '{chosen.repeat}'{model}{day})"
        returned = " WHERE NOT is_return" if flag else " WHERE amount >= 0"
        query = f"SELECT customer_id, purchased_at, product FROM data.purchases{returned}"
    elif task == "sentiment":
        method, query = "sentiment", "SELECT customer_id, review_id, text, rating FROM data.reviews"
    else:
        label = "converted" if task == "classifier" else "spend"
        kept = [f'"{name}"' for name in names if name not in ("converted", "spend", "held_out")]
        method = f"{task} OPTIONS (label '{label}'{model})"
        query = f"SELECT {', '.join(kept)}, CASE WHEN NOT held_out THEN {label} END AS {label} FROM data.people"
    return f"CREATE PREDICTION score OF customer USING {method}\nAS {query};\n"


def make_project(folder, chosen, text):
    """A project with nothing but a person, the file and the prediction."""
    (folder / "data").mkdir(parents=True)
    file = f"{FILES.get(chosen.task, 'purchases')}.parquet"
    (folder / "data" / file).symlink_to((chosen.data / file).resolve())
    (folder / "data" / "accounts.csv").write_text("account_id,email\n1,ann@example.com\n2,bo@example.com\n")
    (folder / "onefold.toml").write_text(f"[limits]\nthreads = {chosen.threads}\n")
    (folder / "project.sql").write_text(
        "CREATE SOURCE data TYPE files OPTIONS (location 'data/');\n\n"
        "CREATE PROFILE customer FROM ((SELECT account_id, email FROM data.accounts) AS shop KEY (account_id))\n"
        "MATCH (RULE same_email ON l.email = r.email);\n\n" + text
    )


def run(chosen, arguments, to=None):
    """Runs Onefold: what the process took."""
    environment = os.environ | {"TOKIO_WORKER_THREADS": str(chosen.threads)}
    started = time.perf_counter()
    with open(to, "wb") if to else sys.stderr as out:
        process = subprocess.Popen([chosen.onefold, *arguments], stdout=out, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"onefold {arguments[0]} left with {process.returncode}")
    return common.spent(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def ask(chosen, folder, sql):
    """The answer to a query as a data frame, and seconds."""
    to = folder / "answer.parquet"
    used = run(chosen, ["sql", "--project", folder, "--format", "parquet", "-c", sql], to)
    return duckdb.sql(f"SELECT * FROM read_parquet('{to}')").df(), used["wall"]


STEPS = """SELECT step, date_part('epoch', started_at) AS started, date_part('epoch', finished_at) AS finished
FROM system.run_steps WHERE object LIKE '%score%' AND step <> '' AND finished_at IS NOT NULL"""


def seconds_of(steps):
    """Seconds by step, where `features` is also the reading before scores, which belongs to no step."""
    steps = steps.sort_values("started")
    out = (steps.finished - steps.started).groupby(steps.step).sum().to_dict()
    gaps = (steps.started.shift(-1) - steps.finished)[:-1].clip(lower=0).sum()
    known = {name: round(out.get(name, 0), 3) for name in ("train", "score")}
    stored = sum(out.get(name, 0) for name in ("scores", "factors", "versions"))
    return {"features": round(out.get("features", 0) + gaps, 3)} | known | {"store": round(stored, 3)}


PARAMETERS = """SELECT candidate || ' ' || parameter AS name, value FROM system.model_parameters
WHERE prediction = 'score'"""

COLUMNS = {
    "value": "value, expected_purchases AS purchases_ahead",
    "churn": "churn_score AS score",
    "subscription": "churn_score AS score",
    "classifier": "probability AS score",
    "regressor": "predicted AS score",
    "offers": "rank, product",
    "sentiment": "feedback, sentiment",
}


def main():
    chosen = common.options()
    clock, task = common.Clock(), chosen.task
    db = common.database(chosen.data, chosen.threads)
    end = until = None
    if task in ("value", "churn", "subscription", "offers"):
        ahead = common.OFFERS["period"] if task == "offers" else ahead_of(task)
        day = common.last_day(db, task) - datetime.timedelta(ahead)
        until = day + datetime.timedelta(1)
        end = (day - EPOCH).days if task == "subscription" else span(db, task, day)[1]
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or pathlib.Path(scratch) / "project"
        make_project(folder, chosen, statement(db, chosen, until))
        used = run(chosen, ["run", "--project", folder])
        clock.seconds = seconds_of(ask(chosen, folder, STEPS)[0])
        scores, _ = ask(chosen, folder, f"SELECT customer_id, {COLUMNS[task]} FROM predictions.score")
        if task == "value" and chosen.model == "boosted":
            scores = scores.drop(columns="purchases_ahead")
        own, _ = ask(chosen, folder, "SELECT candidate, metric, value FROM system.model_metrics")
        told, _ = ask(chosen, folder, PARAMETERS)
        version, _ = ask(chosen, folder, "SELECT candidate, grade FROM system.model_versions")
        if task == "sentiment":
            _, asked = ask(chosen, folder, "SELECT avg(sentiment(text)), count(*) FROM data.reviews")
            clock.seconds["sql_function"] = round(asked, 3)
    if task == "sentiment":
        metrics = agreement(db, scores, clock.seconds)
    else:
        db.register("scores", scores)
        metrics = judge(db, task, end, scores, chosen.repeat)
    program = subprocess.run([chosen.onefold, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    common.report(
        chosen, program, chosen.model, clock, used, metrics,
        won=version.candidate[0], grade=version.grade[0], parameters=dict(zip(told.name, told.value)),
        own_metrics={f"{c} {m}": v for c, m, v in own.itertuples(index=False)},
    )  # fmt: skip


def agreement(db, scores, seconds):
    """How far scores are from those of the reference, and from ratings."""
    from vader_run import compound, prepare

    prepare()
    joined = db.sql("SELECT review_id AS feedback, text, rating FROM reviews").df().merge(scores, on="feedback", how="left")
    scored = joined[joined.sentiment.notna()]
    theirs = scored.text.map(compound) * 5
    label = lambda column: (column >= 1).astype(int) - (column <= -1)  # noqa: E731
    return {
        "texts_per_second": len(joined) / max(seconds["score"], 1e-3),
        "texts_per_second_in_sql": len(joined) / seconds["sql_function"],
        "rank_correlation": scored.sentiment.corr(scored.rating, method="spearman"),
        "equal_to_reference": ((scored.sentiment - theirs).abs() < 0.011).mean(),
        "equal_label": (label(scored.sentiment) == label(theirs)).mean(),
        "without_score": joined.sentiment.isna().mean(),
    }


if __name__ == "__main__":
    main()
