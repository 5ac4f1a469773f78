"""Build the error for an exports folder without orders: it lists what the folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assets.resources.readers.file_index import IgnoredPath
from data_contracts.errors import NoDataError

MAX_NAMED_FILES = 20  # of a folder without orders


def no_orders(
    exports: Path, others: Sequence[str], others_zh: Sequence[str], not_read: Sequence[IgnoredPath]
) -> NoDataError:
    """Return the error that names the files of other exports (`others`) and those not read."""
    named = [*others, *(f"{one.name} (not read: {one.reason})" for one in not_read)]
    named_zh = [*others_zh, *(f"{one.name}（未读取：{one.reason_zh}）" for one in not_read)]
    return NoDataError(
        f"{exports}: no orders file (orders.csv, .xlsx, .jsonl or .parquet); "
        f"put one there, or make a sample with: linli sample. {_contents(named)}",
        f"{exports}：没有订单文件（orders.csv、.xlsx、.jsonl 或 "
        f".parquet）；请放入该文件，或用 linli sample 生成样例。{_contents_zh(named_zh)}",
    )


def _contents(named: Sequence[str]) -> str:
    if not named:
        return "The folder is empty"
    more = len(named) - MAX_NAMED_FILES
    shown = "; ".join(named[:MAX_NAMED_FILES])
    return f"The folder holds: {shown}" + (f"; and {more:,} more" if more > 0 else "")


def _contents_zh(named: Sequence[str]) -> str:
    if not named:
        return "文件夹是空的"
    more = len(named) - MAX_NAMED_FILES
    shown = "；".join(named[:MAX_NAMED_FILES])
    return f"文件夹中有：{shown}" + (f"；另有 {more:,} 个" if more > 0 else "")
