"""Accuracy of the polarity model on public shop reviews, beside its peers on the same folds.

    python -m tests.bench.feedback --data /data/cn_reviews/online_shopping_10_cats.parquet

StratifiedKFold(5, shuffle=True, random_state=0) on columns cat, label, review; every figure is of
texts the fit has not seen. Prints accuracy of all, its spread over folds, accuracy per category,
the calibration error of P(good) (10 bins), processor seconds of one fit and one prediction. Peers:
runs of 1 to 3 characters as TF-IDF with a linear support vector machine, the lexicon alone (silence
counts as wrong, since it decides nothing), and SnowNLP where it is installed, on a tenth of each
fold: it takes a millisecond a text.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

FOLDS, SEED = 5, 0
FRUIT = "水果"
EVERY = {"snownlp": 10}
Side = tuple[np.ndarray, float, float]  # P(good) or a margin about 0.5, fit seconds, read seconds


def linli(train: pd.DataFrame, test: pd.DataFrame) -> Side:
    from models.feedback.normalise import normalise
    from models.feedback.polarity import fit_polarity

    started = time.process_time()
    model = fit_polarity(normalise(train["review"]).tolist(), train["label"].to_numpy() == 1)
    assert model is not None
    fitted = time.process_time()
    found = model.probability(normalise(test["review"]).tolist())
    return found, fitted - started, time.process_time() - fitted


def char_svc(train: pd.DataFrame, test: pd.DataFrame) -> Side:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    started = time.process_time()
    runs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    machine = LinearSVC(random_state=SEED).fit(runs.fit_transform(train["review"]), train["label"])
    fitted = time.process_time()
    found = machine.decision_function(runs.transform(test["review"])) + 0.5
    return found, fitted - started, time.process_time() - fitted


def lexicon(_: pd.DataFrame, test: pd.DataFrame) -> Side:
    from models.feedback.lexicon import word_polarity
    from models.feedback.normalise import normalise

    started = time.process_time()
    found = word_polarity(normalise(test["review"])).to_numpy() / 2 + 0.5
    return np.where(found == 0.5, np.nan, found), 0.0, time.process_time() - started


def snownlp(_: pd.DataFrame, test: pd.DataFrame) -> Side:
    from snownlp import SnowNLP

    started = time.process_time()
    found = [SnowNLP(text).sentiments if text.strip() else 0.5 for text in test["review"]]
    return np.array(found), 0.0, time.process_time() - started


def peers() -> dict[str, Callable[[pd.DataFrame, pd.DataFrame], Side]]:
    chosen = {"linli": linli, "char(1-3) SVC": char_svc, "lexicon": lexicon}
    if importlib.util.find_spec("snownlp"):
        chosen["snownlp"] = snownlp
    return chosen


def measure(data: pd.DataFrame, first: int = FOLDS) -> pd.DataFrame:
    """One row per peer, fold and review: whether it was right, P(good), seconds of the fold; of the
    `first` folds."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    parts = []
    for fold, (train, test) in islice(enumerate(folds.split(data, data["label"])), first):
        for name, judge in peers().items():
            asked = data.iloc[test[:: EVERY.get(name, 1)]]
            found, fit, read = judge(data.iloc[train], asked)
            right = (found > 0.5) == (asked["label"].to_numpy() == 1)
            right &= ~np.isnan(found)
            parts.append(
                asked[["cat", "label"]].assign(
                    peer=name, fold=fold, right=right, good=found, fit=fit, read=read
                )
            )
            print(
                f"fold {fold} {name}: {right.mean():.4f} ({fit:.1f} s + {read:.1f} s)", flush=True
            )
    return pd.concat(parts, ignore_index=True)


def calibration_error(good: pd.Series, label: pd.Series, bins: int = 10) -> float:
    """Σ share of a bin · |mean P − share of good|, bins of equal width."""
    number = np.minimum((good * bins).astype(int), bins - 1)
    parts = pd.DataFrame({"bin": number, "p": good, "y": label}).groupby("bin")
    return float((parts.size() / len(good) * (parts["p"].mean() - parts["y"].mean()).abs()).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="parquet with cat, label, review")
    parser.add_argument("--first", type=int, default=FOLDS, help="only so many folds of the five")
    asked = parser.parse_args()
    data = pd.read_parquet(asked.data).assign(review=lambda frame: frame["review"].fillna(""))
    found = measure(data, asked.first)
    order = list(peers())
    by_fold = found.groupby(["peer", "fold"])["right"].mean().unstack().loc[order]
    print("\naccuracy, mean of the folds and their standard deviation")
    for name, row in by_fold.iterrows():
        print(f"  {name:14s} {row.mean():.4f} ± {row.std():.4f}")
    print("\naccuracy by category")
    by_category = found.pivot_table(index="cat", columns="peer", values="right")[order]
    print(by_category.assign(reviews=data["cat"].value_counts()).round(4).to_string())
    fruit = by_category.loc[FRUIT]
    print(f"\n{FRUIT}: " + ", ".join(f"{name} {fruit[name]:.4f}" for name in order))
    ours = found[found["peer"] == "linli"]
    print(f"calibration error of P(good): {calibration_error(ours['good'], ours['label']):.4f}")
    seconds = found.groupby("peer")[["fit", "read"]].mean().loc[order]
    print("processor seconds of one fit and one prediction\n" + seconds.round(1).to_string())


if __name__ == "__main__":
    main()
