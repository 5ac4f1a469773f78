"""Decide what rows alike in every cell are: repeats of one line, or a piece each."""

from __future__ import annotations

from assets.ingest.order_seen import Repeats
from data_contracts.platform_file import DUPLICATES, PIECES


def are_pieces(seen: Repeats, stated: str | None) -> tuple[bool, str]:
    """Whether rows alike in every cell are pieces, and what is said of them."""
    if seen.most <= 1:
        return False, ""
    mend = 'platform.toml [[files]]: repeats = "{}"'
    if stated is not None:
        return stated == PIECES, f"rows alike in every cell count as {stated}"
    if seen.paid_by_rows > seen.paid_by_lines:
        return True, (
            "rows alike in every cell are pieces: the orders' totals count them "
            "(完全相同的行按件计：与订单总额相符)"
        )
    if seen.paid_by_lines:
        return False, (
            "rows alike in every cell are repeats: the orders' totals do not count them "
            "(完全相同的行为重复：与订单总额相符)"
        )
    if not seen.other_than_one and not seen.orders_apart and seen.least != seen.most:
        return True, (
            "rows alike in every cell are pieces: every quantity is 1 and they stand together, as "
            f"tills write them (一行一件，完全相同的行按件计); if they are repeats: "
            f"{mend.format(DUPLICATES)}"
        )
    return False, (
        f"{seen.orders:,} orders have rows alike in every cell: they count as repeats "
        f"(完全相同的行按重复计); if each is a piece or a line of its own: "
        f"{mend.format(PIECES)}"
    )
