"""Know two exports of an order that number its lines otherwise: 订单行号 and 子订单编号.

SQL text out. How lines are numbered shows in the numbers: by their place in the order, by the
order's own number and a place behind it, or by numbers of their own. Two exports of an order that
do it otherwise and have the same lines, by SKU, quantity and amount, as often each, are the same
order, where one of them says by its places that it has all lines: 1 to n without a gap. So two
equal lines stay two, and so do parts of an order, equal or not, whose numbers are of one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assets.ingest.stage.orders.whole_orders import is_line_derived
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session

_BEHIND = "substr(line_id, length(order_id) + 1)"
_IS_PLACE = r"regexp_full_match(line_id, '[A-Za-z]{0,2}\d{1,3}')"
_IS_OF_ORDER = (
    f"(starts_with(line_id, order_id) and regexp_full_match({_BEHIND}, "
    r"'\D{0,2}\d{1,3}'))"
)
NUMBERING = (
    f"case when {_IS_PLACE} then 'place' when {_IS_OF_ORDER} then 'of order' else 'of its own' end"
)
PLACE = (
    f"case when {_IS_PLACE} then try_cast(regexp_extract(line_id, '\\d+$') as integer) "
    f"when {_IS_OF_ORDER} then try_cast(regexp_extract({_BEHIND}, '\\d+$') as integer) end"
)

# Numbered exports of an order, of `export_lines` and `placed` of `exported_again`; and those of
# them that a later one stands for.
NUMBERED = """
  select p.order_id, p.file_sha256, p.place, p.is_handback, any_value(l.numbering) as numbering,
    list_sort(list({'sku': l.sku_id, 'units': l.quantity_units, 'amount': l.amount})) as lines,
    coalesce(count(distinct l.place) = count(*) and min(l.place) <= 1
      and max(l.place) - min(l.place) + 1 = count(*), false) as is_whole
  from placed as p inner join export_lines as l using (order_id, file_sha256)
  where not p.is_made
  group by p.order_id, p.file_sha256, p.place, p.is_handback
  having count(distinct l.numbering) = 1"""
NUMBERED_OTHERWISE = """
  select r.order_id, r.file_sha256, min_by(t.file_sha256, t.place) as latest_sha256
  from numbered as r
  inner join numbered as t on r.order_id = t.order_id and r.place > t.place and not t.is_handback
    and r.numbering <> t.numbering and r.lines = t.lines and (r.is_whole or t.is_whole)
  group by r.order_id, r.file_sha256"""


def has_numberings(
    session: Session,
    staged: Sequence[StagedFile],
    files: Sequence[StoredFile],
    before: Sequence[StoredFile],
    source: Callable[[Sequence[StoredFile]], str],
) -> bool:
    """Whether new `files` and those of `before` number lines of orders in more than one way.

    Rows are not looked at where one load reads all numbers from one header.
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
    found = session.scalar(
        f"select count(distinct {NUMBERING})::bigint from ({source([*files, *before])})"
    )
    return found > 1
