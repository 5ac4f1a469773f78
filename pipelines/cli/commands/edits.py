"""Take back a restock workbook that people filled in: `linli edits take`.

Contains the preview. Not here: what a change is and how it is stored
(`assets/publish/lists/restock_edits.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.outbox import outbox
from data_contracts.errors import LinliError
from data_contracts.lists import RESTOCK
from pipelines.cli.choose_platform import one_platform
from pipelines.cli.console import err, escape, out
from pipelines.cli.home_lock import with_home_lock
from pipelines.cli.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assets.publish.lists.restock_edits import Comparison, LineEdit

SHOWN_CHANGES, SHOWN_PROBLEMS = 40, 20


@with_home_lock("linli edits take")
def take_edits(
    file: Path,
    editor: str | None,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
    *,
    is_dry_run: bool,
) -> None:
    """Show the changed lines and store them; raises LinliError if a cell cannot be taken."""
    name = (editor or "").strip()
    if not name and not is_dry_run:
        raise LinliError(
            "who confirmed it? add --by NAME, or --dry-run to look only",
            "是谁确认的？请加上 --by 姓名；只看不存请用 --dry-run",
        )
    settings = one_platform(home=home, exports=exports, platform=platform)
    linli = settings.linli_home()
    from assets.publish.lists.filled_workbook import read_filled
    from assets.publish.lists.restock_edits import (
        compare,
        listed_lines,
        store_edits,
        stored_edits,
    )

    folder = linli.lists_dir(RESTOCK.name)
    filled = read_filled(file)
    comparison = compare(filled, listed_lines(folder, filled.version))
    _require_usable(comparison, file)
    _show(comparison, filled.version.text)
    newest = outbox.published_days(folder)[-1]
    if newest > filled.version.as_of:
        err.print(
            say(
                f"[yellow]older list[/yellow] a list of {newest} is published already",
                f"[yellow]较早的清单[/yellow] 已经发布了 {newest} 的清单",
            )
        )
    if is_dry_run:
        out.print(say("nothing was stored (--dry-run)", "没有写入任何内容（--dry-run）"))
        return
    before = len(stored_edits(linli, filled.version))
    now = datetime.now(UTC) + timedelta(minutes=linli.platform().utc_offset_minutes)
    is_new = store_edits(
        linli, filled.version, comparison.changes, name, now.replace(tzinfo=None, microsecond=0)
    )
    _say_stored(len(comparison.changes), before, is_new=is_new)


def _require_usable(comparison: Comparison, file: Path) -> None:
    """Print every problem in a line of its own; raises LinliError if there is one."""
    if not comparison.problems:
        return
    for problem in comparison.problems[:SHOWN_PROBLEMS]:
        err.print(escape(say(str(problem), problem.zh)), soft_wrap=True)
    many = len(comparison.problems)
    hidden = many - SHOWN_PROBLEMS
    more = f", {hidden:,} not shown" if hidden > 0 else ""
    more_zh = f"（其中 {hidden:,} 处未列出）" if hidden > 0 else ""
    raise LinliError(
        f"{file.name}: {many:,} to mend{more}; nothing was stored",
        f"{file.name}：有 {many:,} 处需要改正{more_zh}；没有写入任何内容",
    )


def _show(comparison: Comparison, version: str) -> None:
    from rich.table import Table

    if comparison.changes:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for header, header_zh in (
            ("cell", "单元格"),
            ("warehouse", "网格仓"),
            ("SKU", "商品"),
            ("suggested", "建议"),
            ("confirmed", "确认"),
            ("yuan", "金额变化"),
            ("reason", "修改原因"),
        ):
            is_number = header in ("suggested", "confirmed", "yuan")
            table.add_column(say(header, header_zh), justify="right" if is_number else "left")
        for change in comparison.changes[:SHOWN_CHANGES]:
            table.add_row(*map(escape, _row(change)))
        out.print(table)
    if len(comparison.changes) > SHOWN_CHANGES:
        rest = len(comparison.changes) - SHOWN_CHANGES
        out.print(say(f"… and {rest:,} more", f"……另有 {rest:,} 行"))
    lines = len(comparison.changes)
    yuan, unknown = _yuan(comparison.changes)
    missing = f", {unknown:,} without a cost" if unknown else ""
    missing_zh = f"，{unknown:,} 行缺进价" if unknown else ""
    out.print(
        say(
            f"list {version}: {lines:,} lines changed, {yuan:+,.2f} yuan{missing}",
            f"清单 {version}：改了 {lines:,} 行，金额 {yuan:+,.2f} 元{missing_zh}",
        ),
        markup=False,
    )
    for remark in comparison.remarks[:SHOWN_PROBLEMS]:
        err.print(
            f"[yellow]{say('look again', '请再看')}[/yellow] {escape(say(str(remark), remark.zh))}",
            soft_wrap=True,
        )


def _row(change: LineEdit) -> list[str]:
    line, yuan = change.line, change.yuan
    unit = line["sale_unit"]
    reason = change.reason
    why = [] if reason is None else [say(reason.value, reason.zh)]
    why += [change.note] if change.note else []
    return [
        change.cell,
        line["warehouse_id"],
        f"{line['sku_id']} {line['sku_name'] or ''}".strip(),
        f"{line['suggested_units']:,g} {unit}",
        f"{change.confirmed_units:,g} {unit}",
        "" if yuan is None else f"{yuan:+,.2f}",
        say(": ", "：").join(why),
    ]


def _yuan(changes: Sequence[LineEdit]) -> tuple[float, int]:
    """Return the yuan of the changes whose cost is known, and the number of the others."""
    yuan = [change.yuan for change in changes]
    return sum(one for one in yuan if one is not None), yuan.count(None)


def _say_stored(stored: int, before: int, *, is_new: bool) -> None:
    if not is_new:
        out.print(say("these edits were taken before", "这些修改之前已收回过，没有变化"))
        return
    replaced = f", {before:,} earlier ones replaced" if before else ""
    replaced_zh = f"，替换了之前的 {before:,} 行" if before else ""
    out.print(
        say(
            f"{stored:,} edits stored in restock_edits{replaced}",
            f"已存入 restock_edits：{stored:,} 行修改{replaced_zh}",
        )
    )
