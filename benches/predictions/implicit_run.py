"""`implicit`: learns from the purchases before the last period that is known, judges itself on it, learns again from all
that is known, and recommends to everybody.

`implicit_run.py --data folder --model popularity|item_item|als [--repeat yes]`
"""

import common  # first: it starts the clock

import datetime
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as implicit asks for; it has threads of its own

import implicit
import numpy as np
import pandas as pd
import scipy.sparse as sp
from features import span
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from judge import judge

COUNT = common.OFFERS["products"]
EPOCH = datetime.date(1970, 1, 1)


def learn(model, baskets, threads):
    """A fitted model. BM25 and ALS are told the same constants as Onefold has."""
    if model == "item_item":
        fitted = BM25Recommender(K=100, K1=1.2, B=0.75, num_threads=threads)
        fitted.fit(baskets, show_progress=False)
        return fitted
    if model == "als":
        fitted = AlternatingLeastSquares(32, regularization=10.0, alpha=4.0, num_threads=threads, random_state=1)
        fitted.fit(baskets.log1p(), show_progress=False)
        return fitted
    return np.asarray((baskets > 0).sum(axis=0)).ravel()


def recommend(model, fitted, baskets, people, repeat):
    """The numbers of the products that each of some people is offered."""
    if model == "popularity":
        # With what somebody has bought, at most so many of the most popular fall out.
        out, order = np.empty((len(people), COUNT), int), np.argsort(-fitted, kind="stable")
        for place, person in enumerate(people):
            known = set() if repeat else set(baskets.indices[baskets.indptr[person] : baskets.indptr[person + 1]])
            out[place] = [item for item in order[: COUNT + len(known)] if item not in known][:COUNT]
        return out
    rows = baskets[people].log1p() if model == "als" else baskets[people]
    return fitted.recommend(people, rows, N=COUNT, filter_already_liked_items=not repeat)[0]


def main():
    chosen = common.options("popularity", "item_item", "als", tasks=["offers"])
    clock = common.Clock()
    db = common.database(chosen.data, chosen.threads)
    period, lookback = common.OFFERS["period"], common.OFFERS["lookback"]
    end = common.last_day(db, "offers") - datetime.timedelta(period)
    with clock.step("features"):
        _, end = span(db, "offers", end)
        rows = db.sql(
            f"SELECT DISTINCT customer_id, product, purchased_at - DATE '1970-01-01' AS day FROM ({common.bought(db)}) "
            f"WHERE product IS NOT NULL AND day <= {end} AND day > {end - lookback - period}"
        ).df()
        customers, products = rows.customer_id.astype("category"), rows["product"].astype("category")
        shape = len(customers.cat.categories), len(products.cat.categories)

        def baskets(chosen):
            pairs = (customers.cat.codes[chosen], products.cat.codes[chosen])
            return sp.csr_matrix((np.ones(chosen.sum(), np.float32), pairs), shape)

        before = baskets((rows.day <= end - period) & (rows.day > end - period - lookback))
        after = baskets(rows.day > end - period)
        now = baskets(rows.day > end - lookback)
    repeat = chosen.repeat == "yes"
    with clock.step("train"):
        judged = np.flatnonzero((np.diff(before.indptr) > 0) & (np.diff(after.indptr) > 0))
        offered = recommend(chosen.model, learn(chosen.model, before, chosen.threads), before, judged, repeat)
        hits = np.asarray([after[person, items].nnz > 0 for person, items in zip(judged, offered)])
        with clock.step("fit_once"):
            fitted = learn(chosen.model, now, chosen.threads)
    with clock.step("score"):
        people = np.flatnonzero(np.diff(now.indptr) > 0)
        offered = recommend(chosen.model, fitted, now, people, repeat)
        scores = pd.DataFrame(
            {
                "customer_id": np.repeat(customers.cat.categories.to_numpy()[people], COUNT),
                "rank": np.tile(np.arange(1, COUNT + 1), len(people)),
                "product": products.cat.categories.to_numpy()[offered.ravel()],
            }
        )
        scores = scores[offered.ravel() >= 0]
    used = common.usage()
    metrics = judge(db, "offers", end, scores, chosen.repeat)
    program = f"implicit {implicit.__version__}" if chosen.model != "popularity" else f"numpy {np.__version__}"
    common.report(chosen, program, chosen.model, clock, used, metrics, internal_success=hits.mean())


if __name__ == "__main__":
    main()
