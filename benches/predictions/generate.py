"""Makes the Parquet files that are measured: `generate.py --customers 100000 --seed 1 --out folder`.

purchases.parquet      order lines of two and a half years with returns
subscriptions.parquet  terms of subscriptions, with what was known when each began
people.parquet         a person each with attributes and two labels, `converted` and `spend`; a quarter is held out
reviews.parquet        texts with ratings

No model that is measured is the one that the purchases come from: people buy at gamma-distributed rates, more or less
regularly, with more before Christmas, and stop at a time of their own; spend of a purchase depends on the person.
"""

import argparse
import pathlib

import numpy as np
import pandas as pd
from texts import write_texts

FIRST = np.datetime64("2022-07-01")
DAYS = 913
GROUPS = 40
PRODUCTS = 2000


def purchases(draw, customers):
    """Order lines: who, when, what, how much, whether it came back."""
    joined = draw.integers(0, DAYS - 60, customers)
    rate = draw.gamma(0.9, 1 / 60, customers) + 1 / 900
    leaves = joined + draw.exponential(1, customers) * draw.gamma(1.2, 700, customers)
    regular = draw.choice([1.0, 1.0, 3.0], customers)
    mean_spend = 35 * np.exp(draw.normal(0, 0.7, customers))
    tastes = draw.integers(0, GROUPS, (customers, 3))
    known = np.full(customers, -1)
    at, active, parts = joined.astype(float), np.arange(customers), []
    while len(active):
        lines = 1 + draw.poisson(0.8, len(active))
        who = np.repeat(active, lines)
        group = tastes[who, draw.choice(3, len(who), p=[0.6, 0.25, 0.15])]
        group = np.where(draw.random(len(who)) < 0.12, draw.integers(0, GROUPS, len(who)), group)
        rank = np.minimum(draw.zipf(1.6, len(who)) - 1, PRODUCTS // GROUPS - 1)
        what = rank * GROUPS + group
        again = (draw.random(len(who)) < 0.2) & (known[who] >= 0)
        what = np.where(again, known[who], what)
        known[who] = what
        spend = mean_spend[who] / 1.8 * draw.gamma(4, 1 / 4, len(who)) * (1 + 0.3 * (what % 7 == 0))
        parts.append((who, at[who].astype(int), what, np.maximum(spend.round(2), 0.5)))
        season = 1 + 0.6 * (((at[active] + 182) % 365) > 320)
        gap = draw.gamma(regular[active]) / regular[active] / (rate[active] * season)
        at[active] += np.maximum(gap, 0.5)
        active = active[(at[active] < DAYS) & (at[active] < leaves[active])]
    who, day, what, spend = (np.concatenate(column) for column in zip(*parts))
    back = draw.random(len(who)) < 0.03
    back_day = day[back] + draw.integers(3, 20, back.sum())
    kept = back_day < DAYS
    return pd.DataFrame(
        {
            "customer_id": names(np.concatenate([who, who[back][kept]])),
            "purchased_at": FIRST + np.concatenate([day, back_day[kept]]).astype("timedelta64[D]"),
            "product": [f"p{number:04}" for number in np.concatenate([what, what[back][kept]])],
            "amount": np.concatenate([spend, -spend[back][kept]]),
            "is_return": np.arange(len(who) + kept.sum()) >= len(who),
        }
    ).sort_values(["purchased_at", "customer_id"], kind="stable")


def names(numbers):
    """Customers by number."""
    return [f"c{number:07}" for number in numbers]


def subscriptions(draw, customers):
    """Terms, one after the other until somebody does not renew; calls, price and payment decide."""
    people = np.flatnonzero(draw.random(customers) < 0.5)
    plan = draw.choice(["month", "quarter", "year"], len(people), p=[0.5, 0.3, 0.2])
    term = pd.Series(plan).map({"month": 30, "quarter": 91, "year": 365}).to_numpy()
    channel = draw.choice(["web", "shop", "phone", "partner"], len(people), p=[0.5, 0.2, 0.2, 0.1])
    automatic = draw.random(len(people)) < 0.55
    loyal = draw.normal(0, 0.6, len(people))
    start, discount, parts = draw.integers(0, DAYS - 30, len(people)), draw.choice([0, 0, 10, 25], len(people)), []
    active, number = np.arange(len(people)), np.zeros(len(people), int)
    while len(active):
        calls = draw.poisson(0.5 + 0.4 * (channel[active] == "partner"))
        price = term[active] * 0.4 * (1 - discount[active] / 100)
        ended = start[active] + term[active]
        parts.append((active, number[active], start[active].copy(), ended, discount[active].copy(), calls, price.round(2)))
        odds = 2.1 + loyal[active] + 1.2 * automatic[active] - 0.7 * calls - 0.5 * (channel[active] == "partner")
        odds += 0.4 * np.log1p(number[active]) - 1.1 * ((discount[active] >= 25) & ~automatic[active])
        odds -= 0.9 * (term[active] > 300)
        stays = draw.random(len(active)) < 1 / (1 + np.exp(-odds))
        start[active] = ended + 1 + np.where(draw.random(len(active)) < 0.1, draw.integers(1, 40, len(active)), 0)
        number[active] += 1
        discount[active] = np.where(draw.random(len(active)) < 0.7, 0, discount[active])
        active = active[stays & (start[active] < DAYS)]
    who, count, began, ended, off, calls, price = (np.concatenate(column) for column in zip(*parts))
    return pd.DataFrame(
        {
            "customer_id": names(people[who]),
            "subscription_id": [f"s{w}-{n}" for w, n in zip(who, count)],
            "start_date": FIRST + began.astype("timedelta64[D]"),
            "end_date": FIRST + ended.astype("timedelta64[D]"),
            "amount": price,
            "plan": plan[who],
            "channel": channel[who],
            "is_automatic": automatic[who],
            "discount": off,
            "support_calls": calls,
        }
    )


def people(draw, customers):
    """Attributes with gaps, categories, interactions and noise."""
    n = customers
    age, income = draw.normal(44, 14, n).clip(18, 90).round(), np.exp(draw.normal(10.5, 0.5, n)).round(-2)
    visits, opened = draw.poisson(draw.gamma(1.2, 3, n)), draw.binomial(12, draw.beta(1.5, 4, n))
    tenure, last_visit = draw.exponential(500, n).round(), draw.exponential(25, n).round()
    basket = np.exp(draw.normal(3.4, 0.6, n)).round(2)
    region = draw.choice([f"region {i:02}" for i in range(14)], n, p=draw.dirichlet(np.full(14, 4)))
    device = draw.choice(["phone", "desktop", "tablet", "app"], n, p=[0.45, 0.35, 0.08, 0.12])
    channel = draw.choice(["search", "direct", "mail", "social", "partner", "shop"], n)
    newsletter = draw.random(n) < 0.4
    rating = draw.integers(0, 11, n).astype(float)
    odds = -1.6 + 0.16 * visits - 0.03 * last_visit + 0.25 * opened * newsletter + 0.6 * (device == "app")
    odds += 0.7 * ((age > 30) & (age < 50)) - 0.8 * ((channel == "social") & (visits < 3))
    odds += 0.09 * (rating - 7) + 0.5 * np.sin(tenure / 180) + draw.normal(0, 0.5, n)
    level = 2.4 + 0.45 * np.log(basket) + 0.05 * visits + 0.3 * (income > 45000) + 0.2 * (device == "app") * newsletter
    frame = pd.DataFrame(
        {
            "customer_id": names(range(n)),
            "held_out": draw.random(n) < 0.25,
            "converted": (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(int),
            "spend": (np.exp(level) * draw.gamma(3, 1 / 3, n)).round(2),
            "age": age,
            "income": np.where(draw.random(n) < 0.15, np.nan, income),
            "tenure_days": tenure,
            "visits": visits,
            "mails_opened": opened,
            "days_since_visit": last_visit,
            "mean_basket": basket,
            "rating": np.where(draw.random(n) < 0.4, np.nan, rating),
            "has_newsletter": newsletter,
            "region": region,
            "device": device,
            "channel": channel,
        }
    )
    return frame


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for number, make in enumerate((purchases, subscriptions, people)):
        frame = make(np.random.default_rng([options.seed, number]), options.customers)
        frame.to_parquet(options.out / f"{make.__name__}.parquet", index=False)
    write_texts(np.random.default_rng([options.seed, 9]), options.customers, names, options.out / "reviews.parquet")


if __name__ == "__main__":
    main()
