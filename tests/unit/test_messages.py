"""The support messages are many, different, clean, and split fairly."""

import csv
import re
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from ftlearn.assets import bundled
from ftlearn.datasets import load_support_messages
from ftlearn.datasets._texts import normalised
from ftlearn.errors import DataError, UnknownNameError

JACCARD, COSINE = 0.35, 0.6  # two messages with more in common count as near duplicates
PRIVATE = {
    "an address": r"@|https?:|www\.",
    "a long number": r"\d(?:[ -]?\d){6,}",  # of a telephone or a card
    "what a slot or a mask left": r"[{}<>\[\]_]|\bXX+|lorem",
}


@pytest.fixture(scope="module")
def rows():
    with bundled("support_messages.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def texts(rows):
    return [row["message"] for row in rows]


def alike(texts, *, jaccard=JACCARD, cosine=COSINE):
    """Pairs with many five-letter pieces, or many telling words, in common."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    pieces = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True, dtype=np.int32)
    has = pieces.fit_transform([normalised(text) for text in texts])
    shared, count = (has @ has.T).toarray(), np.asarray(has.sum(axis=1)).ravel()
    words = TfidfVectorizer().fit_transform(texts)
    near = (shared / (count[:, None] + count - shared) > jaccard) | ((words @ words.T).toarray() > cosine)
    return [(texts[i], texts[j]) for i, j in np.argwhere(np.triu(near, 1))]


def parts_of(split):
    return split.train, split.validation, split._test


def test_six_hundred_messages_six_intents_three_sentiments_in_each(rows):
    assert len({normalised(row["message"]) for row in rows}) == len(rows) >= 600
    counts = Counter((row["intent"], row["sentiment"]) for row in rows)
    intents, sentiments = {i for i, _ in counts}, {s for _, s in counts}
    assert len(intents) == 6 and len(sentiments) == 3 and len(counts) == 18
    assert min(counts.values()) >= 20
    assert all(100 <= sum(counts[i, s] for s in sentiments) <= 130 for i in intents)


def test_near_duplicates_are_seen():
    asked = "Where is my parcel? It was due on Monday and nobody has rung me."
    again = "Where is my parcel?? It was due on Tuesday, and nobody has rung me"
    assert alike([asked, again, "Is the blue casserole safe in the dishwasher?"]) == [(asked, again)]


def test_no_message_is_nearly_another(texts):
    assert alike(texts) == []


def test_no_template_shows(texts):
    words = [re.findall(r"[\w']+", text.lower()) for text in texts]
    assert Counter(" ".join(w[:3]) for w in words).most_common(1)[0][1] <= 6
    assert Counter(" ".join(w[:2]) for w in words).most_common(1)[0][1] <= 15
    runs = Counter(run for w in words for run in {tuple(w[i : i + 6]) for i in range(len(w) - 5)})
    assert max(runs.values()) <= 3  # six words in a row: an idiom, not a frame


def test_lengths_are_those_of_messages(texts):
    lengths = np.array([len(text.split()) for text in texts])
    assert lengths.min() >= 4 and lengths.max() <= 60
    assert np.quantile(lengths, 0.9) > 2.5 * np.quantile(lengths, 0.1)


@pytest.mark.parametrize("what", PRIVATE)
def test_nothing_private_and_nothing_left_over(texts, what):
    assert [text for text in texts if re.search(PRIVATE[what], text)] == []


def test_characters_are_clean(texts):
    assert set("".join(texts)) - set(map(chr, range(32, 127))) <= set("øéèüöäñç£€’–—")
    assert all(text == " ".join(text.split()) for text in texts)


@pytest.mark.parametrize("word", ["refund", "account", "delivered", "price", "app", "password"])
def test_no_word_gives_the_intent_away(rows, word):
    intents = {row["intent"] for row in rows if word in normalised(row["message"]).split()}
    assert len(intents) >= 3


def test_sentiment_is_not_told_by_the_intent(rows):
    table = Counter((row["intent"], row["sentiment"]) for row in rows)
    sentiments = Counter(row["sentiment"] for row in rows)
    best = sum(max(table[i, s] for s in sentiments) for i in {i for i, _ in table})
    assert best / len(rows) < max(sentiments.values()) / len(rows) + 0.05  # knowing the intent hardly helps to guess


def test_neither_trivial_nor_hopeless(rows, texts):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeClassifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), RidgeClassifier())
    accuracy = cross_val_score(model, texts, [row["intent"] for row in rows], cv=5).mean()
    assert 0.6 < accuracy < 0.9


@pytest.mark.parametrize("target", ["intent", "sentiment"])
def test_parts_are_disjoint_complete_and_stratified(rows, texts, target):
    split = load_support_messages(target, random_state=3)
    assert [len(part.X) for part in parts_of(split)] == [300, 120, len(rows) - 420]
    assert sorted(text for part in parts_of(split) for text in part.X) == sorted(texts)
    label = {row["message"]: row[target] for row in rows}
    for part in parts_of(split):
        assert part.X.dtype.kind == "U" and part.y.dtype == np.int64
        assert [split.classes[c] for c in part.y] == [label[text] for text in part.X]
        shares = np.array([list(label.values()).count(name) for name in split.classes]) / len(rows)
        assert abs(np.bincount(part.y) / len(part.y) - shares).max() < 0.03


def test_both_targets_have_the_same_messages_and_the_seed_decides():
    intent, sentiment = load_support_messages(), load_support_messages("sentiment")
    other = load_support_messages(random_state=1)
    for a, b, c in zip(parts_of(intent), parts_of(sentiment), parts_of(other), strict=True):
        assert np.array_equal(a.X, b.X) and not np.array_equal(np.sort(a.X), np.sort(c.X))


def test_wrong_requests_are_answered():
    with pytest.raises(UnknownNameError, match=r"no target named 'intents'. Did you mean 'intent'"):
        load_support_messages("intents")
    with pytest.raises(DataError, match=r"leaves -\d+"):
        load_support_messages(train=600, validation=200)
    with pytest.raises(DataError, match=r"validation= is a whole number from 6"):
        load_support_messages(validation=5)
    assert len(load_support_messages(train=60, validation=30, test=90).test.X) == 90


def test_every_pair_of_parts_is_disjoint_for_many_seeds():
    for seed in range(8):
        sets = [set(part.X) for part in parts_of(load_support_messages(random_state=seed))]
        assert not any(a & b for a, b in combinations(sets, 2))
