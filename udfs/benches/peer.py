"""The functions that DuckDB has, too, over texts made as functions/data.rs makes them, with one thread.

    pip install duckdb pyarrow && python udfs/benches/peer.py
"""

import random
import time

import duckdb
import pyarrow

GIVEN = ["Łukasz", "Mary Ann", "Robert", "Jean-Pierre", "Bob", "Elisabeth", "José", "Wilhelmina"]
FAMILY = ["O'Brien", "Müller", "van der Berg", "Smith", "Smyth", "García-López", "Johnson", "Jonson"]
ROWS = 131_072
CALLS = {
    "jaro_winkler": "jaro_winkler_similarity(a, b)",
    "jaro_winkler scalar": "jaro_winkler_similarity(a, 'Robert Johnson')",
    "levenshtein": "levenshtein(a, b)",
    "fold_text": "length(lower(strip_accents(a)))",
}


def texts(seed, ascii):
    """One in ten is NULL."""
    chance = random.Random(seed)
    made = []
    for _ in range(ROWS):
        text = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        if ascii:
            text = "".join(letter if ord(letter) < 128 else "e" for letter in text)
        made.append(None if chance.random() < 0.1 else text)
    return made


def main():
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    print("duckdb", duckdb.__version__)
    for label in ["ascii", "accents"]:
        made = pyarrow.table({"a": texts(1, label == "ascii"), "b": texts(2, label == "ascii")})
        connection.register("made", made)
        connection.execute("CREATE OR REPLACE TABLE pairs AS SELECT * FROM made")
        for name, call in CALLS.items():
            best = float("inf")
            for _ in range(7):
                begun = time.perf_counter()
                connection.execute(f"SELECT count({call}) FROM pairs").fetchall()
                best = min(best, time.perf_counter() - begun)
            print(f"{name:20} {label:8} {1e3 * best:7.2f} ms {ROWS / best / 1e6:6.1f} million/s")


if __name__ == "__main__":
    main()
