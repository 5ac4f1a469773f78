"""Order the files of an export as a person does: by name, numbers by their value.

Of rows under one key the one of the later file stands, and programs call files `stock_9` and
`stock_10`, `订单9月30日` and `订单10月1日`, browsers `users` and `users (1)`. So the ending counts
for nothing, a number counts by its value, and a name that goes on comes after the one it goes on
from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ENDING = re.compile(
    r"(\.(csv|tsv|txt|xlsx|xlsm|json|jsonl|ndjson|parquet|pq|gz))+$", re.IGNORECASE
)
_NUMBER = re.compile(r"(\d+)")

Order = tuple[tuple[str | int, ...], str]


def file_order(name: str) -> Order:
    """What names of files are ordered by; names that are the same but for their ending keep one.

    >>> sorted(["stock_10.csv", "users (1).csv", "stock_9.csv", "users.csv"], key=file_order)
    ['stock_9.csv', 'stock_10.csv', 'users.csv', 'users (1).csv']
    """
    parts = _NUMBER.split(_ENDING.sub("", name))
    # every second part is a number, so that numbers are compared with numbers
    return tuple(int(part) if n % 2 else part for n, part in enumerate(parts)), name


def places(names: Iterable[str]) -> dict[str, int]:
    """The place of each name among them, from 1 on."""
    return {name: n for n, name in enumerate(sorted(set(names), key=file_order), 1)}
