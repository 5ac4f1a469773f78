"""Print the rows of the README's two lists, from a home made like that of `make demo`.

    python -m tests.bench.readme_rows                # makes the demo in a folder of its own first
    python -m tests.bench.readme_rows --home home    # reads the lists of a home

Copy the output of the first into the README after a change of the lists; a test compares them. The
restock list is the same in every home; ids are keyed per home, so another fifth of the users is
held out of the wake-up list. The key of the first is the one of the tests.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lake import give_key

ROOT = Path(__file__).resolve().parents[2]
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
ROWS = 2  # of each list; a presale line and the first of every further action besides


def make_demo(home: Path) -> None:
    """Run the commands of `make demo` into `home`; raises CalledProcessError with their output."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    as_of = re.findall(r"^DEMO_AS_OF := (\S+)$", makefile, re.M)[0]
    give_key(home)
    for words in (
        ("sample", "--out", home / "inbox"),
        ("run", "--exports", home / "inbox", "--as-of", as_of, "--home", home),
    ):
        command = [sys.executable, "-m", "pipelines.cli.app", *map(str, words)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def excerpt(home: Path, name: str) -> list[str]:
    """Return the Markdown table of the first rows of the newest list `name` of a home."""
    path = sorted((home / "lists" / name).glob("2*/*.csv"))[-1]
    columns = COLUMNS[name]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    chosen = rows[:ROWS]
    if name == "restock":  # what is bought for stock, and a presale line
        bought = [row for row in rows if float(row["建议补货量"]) > 0]
        stocked = [row for row in bought if not row["原因"].startswith("预售")]
        chosen = stocked[:ROWS] + [row for row in bought if row not in stocked][:1]
    actions = {row.get("动作") for row in chosen}
    for row in rows:
        if row.get("动作") not in actions:
            actions.add(row.get("动作"))
            chosen.append(row)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(row[name] for name in columns) + " |" for row in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path)
    given = parser.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        home = given or Path(folder) / "home"
        if given is None:
            make_demo(home)
        for name in COLUMNS:
            print("\n".join(excerpt(home, name)), end="\n\n")


if __name__ == "__main__":
    main()
