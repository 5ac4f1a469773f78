"""Compare a filled-in restock workbook with its published list, and store what people changed.

Contains: which lines changed, what cannot be taken, the table `restock_edits`. Not here: the cells
(`filled_workbook`) and what is shown (`linli edits`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assets.ingest.stage.personal_masks import mask_digits, mask_of
from assets.publish.lists.filled_workbook import FilledLine, FilledWorkbook, ListVersion
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.codes.replenishment import EditReason
from data_contracts.errors import LinliError
from data_contracts.lists import RESTOCK
from data_contracts.messages import Bilingual
from data_contracts.table import Mask
from data_contracts.tables.replenishment import RESTOCK_EDITS

MISSING_SHOWN = 3
_WHOLE = 1e-9
_UNIT_OF_LABEL = {unit.zh: unit for unit in SaleUnit}
_REASON_OF_LABEL = {reason.zh: reason for reason in EditReason}


@dataclass(frozen=True)
class LineEdit:
    """A line whose confirmed quantity differs from the suggestion."""

    line: Mapping[str, Any]  # of the published list: stored column name → value as shown
    confirmed_units: float
    reason: EditReason | None
    note: str | None
    cell: str

    @property
    def yuan(self) -> float | None:
        """What the change adds to the order; None where the cost is unknown."""
        cost = self.line["cost_yuan"]
        more = self.confirmed_units - self.line["suggested_units"]
        return None if cost is None else more * cost


@dataclass(frozen=True)
class Comparison:
    """What a workbook changes. `problems`: nothing is taken; `remarks`: taken, but look again."""

    changes: tuple[LineEdit, ...]
    problems: tuple[Bilingual, ...]
    remarks: tuple[Bilingual, ...]


def listed_lines(folder: Path, version: ListVersion) -> list[Mapping[str, Any]]:
    """Read the published lines that `version` names; raises LinliError if they were replaced."""
    published = outbox.current(folder, version.as_of)
    stated = None
    if published is not None:
        manifest = json.loads((published / outbox.MANIFEST).read_text("utf-8"))
        stated = manifest.get("list_version")
    if published is None or stated != version.text:
        now = stated or "none"
        raise LinliError(
            f"the workbook is of list {version.text}, but the published list of {version.as_of} is "
            f"{now}; put the changes into the published workbook and take that one",
            f"工作簿属于清单 {version.text}，而 {version.as_of} 现在发布的清单是 "
            f"{stated or '（无）'}；请把修改填到现在发布的工作簿中，再收回它",
        )
    table = pq.read_table(published / RESTOCK.file_name(version.as_of, "parquet"))
    names = [column.column.name for column in RESTOCK.columns]
    return [dict(zip(names, row.values(), strict=True)) for row in table.to_pylist()]


def compare(filled: FilledWorkbook, listed: Sequence[Mapping[str, Any]]) -> Comparison:
    """Return the changed lines in the order of the list, and what is wrong or odd."""
    by_key = {(line["warehouse_id"], line["sku_id"]): line for line in listed}
    problems, remarks = list(filled.problems), []
    changes: dict[tuple[str, str], LineEdit] = {}
    seen: dict[tuple[str, str], FilledLine] = {}
    for given in filled.lines:
        key = (given.warehouse_id, given.sku_id)
        line = by_key.get(key)
        if line is None:
            problems.append(_unknown_key(given))
            continue
        first = seen.setdefault(key, given)
        if first is not given:
            problems.append(_twice(given, first))
            continue
        unit = _UNIT_OF_LABEL[line["sale_unit"]]
        if given.units == line["suggested_units"]:
            continue
        if unit is SaleUnit.PIECE and given.units % 1:
            problems.append(_no_whole_pieces(given))
            continue
        changes[key] = LineEdit(line, given.units, *_reason(given.reason), given.quantity_cell)
        remarks += _remarks(given, line)
    # a cell that cannot be used hides its line
    problems += [] if filled.problems else _missing(by_key, seen)
    ordered = tuple(changes[key] for key in by_key if key in changes)
    return Comparison(ordered, tuple(problems), tuple(remarks))


def store_edits(
    home: LinliHome,
    version: ListVersion,
    changes: Iterable[LineEdit],
    editor: str,
    taken_at: datetime,
) -> bool:
    """Replace the edits of the list by `changes`; False if exactly these are stored already.

    `editor`: name or number of the person, stored as a pseudonym and a masked name. `taken_at`: by
    the clock of the platform.
    """
    as_of, lake = version.as_of, home.lakehouse
    editor_id = home.pseudonym_key_of_lake().pseudonym(editor)
    mask = mask_of(Mask.NAME)
    assert mask is not None
    rows = [
        {
            "as_of": as_of,
            "warehouse_id": change.line["warehouse_id"],
            "sku_id": change.line["sku_id"],
            "supplier_id": change.line["supplier_id"],
            "list_version": version.text,
            "sale_unit": _UNIT_OF_LABEL[change.line["sale_unit"]].value,
            "suggested_units": change.line["suggested_units"],
            "confirmed_units": change.confirmed_units,
            "cost_yuan": change.line["cost_yuan"],
            "edit_reason": change.reason.value if change.reason else None,
            "edit_note": mask_digits(change.note) if change.note else None,
            "editor_id": editor_id,
            "masked_editor_name": mask(editor),
            "taken_at": taken_at,
        }
        for change in changes
    ]
    with lake.exclusive():
        stored = stored_edits(home, version)
        if [_decision(row) for row in stored] == sorted(map(_decision, rows)):
            return False
        data = pa.Table.from_pylist(rows, schema=RESTOCK_EDITS.arrow_schema())
        lake.replace(RESTOCK_EDITS, as_of, data)
    return True


def stored_edits(home: LinliHome, version: ListVersion) -> list[dict[str, Any]]:
    """Return the edits of the day as stored, sorted by key."""
    with home.lakehouse.session(RESTOCK_EDITS) as session:
        rows = session.arrow(
            "select * from restock_edits where as_of = $as_of", as_of=version.as_of
        ).to_pylist()
    return sorted(rows, key=_decision)


def _decision(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what was decided, without the moment at which it was taken."""
    return tuple(str(row[name]) for name in RESTOCK_EDITS.column_names if name != "taken_at")


