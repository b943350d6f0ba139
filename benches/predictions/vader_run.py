"""`vaderSentiment`, which Onefold's rules follow: the compound of each text, in as many processes as there may be threads.

`vader_run.py --data folder`
"""

import common  # first: it starts the clock

import importlib.metadata
import multiprocessing

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

WORDS = 128  # Onefold looks at so many


def compound(text):
    """From −1 to 1."""
    words = text.split()
    return ANALYZER.polarity_scores(text if len(words) <= WORDS else " ".join(words[:WORDS]))["compound"]


def prepare():
    """The lexicon, once per process."""
    global ANALYZER
    ANALYZER = SentimentIntensityAnalyzer()


def main():
    chosen = common.options(tasks=["sentiment"])
    clock = common.Clock()
    db = common.database(chosen.data, chosen.threads)
    with clock.step("features"):
        texts = db.sql("SELECT text, rating FROM reviews").df()
    with clock.step("score"), multiprocessing.Pool(chosen.threads, prepare) as pool:
        texts["compound"] = pool.map(compound, texts.text.tolist(), chunksize=500)
    used = common.usage()
    metrics = {"texts_per_second": len(texts) / clock.seconds["score"]}
    metrics["rank_correlation"] = texts.compound.corr(texts.rating, method="spearman")
    program = f"vaderSentiment {importlib.metadata.version('vaderSentiment')}"
    common.report(chosen, program, "rules", clock, used, metrics, rows=len(texts))


if __name__ == "__main__":
    main()
