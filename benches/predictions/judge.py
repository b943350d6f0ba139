"""How good scores are, by the same code for every program, on what came after the cut-off or was held out."""

import math

import numpy as np
from common import CHURN, OFFERS, VALUE, bought
from features import purchase_snapshots, subscription_snapshots
from scipy.stats import rankdata


def judge(db, task, end, scores, repeat="no"):
    """Metrics of a data frame of scores; `end` is the last day that was known, as a number since 1970."""
    if task == "value":
        truth = purchase_snapshots(db, [end], VALUE["horizon"], VALUE["horizon"])
        return of_values(truth.merge(scores, on="customer_id"), len(truth))
    if task == "churn":
        truth = purchase_snapshots(db, [end], CHURN["horizon"], CHURN["inactive"])
        truth = truth[truth.days_since_last < CHURN["inactive"]].assign(label=lambda t: t.purchases_at_end == 0)
        return of_probabilities(truth[["customer_id", "label"]].merge(scores, on="customer_id"), len(truth))
    if task == "subscription":
        truth = subscription_snapshots(db, [end]).rename(columns={"has_left": "label"})
        return of_probabilities(truth[["customer_id", "label"]].merge(scores, on="customer_id"), len(truth))
    if task == "classifier":
        truth = db.sql("SELECT customer_id, converted::INT AS label FROM people WHERE held_out").df()
        return of_probabilities(truth.merge(scores, on="customer_id"), len(truth))
    if task == "regressor":
        truth = db.sql("SELECT customer_id, spend AS label FROM people WHERE held_out").df()
        joined = truth.merge(scores, on="customer_id")
        error, label = joined.score - joined.label, joined.label
        r_squared = 1 - (error**2).sum() / ((label - label.mean()) ** 2).sum()
        return {"mae": error.abs().mean(), "rmse": rms(error), "r_squared": r_squared, "judged": len(joined)}
    return of_offers(db, end, scores, repeat)


def of_probabilities(joined, expected):
    """The figures of a column `score` beside a label of false and true."""
    label, p = joined.label.to_numpy(float), joined.score.to_numpy().clip(1e-9, 1 - 1e-9)
    positive = label.sum()
    auc = (rankdata(p)[label > 0.5].sum() - positive * (positive + 1) / 2) / (positive * (len(label) - positive))
    loss = -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p))
    return {"auc": auc, "log_loss": loss, "brier": np.mean((p - label) ** 2), "judged": len(joined), "expected": expected}


def of_values(joined, expected):
    """The figures of `value` and, where somebody tells them, `purchases` within the horizon."""
    error, total = joined.value - joined.spend_after, joined.spend_after.sum()
    best = max(1, round(0.2 * len(joined)))
    top = lambda column: set(joined.sort_values(column, ascending=False).customer_id[:best])  # noqa: E731
    out = {"value_mae": error.abs().mean(), "value_rmse": rms(error), "value_ratio": joined.value.sum() / total}
    out |= {"top_found": len(top("value") & top("spend_after")) / best, "judged": len(joined), "expected": expected}
    if "purchases_ahead" in joined and joined.purchases_ahead.notna().all():
        error = joined.purchases_ahead - joined.purchases_after
        out |= {"purchases_mae": error.abs().mean(), "purchases_rmse": rms(error)}
        out["purchases_ratio"] = joined.purchases_ahead.sum() / joined.purchases_after.sum()
    return out


def of_offers(db, end, scores, repeat):
    """Precision, recall and NDCG of `customer_id`, `rank`, `product` for who bought before and after."""
    count = OFFERS["products"]
    day = "purchased_at - DATE '1970-01-01'"
    db.execute(f"CREATE OR REPLACE TEMP TABLE before AS SELECT DISTINCT customer_id, product FROM ({bought(db)}) "
               f"WHERE product IS NOT NULL AND {day} <= {end} AND {day} > {end - OFFERS['lookback']}")
    new = "" if repeat == "yes" else "AND (customer_id, product) NOT IN (SELECT (customer_id, product) FROM before)"
    db.execute(f"CREATE OR REPLACE TEMP TABLE after AS SELECT DISTINCT customer_id, product FROM ({bought(db)}) "
               f"WHERE product IS NOT NULL AND {day} > {end} AND {day} <= {end + OFFERS['period']} "
               f"AND customer_id IN (SELECT customer_id FROM before) {new}")
    found = db.sql(
        "SELECT customer_id, n, list(rank) FILTER (rank IS NOT NULL) AS ranks "
        "FROM (SELECT customer_id, count(*) AS n FROM after GROUP BY ALL) "
        f"LEFT JOIN (SELECT customer_id, rank FROM scores JOIN after USING (customer_id, product) WHERE rank <= {count}) "
        "USING (customer_id) GROUP BY ALL"
    ).fetchall()
    gain = lambda ranks: sum(1 / math.log2(rank + 1) for rank in ranks)  # noqa: E731
    rows = [(len(r or []), n, gain(r or []) / gain(range(1, min(n, count) + 1))) for _, n, r in found]
    hits, bought_count, ndcg = (np.array(column, float) for column in zip(*rows))
    return {
        f"precision_at_{count}": hits.mean() / count,
        f"recall_at_{count}": (hits / bought_count).mean(),
        f"ndcg_at_{count}": ndcg.mean(),
        f"success_at_{count}": (hits > 0).mean(),
        "judged": len(rows),
    }


def rms(error):
    """Root mean square."""
    return math.sqrt((error**2).mean())