def _reason(typed: str | None) -> tuple[EditReason | None, str | None]:
    """Split what was typed into a code and a note.

    >>> _reason("天气：周末有暴雨")
    (<EditReason.WEATHER: 'weather'>, '周末有暴雨')
    >>> _reason("店庆")
    (<EditReason.OTHER: 'other'>, '店庆')
    """
    if typed is None:
        return None, None
    for label, reason in _REASON_OF_LABEL.items():
        if typed.startswith(label):
            return reason, typed[len(label) :].strip(" ：:，,；;（）()") or None
    return EditReason.OTHER, typed


def _remarks(given: FilledLine, line: Mapping[str, Any]) -> list[Bilingual]:
    said = []
    pack = line["pack_size_units"]
    is_in_packs = pack and line["fulfilment_mode"] != FulfilmentMode.PRESALE.zh
    if is_in_packs and abs(given.units / pack - round(given.units / pack)) > _WHOLE:
        said.append(
            Bilingual(
                f"{given.quantity_cell}: {given.units:g} is no multiple of the pack of {pack:g}",
                f"{given.quantity_cell}：{given.units:g} 不是箱规 {pack:g} 的整数倍",
            )
        )
    if given.reason is None:
        said.append(
            Bilingual(
                f"{given.quantity_cell}: changed without a reason",
                f"{given.quantity_cell}：改了数量，没有写修改原因",
            )
        )
    return said


def _unknown_key(given: FilledLine) -> Bilingual:
    return Bilingual(
        f"{given.key_cell}: {given.warehouse_id} {given.sku_id} is not in the list; correct "
        "warehouse and SKU, or remove the row",
        f"{given.key_cell}：清单中没有 {given.warehouse_id} {given.sku_id}；"
        "请改正网格仓和商品编码，或删除该行",
    )


def _twice(given: FilledLine, first: FilledLine) -> Bilingual:
    return Bilingual(
        f"{given.key_cell}: {given.warehouse_id} {given.sku_id} is already in {first.key_cell}; "
        "keep one of the rows",
        f"{given.key_cell}：{given.warehouse_id} {given.sku_id} 已在 {first.key_cell}；"
        "请只保留一行",
    )


def _no_whole_pieces(given: FilledLine) -> Bilingual:
    return Bilingual(
        f"{given.quantity_cell}: {given.units:g} pieces is not a whole number; round it",
        f"{given.quantity_cell}：{given.units:g} 件不是整数；请取整",
    )


def _missing(
    by_key: Mapping[tuple[str, str], Mapping[str, Any]], seen: Mapping[tuple[str, str], FilledLine]
) -> list[Bilingual]:
    """Name the lines to order that the workbook lacks: whether they are wanted is not known."""
    gone = [key for key, line in by_key.items() if line["suggested_units"] > 0 and key not in seen]
    if not gone:
        return []
    shown = ", ".join(" ".join(key) for key in gone[:MISSING_SHOWN])
    more = " …" if len(gone) > MISSING_SHOWN else ""
    return [
        Bilingual(
            f"{len(gone)} lines of the list are missing in sheet 订单, such as {shown}{more}; copy "
            "them back and write 0 to order nothing",
            f"订单：缺少清单中的 {len(gone)} 行：{shown}{more}；请补回，不订请填 0",
        )
    ]
