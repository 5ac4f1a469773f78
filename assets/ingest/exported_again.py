"""Take back the lines of an order that a later export of the same order stands for.

Where the platform numbers the lines of an order, each line is settled by its key. Where it does
not, a line is named by its SKU, and only the order as a whole tells what became of it: exported
again, it may have lost a line, or have its lines of one SKU in another order. So of such an order
the latest export stands whole. Two exports that have no SKU of the order in common hold parts of
it, and both stand. So does an after-sales export, which lists of an order only what came back: it
replaces its own lines by their key. A hand-back file holds single rows: they are taken back by a
later export, and never take back a whole order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from assets.ingest import money
from assets.ingest.staging import Staged
from assets.ingest.whole_orders import is_line_made
from assets.resources.lakehouse import Session
from assets.resources.parquet_exchange import StoredFile
from assets.resources.sql_text import literal
from data_contracts.codes import OrderStatus
from data_contracts.exports import ORDERS
from data_contracts.table import Table

AGAIN = "exported_again"  # the step: rows taken back, where they stand, why, and their amounts
_HANDED_BACK = r"_退回\.\w+$"


def take_back(
    session: Session,
    table: Table,
    staged: Sequence[Staged],
    standing: Sequence[StoredFile],
    source: Callable[[Sequence[StoredFile]], str],
) -> bool:
    """Make the step AGAIN, and say whether it has any rows.

    `source`: SQL of the rows of stored files. Needs `contents`, `taken_back` and `repairs` beside.
    """
    mine = [item for item in staged if table is ORDERS and is_line_made(item.source.fit)]
    made_before = _made_before(session) if mine else []
    days = _days_exported_again(mine, standing if made_before else ())
    if not days:
        return False
    files = [file for item in mine for file in item.good if file.partition in days]
    before = [file for file in standing if file.partition in days] if made_before else []
    came_back = f"'{OrderStatus.REFUNDED.value}', '{OrderStatus.CANCELLED.value}'"
    own = (
        f"file_sha256, row_number, day, order_id, line_id, sku_id, {table.version} as version, "
        f"coalesce(order_status in ({came_back}) or refund_yuan > 0, false) as is_back, "
        f"coalesce({money.amount(table)}, 0) as amount, "
        f"coalesce({money.given_back(table)}, 0) as given_back"
    )
    session.table(
        "export_lines",
        f"""
with fresh as (select {own}, false as is_standing from ({source(files)})),
stood as (
  select {own}, true as is_standing
  from ({source(before)}) anti join taken_back using (file_sha256, row_number)
  where list_contains($made, file_sha256) and order_id in (select order_id from fresh)
),
every as (from fresh union all by name from stood),
several as (
  select order_id from every group by order_id having count(distinct file_sha256) > 1
)
select * from every semi join several using (order_id)""",
        made=made_before,
    )
    session.table(
        AGAIN,
        f"""
with exports as (
  select order_id, file_sha256, max(version) as version from export_lines group by all
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
ranked as (
  select e.*, regexp_matches(c.file_name, {literal(_HANDED_BACK)}) as is_handback,
    row_number() over (
      partition by e.order_id
      order by e.version desc nulls last, c.name_place desc, c.content desc
    ) as place
  from exports as e left join contents as c using (file_sha256)
),
latest as (
  select order_id, min_by(file_sha256, place) as latest_sha256, min(place) as place
  from ranked anti join after_sales using (order_id, file_sha256)
  where not is_handback group by order_id
),
shared as (
  select distinct l.order_id, l.file_sha256
  from export_lines as l
  inner join latest as t on l.order_id = t.order_id and l.file_sha256 <> t.latest_sha256
  inner join export_lines as s
    on s.order_id = t.order_id and s.file_sha256 = t.latest_sha256 and s.sku_id = l.sku_id
),
gone as (
  select r.order_id, r.file_sha256, t.latest_sha256
  from ranked as r
  inner join latest as t on r.order_id = t.order_id and r.place > t.place
  left join shared as s on r.order_id = s.order_id and r.file_sha256 = s.file_sha256
  where r.is_handback or s.order_id is not null
)
select l.file_sha256, l.row_number, l.day, l.is_standing, l.amount, l.given_back,
  case when k.order_id is null then 'superseded' else 'duplicate' end as why
from export_lines as l
inner join gone as g on l.order_id = g.order_id and l.file_sha256 = g.file_sha256
left join (select distinct order_id, line_id, file_sha256 from export_lines) as k
  on k.order_id = l.order_id and k.line_id = l.line_id and k.file_sha256 = g.latest_sha256""",
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


def _days_exported_again(mine: Sequence[Staged], standing: Sequence[StoredFile]) -> set[date]:
    """Find the days that a new export shares with another export."""
    exports = Counter(day for item in mine for day in item.days)
    held = {file.partition for file in standing}
    return {day for day, count in exports.items() if count > 1 or day in held}
