"""Print the rows of the README's two lists from a home that `make demo` wrote.

    python -m tests.bench.readme_rows --home home

Copy its output into the README after a change of the lists. The restock list is the same in every
home; ids are keyed per home, so another fifth of the users is held out of the wake-up list.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

COLUMNS = {
    "restock": ("网格仓编号", "商品名称", "建议补货量", "单位", "建议箱数", "提示", "原因"),
    "wake_up": (
        "优先级",
        "动作",
        "称呼",
        "渠道",
        "触达时段",
        "推荐商品",
        "优惠金额",
        "原因",
    ),
}
ROWS = 2  # of each, and the first of every further action


def excerpt(home: Path, name: str) -> list[str]:
    """Return the Markdown table of the first rows of the newest list `name` of a home."""
    path = sorted((home / "lists" / name).glob("2*/*.csv"))[-1]
    columns = COLUMNS[name]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    chosen = rows[: ROWS + (name == "restock")]
    actions = {row.get("动作") for row in chosen}
    for row in rows:
        if row.get("动作") not in actions:
            actions.add(row.get("动作"))
            chosen.append(row)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(row[name] for name in columns) + " |" for row in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home
    for name in COLUMNS:
        print("\n".join(excerpt(home, name)), end="\n\n")


if __name__ == "__main__":
    main()
