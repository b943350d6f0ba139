"""scikit-learn and LightGBM on the columns that Onefold's methods have: judged on the same held-out rows by models of
other customers and earlier days, fitted again on all rows, and everybody scored.

`trees_run.py --data folder --task churn --model logistic|linear|histogram|lightgbm|lightgbm_default`

`lightgbm` grows its trees by the same numbers as Onefold: rate 0.05, 15 leaves, at most 8 splits deep, 63 bins, 0.8 of
the columns, at most 600 trees, so many as a sixth of the rows that is set aside tells; then once more on all rows.
`histogram` is scikit-learn's with the same rate, leaves and patience. `lightgbm_default` has no settings at all.
"""

import common  # first: it starts the clock

import datetime
import warnings

import lightgbm
import numpy as np
import sklearn
from features import ahead_of, purchase_snapshots, snapshot_days, span, subscription_snapshots
from judge import judge
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

EPOCH = datetime.date(1970, 1, 1)
LOSS = {"value": "tweedie", "regressor": "squared"}
NOT_KNOWN = ["customer_id", "cutoff", "spend_after", "purchases_after", "purchases_at_end", "is_active", "has_left"]
NOT_KNOWN += ["held_out"]
TREES = {"learning_rate": 0.05, "num_leaves": 15, "max_depth": 8, "max_bin": 63, "min_child_samples": 20}
TREES |= {"reg_lambda": 1.0, "colsample_bytree": 0.8}


def examples(db, task, chosen_day):
    """Rows with features, their label, which may teach, which are judged, which are to be scored."""
    if task in ("classifier", "regressor"):
        label, other = ("converted", "spend") if task == "classifier" else ("spend", "converted")
        names = [row[0] for row in db.sql("DESCRIBE people").fetchall()]
        labels = ", ".join({label, other} & set(names))
        frame = db.sql(f"SELECT * EXCLUDE ({labels}), {label}::DOUBLE AS label FROM people").df()
        known = ~frame.held_out.to_numpy()
        return frame.drop(columns="label"), frame.label, known, known, frame.held_out.to_numpy()
    first, last = span(db, task, chosen_day)
    end = (chosen_day - EPOCH).days if task == "subscription" else last
    ahead = ahead_of(task)
    held_out, earlier = snapshot_days(first, end, ahead, 4 if task == "value" else 6)
    days = [held_out, *earlier, end]
    if task == "subscription":
        frame = subscription_snapshots(db, days)
        label = frame.has_left.astype(float)
    else:
        frame = purchase_snapshots(db, days, ahead, common.CHURN["inactive"] if task == "churn" else ahead)
        if task == "churn":
            frame = frame[frame.days_since_last < common.CHURN["inactive"]].reset_index(drop=True)
        label = frame.spend_after.clip(lower=0) if task == "value" else (frame.purchases_at_end == 0).astype(float)
    day = frame.cutoff.to_numpy()
    may_teach = (day < held_out) if earlier else (day == held_out)
    return frame, label, may_teach, day == held_out, day == end


def regression(logistic):
    """Gaps filled and told, standardised, categories one by one."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", min_frequency=10)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include=["number", "bool"])),
        (words, make_column_selector(dtype_include=["category"])),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000) if logistic else Ridge())


class Lightgbm:
    """LightGBM with so many trees as rows set aside tell."""

    def __init__(self, loss, threads, settings):
        objective = {"tweedie": {"objective": "tweedie", "tweedie_variance_power": 1.5}}.get(loss, {})
        kind = lightgbm.LGBMClassifier if loss == "logistic" else lightgbm.LGBMRegressor
        self.new = lambda **more: kind(n_jobs=threads, verbose=-1, random_state=1, **objective, **settings, **more)
        self.fixed = not settings

    def fit(self, x, y):
        """As Onefold does it."""
        if self.fixed:
            self.model = self.new().fit(x, y)
            return self
        aside = np.random.default_rng(1).random(len(y)) < 1 / 6
        stop = lightgbm.early_stopping(40, verbose=False)
        tried = self.new(n_estimators=600).fit(x[~aside], y[~aside], eval_set=[(x[aside], y[aside])], callbacks=[stop])
        self.model = self.new(n_estimators=max(1, round(tried.best_iteration_ * 6 / 5))).fit(x, y)
        return self

    def __getattr__(self, name):
        return getattr(self.__dict__["model"], name)


def learner(name, loss, threads):
    """A fresh model of that name."""
    if name in ("logistic", "linear"):
        return regression(loss == "logistic")
    if name == "histogram":
        kind = HistGradientBoostingClassifier if loss == "logistic" else HistGradientBoostingRegressor
        more = {"loss": "poisson"} if loss == "tweedie" else {}
        return kind(learning_rate=0.05, max_iter=600, max_leaf_nodes=15, max_depth=8, l2_regularization=1.0, random_state=1,
                    early_stopping=True, n_iter_no_change=40, validation_fraction=1 / 6,
                    categorical_features="from_dtype", **more)  # fmt: skip
    return Lightgbm(loss, threads, TREES if name == "lightgbm" else {})


def main():
    chosen = common.options("logistic", "linear", "histogram", "lightgbm", "lightgbm_default",
                            tasks=["value", "churn", "subscription", "classifier", "regressor"])  # fmt: skip
    warnings.filterwarnings("ignore")
    clock, task, loss = common.Clock(), chosen.task, LOSS.get(chosen.task, "logistic")
    db = common.database(chosen.data, chosen.threads)
    labelled = task in ("classifier", "regressor")
    end = None if labelled else common.last_day(db, task) - datetime.timedelta(ahead_of(task))
    with clock.step("features"):
        frame, label, may_teach, judged, asked = examples(db, task, end)
        x = frame.drop(columns=[c for c in NOT_KNOWN if c in frame])
        for name in x.select_dtypes(["object", "string"]):
            x[name] = x[name].astype("category")
    predict = lambda model, rows: model.predict_proba(rows)[:, 1] if loss == "logistic" else model.predict(rows)  # noqa: E731
    with clock.step("train"):
        fold = frame.customer_id.map(hash).to_numpy() % (5 if labelled else 3)
        unseen = np.full(len(frame), np.nan)
        for part in np.unique(fold):
            test = judged & (fold == part)
            teach = may_teach & (fold != part)
            model = learner(chosen.model, loss, chosen.threads).fit(x[teach], label[teach])
            unseen[test] = predict(model, x[test])
        everything = (may_teach | judged) & ~asked
        with clock.step("fit_once"):
            model = learner(chosen.model, loss, chosen.threads).fit(x[everything], label[everything])
    with clock.step("score"):
        column = "value" if task == "value" else "score"
        scores = frame.loc[asked, ["customer_id"]].assign(**{column: predict(model, x[asked])})
        if labelled:
            predict(model, x[~asked])  # Onefold scores everybody
    if isinstance(model, Lightgbm):
        with clock.step("reasons"):
            model.predict(x if labelled else x[asked], pred_contrib=True)
    used = common.usage()
    end = None if end is None else (end - EPOCH).days if task == "subscription" else span(db, task, end)[1]
    program = f"lightgbm {lightgbm.__version__}" if isinstance(model, Lightgbm) else f"scikit-learn {sklearn.__version__}"
    more = {"trees": model.n_estimators if isinstance(model, Lightgbm) else getattr(model, "n_iter_", None)}
    common.report(chosen, program, chosen.model, clock, used, judge(db, task, end, scores), rows=len(frame), **more)


if __name__ == "__main__":
    main()
