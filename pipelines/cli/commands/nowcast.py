"""Load new orders, compute the nowcast and print it: `linli nowcast`.

Contains the output and the checks before anything is loaded. Not here: the figures
(`assets/predict/nowcast`), the file (`assets/publish/lists`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.home import LinliHome
from data_contracts.codes.nowcast import NowcastFlag
from data_contracts.codes.products import SaleUnit
from data_contracts.errors import LinliError, NoDataError
from data_contracts.lists import NOWCAST
from data_contracts.tables.bookkeeping import FALLBACKS
from data_contracts.tables.nowcast import NOWCAST_BACKTEST, ORDER_NOWCAST, WAREHOUSE_NOWCAST
from models.clock import FIRST_DAY, business_date
from pipelines.cli.commands.run import execute, run_preflight
from pipelines.cli.console import out
from pipelines.cli.days import has_partition, parse_clock_time
from pipelines.cli.home_lock import hold_home_lock
from pipelines.cli.language import say
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from assets.ingest.identify_inbox import InboxManifest
    from assets.resources.lakehouse.lakehouse import Session


SHOWN_WAREHOUSES = 30


def make_nowcast(
    at: str, exports: Path | None, home: Path | None, platform: str | None = None
) -> None:
    """Run the job `nowcast` for the business day of `at`, and print its result.

    Raises LinliError for an invalid clock time, one without known orders, or one before the first
    order of its day.
    """
    settings = Settings.from_environment(home=home, exports=exports, platform=platform)
    known_until = parse_clock_time(at)
    linli = settings.linli_home()
    if settings.exports.is_dir():
        _business_day(linli, known_until)
    manifest = run_preflight(settings)
    day = _open_day(linli, known_until, manifest)
    from pipelines.jobs import nowcast_config

    settings.prepare_home()
    title = say(
        f"nowcast of {day}, known until {known_until:%H:%M}",
        f"{day} 当日订单预估，统计截至 {known_until:%H:%M}",
    )
    with hold_home_lock(settings, "linli nowcast", day):
        execute(settings, "nowcast", day, title, manifest, nowcast_config(known_until))
    tables = (ORDER_NOWCAST, WAREHOUSE_NOWCAST, NOWCAST_BACKTEST, FALLBACKS)
    with linli.lakehouse.session(*tables) as session:
        _say(session, linli, day, known_until)
    path = linli.lists_dir(NOWCAST.name) / day.isoformat() / NOWCAST.file_name(day, "csv")
    out.print(f"{NOWCAST.zh}: {path}", markup=False)


def _open_day(home: LinliHome, known_until: datetime, manifest: InboxManifest) -> date:
    """Return the business day open at `known_until`; raises NoDataError without orders of it."""
    from assets.ingest.coverage import order_time_range

    day, cutoff_minutes = _business_day(home, known_until), home.platform().cutoff_minutes
    first, last = order_time_range(home, manifest)
    days = business_date(first, cutoff_minutes), business_date(last, cutoff_minutes)
    opened = home.as_of_end(day - timedelta(days=1))
    if days[1] < day:
        raise NoDataError(
            f"no order of business day {day}, open since {opened:%Y-%m-%d %H:%M}: the exports end "
            f"at {last:%Y-%m-%d %H:%M}; export the orders again",
            f"业务日 {day}（{opened:%Y-%m-%d %H:%M} 开始）没有订单：导出只到 "
            f"{last:%Y-%m-%d %H:%M}；请重新导出订单",
        )
    if not days[0] < day:
        raise NoDataError(
            f"no order before business day {day}: the exports begin at {first:%Y-%m-%d %H:%M}; a "
            "nowcast learns from past days, add the orders of the weeks before",
            f"业务日 {day} 之前没有订单：导出从 {first:%Y-%m-%d %H:%M} 开始；预估要"
            "参照以往的订单，请补充此前几周的订单",
        )
    return day


def _business_day(home: LinliHome, known_until: datetime) -> date:
    """Return the business day of `known_until`; raises LinliError if it is not a partition."""
    day = business_date(known_until, home.platform().cutoff_minutes)
    if not has_partition(day):
        raise LinliError(
            f"--at {known_until:%Y-%m-%dT%H:%M} must lie between {FIRST_DAY} and today's cut-off",
            f"--at {known_until:%Y-%m-%dT%H:%M} 须在 {FIRST_DAY} 与今天截单之间",
        )
    return day


def _say(session: Session, home: LinliHome, day: date, known_until: datetime) -> None:
    rows = session.frame(
        "select * from warehouse_nowcast where as_of = $day order by warehouse_id, sale_unit",
        day=day,
    )
    closes = home.as_of_end(day)
    left = (closes - known_until) / timedelta(hours=1)
    until = f"{known_until:%Y-%m-%d %H:%M}"
    out.print(
        say(
            f"business day {day}: orders until {until}, {left:.1f} h to the cut-off at "
            f"{closes:%H:%M}",
            f"业务日 {day}：统计截至 {until}，距 {closes:%H:%M} 截单还有 {left:.1f} 小时",
        )
    )
    if rows.empty:
        out.print(say("no orders, and none expected", "没有订单，预计也不会有"))
        return
    _print_warehouses(rows)
    _print_errors(session, day, left)
    closed = session.rows(
        "select flag, count(*) from order_nowcast where as_of = $day and flag is not null "
        "group by flag order by flag",
        day=day,
    )
    for flag, count in closed:
        label = NowcastFlag.zh_of(flag)
        out.print(
            say(
                f"{count:,} lines {flag.replace('_', ' ')} now, flagged in the list",
                f"{count:,} 行现在{label}，清单中已注明",
            )
        )
    for message, message_zh in session.rows(
        "select message, message_zh from fallbacks where as_of = $day and step = $step "
        "order by code",
        day=day,
        step=ORDER_NOWCAST.name,
    ):
        out.print(f"  - {say(message, message_zh)}", markup=False)


def _print_warehouses(rows: pd.DataFrame) -> None:
    """Print one line per warehouse and unit, for the largest, and the sums per unit."""
    measures = ["ordered_units", "rest_units", "total_units", "prior_units"]
    units = rows["sale_unit"].map(SaleUnit.zh_of)
    width = max(9, rows["warehouse_id"].str.len().max())
    out.print(_header(width), markup=False)
    shown = rows.assign(unit=units).sort_values("total_units", ascending=False, kind="stable")
    for row in shown.head(SHOWN_WAREHOUSES).sort_values(["warehouse_id", "unit"]).itertuples():
        band = f"{row.total_p10_units:,.0f}-{row.total_p90_units:,.0f}"
        out.print(
            f"  {row.warehouse_id:<{width}} {row.unit:<3} {row.ordered_units:>9,.0f} "
            f"{row.rest_units:>9,.0f} {row.total_units:>9,.0f}   {band:<17} "
            f"{row.prior_units:,.0f}",
            markup=False,
        )
    if len(rows) > SHOWN_WAREHOUSES:
        more = len(rows) - SHOWN_WAREHOUSES
        out.print(say(f"  and {more} more, in the list", f"  另有 {more} 行，见清单"))
    for unit, total in rows.assign(unit=units).groupby("unit")[measures].sum().iterrows():
        ordered, rest, day, prior = (total[name] for name in measures)
        title = _padded(say("all", "合计"), width)
        out.print(
            f"  {title} {unit:<3} {ordered:>9,.0f} {rest:>9,.0f} {day:>9,.0f}   "
            f"{'':<17} {prior:,.0f}",
            markup=False,
        )


def _header(width: int) -> str:
    """Build the header line; a Chinese character is two columns wide."""
    named = [("ordered", "已下单"), ("to come", "还会下单"), ("day", "全天")]
    cells = " ".join(_padded(say(*one), 9, is_right=True) for one in named)
    warehouse = _padded(say("warehouse", "网格仓"), width)
    return f"  {warehouse} {'':<4} {cells}   {'10-90 %':<17} " + say("forecast before", "此前预测")


def _padded(text: str, width: int, *, is_right: bool = False) -> str:
    blanks = " " * max(0, width - sum(1 + (sign > "\u2e7f") for sign in text))
    return blanks + text if is_right else text + blanks


def _print_errors(session: Session, day: date, left: float) -> None:
    """Print the errors of past days with as many hours left, compared with the forecast alone."""
    errors = {
        (model, scope): (wape, wpe, days)
        for model, scope, wape, wpe, days in session.rows(
            "select model, scope, avg(wape), avg(wpe), count(*) from nowcast_backtest "
            "where as_of = $day and abs(hours_left - $left) < 0.001 group by model, scope",
            day=day,
            left=left,
        )
    }
    if not errors:
        return
    line, _, days = errors["nowcast", "total"]
    summed, summed_bias, _ = errors["nowcast", "warehouse_total"]
    alone = f"{errors['prior', 'total'][0]:.1%}", f"{errors['prior', 'warehouse_total'][0]:.1%}"
    out.print(
        say(
            f"{days} past days at this hour missed their total by {line:.1%} per SKU and "
            f"{summed:.1%} per warehouse (WAPE; bias {summed_bias:+.1%}); the forecast alone by "
            f"{alone[0]} and {alone[1]}",
            f"过去 {days} 天同一时刻，全天总量的误差为每个商品 {line:.1%}、每个网格仓 {summed:.1%}"
            f"（WAPE，偏差 {summed_bias:+.1%}）；只用预测则为 {alone[0]} 和 {alone[1]}",
        )
    )
