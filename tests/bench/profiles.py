"""Seconds and memory of the profiles of a large platform, and of the day after.

    python -m tests.bench.profiles --folder /tmp/profiles [--users 1000000] [--lines 20000000]

Draws a platform straight into a lake: a year of order lines, browsing of 90 days, shipments and
signals of messages of 180 days. Then materialises the profile's assets for its last day, when
everybody is new, for the day after, when most are carried over, and for that day anew; says whether
the last two gave the same rows. Each measure is its own process, so that peaks are its own.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from tests.flow import PEOPLE, assets_named

END = date(2026, 9, 30)
DAYS = 366  # a year, and the day whose update is measured
LINES_PER_ORDER = 2.5
SKUS = 3_000
COMMUNITIES = 5_000
BROWSE_PER_USER = 10  # of 90 days
MESSAGES_PER_USER = 0.5  # of 180 days
# the signals are drawn, not read: what reading costs is another measure
PROFILE = (*(name for name in PEOPLE if name != "message_signals"), "account_marks")

# u(i, salt): a number in [0, 1) that hangs on i and salt only
_MACROS = """
create macro u(i, salt) as (hash(i * 64 + salt) >> 11) / 9007199254740992.0;
create macro named(kind, n) as kind || '_' || substr(md5(n::varchar), 1, 20);
"""

_ORDERS = """
with placed as (
    select
        $first + i as number,
        floor($users * pow(u($first + i, 1), 1.5))::bigint as customer,
        $day::timestamp + to_seconds((28800 + 50400 * u($first + i, 2))::bigint) as placed_at
    from range($orders) t(i)
),
lines as (
    select
        number, customer, placed_at, line,
        floor($skus * pow(u(number * 8 + line, 3), 2))::bigint as sku,
        u(number * 8 + line, 4) as fate
    from placed, range(1 + floor(u(number, 5) * 4)::bigint) l(line)
)
select
    named('o', number) as order_id, line::varchar as line_id,
    placed_at as ordered_at, placed_at as paid_at,
    placed_at + interval 1 hour as updated_at, named('u', customer) as user_id,
    'c' || (customer % $communities) as community_id, 's' || sku as sku_id,
    '商品' || sku as sku_name, '品类' || (sku % 40) as category,
    1.0 + (fate * 3)::bigint as quantity_units, 'piece' as sale_unit,
    (3 + sku % 57)::decimal(18, 4) as unit_price_yuan,
    case when sku % 3 = 0 then (4 + sku % 57)::decimal(18, 4) end as list_price_yuan,
    ((1.0 + (fate * 3)::bigint) * (3 + sku % 57))::decimal(18, 4) as paid_amount_yuan,
    case when fate < 0.04 then 1.0 + (fate * 3)::bigint end as cancelled_units,
    case when fate < 0.04 then placed_at + interval 30 minute end as cancelled_at,
    case when fate > 0.98 then 3.0::decimal(18, 4) end as refund_yuan,
    case when fate > 0.98 then placed_at + interval 2 day end as refunded_at,
    case when fate < 0.04 then 'cancelled' else 'finished' end as order_status,
    $day as business_date
from lines
"""

_BROWSE = """
select
    named('e', $first + i) as event_id,
    named('u', floor($users * pow(u($first + i, 11), 1.5))::bigint) as user_id,
    $day::timestamp + to_seconds((25200 + 57600 * u($first + i, 12))::bigint)
        as occurred_at,
    case
        when i % 20 < 8 then 'view_list' when i % 20 < 16 then 'view_detail'
        when i % 20 < 18 then 'search' when i % 20 < 19 then 'add_cart' else 'share'
    end as action,
    case when i % 20 between 8 and 15 or i % 20 = 18
        then 's' || floor($skus * pow(u($first + i, 13), 2))::bigint end as sku_id,
    case when i % 20 between 16 and 17 then
        ['苹果', '有机蔬菜', '便宜牛奶', '新品零食', '面包', '特价鸡蛋', '进口水果'][1 + i % 7] end
        as search_text,
    case when i % 20 between 8 and 15 then round(200 * pow(u($first + i, 14), 3), 1) end
        as dwell_seconds,
    $day as business_date
