"""Splink on a labelled population, from Parquet to clusters: seconds per stage, peak memory and accuracy, as JSON.

`splink_run.py people.parquet [--threads 2] [--names separate|joint] [--address joint|separate]`

The configuration is meant to be as good as a careful user makes it without labels: cleaned columns, the levels that
Splink's own library proposes for each type, term frequencies wherever a value is looked at, and the blocking rules of
blocking.json, which the other side reads, too. Labels are used afterwards only: to measure, and to tell how good the
best threshold would have been.
"""

import argparse
import json
import logging
import pathlib
import resource
import time

import duckdb
import splink
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from metrics import evaluate
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

HERE = pathlib.Path(__file__).parent
DEFAULT_THRESHOLD = 0.95
THRESHOLDS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999, 0.99999999, 0.999999999]

# Dummy numbers and mailboxes of nobody are no evidence; streets are written in full.
CLEAN = r"""
SELECT record_id AS unique_id, first_name, last_name, nullif(concat_ws(' ', first_name, last_name), '') AS name,
       birth_date, email, phone, street, city, postcode, nullif(concat_ws(' ', street, postcode), '') AS address
FROM (
    SELECT record_id,
           nullif(trim(lower(strip_accents(first_name)), ' .'), '') AS first_name,
           nullif(trim(lower(strip_accents(last_name))), '') AS last_name,
           strftime(birth_date, '%Y-%m-%d') AS birth_date,
           CASE WHEN lower(split_part(email, '@', 1)) NOT IN ('info', 'noreply', 'no-reply', 'admin', 'office')
                THEN nullif(trim(lower(email)), '') END AS email,
           CASE WHEN digits <> '1234567890' AND trim(digits, digits[1]) <> '' THEN digits END AS phone,
           nullif(CASE WHEN ends_with(road, ' st') THEN road || 'reet'
                       WHEN ends_with(road, ' ave') THEN road || 'nue'
                       WHEN ends_with(road, ' rd') THEN left(road, -2) || 'road'
                       WHEN ends_with(road, ' dr') THEN left(road, -1) || 'rive'
                       WHEN ends_with(road, ' ln') THEN left(road, -1) || 'ane'
                       WHEN ends_with(road, ' ct') THEN left(road, -1) || 'ourt'
                       WHEN ends_with(road, ' pl') THEN road || 'ace'
                       ELSE road END, '') AS street,
           nullif(trim(lower(city)), '') AS city,
           nullif(trim(postcode), '') AS postcode
    FROM (SELECT *, right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) AS digits, lower(trim(street)) AS road
          FROM read_parquet(?))
)
"""


def similar(column, threshold):
    """Two strings are at least so similar by Jaro and Winkler, and neither is null."""
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {threshold}"


def comparisons(names, address):
    """What is compared, and how."""
    if names == "joint":
        yield cl.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="name")
    else:
        yield cl.NameComparison("first_name")
        yield cl.NameComparison("last_name")
    yield cl.DateOfBirthComparison("birth_date", input_is_string=True)
    yield cl.EmailComparison("email")
    yield cl.LevenshteinAtThresholds("phone", [1, 2]).configure(term_frequency_adjustments=True)
    if address == "joint":
        yield cl.CustomComparison(
            output_column_name="address",
            comparison_description="street, postcode and city as one field, for they change together",
            comparison_levels=[
                cll.NullLevel("address"),
                cll.ExactMatchLevel("address").configure(tf_adjustment_column="address"),
                cll.CustomLevel(f"{similar('street', 0.92)} AND postcode_l = postcode_r", "similar street, same postcode"),
                cll.CustomLevel(f"{similar('street', 0.92)} AND city_l = city_r", "similar street, same city"),
                cll.CustomLevel(similar("street", 0.95), "similar street"),
                cll.ExactMatchLevel("postcode").configure(tf_adjustment_column="postcode"),
                cll.ExactMatchLevel("city").configure(tf_adjustment_column="city"),
                cll.ElseLevel(),
            ],
        )
    else:
        yield cl.JaroWinklerAtThresholds("street", [0.95, 0.88]).configure(term_frequency_adjustments=True)
        yield cl.LevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True)
        yield cl.ExactMatch("city").configure(term_frequency_adjustments=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("people")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--names", choices=["separate", "joint"], default="separate")
    parser.add_argument("--address", choices=["separate", "joint"], default="joint")
    options = parser.parse_args()
    logging.disable(logging.WARNING)

    seconds = {}
    started = last = time.perf_counter()

    def lap(stage):
        nonlocal last
        now = time.perf_counter()
        seconds[stage] = round(now - last, 2)
        last = now

    db = duckdb.connect()
    db.execute(f"SET threads = {options.threads}")
    db.execute(f"CREATE TABLE cleaned AS {CLEAN}", [options.people])
    lap("read and clean")

    api = DuckDBAPI(connection=db)
    rules = json.loads((HERE / "blocking.json").read_text())["rules"]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(comparisons(options.names, options.address)),
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in rules],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(api.register(db.table("cleaned"), dataset_display_name="records"), settings, log_level=None)
    certain = [block_on("first_name", "last_name", "birth_date"), block_on("email", "first_name"), block_on("phone", "first_name")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    lap("prior")
    linker.training.estimate_u_using_random_sampling(seed=1)
    lap("u by random sampling")
    for rule in (block_on("email"), block_on("phone"), block_on("last_name", "birth_date")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    lap("expectation maximisation")
    edges = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    lap("block and predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        edges, threshold_match_probability=DEFAULT_THRESHOLD
    )
    lap("cluster")
    total = round(last - started, 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    db.execute("CREATE TABLE truth AS SELECT record_id AS unique_id, entity_id AS truth FROM read_parquet(?)", [options.people])

    def measured(clusters):
        db.execute(
            "CREATE OR REPLACE TEMP VIEW labels AS SELECT truth, cluster_id AS found "
            f"FROM truth JOIN {clusters.physical_name} USING (unique_id)"
        )
        return evaluate(db, "labels")

    by_threshold = {}
    for threshold in THRESHOLDS:
        if threshold != DEFAULT_THRESHOLD:
            found = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_probability=threshold)
        else:
            found = clusters
        by_threshold[str(threshold)] = measured(found)
    best = max(by_threshold, key=lambda threshold: by_threshold[threshold]["pairwise"]["f1"])
    print(
        json.dumps(
            {
                "program": f"splink {splink.__version__}, duckdb {duckdb.__version__}",
                "configuration": {"names": options.names, "address": options.address},
                "threads": options.threads,
                "seconds": seconds,
                "total_seconds": total,
                "peak_memory_mb": round(peak),
                "edges": db.execute(f"SELECT count(*) FROM {edges.physical_name}").fetchall()[0][0],
                "default": {"threshold": DEFAULT_THRESHOLD} | by_threshold[str(DEFAULT_THRESHOLD)],
                "best": {"threshold": float(best)} | by_threshold[best],
                "by_threshold": by_threshold,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
