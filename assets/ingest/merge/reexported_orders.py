"""Take back the lines of an order that a later export of the same order stands for.

Where the platform numbers the lines of an order, each line is settled by its key. Where it does
not, a line is named by its SKU, and only the order as a whole tells what became of it: exported
again, it may have lost a line, or have its lines of one SKU in another order. So of such an order
the latest export stands whole. Two exports that have no SKU of the order in common hold parts of
it, and both stand. So does an after-sales export, which lists of an order only what came back: it
replaces its own lines by their key. A hand-back file holds single rows: they are taken back by a
later export, and never take back a whole order.

An order may be exported with numbers of its lines and without them: then no line of one export has
the key of a line of the other, and the latest of the two stands whole, as above; an after-sales
export replaces the lines of the SKUs it lists. Exports that both have numbers are settled by them,
unless they number otherwise, 订单行号 beside 子订单编号: then no line has the key of another
either, and of two that hold the same lines by SKU, quantity and amount the later stands
(`numberings`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from assets.ingest.merge.line_numberings import (
    NUMBERED,
    NUMBERED_OTHERWISE,
    NUMBERING,
    PLACE,
    has_numberings,
)
from assets.ingest.stage.orders import order_value
from assets.ingest.stage.orders.whole_orders import is_line_derived
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from data_contracts.codes import OrderStatus
from data_contracts.exports import ORDERS
from data_contracts.table import Table

AGAIN = "exported_again"  # the step: rows taken back, where they stand, why, and their amounts
_HANDED_BACK = r"_退回\.\w+$"


def take_back(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    standing: Sequence[StoredFile],
    source: Callable[[Sequence[StoredFile]], str],
) -> bool:
    """Make the step AGAIN, and say whether it has any rows.

    `source`: SQL of the rows of stored files. Needs `contents`, `taken_back` and `repairs` beside.
    """
    mine = staged if table is ORDERS else ()
    made_now = [item.sha256 for item in mine if is_line_derived(item.source.match)]
    made_before = _made_before(session) if mine else []
    days = _days_exported_again(mine, standing)
    if not days:
        return False
    files = [file for item in mine for file in item.good if file.partition in days]
    before = [file for file in standing if file.partition in days]
    if not (made_now or made_before or has_numberings(session, mine, files, before, source)):
        return False
    came_back = f"'{OrderStatus.REFUNDED.value}', '{OrderStatus.CANCELLED.value}'"
    own = (
        "file_sha256, row_number, stored_day, order_id, line_id, sku_id, "
        f"{table.version} as version, "
        f"list_contains($made, file_sha256) as is_made, {NUMBERING} as numbering, "
        f"{PLACE} as place, quantity_units, "
        f"coalesce(order_status in ({came_back}) or refund_yuan > 0, false) as is_back, "
        f"coalesce({order_value.amount(table)}, 0) as amount, "
        f"coalesce({order_value.returned_amount(table)}, 0) as given_back"
    )
    session.table(
        "export_lines",
        f"""
with fresh as (select {own}, false as is_standing from ({source(files)})),
stood as (
  select {own}, true as is_standing
  from ({source(before)}) anti join taken_back using (file_sha256, row_number)
  where order_id in (select order_id from fresh)
),
every as (from fresh union all by name from stood),
several as (
  select order_id from every group by order_id
  having count(distinct file_sha256) > 1 and (bool_or(is_made) or count(distinct numbering) > 1)
)
select * from every semi join several using (order_id)""",
        made=[*made_now, *made_before],
    )
    session.table(
        AGAIN,
        f"""
with exports as (
  select order_id, file_sha256, bool_or(is_made) as is_made, max(version) as version
  from export_lines group by order_id, file_sha256
),
after_sales as (
  select distinct a.order_id, a.file_sha256
  from (
    select order_id, file_sha256 from export_lines group by all having bool_and(is_back)
  ) as a
  inner join export_lines as o on o.order_id = a.order_id and o.file_sha256 <> a.file_sha256
  left join export_lines as s
    on s.order_id = a.order_id and s.file_sha256 = a.file_sha256 and s.sku_id = o.sku_id
  where s.order_id is null
),
placed as (
  select e.*, regexp_matches(c.file_name, {literal(_HANDED_BACK)}) as is_handback,
    row_number() over (
      partition by e.order_id
      order by e.version desc nulls last, c.name_place desc, c.content desc
    ) as place
  from exports as e left join contents as c using (file_sha256)
),
latest as (
  select order_id, min_by(file_sha256, place) as latest_sha256, min(place) as place,
    min_by(is_made, place) as is_made
  from placed anti join after_sales using (order_id, file_sha256)
  where not is_handback group by order_id
),
shared as (
  select distinct l.order_id, l.file_sha256
  from export_lines as l
  inner join latest as t on l.order_id = t.order_id and l.file_sha256 <> t.latest_sha256
  inner join export_lines as s
    on s.order_id = t.order_id and s.file_sha256 = t.latest_sha256 and s.sku_id = l.sku_id
),
numbered as ({NUMBERED}),
gone as (
  select r.order_id, r.file_sha256, t.latest_sha256
  from placed as r
  inner join latest as t on r.order_id = t.order_id and r.place > t.place
  left join shared as s on r.order_id = s.order_id and r.file_sha256 = s.file_sha256
  where (r.is_handback or s.order_id is not null) and (r.is_made or t.is_made)
  union
  {NUMBERED_OTHERWISE}
),
skus as (
  select order_id, file_sha256, sku_id, count(*) as lines
  from export_lines group by order_id, file_sha256, sku_id
),
listed as (
  -- of a SKU that an after-sales export and another one list by other numbers, the earlier
  select k.order_id, k.sku_id,
    case when a.place < o.place then o.file_sha256 else a.file_sha256 end as file_sha256
  from after_sales as s
  inner join placed as a on s.order_id = a.order_id and s.file_sha256 = a.file_sha256
  inner join placed as o on a.order_id = o.order_id and a.is_made <> o.is_made
  inner join skus as k on a.order_id = k.order_id and a.file_sha256 = k.file_sha256
  inner join skus as n on o.order_id = n.order_id and o.file_sha256 = n.file_sha256
  where n.sku_id = k.sku_id and n.lines = k.lines
)
select l.file_sha256, l.row_number, l.stored_day, l.is_standing, l.amount, l.given_back,
  case when k.order_id is null then 'superseded' else 'duplicate' end as why
from export_lines as l
left join gone as g on l.order_id = g.order_id and l.file_sha256 = g.file_sha256
left join (select distinct order_id, file_sha256, sku_id from listed) as d
  on l.order_id = d.order_id and l.file_sha256 = d.file_sha256 and l.sku_id = d.sku_id
left join (select distinct order_id, line_id, file_sha256 from export_lines) as k
  on k.order_id = l.order_id and k.line_id = l.line_id and k.file_sha256 = g.latest_sha256
where g.order_id is not null or d.order_id is not null""",
    )
    return bool(session.scalar(f"select count(*) from {AGAIN}"))


def _made_before(session: Session) -> list[str]:
    """List the loaded files whose order lines are named by their SKU."""
    return [
        row[0]
        for row in session.rows(
            "select distinct file_sha256 from repairs "
            "where export = $export and column_name = 'line_id' and kind = 'made'",
            export=ORDERS.name,
        )
    ]


def _days_exported_again(mine: Sequence[StagedFile], standing: Sequence[StoredFile]) -> set[date]:
    """Find the days that a new export shares with another export."""
    exports = Counter(day for item in mine for day in item.days)
    held = {file.partition for file in standing}
    return {day for day, count in exports.items() if count > 1 or day in held}
