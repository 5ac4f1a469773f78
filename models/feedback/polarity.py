"""Polarity model: probability that a text is positive, trained on the platform's starred reviews.

Contains the fit, its calibration and the probability. Not here: features (`features`), words of
opinion (`lexicon`), the choice of reviews known at `as_of` (the caller). No model is stored: it is
fitted on the reviews of its week, so that a repeated run of a day gives the same.

Two linear support vector machines, margins m₁ on runs of characters weighted by the log-count ratio
of good to bad (Wang & Manning, Baselines and Bigrams, 2012), m₂ on pairs of words, each divided by
its spread on held-out texts. With v the polarity of the lexicon (0: no listed
word): P(good) = 1 / (1 + exp(−(a·(m₁ + m₂) + b·v + c))), a, b, c fitted on the same held-out texts
(Platt 1999, with the lexicon in addition to the margin).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.feedback.features import WordPairs, runs_of_characters, segment_words
from models.feedback.lexicon import word_polarity
from models.params.feedback import PolarityParams

if TYPE_CHECKING:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

_NO_WORD: Final = 0.0  # the lexicon's say on a text without a listed word


@dataclass(frozen=True)
class _Machine:
    """One linear machine: margin = (row ∘ ratio, to length 1) · weights + intercept, ÷ spread."""

    ratio: NDArray[np.float32] | None
    weights: NDArray[np.float64]
    intercept: float

    def margin(self, rows: sparse.csr_matrix) -> NDArray[np.float64]:
        return np.asarray(_weighted(rows, self.ratio) @ self.weights).ravel() + self.intercept


@dataclass(frozen=True)
class PolarityModel:
    """A fitted model. `odds`: ln of good to bad among the reviews; `trained_on`: reviews it saw;
    `unseen`: P(good) of each of them, from a fit that had not seen it, in the order given."""

    runs: TfidfVectorizer
    pairs: WordPairs
    machines: tuple[_Machine, _Machine]
    spreads: tuple[float, float]
    line: tuple[float, float, float]  # a, b, c
    odds: float
    trained_on: int
    unseen: NDArray[np.float64]

    def probability(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """P(good) of normalised texts, were they starred reviews of the platform. Each is judged by
        itself: who else is asked for changes nothing."""
        return _on_line(self.line, *self._seen(texts))

    def leaning(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """2 · P(good) − 1, −1 to 1, before anything is known of the writer: at even odds.

        Four of five reviews are good; a message to service is no such draw, and a text without a
        telling word must lean to neither side.
        """
        a, b, c = self.line
        return 2 * _on_line((a, b, c - self.odds), *self._seen(texts)) - 1

    def familiar(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Share of the pairs of neighbouring signs of each text that the reviews held, 0 to 1."""
        pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in texts]
        pairs_of_reviews = self.runs.vocabulary_
        return np.array(
            [sum(pair in pairs_of_reviews for pair in of) / max(len(of), 1) for of in pairs]
        )

    def _seen(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Margins of both machines together, and what the lexicon says."""
        if not len(texts):
            return np.empty(0), np.empty(0)
        rows = (self.runs.transform(texts), self.pairs.transform(segment_words(texts)))
        margin = sum(
            machine.margin(one) / spread
            for machine, one, spread in zip(self.machines, rows, self.spreads, strict=True)
        )
        return np.asarray(margin), _lexicon(texts)


def fit_polarity(
    texts: Sequence[str], is_good: NDArray[np.bool_], params: PolarityParams | None = None
) -> PolarityModel | None:
    """The model of normalised, starred texts; None with fewer than `min_each` of either side."""
    from sklearn.model_selection import StratifiedKFold

    params = params or PolarityParams()
    good = np.asarray(is_good, dtype=bool)
    if min(good.sum(), (~good).sum()) < params.min_each:
        return None
    said = segment_words(texts)
    runs, pairs = runs_of_characters(params), WordPairs.fit(said, params)
    rows = (runs.fit_transform(texts), pairs.transform(said))
    margins = np.zeros((2, len(good)))
    folds = StratifiedKFold(params.folds, shuffle=True, random_state=params.seed)
    for train, unseen in folds.split(good, good):
        for margin, one, machine in zip(
            margins, rows, _fit([one[train] for one in rows], good[train], params), strict=True
        ):
            margin[unseen] = machine.margin(one[unseen])
    spreads = (float(margins[0].std()) or 1.0, float(margins[1].std()) or 1.0)
    together = margins[0] / spreads[0] + margins[1] / spreads[1]
    lexicon = _lexicon(texts)
    line = _fit_line(together, lexicon, good)
    return PolarityModel(
        runs=runs,
        pairs=pairs,
        machines=_fit(rows, good, params),
        spreads=spreads,
        line=line,
        odds=float(np.log(good.sum() / (~good).sum())),
        trained_on=len(good),
        unseen=_on_line(line, together, lexicon),
    )


def _fit(
    rows: Sequence[sparse.csr_matrix], good: NDArray[np.bool_], params: PolarityParams
) -> tuple[_Machine, _Machine]:
    runs, pairs = rows
    ratio = log_count_ratio(runs, good)
    return (
        _machine(runs, ratio, good, params.run_c, params.seed),
        _machine(pairs, None, good, params.pair_c, params.seed),
    )


def _machine(
    rows: sparse.csr_matrix,
    ratio: NDArray[np.float32] | None,
    good: NDArray[np.bool_],
    c: float,
    seed: int,
) -> _Machine:
    from sklearn.svm import LinearSVC

    if not rows.shape[1]:  # reviews of one word each have no pairs
        return _Machine(ratio, np.empty(0), 0.0)
    machine = LinearSVC(C=c, random_state=seed).fit(_weighted(rows, ratio), good)
    return _Machine(ratio, machine.coef_.ravel(), float(machine.intercept_[0]))


def log_count_ratio(rows: sparse.csr_matrix, good: NDArray[np.bool_]) -> NDArray[np.float32]:
    """ln of (1 + weight in good texts, as a share) over (1 + weight in bad ones, as a share)."""
    in_good = 1 + np.asarray(rows[good].sum(axis=0)).ravel()
    in_bad = 1 + np.asarray(rows[~good].sum(axis=0)).ravel()
    ratio = np.log(in_good / in_good.sum()) - np.log(in_bad / in_bad.sum())
    return ratio.astype(np.float32)


def _weighted(rows: sparse.csr_matrix, ratio: NDArray[np.float32] | None) -> sparse.csr_matrix:
    from scipy import sparse
    from sklearn.preprocessing import normalize

    if ratio is None or not rows.shape[1]:
        return rows
    return normalize(sparse.csr_matrix(rows @ sparse.diags(ratio)))


def _lexicon(texts: Sequence[str]) -> NDArray[np.float64]:
    return word_polarity(pd.Series(list(texts), dtype="str")).fillna(_NO_WORD).to_numpy(dtype=float)


def _fit_line(
    margin: NDArray[np.float64], lexicon: NDArray[np.float64], good: NDArray[np.bool_]
) -> tuple[float, float, float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0).fit(np.column_stack([margin, lexicon]), good)
    return float(fitted.coef_[0, 0]), float(fitted.coef_[0, 1]), float(fitted.intercept_[0])


def _on_line(
    line: tuple[float, float, float], margin: NDArray[np.float64], lexicon: NDArray[np.float64]
) -> NDArray[np.float64]:
    a, b, c = line
    return 1 / (1 + np.exp(-(a * margin + b * lexicon + c)))