from range($events) t(i)
"""

_LOGISTICS = """
select distinct on (order_id)
    's' || order_id as shipment_id, order_id, ordered_at + interval 8 hour as dispatched_at,
    ordered_at + interval 20 hour as arrived_at,
    ordered_at + interval 20 hour + to_seconds((hash(order_id) % 36000)::bigint)
        as picked_up_at,
    'picked_up' as shipment_status, case when hash(order_id) % 25 = 0 then 'late' end as issue,
    community_id, ordered_at + interval 30 hour as updated_at, business_date
from ({orders})
"""

_SIGNALS = """
select
    named('m', i) as message_id,
    $as_of - (u(i, 21) * 179)::integer as day,
    named('u', floor($users * pow(u(i, 22), 1.5))::bigint) as user_id,
    'app' as channel,
    case when i % 2 = 0 then 1 + (i % 5) end as stars,
    round(2 * u(i, 23) - 1, 4) as polarity,
    case when i % 20 = 0 then 'anger' when i % 20 < 6 then 'delight' end as emotion,
    i % 11 = 0 as is_complaint,
    case when i % 11 = 0 then 'service_24h' end as complaint_grade,
    i % 30 = 0 as is_belonging,
    case when i % 4 = 0 then 2 * u(i, 24) - 1 end as freshness_polarity,
    case when i % 7 = 0 then 2 * u(i, 25) - 1 end as delivery_polarity
