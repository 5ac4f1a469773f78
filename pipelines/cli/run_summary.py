"""Print the run card of a day after `linli run`: the verdict and the next steps.

Contains the order and length of the printout. Not here: the reasons and their steps
(`models.monitoring.run_verdict`, `models.monitoring.next_steps`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.monitoring.next_steps import Urgency, groups
from pipelines.cli.console import out
from pipelines.cli.language import say

SHOWN_WORTH_KNOWING = 5


def print_verdict(path: Path, home: Path) -> None:
    """Print the verdict, its reasons with their steps, absent exports and unread files.

    The order is that of the run card's page.
    """
    card = json.loads(path.read_text("utf-8"))
    _print(f"verdict: {card['verdict']}", f"结论：{card['verdict_zh']}")
    aside = sum(item.get("rows_quarantined", 0) for item in card["exports"].values())
    if aside:
        folder = home / "quarantine"
        _print(f"quarantined: {aside:,} rows, see: {folder}", f"隔离 {aside:,} 行，见：{folder}")
    for group in groups(card["reasons"]):
        reasons = group["reasons"]
        if group["urgency"] == Urgency.BACKGROUND.value:
            continue
        _print(f"{group['en']}: {len(reasons)}", f"{group['zh']}：{len(reasons)} 条")
        shown = len(reasons) if group["urgency"] == Urgency.ACT.value else SHOWN_WORTH_KNOWING
        for reason in reasons[:shown]:
            _print(f"  - {_with_step(reason, '')}", f"  - {_with_step(reason, '_zh')}")
        if more := len(reasons) - shown if len(reasons) > shown else 0:
            _print(f"  and {more} more, in the run card", f"  另有 {more} 条，见运行报告")
    if absent := card["absent_exports"]:
        names = [name for name, item in card["exports"].items() if item["status"] != "loaded"]
        _print(
            f"absent optional exports: {', '.join(names)}", f"未提供的可选导出：{'、'.join(absent)}"
        )
    for line in _not_read(card["not_read"]):
        _print(f"not read: {line}", f"没有读取：{line}")


def _with_step(reason: Mapping[str, Any], language: str) -> str:
    step = reason[f"step{language}"]
    return str(reason[f"message{language}"]) + (f" → {step}" if step else "")


def _not_read(unread: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """List files, sheets and columns that were not read, one line per file or group."""
    lines = [str(row["file_name"]) for row in unread["files"]]
    for row in unread["parts"]:
        parts = [
            f"{say(*words)} {row[name]}"
            for name, words in (("sheets", ("sheets", "工作表")), ("columns", ("columns", "列")))
            if row[name]
        ]
        others = f" + {row['files'] - 1}" if row["files"] > 1 else ""
        lines.append(f"{row['file_name']}{others}: {'; '.join(parts)}")
    return lines


def _print(en: str, zh: str) -> None:
    out.print(say(en, zh), markup=False)
