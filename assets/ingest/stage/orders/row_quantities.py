"""Count one piece per row in a file of order lines without a quantity.

A till writes one row per piece, and some order lists have no quantity at all. A row counts as one
piece unless the file shows otherwise: an amount that is a multiple of the price or of what others
paid for the SKU, a name ending in ×2, an unknown header that may be a quantity. Then the file is
rejected with a question, which `repeats = "pieces"` answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from assets.ingest.match.match_headers import HeaderMatch
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.file_index import InboxFile
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.mappings.presets import Source
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import Transform
from data_contracts.platform_file import PIECES

QUANTITY, _PRICE, _PAID = "quantity_units", "unit_price_yuan", "paid_amount_yuan"
_NEEDED = {"order_id", "sku_id", "ordered_at"}
_MAY_BE_QUANTITY = re.compile(
    r"数量|件数|份数|个数|数目|销量|购买数|下单数|订购数|数$|qty|quant|count|pieces|units|num$"
)
_TIMES = re.compile(
    r"(?<![\d.])[x×*＊✕]\s*([2-9]|[1-9]\d+)\s*$|(?:共|购)\s*([2-9]|[1-9]\d+)\s*[件份个]",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_NEAR_YUAN = 0.011
_EXCEPTIONS = 0.01
_ONE = 1.5  # amounts from here on may be for two pieces


def lacks_quantity(match: HeaderMatch) -> bool:
    """Whether the file has order lines with a price or an amount, but no possible quantity."""
    return (
        QUANTITY in match.missing
        and set(match.missing) <= {QUANTITY, "line_id"}
        and set(match.columns) >= _NEEDED
        and bool({_PRICE, _PAID} & set(match.columns))
        and not any(_MAY_BE_QUANTITY.search(normal(header)) for header in match.unused_headers)
    )


def with_row_quantities(
    file: InboxFile, format_: FileFormat, match: HeaderMatch, repeats: str | None
) -> HeaderMatch:
    """Add one piece per row to `match`. `repeats`: what `platform.toml` says of identical rows.

    Raises ExportError where rows show that some are several pieces.
    """
    if repeats != PIECES and (shown := _several(file, format_, match)):
        english, chinese = shown
        stated = f'[[files]], name = "{file.name.rsplit("/", 1)[-1]}", repeats = "{PIECES}"'
        raise ExportError(
            f"{file.name}: there is no quantity column, and {english}: it is not known how many "
            "pieces a row is. Export the quantity (数量); or, where every row is one piece, write "
            f"in platform.toml: {stated}",
            f"{file.name}：没有数量列，且{chinese}，无法判断一行是几件。请导出数量；"
            f"若每行确为一件，请在 platform.toml 中写明：{stated}",
        )
    order = match.columns["order_id"][0].headers
    columns = match.columns | {QUANTITY: (Source(order, Transform.ONE),)}
    made: tuple[str, ...] = (QUANTITY,)
    if "line_id" in match.missing:
        columns["line_id"] = match.columns["sku_id"]
        made = ("line_id", QUANTITY)
    return replace(match, columns=columns, derived=(*match.derived, *made), missing=())


def _several(file: InboxFile, format_: FileFormat, match: HeaderMatch) -> tuple[str, str] | None:
    """Describe what shows that rows may be several pieces; None if nothing does."""
    rows = named = above = 0
    paid_of: dict[str, Counter[float]] = {}
    for sku, name, price, paid in _cells(file, format_, match):
        rows += 1
        named += _TIMES.search(name) is not None
        if price and paid:
            above += paid > price * _ONE
        elif paid:
            paid_of.setdefault(sku, Counter())[paid] += 1
    multiples = sum(_multiples(amounts) for amounts in paid_of.values())
    most = _EXCEPTIONS * rows
    if named > most:
        return (
            f"{named:,} names end in a count such as x2",
            f"有 {named:,} 个商品名以 x2 之类的件数结尾",
        )
    if above > most:
        return (
            f"{above:,} rows paid for more than one at their price",
            f"有 {above:,} 行的实付超过一件的单价",
        )
    if multiples > most:
        return (
            f"{multiples:,} amounts are multiples of what is usual for their SKU",
            f"有 {multiples:,} 个金额是该商品常见金额的整数倍",
        )
    return None


def _multiples(amounts: Counter[float]) -> int:
    """Count rows whose amount is a multiple of the most common amount of the SKU."""
    usual, _ = max(amounts.items(), key=lambda one: (one[1], -one[0]))
    return sum(
        rows
        for amount, rows in amounts.items()
        if amount > usual * _ONE and abs(amount - usual * round(amount / usual)) <= _NEAR_YUAN
    )


def _cells(
    file: InboxFile, format_: FileFormat, match: HeaderMatch
) -> Iterator[tuple[str, str, float | None, float | None]]:
    """Yield SKU, name, price and amount of each row, None where they do not parse."""
    headers = {
        name: match.columns[name][0].headers[0]
        for name in ("sku_id", "sku_name", _PRICE, _PAID)
        if name in match.columns
    }
    with closing(open_rows(file.path, format_, name=file.name)) as rows:
        for batch in rows.reader(list(dict.fromkeys(headers.values()))):
            cells = {name: batch.column(header).to_pylist() for name, header in headers.items()}
            nothing = [None] * batch.num_rows
            for sku, name, price, paid in zip(
                *(cells.get(name, nothing) for name in ("sku_id", "sku_name", _PRICE, _PAID)),
                strict=True,
            ):
                yield str(sku or ""), str(name or sku or ""), _number(price), _number(paid)


def _number(cell: object) -> float | None:
    number = _NUMBER.search(str(cell).replace(",", "")) if cell is not None else None
    return float(number.group()) if number else None
