"""The README shows the rows that `make demo` makes today.

The only test that runs the demo at its full size. Numbers may differ by a fiftieth, or by one in
the last digit shown: another processor rounds differently.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bench.readme_rows import COLUMNS, ROOT, excerpt, make_demo

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo") / "home"
    make_demo(home)
    return home


def _table_of_the_readme(name: str) -> list[str]:
    """The rows of the README's table with the columns of the list `name`."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    start = lines.index("| " + " | ".join(COLUMNS[name]) + " |")
    table = lines[start:]
    return table[: next(i for i, line in enumerate(table) if not line.startswith("|"))]


def is_alike(shown: str, made: str) -> bool:
    """Whether two texts are the same but for small differences of their numbers."""
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", made):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(made), strict=True)
    return all(_are_close(left, right) for left, right in pairs)


def _are_close(left: str, right: str) -> bool:
    last_digit = 10.0 ** -len(left.partition(".")[2])
    return abs(float(left) - float(right)) <= max(last_digit, float(left) / 50) * 1.001


def test_two_texts_are_alike_when_only_a_last_digit_differs() -> None:
    assert is_alike("缺10件，预计7.25件", "缺10件，预计7.26件")
    assert is_alike("风险93%", "风险92%")
    assert not is_alike("缺10件", "缺12件")
    assert not is_alike("缺10件", "多10件")
    assert not is_alike("W01", "W03")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", COLUMNS)
def test_the_readme_shows_the_rows_of_the_demo(demo: Path, name: str) -> None:
    shown, made = _table_of_the_readme(name), excerpt(demo, name)
    assert len(shown) == len(made)
    unlike = [(a, b) for a, b in zip(shown, made, strict=True) if not is_alike(a, b)]
    assert unlike == []
