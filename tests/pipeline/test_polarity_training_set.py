"""What the polarity model of a day learns from, and when a message must be read again."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

import assets.profiles.feedback.classifier_version as reader
from assets.framework.day_asset import DayRun
from assets.profiles.feedback.message_signals import message_signals
from assets.profiles.feedback.polarity_training_set import (
    NO_TRAINING_SET,
    TrainingSet,
    training_reviews,
    training_set_of_week,
)
from assets.resources.home import LinliHome
from models.feedback.classify import fit_classifier
from models.params.feedback import FEEDBACK, FeedbackParams, PolarityParams
from tests.pipeline.feedback_lake import metadata, review, reviews
from tests.pipeline.small_lake import at, fill, linli_home, materialise

THURSDAY = date(2026, 10, 8)


def test_a_young_platform_learns_from_what_it_has_by_now(tmp_path: Path) -> None:
    """Too few on Monday, enough on Thursday; on the Monday after, those of that Monday."""
    least = FEEDBACK.polarity.min_each
    early, late = reviews(THURSDAY, each=least - 1), reviews(THURSDAY, each=3, before=0)
    for row in late:
        row["message_id"] += "late"
    home = linli_home(tmp_path)
    fill(home, {"chat": early + late})
    for after, learnt in ((-1, 2 * least + 2), (0, 2 * least + 4), (1, 2 * least + 4)):
        as_of = THURSDAY + timedelta(days=after)
        result = materialise(home, [message_signals], as_of)
        assert metadata(result)["reviews_learnt_from"] == learnt, as_of


def _taught(
    home: LinliHome, as_of: date, params: PolarityParams
) -> tuple[TrainingSet, pd.DataFrame]:
    day = DayRun(step="test", as_of=as_of, home=home, log=lambda _: None)
    with home.lakehouse.session() as session:
        return training_set_of_week(session, day, params), training_reviews(session)


@pytest.mark.parametrize("most", [60_000, 85])
def test_sql_chooses_the_reviews_that_learn_would(tmp_path: Path, most: int) -> None:
    """Oracle: `fit_classifier` on all reviews; blanks, three stars and empty texts are ignored."""
    rows = reviews(THURSDAY, before=3)
    blanks = [" ", "\u3000", "\x1c\t\n", "\u2003\u2029", "\x85", "", None]
    rows += [
        review(5000 + n, THURSDAY - timedelta(days=4), 5, cast(str, text))
        for n, text in enumerate(blanks)
    ]
    rows += [review(6000, THURSDAY - timedelta(days=4), 3, "一般")]
    home = linli_home(tmp_path)
    fill(home, {"chat": rows})
    params = PolarityParams(max_reviews=most)
    lesson, chosen = _taught(home, THURSDAY, params)
    latest = pd.DataFrame(rows).sort_values(["sent_at", "message_id"], ascending=[False, True])
    expected = fit_classifier(latest, FeedbackParams(polarity=params))
    found = fit_classifier(chosen, FeedbackParams(polarity=params))
    assert expected is not None and found is not None
    assert lesson.reviews == expected.trained_on == min(most, 90)
    assert (found.unseen == expected.unseen).all()


def test_another_lesson_has_another_digest(tmp_path: Path) -> None:
    rows = reviews(THURSDAY)
    digests = set()
    versions: tuple[dict[str, Any], ...] = (
        {},
        {"text": "好"},
        {"stars": 1},
        {"message_id": "x"},
        {"sent_at": at("2026-01-01 12:00")},
    )
    for number, change in enumerate(versions):
        home = linli_home(tmp_path / str(number))
        fill(home, {"chat": [rows[0] | change, *rows[1:]]})
        digests.add(_taught(home, THURSDAY, PolarityParams())[0].digest)
    assert len(digests) == len(versions)


def test_another_reader_has_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, parameters, packages, engine, lesson."""
    digests = [
        reader.classifier_digest(FEEDBACK, NO_TRAINING_SET),
        reader.classifier_digest(FEEDBACK, TrainingSet(9, "x")),
    ]
    digests.append(
        reader.classifier_digest(FeedbackParams(polarity=PolarityParams(seed=1)), NO_TRAINING_SET)
    )
    for name, other in (
        ("engine_version", lambda: "0"), ("version", lambda name: "0"), ("code_digest", lambda: "0")
    ):  # fmt: skip
        with monkeypatch.context() as changed:
            changed.setattr(reader, name, other)
            digests.append(reader.classifier_digest(FEEDBACK, NO_TRAINING_SET))
    assert len(set(digests)) == len(digests)
