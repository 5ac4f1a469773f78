"""Order the files of an export as a person does: by name, comparing numbers by value.

When several files have a row with the same key, the row of the later file wins. Programs name files
`stock_9` and `stock_10`, `订单9月30日` and `订单10月1日`, browsers `users` and `users (1)`. So the
extension is ignored, numbers are compared by value, and a longer name sorts after its prefix.
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
    """Return the sort key of a file name; equal names with different extensions keep one order.

    >>> sorted(["stock_10.csv", "users (1).csv", "stock_9.csv", "users.csv"], key=file_order)
    ['stock_9.csv', 'stock_10.csv', 'users.csv', 'users (1).csv']
    """
    parts = _NUMBER.split(_ENDING.sub("", name))
    # every second part is a number, so that numbers are compared with numbers
    return tuple(int(part) if n % 2 else part for n, part in enumerate(parts)), name


def order_ranks(names: Iterable[str]) -> dict[str, int]:
    """Rank the names in file order, starting at 1."""
    return {name: n for n, name in enumerate(sorted(set(names), key=file_order), 1)}
