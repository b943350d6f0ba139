"""Reviews in English with what VADER's rules are about: intensity, negation, "but", capitals, punctuation, emoticons."""

import numpy as np
import pandas as pd
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

THINGS = ["delivery", "website", "jacket", "coffee machine", "support team", "price", "packaging", "return", "app", "shoe"]
THINGS += ["colour", "order", "checkout", "voucher", "store", "manual", "battery", "lamp", "sofa", "invoice"]
GOOD = ["good", "great", "excellent", "friendly", "helpful", "nice", "perfect", "lovely", "amazing", "pleasant", "reliable"]
BAD = ["bad", "terrible", "poor", "rude", "useless", "awful", "broken", "disappointing", "horrible", "annoying", "ugly"]
HOW = ["", "", "", "very ", "really ", "extremely ", "slightly ", "not ", "never ", "so ", "kind of ", "not very ", "hardly "]
FRAMES = [
    "The {thing} was {how}{word}",
    "I think that the {thing} is {how}{word}",
    "My {thing} arrived on {day} and it looked {how}{word}",
    "We ordered it for our {thing}, which is {how}{word}",
    "They told me about the {thing} in the {place}",
    "It took {number} days until the {thing} came to the {place}",
    "Nobody in the {place} could say when the {thing} would be there",
    "I have had the {thing} for {number} weeks now",
]
JOINS = [". ", ". ", ", but ", " and ", "! ", "... ", "; "]
ENDS = [".", ".", "!", "!!!", "?", "??", " :)", " :(", " \U0001f600", ""]
DAYS = ["Monday", "Tuesday", "Friday", "Saturday"]
PLACES = ["kitchen", "store in town", "office", "garden", "warehouse"]


def write_texts(draw, customers, names, to):
    """Two texts of three customers, nearly all of them different."""
    lexicon = SentimentIntensityAnalyzer().lexicon
    words = sorted(word for word in lexicon if word.isascii() and word.isalpha() and len(word) > 3)
    kind = [word for word in words if lexicon[word] > 0]
    unkind = [word for word in words if lexicon[word] < 0]
    count = 2 * customers // 3
    mood = draw.normal(0.4, 1, count)
    rows = [text(draw, 1 / (1 + np.exp(-2 * feeling)), kind, unkind) for feeling in mood]
    rating = np.clip(np.round(3 + 1.2 * (mood + draw.normal(0, 0.6, count))), 1, 5)
    frame = pd.DataFrame(
        {
            "customer_id": names(draw.integers(0, customers, count)),
            "review_id": [f"r{number}" for number in range(count)],
            "text": rows,
            "rating": rating,
        }
    )
    frame.to_parquet(to, index=False)


def text(draw, share, kind, unkind):
    """A text whose words are of the kind side with that probability."""
    out = ""
    for _ in range(draw.integers(1, 9)):
        side, rare = (GOOD, kind) if draw.random() < share else (BAD, unkind)
        word = pick(draw, rare) if draw.random() < 0.25 else pick(draw, side)
        clause = pick(draw, FRAMES).format(
            thing=pick(draw, THINGS),
            how=pick(draw, HOW),
            word=word.upper() if draw.random() < 0.06 else word,
            day=pick(draw, DAYS),
            place=pick(draw, PLACES),
            number=draw.integers(2, 60),
        )
        out += (pick(draw, JOINS) if out else "") + clause
    return out + pick(draw, ENDS)


def pick(draw, words):
    """One of them."""
    return words[int(draw.random() * len(words))]
