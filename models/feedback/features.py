"""Text features: character n-grams, and pairs of words anywhere in a text.

Contains features that need no label. Not here: weights and fits (`polarity`). Character n-grams
capture typos, mixed scripts and word order; word pairs capture distant words ("苹果 … 但是 … 烂"),
which no n-gram can. Words come from rjieba, jieba's segmentation and dictionary in Rust.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.params.feedback import PolarityParams

if TYPE_CHECKING:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

Words = list[list[str]]


def segment_words(texts: Iterable[str]) -> Words:
    """Words of each normalised text, signs included, spaces not.

    >>> segment_words(["草莓很新鲜"])
    [['草莓', '很', '新鲜']]
    """
    import rjieba

    return [[word for word in rjieba.cut(text) if not word.isspace()] for text in texts]


def runs_of_characters(params: PolarityParams) -> TfidfVectorizer:
    """Runs of 1 to `run_most` characters: (1 + log count) · idf, rows of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, params.run_most),
        min_df=params.run_documents,
        sublinear_tf=True,
        dtype=np.float32,
        lowercase=False,
    )


@dataclass(frozen=True)
class WordPairs:
    """Unordered pairs of distinct words of a text: idf ** power where there, rows of length 1.

    A pair of words numbered i < j has the code i · n + j, n the number of words; `codes` holds the
    known ones, sorted, and `weight` theirs: (ln((1 + texts) / (1 + texts with it)) + 1) ** power.
    """

    numbers: dict[str, int]
    codes: NDArray[np.int64]
    weight: NDArray[np.float32]
    words_most: int

    @classmethod
    def fit(cls, said: Words, params: PolarityParams) -> WordPairs:
        """Words in `pair_documents` texts or more, and those of their pairs that are too."""
        seen = Counter(word for one in said for word in set(one))
        kept = sorted(word for word, texts in seen.items() if texts >= params.pair_documents)
        numbers = {word: number for number, word in enumerate(kept)}
        codes, _ = _codes(said, numbers, params.pair_words)
        distinct_pairs, texts = np.unique(codes, return_counts=True)
        often = texts >= params.pair_documents
        idf = np.log((1 + len(said)) / (1 + texts[often])) + 1
        weight = (idf**params.pair_idf_power).astype(np.float32)
        return cls(numbers, distinct_pairs[often], weight, params.pair_words)

    def transform(self, said: Words) -> sparse.csr_matrix:
        """Texts × known pairs."""
        from scipy import sparse
        from sklearn.preprocessing import normalize

        codes, counts = _codes(said, self.numbers, self.words_most)
        shape = (len(said), len(self.codes))
        if not len(self.codes):
            return sparse.csr_matrix(shape, dtype=np.float32)
        column = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        is_frequent = self.codes[column] == codes
        row = np.repeat(np.arange(len(said)), counts)[is_frequent]
        ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(said)))])
        column = column[is_frequent]
        return normalize(sparse.csr_matrix((self.weight[column], column, ends), shape=shape))


def _codes(
    said: Words, numbers: dict[str, int], words_most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of all pairs of known words, text after text, and how many each text has.

    Of a long text only the first `words_most` distinct words: pairs grow with the square.
    """
    triangles: dict[int, tuple[NDArray, NDArray]] = {}
    parts = []
    for one in said:
        known_words = [numbers[word] for word in dict.fromkeys(one) if word in numbers]
        ordered = np.array(sorted(known_words[:words_most]), dtype=np.int64)
        size = len(ordered)
        if size not in triangles:
            triangles[size] = np.triu_indices(size, 1)
        left, right = triangles[size]
        parts.append(ordered[left] * len(numbers) + ordered[right])
    counts = np.fromiter((len(part) for part in parts), dtype=np.int64, count=len(parts))
    return (np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)), counts
