"""Whatever text a platform holds: no formula goes out, and an edited list reads back exactly."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from assets.resources.outbox.spreadsheet import csv_number, csv_text, csv_value

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
TRICKY = st.text(alphabet=STARTS + " '\"0123456789.,:/eE张aMR", max_size=14)
TEXTS = TRICKY | st.text(max_size=20)


@given(TEXTS, st.booleans())
def test_no_cell_starts_a_formula(text: str, is_id: bool) -> None:
    first = csv_text(text, is_id=is_id).lstrip(" ")[:1]
    assert first == "" or first not in STARTS


@given(TEXTS, st.booleans())
def test_what_is_written_reads_back(text: str, is_id: bool) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow([csv_text(text, is_id=is_id), "end"])
    file.seek(0)
    assert csv_value(next(csv.reader(file))[0], is_id=is_id) == text


@given(TEXTS, TEXTS, st.booleans())
def test_different_texts_stay_different(one: str, other: str, is_id: bool) -> None:
    assert (csv_text(one, is_id=is_id) == csv_text(other, is_id=is_id)) == (one == other)


@given(st.text(alphabet="0123456789", min_size=12, max_size=20))
def test_a_long_id_is_never_left_to_be_read_as_a_number(digits: str) -> None:
    assert csv_text(digits, is_id=True) == digits + "\t"


@given(st.floats(min_value=-1e15, max_value=1e15, allow_nan=False), st.integers(0, 4))
def test_a_number_is_written_in_full(number: float, decimals: int) -> None:
    cell = csv_number(number, decimals)
    assert "e" not in cell.lower()
    assert abs(float(cell) - number) <= 0.5 * 10**-decimals + abs(number) * 1e-15
    assert len(cell.partition(".")[2]) <= decimals
