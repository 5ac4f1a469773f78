"""Find amounts in fen whose header does not say so: 单价 350 next to 实付金额 7.00 for two.

The arithmetic of the file decides: quantity × price = amount paid. Where price and amount are both
in fen, nothing shows it, and they are read as yuan, as their headers say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import pyarrow as pa

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.units.price_units import amounts_of_rows
from assets.ingest.stage.units.sale_units import PRICES_PER_UNIT
from data_contracts.mappings.presets import (
    DISCOUNT,
    FREIGHT,
    LINE_WITH_FREIGHT,
    ORDER_REFUND,
    TOTAL,
    Source,
)
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.messages import Bilingual

_PAID = ("paid_amount_yuan", "coupon_yuan", "refund_yuan")
_OF_ORDER = (LINE_WITH_FREIGHT, TOTAL, FREIGHT, DISCOUNT, ORDER_REFUND)
_NEAR_YUAN = 0.011
_SURE = 0.9
_FROM_ROWS = 3


def with_fen(
    match: HeaderMatch, batches: Sequence[pa.RecordBatch]
) -> tuple[HeaderMatch, tuple[Bilingual, ...]]:
    """Read prices or amounts in fen where the first rows show it; return the match and notes."""
    quantity = match.columns.get("quantity_units", ())
    if not quantity or any(one.transform in WEIGHTS for one in quantity):
        return match, ()
    votes: Counter[str] = Counter()
    for units, price, amounts in amounts_of_rows(match, batches):
        due = units * price
        for name, stated in (("none", due), ("price", due / 100), ("paid", due * 100)):
            if any(abs(stated - amount) <= _NEAR_YUAN for amount in amounts):
                votes[name] += 1
                break
    (shown, most), *_ = votes.most_common(1) or [("none", 0)]
    if shown == "none" or most < max(_FROM_ROWS, _SURE * votes.total()):
        return match, ()
    names = PRICES_PER_UNIT if shown == "price" else (*_PAID, *_OF_ORDER)
    return _in_fen(match, names)


def _in_fen(
    match: HeaderMatch, names: Collection[str]
) -> tuple[HeaderMatch, tuple[Bilingual, ...]]:
    columns, headers = dict(match.columns), []
    for name in names:
        sources = columns.get(name, ())
        plain = [one for one in sources if one.transform is Transform.AS_IS]
        if plain:
            headers += [header for one in plain for header in one.headers]
            columns[name] = tuple(
                Source(one.headers, Transform.FEN) if one in plain else one for one in sources
            )
    if not headers:
        return match, ()
    named = ", ".join(dict.fromkeys(headers))
    note = Bilingual(
        f"{named}: read in fen, as quantity × price = what was paid shows; write (分) or (元) in "
        "the header to say it",
        f"{named}：按数量×单价=实付判断，以分为单位；请在表头写明(分)或(元)",
    )
    return replace(match, columns=columns), (note,)
