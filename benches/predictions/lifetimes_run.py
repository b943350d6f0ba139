"""`lifetimes`: fits a model of purchases and Gamma-Gamma, judges it on the last horizon that is known, fits again on all
that is known, and tells every customer's purchases, spend per purchase and chance to be a customer still.

`lifetimes_run.py --data folder --model bg_nbd|mbg_nbd|pareto_nbd`
"""

import common  # first: it starts the clock

import datetime
import warnings

import lifetimes
import numpy as np
import pandas as pd

from features import span
from judge import judge, rms
from scipy.special import gammaln

FITTERS = {
    "bg_nbd": lifetimes.BetaGeoFitter,
    "mbg_nbd": lifetimes.ModifiedBetaGeoFitter,
    "pareto_nbd": lifetimes.ParetoNBDFitter,
}
EPOCH = datetime.date(1970, 1, 1)


def summary(db, end):
    """Repeat purchases, recency, age in weeks and mean spend of the repeat purchases; days of purchase count once."""
    return db.sql(f"""
        WITH d AS (SELECT customer_id, purchased_at - DATE '1970-01-01' AS day, sum(amount) AS spend
                   FROM ({common.bought(db)}) WHERE purchased_at <= DATE '1970-01-01' + {end} GROUP BY ALL)
        SELECT customer_id, count(*) - 1 AS frequency, (max(day) - min(day)) / 7 AS recency, ({end} - min(day)) / 7 AS age,
               coalesce((sum(spend) - arg_min(spend, day)) / nullif(count(*) - 1, 0), 0) AS spend
        FROM d GROUP BY customer_id ORDER BY customer_id""").df()


def fit(name, people):
    """Both models. Equal histories are given once with their number, which the library takes and which is faster."""
    groups = people.groupby(["frequency", "recency", "age"]).size().reset_index(name="n")
    purchases = FITTERS[name](penalizer_coef=0.0).fit(groups.frequency, groups.recency, groups.age, weights=groups.n)
    again = people[(people.frequency > 0) & (people.spend > 0)]
    return purchases, lifetimes.GammaGammaFitter(penalizer_coef=0.0).fit(again.frequency, again.spend)


def expected(purchases, people, days):
    """Purchases within a time."""
    column = purchases.conditional_expected_number_of_purchases_up_to_time
    return np.asarray(column(days / 7, people.frequency, people.recency, people.age))


def main():
    chosen = common.options(*FITTERS, tasks=["value"])
    warnings.filterwarnings("ignore")
    clock = common.Clock()
    db = common.database(chosen.data, chosen.threads)
    ahead = common.VALUE["horizon"]
    end = (common.last_day(db, "value") - EPOCH).days - ahead
    with clock.step("features"):
        _, end = span(db, "value", EPOCH + datetime.timedelta(end))
        before, people = summary(db, end - ahead), summary(db, end)
        after = db.sql(
            f"SELECT customer_id, count(DISTINCT purchased_at) AS n FROM ({common.bought(db)}) WHERE purchased_at "
            f"> DATE '1970-01-01' + {end - ahead} AND purchased_at <= DATE '1970-01-01' + {end} GROUP BY customer_id"
        ).df()
    with clock.step("train"):
        earlier, _ = fit(chosen.model, before)
        n = before.merge(after, how="left").n.fillna(0)
        error = rms(expected(earlier, before, ahead) - n)
        with clock.step("fit_once"):
            purchases, spend = fit(chosen.model, people)
    with clock.step("score"):
        ahead_of_each = expected(purchases, people, ahead)
        each = np.asarray(spend.conditional_expected_average_profit(people.frequency, people.spend))
        alive = np.asarray(purchases.conditional_probability_alive(people.frequency, people.recency, people.age))
        scores = pd.DataFrame(
            {
                "customer_id": people.customer_id,
                "value": ahead_of_each * each,
                "purchases_ahead": ahead_of_each,
                "alive": alive,
            }
        )
    used = common.usage()
    metrics = judge(db, "value", end, scores)
    parameters = purchases.params_.to_dict() | {f"spend_{k}": v for k, v in spend.params_.to_dict().items()}
    parameters["log_likelihood"] = log_likelihood(chosen.model, purchases.params_.to_dict(), people)
    common.report(chosen, f"lifetimes {lifetimes.__version__}", chosen.model, clock, used, metrics, parameters=parameters,
                  internal_rmse=error)


def log_likelihood(name, parameters, people):
    """Of all histories; what the library keeps is scaled, and differently from model to model."""
    p, (x, last, age) = list(parameters.values()), (people[c].to_numpy(float) for c in ("frequency", "recency", "age"))
    if name == "pareto_nbd":
        return float(np.sum(lifetimes.ParetoNBDFitter._conditional_log_likelihood(p, x, last, age)))
    r, alpha, a, b = p
    more = 1 if name == "mbg_nbd" else 0
    out = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    out += gammaln(a + b) + gammaln(b + x + more) - gammaln(b) - gammaln(a + b + x + more)
    stays = -(r + x) * np.log(alpha + age)
    leaves = np.log(a) - np.log(np.maximum(b + x + more - 1, 1e-300)) - (r + x) * np.log(alpha + last)
    return float(np.sum(out + np.where((x > 0) | (more > 0), np.logaddexp(stays, leaves), stays)))


if __name__ == "__main__":
    main()
