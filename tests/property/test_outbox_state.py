"""Any order of publishing, failing and backfilling: the outbox says what a plain list would say."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.resources.outbox import outbox

FIRST = date(2026, 10, 1)
EVENT = st.tuples(
    st.sampled_from(["publish", "break", "fail"]), st.integers(0, 4), st.integers(0, 2)
)


def _writer(text: str) -> outbox.Writer:
    return lambda path: path.write_text(text)


def _broken(path: Path) -> int:
    path.write_text("half")
    raise ValueError("broken")


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENT, max_size=8))
def test_outbox_follows_a_plain_model(events: list[tuple[str, int, int]]) -> None:
    good: dict[date, str] = {}
    failed: date | None = None
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        for kind, offset, variant in events:
            day, text = FIRST + timedelta(days=offset), f"{offset}-{variant}"
            if kind == "publish":
                outbox.publish(folder, day, {"a": _writer(text), "b": _writer(text)}, {})
                good[day] = text
                failed = failed if failed is not None and failed > day else None
            elif kind == "break":
                try:
                    outbox.publish(folder, day, {"a": _writer("new"), "b": _broken}, {})
                except ValueError:
                    continue
                raise AssertionError("a broken writer was not noticed")
            else:
                outbox.mark_failed(folder, day, "run_failed")
                failed = day if failed is None else max(failed, day)
            _agree(folder, good, failed)


def _agree(folder: Path, good: dict[date, str], failed: date | None) -> None:
    assert outbox.published_days(folder) == sorted(good)
    for day, text in good.items():
        assert outbox.problems(folder / day.isoformat()) == []
        assert (folder / day.isoformat() / "b").read_text() == text
    found = outbox.state(folder)
    newest = max(good, default=None)
    assert found.last_good == (newest.isoformat() if newest else None)
    is_stale = newest is not None and failed is not None and failed >= newest
    expected = "nothing_published" if newest is None else "stale" if is_stale else "published"
    assert found.status == expected
