"""The features that Onefold's methods make, as SQL for DuckDB, so that every learner has the same columns.

A snapshot is a row per customer and day: what was known then, and what came after.
"""

from common import CHURN, SUBSCRIPTION, VALUE

WINDOWS = (30, 90, 180, 365)


def snapshot_days(first, end, ahead, most):
    """The held-out day, and earlier ones whose future ends by it, as day numbers."""
    held_out, step = end - ahead, max(ahead // 2, 14)
    days = (held_out - ahead - n * step for n in range(most))
    return held_out, [day for day in days if day >= first + min(ahead, 90)]


def purchase_snapshots(db, days, ahead, inactive):
    """A data frame of snapshots of purchases; `days` are dates as numbers since 1970."""
    names = [row[0] for row in db.sql("DESCRIBE purchases").fetchall()]
    returned = "(coalesce(is_return, false) OR amount < 0)" if "is_return" in names else "(amount < 0)"
    product = "product" if "product" in names else "NULL::VARCHAR"
    within = lambda what, n: f"coalesce({what} FILTER (day <= cutoff AND day > cutoff - {n}), 0)"  # noqa: E731
    windows = "".join(
        f", {within('sum(spend)', n)} AS spend_{n}_days, {within('sum(bought)', n)} AS purchases_{n}_days" for n in WINDOWS
    )
    products = ", sum(products) FILTER (day <= cutoff) AS products" if "product" in names else ""
    after = "FILTER (day > cutoff AND day <= cutoff + {})".format(ahead)
    return db.sql(f"""
        WITH p AS (SELECT customer_id, purchased_at::DATE - DATE '1970-01-01' AS day, {product} AS product,
                          {returned} AS returned, CASE WHEN {returned} THEN -abs(amount) ELSE amount END AS amount
                   FROM purchases WHERE customer_id IS NOT NULL AND purchased_at IS NOT NULL AND amount IS NOT NULL),
             d AS (SELECT customer_id, day, sum(amount) AS spend, count(*) FILTER (NOT returned) AS lines,
                          count(*) FILTER (returned) AS returns, count(DISTINCT product) FILTER (NOT returned) AS products
                   FROM p GROUP BY ALL),
             g AS (SELECT *, (lines > 0)::INT AS bought,
                          day - lag(day) OVER (PARTITION BY customer_id, lines > 0 ORDER BY day) AS gap FROM d),
             known AS (SELECT customer_id, cutoff, sum(bought) FILTER (day <= cutoff) AS purchases,
                          cutoff - max(day) FILTER (bought = 1 AND day <= cutoff) AS days_since_last,
                          cutoff - min(day) FILTER (bought = 1 AND day <= cutoff) AS days_since_first,
                          sum(spend) FILTER (day <= cutoff) AS spend,
                          avg(gap) FILTER (bought = 1 AND day <= cutoff) AS mean_gap_days,
                          stddev(gap) FILTER (bought = 1 AND day <= cutoff) AS gap_deviation_days,
                          sum(lines) FILTER (day <= cutoff) AS lines,
                          coalesce(sum(returns) FILTER (day <= cutoff), 0) AS returns{windows}{products},
                          coalesce(sum(spend) {after}, 0) AS spend_after,
                          coalesce(sum(bought) {after}, 0) AS purchases_after,
                          coalesce(sum(bought) FILTER (day > cutoff + {ahead - inactive} AND day <= cutoff + {ahead}), 0)
                              AS purchases_at_end
                       FROM g CROSS JOIN unnest({days}) AS c(cutoff) GROUP BY customer_id, cutoff)
        SELECT *, spend / purchases AS spend_per_purchase, days_since_last / nullif(mean_gap_days, 0) AS gaps_since_last,
               lines / purchases AS lines_per_purchase
        FROM known WHERE purchases > 0 ORDER BY cutoff, customer_id""").df()


def subscription_snapshots(db, days):
    """A data frame of snapshots of subscriptions, with `is_active` and `has_left`."""
    ahead, ended = SUBSCRIPTION["horizon"], SUBSCRIPTION["ended"]
    return db.sql(f"""
        WITH s AS (SELECT * EXCLUDE (start_date, end_date), start_date::DATE - DATE '1970-01-01' AS first_day,
                          coalesce(end_date::DATE - DATE '1970-01-01', 1000000) AS last_day FROM subscriptions),
             c AS (SELECT unnest({days}) AS cutoff),
             g AS (SELECT *, first_day - lag(last_day) OVER w AS gap, first_day - lag(first_day) OVER w AS pace FROM s
                   WINDOW w AS (PARTITION BY customer_id ORDER BY first_day, subscription_id)),
             known AS (SELECT customer_id, cutoff, count(*) FILTER (first_day <= cutoff) AS subscriptions,
                          cutoff - min(first_day) FILTER (first_day <= cutoff) AS days_since_first,
                          cutoff - max(first_day) FILTER (first_day <= cutoff) AS days_since_start,
                          avg(pace) FILTER (first_day <= cutoff) AS mean_days_between,
                          avg(gap) FILTER (first_day <= cutoff AND gap >= 0) AS mean_days_without,
                          avg(last_day - first_day) FILTER (last_day <= cutoff) AS mean_length,
                          sum(amount) FILTER (first_day <= cutoff) AS total_amount,
                          avg(amount) FILTER (first_day <= cutoff) AS mean_amount,
                          bool_or(last_day >= cutoff) FILTER (first_day <= cutoff) AS is_active,
                          NOT bool_or(last_day > cutoff + {ahead - ended}) FILTER (first_day <= cutoff + {ahead}) AS has_left
                       FROM g CROSS JOIN c GROUP BY customer_id, cutoff),
             latest AS (SELECT s.* EXCLUDE (subscription_id, first_day, last_day, amount), cutoff FROM s CROSS JOIN c
                        WHERE first_day <= cutoff
                        QUALIFY row_number() OVER (PARTITION BY customer_id, cutoff
                                                   ORDER BY first_day DESC, subscription_id DESC) = 1)
        SELECT * FROM known JOIN latest USING (customer_id, cutoff) WHERE is_active ORDER BY cutoff, customer_id""").df()


def span(db, task, end):
    """First and last day before the end of what is known, as numbers since 1970; the last may be earlier than the end."""
    table, column = ("subscriptions", "start_date") if task == "subscription" else ("purchases", "purchased_at")
    kept = "" if task == "subscription" else " AND amount >= 0"
    return db.sql(
        f"SELECT min({column}::DATE) - DATE '1970-01-01', max({column}::DATE) - DATE '1970-01-01' FROM {table} "
        f"WHERE {column}::DATE <= DATE '{end}' AND customer_id IS NOT NULL{kept}"
    ).fetchall()[0]


def ahead_of(task):
    """The horizon of a task."""
    return {"value": VALUE, "churn": CHURN, "subscription": SUBSCRIPTION}[task]["horizon"]
