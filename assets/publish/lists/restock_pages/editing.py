"""Make two columns of a locked sheet editable: what may be typed, and what is coloured."""

from __future__ import annotations

from assets.publish.lists.restock_pages.parts import CONFIRMED, EDIT_REASON, reason_choices
from assets.resources.outbox.sheet_drawing import SheetDrawing

_MISSING = "#FFC7CE"
_ODD = "#FFD966"


def let_edit(
    drawing: SheetDrawing,
    first_row: int,
    *,
    sku: str,
    suggested: str | None,
    pack: str | None,
) -> None:
    """Check and colour the editable columns from `first_row` to the last row drawn.

    `sku`, `suggested`, `pack`: letters of those columns; without `suggested` the suggestion is 0.
    A quantity must be a number of 0 or more. A change without a reason is coloured, and a quantity
    that is no multiple of the pack where the suggestion is one.
    """
    last = max(drawing.row - 1, first_row)
    headers = [column.header for column in drawing.columns]
    at, why = headers.index(CONFIRMED), headers.index(EDIT_REASON)
    quantity, reason = chr(ord("A") + at), chr(ord("A") + why)
    top = first_row + 1
    before = f"${suggested}{top}" if suggested else "0"
    drawing.sheet.data_validation(
        first_row,
        at,
        last,
        at,
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "ignore_blank": False,
            "error_title": "确认数量",
            "error_message": "请填 0 或更大的数字，不带单位；不订请填 0。",
        },
    )
    drawing.sheet.data_validation(
        first_row,
        why,
        last,
        why,
        {
            "validate": "list",
            "source": reason_choices(),
            "error_type": "information",
            "error_title": "修改原因",
            "error_message": "不在选项中也可以：按“确定”保留您写的原因。",
        },
    )
    changed = f'AND(${sku}{top}<>"",ISNUMBER(${quantity}{top}),${quantity}{top}<>{before}'
    drawing.sheet.conditional_format(
        first_row,
        why,
        last,
        why,
        {
            "type": "formula",
            "criteria": f'={changed},${reason}{top}="")',
            "format": drawing.formats.book.add_format({"bg_color": _MISSING}),
        },
    )
    if pack:
        packs, suggested_packs = (f"{cell}/${pack}{top}" for cell in (f"${quantity}{top}", before))
        drawing.sheet.conditional_format(
            first_row,
            at,
            last,
            at,
            {
                "type": "formula",
                "criteria": f"={changed},ISNUMBER(${pack}{top}),${pack}{top}>0,"
                f"ABS({suggested_packs}-ROUND({suggested_packs},0))<0.000001,"
                f"ABS({packs}-ROUND({packs},0))>0.000001)",
                "format": drawing.formats.book.add_format({"bg_color": _ODD}),
            },
        )
