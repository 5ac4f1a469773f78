"""The glossary: every row complete, no word of the field that is our word for something else."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import texts

COLUMNS = ["English", "中文", "meaning", "also called in the field", "avoid"]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


TABLE = [
    cells(line) for line in texts()["data_contracts/glossary.md"].splitlines() if line[:1] == "|"
]
ROWS = TABLE[2:]


def words(cell: str) -> set[str]:
    """Single words of a cell that lists some; what is in brackets explains one."""
    plain = re.sub(r"\([^)]*\)", "", cell).lower()
    return {word.strip() for word in re.split(r"[,;/]", plain) if word.strip()}


def test_there_is_a_table_to_look_at() -> None:
    assert TABLE[0] == COLUMNS and len(ROWS) > 50


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_is_complete(row: list[str]) -> None:
    """Only "avoid" may be empty."""
    assert len(row) == len(COLUMNS)
    assert all(row[:4]), f"{row[0]} lacks a cell"
    assert re.search("[\u4e00-\u9fff]", row[1]), f"{row[0]} has no Chinese"
    assert not words(row[3]) & words(row[4]), f"{row[0]}: a word to search by is one to avoid"


def test_no_word_is_explained_twice() -> None:
    named = [word for row in ROWS for word in sorted(words(row[0]))]
    assert sorted(set(named)) == sorted(named)
    assert len({row[1] for row in ROWS}) == len(ROWS)


def test_no_word_of_the_field_is_ours_for_something_else() -> None:
    ours = {word: row[0] for row in ROWS for word in words(row[0])}
    taken = {
        (row[0], word) for row in ROWS for word in words(row[3]) if ours.get(word, row[0]) != row[0]
    }
    assert taken == set()
