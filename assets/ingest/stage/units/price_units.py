"""Find the unit of a price without one, where the header of the quantity names a weight.

数量(斤) next to 单价: the arithmetic of the file decides, quantity × price = amount paid. Where no
amount shows it, the price is per unit of the quantity; prices are never per gram, so next to
数量(克) the price is per kilogram. The choice is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.units.sale_units import PRICES_PER_UNIT
from data_contracts.mappings.presets import FREIGHT, LINE_WITH_FREIGHT, TOTAL, Source
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.messages import Bilingual

_QUANTITY, _PRICE = "quantity_units", "unit_price_yuan"
_KILOGRAMS = {Transform.JIN: 0.5, Transform.GRAM: 0.001, Transform.KILOGRAM: 1.0}
# Possible units of a price, in kilograms → its transform for yuan and for fen.
_PER = {
    1.0: (Transform.AS_IS, Transform.FEN),
    0.5: (Transform.PRICE_PER_JIN, Transform.FEN_PER_JIN),
}
_PLAIN = (Transform.AS_IS, Transform.FEN)
_NEAR_YUAN = 0.011
_SURE = 0.9
_ROWS = 5_000
_NAMES = {1.0: ("kilogram", "公斤"), 0.5: ("斤", "斤")}


def with_price_units(
    match: HeaderMatch, batches: Sequence[pa.RecordBatch], stated: Collection[str] = ()
) -> tuple[HeaderMatch, tuple[Bilingual, ...]]:
    """Read prices per the unit that the first rows show; also return notes.

    `stated`: headers whose cells name the unit.
    """
    weights = [
        one.transform for one in match.columns.get(_QUANTITY, ()) if one.transform in WEIGHTS
    ]
    plain = [
        name
        for name in PRICES_PER_UNIT
        if any(_says_no_unit(one, stated) for one in match.columns.get(name, ()))
    ]
    if not weights or not plain:
        return match, ()
    shown = _shown(match, batches, _KILOGRAMS[weights[0]])
    usual = 0.5 if weights[0] is Transform.JIN else 1.0
    per = usual if shown is None else shown
    columns = dict(match.columns)
    for name in plain:
        columns[name] = tuple(
            Source(one.headers, _PER[per][_PLAIN.index(one.transform)])
            if _says_no_unit(one, stated)
            else one
            for one in match.columns[name]
        )
    headers = ", ".join(h for name in plain for one in match.columns[name] for h in one.headers)
    quantity = match.columns[_QUANTITY][0].headers[0]
    english, chinese = _NAMES[per]
    why = (
        Bilingual("as quantity × price = what was paid shows", "按数量×单价=实付判断")
        if shown is not None
        else Bilingual(
            f"as {quantity} counts; if not, write the unit in its header, like 单价(元/公斤)",
            f"与 {quantity} 的单位一致；如不是，请在表头写明单位，如 单价(元/公斤)",
        )
    )
    note = Bilingual(
        f"{headers}: read per {english}, {why}", f"{headers}：按每{chinese}计价，{why.zh}"
    )
    return replace(match, columns=columns), (note,)


def _says_no_unit(source: Source, stated: Collection[str]) -> bool:
    """Whether neither header, mapping nor cells name the unit of the price."""
    header = normal(source.headers[0])
    return (
        len(source.headers) == 1
        and source.headers[0] not in stated
        and source.transform in _PLAIN
        and not any(sign in header for sign in ("/", "每", "per"))
    )


def _shown(match: HeaderMatch, batches: Sequence[pa.RecordBatch], kilograms: float) -> float | None:
    """Return the unit of the price in kilograms, if the amounts of the rows agree on one."""
    votes: Counter[float] = Counter()
    for quantity, price, amounts in amounts_of_rows(match, batches):
        fitting = [
            per
            for per in _PER
            if any(
                abs(quantity * kilograms / per * price - amount) <= _NEAR_YUAN for amount in amounts
            )
        ]
        if len(fitting) == 1:
            votes[fitting[0]] += 1
    if not votes:
        return None
    (per, most), *_ = votes.most_common(1)
    return per if most >= _SURE * votes.total() else None


def amounts_of_rows(
    match: HeaderMatch, batches: Sequence[pa.RecordBatch]
) -> Iterator[tuple[float, float, list[float]]]:
    """Yield quantity and price of each row as written, and possible amounts paid."""
    seen: Counter[str] = Counter()
    orders = match.columns.get("order_id", ())
    for batch in batches:
        if orders:
            seen.update(str(one) for one in batch.column(orders[0].headers[0]).to_pylist())
    for batch in batches:
        cells = batch.slice(0, _ROWS)

        def read(name: str, cells: pa.RecordBatch = cells) -> list[float | None]:
            sources = match.columns.get(name, ())
            if not sources or len(sources[0].headers) != 1:
                return [None] * cells.num_rows
            share = 0.01 if sources[0].transform is Transform.FEN else 1.0
            return [_number(one, share) for one in cells.column(sources[0].headers[0]).to_pylist()]

        ids = cells.column(orders[0].headers[0]).to_pylist() if orders else [""] * cells.num_rows
        lines = zip(
            ids,
            read(_QUANTITY),
            read(_PRICE),
            read("paid_amount_yuan"),
            read("coupon_yuan"),
            read(LINE_WITH_FREIGHT),
            read(TOTAL),
            read(FREIGHT),
            strict=True,
        )
        for order, quantity, price, paid, coupon, line, total, freight in lines:
            if not quantity or not price:
                continue
            amounts = [one for one in (paid, line) if one]
            amounts += [paid + coupon] if paid and coupon else []
            if total and seen[str(order)] == 1:
                amounts += [total, total - (freight or 0)]
            yield quantity, price, amounts


def _number(cell: object, share: float) -> float | None:
    text = str(cell if cell is not None else "").strip().strip("¥￥元").replace(",", "")
    try:
        return float(text) * share
    except ValueError:
        return None
