"""Detect exports that number the lines of an order in different ways: 订单行号 and 子订单编号.

Contains SQL. The numbers themselves show the numbering: the position in the order, the order id
followed by a position, or ids of their own. Two exports of an order with different numberings and
the same lines (same SKUs, quantities and amounts, equally often) are the same order, if the
positions of one of them run from 1 to n without a gap and so cover the whole order. Two equal lines
of one numbering stay two lines, and parts of an order with one numbering stay parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assets.ingest.stage.orders.whole_orders import is_line_derived
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session

_AFTER_ORDER_ID = "substr(line_id, length(order_id) + 1)"
_IS_LINE_NUMBER = r"regexp_full_match(line_id, '[A-Za-z]{0,2}\d{1,3}')"
_IS_ORDER_ID_AND_NUMBER = (
    f"(starts_with(line_id, order_id) and regexp_full_match({_AFTER_ORDER_ID}, "
    r"'\D{0,2}\d{1,3}'))"
)
NUMBERING = (
    f"case when {_IS_LINE_NUMBER} then 'place' when {_IS_ORDER_ID_AND_NUMBER} then 'of order' "
    "else 'of its own' end"
)
LINE_NUMBER = (
    f"case when {_IS_LINE_NUMBER} then try_cast(regexp_extract(line_id, '\\d+$') as integer) "
    f"when {_IS_ORDER_ID_AND_NUMBER} "
    f"then try_cast(regexp_extract({_AFTER_ORDER_ID}, '\\d+$') as integer) end"
)

# Numbered exports of each order, from `export_lines` and `ranked_exports`; and those of them that a
# later export replaces.
NUMBERED_EXPORTS = """
  select p.order_id, p.file_sha256, p.rank, p.is_returned_file, any_value(l.numbering) as numbering,
    list_sort(list({'sku': l.sku_id, 'units': l.quantity_units, 'amount': l.amount})) as lines,
    coalesce(count(distinct l.line_number) = count(*) and min(l.line_number) <= 1
      and max(l.line_number) - min(l.line_number) + 1 = count(*), false) as is_whole
  from ranked_exports as p inner join export_lines as l using (order_id, file_sha256)
  where not p.is_line_id_derived
  group by p.order_id, p.file_sha256, p.rank, p.is_returned_file
  having count(distinct l.numbering) = 1"""
REPLACED_NUMBERINGS = """
  select r.order_id, r.file_sha256, min_by(t.file_sha256, t.rank) as latest_sha256
  from numbered as r
  inner join numbered as t on r.order_id = t.order_id and r.rank > t.rank and not t.is_returned_file
    and r.numbering <> t.numbering and r.lines = t.lines and (r.is_whole or t.is_whole)
  group by r.order_id, r.file_sha256"""


def has_several_numberings(
    session: Session,
    staged: Sequence[StagedFile],
    files: Sequence[StoredFile],
    before: Sequence[StoredFile],
    source: Callable[[Sequence[StoredFile]], str],
) -> bool:
    """Return whether the new `files` and the stored files `before` number order lines in more than
    one way.

    Rows are not read where all files of the load take the numbers from one header.
    """
    headers = {
        header
        for item in staged
        if not is_line_derived(item.source.match)
        for one in item.source.match.columns.get("line_id", ())
        for header in one.headers
    }
    if len(headers) < 2 and not before:
        return False
    numberings = session.scalar(
        f"select count(distinct {NUMBERING})::bigint from ({source([*files, *before])})"
    )
    return numberings > 1
