"""Decide whether identical rows of an order are duplicates of one line, or one piece each."""

from __future__ import annotations

from assets.ingest.stage.orders.order_positions import RepeatedRows
from data_contracts.messages import Bilingual
from data_contracts.platform_file import DUPLICATES, PIECES


def are_pieces(seen: RepeatedRows, stated: str | None) -> tuple[bool, Bilingual | None]:
    """Decide whether identical rows are pieces; also return a note."""
    if seen.most <= 1:
        return False, None
    if stated is not None:
        return stated == PIECES, Bilingual(
            f"rows alike in every cell count as {stated}, as platform.toml says",
            f"完全相同的行按{'件' if stated == PIECES else '重复'}计（platform.toml 已说明）",
        )
    if seen.paid_by_rows > seen.paid_by_lines:
        return True, Bilingual(
            "rows alike in every cell are pieces: the orders' totals count them",
            "完全相同的行按件计：与订单总额相符",
        )
    if seen.paid_by_lines:
        return False, Bilingual(
            "rows alike in every cell are repeats: the orders' totals do not count them",
            "完全相同的行为重复：与订单总额相符",
        )
    if not seen.other_than_one and not seen.orders_apart and seen.least != seen.most:
        return True, Bilingual(
            "rows alike in every cell are pieces: every quantity is 1 and they are adjacent, as "
            f"tills write them; if they are repeats: {_MEND.format(DUPLICATES)}",
            "完全相同的行按件计：数量都是 1 且相邻，一行一件；如为重复，请写："
            + _MEND.format(DUPLICATES),
        )
    return False, Bilingual(
        f"{seen.orders:,} orders have rows alike in every cell: they count as repeats; if each is "
        f"a piece or a line of its own: {_MEND.format(PIECES)}",
        f"{seen.orders:,} 个订单有完全相同的行，按重复计；如每行各为一件或一行，请写："
        + _MEND.format(PIECES),
    )


_MEND = 'platform.toml [[files]]: repeats = "{}"'