from range($messages) t(i)
"""


def make(folder: Path, users: int, lines: int) -> None:
    """Draw the platform into the lake under `folder`."""
    from assets.resources.lakehouse.lakehouse import stored_columns
    from assets.resources.lakehouse.sql_text import render
    from data_contracts.exports import BY_NAME
    from data_contracts.tables.feedback import MESSAGE_SIGNALS

    lake = home_of(folder, threads=2).lakehouse
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    connection.execute(_MACROS)

    def rows(table, sql, **params) -> pa.RecordBatchReader:
        rendered = render(sql, params)
        has = {name for name, *_ in connection.sql(f"describe {rendered}").fetchall()}
        listed = ", ".join(
            f'{name if name in has else "null"}::{kind} as "{name}"'
            for name, kind in stored_columns(table).items()
        )
        return connection.sql(f"select {listed} from ({rendered})").to_arrow_reader(100_000)

    def several(name: str, days: list[date], sql: str, **counts: int) -> None:
        table = BY_NAME[name]
        for first in range(0, len(days), 15):
            part = days[first : first + 15]
            united = " union all ".join(
                "from ("
                + render(sql, {"day": day, "first": ((END - day).days + 2) * 10_000_000, **counts})
                + ")"
                for day in part
            )
            lake.replace_days(table, part, rows(table, united), by="business_date")

    every = [END + timedelta(days=1 - back) for back in range(DAYS)]
    orders = {"orders": round(lines / (DAYS - 1) / LINES_PER_ORDER), "communities": COMMUNITIES}
    orders |= {"users": users, "skus": SKUS}
    several("orders", every, _ORDERS, **orders)
    several(
        "browse",
        every[:91],
        _BROWSE,
        events=round(users * BROWSE_PER_USER / 90),
        users=users,
        skus=SKUS,
    )
    several("logistics", every[:181], _LOGISTICS.format(orders=_ORDERS), **orders)
    flat = {
        "products": "select 's' || i as sku_id, '商品' || i as sku_name, '品类' || (i % 40) as "
        "category, 'piece' as sale_unit, true as is_goods, "
        "case when i % 5 = 0 then $day - (i % 400)::integer end as launched_on "
        f"from range({SKUS}) t(i)",
        "communities": "select 'c' || i as community_id, 'w' || (i % 40) as warehouse_id, "
        f"'r' || (i % 10) as region_id from range({COMMUNITIES}) t(i)",
        "users": "select named('u', i) as user_id, 'c' || (i % $communities) as community_id, "
        "$day::timestamp - to_days((u(i, 31) * 900)::integer) as registered_at, "
        "case when i % 3 = 0 then 1 + i % 4 end as household_size "
        f"from range({users}) t(i)",
        "weather": "select 'r' || r as area_id, $day + 1 - d::integer as day, "
        "case when u(r * 1000 + d, 41) < 0.3 then 5.0 else 0.0 end as rain_mm "
        "from range(10) a(r), range(120) t(d)",
        "holidays": "select $day + 1 - d::integer as day, 'x' as name, "
        "case when d % 30 = 0 then 'public_holiday' else 'school_season' end as kind "
        "from range(120) t(d) where d % 30 = 0 or d < 25",
    }
    for name, sql in flat.items():
        table = BY_NAME[name]
        lake.overwrite(table, rows(table, sql, day=END, communities=COMMUNITIES))
    for day in (END, END + timedelta(days=1)):
        signals = f"select $as_of as as_of, * from ({_SIGNALS.replace('$as_of', '$end')})"
        count = round(users * MESSAGES_PER_USER)
        read = rows(MESSAGE_SIGNALS, signals, as_of=day, end=END, users=users, messages=count)
        lake.replace(MESSAGE_SIGNALS, day, read)


def home_of(folder: Path, threads: int, *, rebuild: bool = False):
    from assets.resources.home import LinliHome

    return LinliHome(
        home=str(folder / "home"),
        exports=str(folder / "exports"),
        threads=threads,
        memory_limit="5GB",
        rebuild=rebuild,
    )


def profile(folder: Path, day: date, threads: int, *, rebuild: bool) -> None:
    """Materialise the assets of the profile for `day`; print seconds and peak of each, and last a
    digest of all rows."""
    import dagster as dg

    from data_contracts.tables import BY_NAME
    from data_contracts.tables.bookkeeping import RUN_STEPS

    home = home_of(folder, threads, rebuild=rebuild)
    started = time.perf_counter()
    done = dg.materialize(
        assets_named(*PROFILE),
        partition_key=day.isoformat(),
        resources={"linli": home},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    seconds = time.perf_counter() - started
    computed = {
        name: event.metadata["users_computed"].value
        for name in PROFILE
        for event in done.asset_materializations_for_node(name)
        if "users_computed" in event.metadata
    }
    with home.lakehouse.session(RUN_STEPS, *(BY_NAME[name] for name in PROFILE)) as session:
        steps = session.rows(
            f"select step, seconds, peak_memory_mib, rows from {RUN_STEPS.name} where as_of = $day",
            day=day,
        )
        for step, took, peak, rows in steps:
            users = f"{computed[step]:>10,} users computed" if step in computed else ""
            print(f"  {step:<20} {took:7.1f} s  {peak:7,.0f} MiB  {rows:>12,} rows {users}")
        digests = [
            session.rows(
                f"select count(*), sum(hash(*columns(*))) from {name} where as_of = $day", day=day
            )[0]
            for name in PROFILE
        ]
    peak = max(one for _, _, one, _ in steps)
    kind = "anew" if rebuild else "as it comes"
    print(f"{day} {kind}: {seconds:.1f} s, peak {peak:,.0f} MiB, {threads} threads")
    # not hash(): of None, the sum over no row, it is another in every process
    print(f"rows {hashlib.sha256(repr(digests).encode()).hexdigest()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=20_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rebuild", action="store_true", help="of one measure")
    parser.add_argument("--day", type=date.fromisoformat, help="of one measure; for its process")
    chosen = parser.parse_args()
    if chosen.day:
        profile(chosen.folder, chosen.day, chosen.threads, rebuild=chosen.rebuild)
        return
    if not (chosen.folder / "home" / "lake").exists():
        make(chosen.folder, chosen.users, chosen.lines)
    after = END + timedelta(days=1)
    said = [
        measured(chosen.folder, chosen.threads, END),
        measured(chosen.folder, chosen.threads, after),
        measured(chosen.folder, chosen.threads, after, "--rebuild"),
    ]
    print("the update equals the rebuild" if said[1] == said[2] else "THE UPDATE DIFFERS")


def measured(folder: Path, threads: int, day: date, *more: str) -> str:
    """One measure in a process of its own; its digest of all rows."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.profiles", "--folder", folder),
            *("--threads", str(threads), "--day", day.isoformat(), *more),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    *lines, digest = done.stdout.strip().split("\n")
    print("\n".join(lines), flush=True)
    return digest


if __name__ == "__main__":
    main()
