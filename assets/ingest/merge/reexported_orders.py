"""Retract the lines of an order that a later export of the same order replaces.

Where the platform numbers the lines of an order, each line is merged by its key. Where it does not,
a line is identified by its SKU, and an export of the order replaces the earlier export as a whole:
the order may have lost a line, or its lines of one SKU may come in another sequence. Exceptions:
two exports without a common SKU hold parts of the order, and both are kept; an after-sales export
lists only the returned lines and replaces its own lines by their key; a returned file holds single
rows, which a later export retracts and which never replace a whole order.

If one export of an order has line numbers and another does not, no line of one has the key of a
line of the other. Then the later export replaces the whole order, as above, and an after-sales
export replaces the lines of the SKUs it lists. Exports that both have numbers are merged by key,
unless they number lines in different ways (订单行号 and 子订单编号): of two that
hold the same lines by SKU, quantity and amount, the later one is kept (`line_numberings`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from assets.ingest.merge.line_numberings import (
    LINE_NUMBER,
    NUMBERED_EXPORTS,
    NUMBERING,
    REPLACED_NUMBERINGS,
    has_several_numberings,
)
from assets.ingest.stage.orders import row_value
from assets.ingest.stage.orders.whole_orders import is_line_derived
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from data_contracts.codes.orders import OrderStatus
from data_contracts.exports import ORDERS
from data_contracts.table import Table

REPLACED_EXPORTS = (
    "replaced_lines"  # the step: retracted rows, where they are stored, why, and their amounts
)
_REJECTED_ROWS_FILE = r"_退回\.\w+$"


def find_replaced_exports(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    stored: Sequence[StoredFile],
    source: Callable[[Sequence[StoredFile]], str],
) -> bool:
    """Create the step REPLACED_EXPORTS and return whether it has any rows.

    `source`: SQL for the rows of stored files. Needs `contents`, `retracted_rows` and `repairs` in
    the session.
    """
    mine = staged if table is ORDERS else ()
    derived_now = [item.sha256 for item in mine if is_line_derived(item.source.match)]
    derived_before = _contents_without_line_numbers(session) if mine else []
    days = _days_in_several_exports(mine, stored)
    if not days:
        return False
    files = [file for item in mine for file in item.good if file.partition in days]
    before = [file for file in stored if file.partition in days]
    if not (
        derived_now
        or derived_before
        or has_several_numberings(session, mine, files, before, source)
    ):
        return False
    returned_states = f"'{OrderStatus.REFUNDED.value}', '{OrderStatus.CANCELLED.value}'"
    own = (
        "file_sha256, row_number, stored_day, order_id, line_id, sku_id, "
        f"{table.version} as version, "
        f"list_contains($made, file_sha256) as is_line_id_derived, {NUMBERING} as numbering, "
        f"{LINE_NUMBER} as line_number, quantity_units, "
        f"coalesce(order_status in ({returned_states}) or refund_yuan > 0, false) as is_returned, "
        f"coalesce({row_value.amount(table)}, 0) as amount, "
        f"coalesce({row_value.returned_amount(table)}, 0) as given_back"
    )
    session.table(
        "export_lines",
        f"""
with new_lines as (select {own}, false as is_stored from ({source(files)})),
stored_lines as (
  select {own}, true as is_stored
  from ({source(before)}) anti join retracted_rows using (file_sha256, row_number)
  where order_id in (select order_id from new_lines)
),
all_lines as (from new_lines union all by name from stored_lines),
orders_exported_twice as (
  select order_id from all_lines group by order_id
  having count(distinct file_sha256) > 1 and (bool_or(is_line_id_derived)
    or count(distinct numbering) > 1)
)
select * from all_lines semi join orders_exported_twice using (order_id)""",
        made=[*derived_now, *derived_before],
    )
    session.table(
        REPLACED_EXPORTS,
        f"""
with exports as (
  select order_id, file_sha256, bool_or(is_line_id_derived) as is_line_id_derived,
    max(version) as version
  from export_lines group by order_id, file_sha256
),
after_sales_exports as (
  select distinct a.order_id, a.file_sha256
  from (
    select order_id, file_sha256 from export_lines group by all having bool_and(is_returned)
  ) as a
  inner join export_lines as o on o.order_id = a.order_id and o.file_sha256 <> a.file_sha256
  left join export_lines as s
    on s.order_id = a.order_id and s.file_sha256 = a.file_sha256 and s.sku_id = o.sku_id
  where s.order_id is null
),
ranked_exports as (
  select e.*, regexp_matches(c.file_name, {literal(_REJECTED_ROWS_FILE)}) as is_returned_file,
    row_number() over (
      partition by e.order_id
      order by e.version desc nulls last, c.file_rank desc, c.content desc
    ) as rank
  from exports as e left join contents as c using (file_sha256)
),
latest as (
  select order_id, min_by(file_sha256, rank) as latest_sha256, min(rank) as rank,
    min_by(is_line_id_derived, rank) as is_line_id_derived
  from ranked_exports anti join after_sales_exports using (order_id, file_sha256)
  where not is_returned_file group by order_id
),
with_shared_sku as (
  select distinct l.order_id, l.file_sha256
  from export_lines as l
  inner join latest as t on l.order_id = t.order_id and l.file_sha256 <> t.latest_sha256
  inner join export_lines as s
    on s.order_id = t.order_id and s.file_sha256 = t.latest_sha256 and s.sku_id = l.sku_id
),
numbered as ({NUMBERED_EXPORTS}),
outdated as (
  select r.order_id, r.file_sha256, t.latest_sha256
  from ranked_exports as r
  inner join latest as t on r.order_id = t.order_id and r.rank > t.rank
  left join with_shared_sku as s on r.order_id = s.order_id and r.file_sha256 = s.file_sha256
  where (r.is_returned_file or s.order_id is not null)
    and (r.is_line_id_derived or t.is_line_id_derived)
  union
  {REPLACED_NUMBERINGS}
),
sku_line_counts as (
  select order_id, file_sha256, sku_id, count(*) as lines
  from export_lines group by order_id, file_sha256, sku_id
),
listed_twice as (
  -- of a SKU that an after-sales export and another one list by other numbers, the earlier
  select k.order_id, k.sku_id,
    case when a.rank < o.rank then o.file_sha256 else a.file_sha256 end as file_sha256
  from after_sales_exports as s
  inner join ranked_exports as a on s.order_id = a.order_id and s.file_sha256 = a.file_sha256
  inner join ranked_exports as o
    on a.order_id = o.order_id and a.is_line_id_derived <> o.is_line_id_derived
  inner join sku_line_counts as k on a.order_id = k.order_id and a.file_sha256 = k.file_sha256
  inner join sku_line_counts as n on o.order_id = n.order_id and o.file_sha256 = n.file_sha256
  where n.sku_id = k.sku_id and n.lines = k.lines
)
select l.file_sha256, l.row_number, l.stored_day, l.is_stored, l.amount, l.given_back,
  case when k.order_id is null then 'superseded' else 'duplicate' end as why
from export_lines as l
left join outdated as g on l.order_id = g.order_id and l.file_sha256 = g.file_sha256
left join (select distinct order_id, file_sha256, sku_id from listed_twice) as d
  on l.order_id = d.order_id and l.file_sha256 = d.file_sha256 and l.sku_id = d.sku_id
left join (select distinct order_id, line_id, file_sha256 from export_lines) as k
  on k.order_id = l.order_id and k.line_id = l.line_id and k.file_sha256 = g.latest_sha256
where g.order_id is not null or d.order_id is not null""",
    )
    return bool(session.scalar(f"select count(*) from {REPLACED_EXPORTS}"))


def _contents_without_line_numbers(session: Session) -> list[str]:
    """List the loaded files whose order lines are identified by their SKU."""
    return [
        row[0]
        for row in session.rows(
            "select distinct file_sha256 from repairs "
            "where export = $export and column_name = 'line_id' and kind = 'made'",
            export=ORDERS.name,
        )
    ]


def _days_in_several_exports(mine: Sequence[StagedFile], stored: Sequence[StoredFile]) -> set[date]:
    """Find the days that a new export shares with another export."""
    exports = Counter(day for item in mine for day in item.days)
    held = {file.partition for file in stored}
    return {day for day, count in exports.items() if count > 1 or day in held}
