"""Read orders of the open day and of earlier days as arrays by series, day and moment.

Contains the SQL steps, and the conversion to the arrays of `models/demand/nowcast.py`. Not here:
what is fitted and written (`order_nowcast_steps.py`). Reads nothing ordered, cancelled or sold out
at or after the clock time: the order lines end there, and availability is read for the last full
hour before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.core.demand.shared_steps import (
    calendar,
    exhausted_offers,
    hourly_sales,
    series_codes,
    sku_categories,
    warehouse_day_kinds,
)
from assets.core.order_lines import off_offer, order_lines_as_of
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import Horizon
from data_contracts.codes.nowcast import NowcastPrior
from models.clock import end_of_business_day
from models.demand.nowcast import DayHistory, Moment, mean_priors
from models.demand.nowcast_backtest import WAREHOUSE_UNIT
from models.params.nowcast import NowcastParams

_DAY_SECONDS = 86_400
_ARRIVALS = """
select p.series_no - 1 as series, a.day - $first_day as day_no, a.observed_e4, a.rest_e4, a.total_e4
from nowcast_arrivals as a
inner join panel_series as p on a.warehouse_id = p.warehouse_id and a.sku_id = p.sku_id
where a.moment_no = $moment_no
order by 1, 2
"""
_FORECASTS = """
select p.series_no - 1 as series, f.as_of + 1 - $first_day as day_no, f.sold_units
from demand_forecast as f
inner join panel_series as p on f.warehouse_id = p.warehouse_id and f.sku_id = p.sku_id
where f.horizon = $horizon and f.as_of >= $first_day and f.as_of < $as_of
"""
_SERIES = """
select distinct warehouse_id, sku_id from order_lines_as_of where is_goods and day >= $first_day
union
select warehouse_id, sku_id from demand_forecast where horizon = $horizon and as_of = $as_of - 1
"""
_OFF_OFFER = """
select p.series_no - 1 as series, c.day - $first_day as day_no
from panel_series as p
inner join off_offer as x on p.sku_id = x.sku_id
inner join calendar as c on c.day between x.from_day and x.until_day
where c.day between $first_day and $as_of
"""


@dataclass(frozen=True)
class Panel:
    """Arrays of the nowcast, with the series they describe.

    `series`: warehouse_id, sku_id, sku_name, category, sale_unit of each row of the arrays.
    `moments`: the clock time first, then the hours that are only scored. `prior_kinds`, `letters`:
    (series,) of the open day, letters A on sale, S sold out, N not offered. `first_day`: of the
    first column. `days_with_forecast`: past days whose forecast is stored.
    """

    first_day: date
    series: pd.DataFrame
    days: DayHistory
    moments: list[Moment]
    prior_kinds: np.ndarray
    letters: np.ndarray
    days_with_forecast: int


def create_order_lines(
    session: Session, run: DayRun, known_until: datetime, params: NowcastParams
) -> date:
    """Create the order lines and `calendar`; return the first day with an order.

    Looks back at most `history_days`.
    """
    earliest = run.as_of - timedelta(days=params.history_days)
    order_lines_as_of(session, run, known_until=known_until, materialise=True)
    first_order_day = session.scalar(
        "select min(day) from order_lines_as_of where day >= $day", day=earliest
    )
    first_day: date = first_order_day if first_order_day is not None else run.as_of
    calendar(session, first_day, run.as_of)
    return first_day


def silences(session: Session, run: DayRun, known_until: datetime) -> pd.Series:
    """Return the time since the last order at this time of day, per day, the open day last.

    NaT before the first order; needs `create_order_lines`.
    """
    cutoff_minutes = run.platform.cutoff_minutes
    elapsed = known_until - opened_at(run.as_of, cutoff_minutes)
    frame = session.frame(
        sql_beside(__file__, "nowcast_silence.sql"),
        cutoff_minutes=cutoff_minutes,
        elapsed_seconds=int(elapsed.total_seconds()),
    )
    last_order = frame["last_before_at"].fillna(frame["last_at"].shift(1).ffill())
    at = pd.to_datetime(frame["day"]) + timedelta(minutes=cutoff_minutes - 1440) + elapsed
    return at - last_order


def opened_at(day: date, cutoff_minutes: int) -> datetime:
    """Return when business day `day` opened for orders: the cut-off of the day before."""
    return end_of_business_day(day - timedelta(days=1), cutoff_minutes)


def read_panel(
    session: Session, run: DayRun, known_until: datetime, first_day: date, params: NowcastParams
) -> Panel:
    """Read the arrays; needs `create_order_lines`."""
    elapsed = known_until - opened_at(run.as_of, run.platform.cutoff_minutes)
    hours = [24 - elapsed.total_seconds() / 3600]
    hours += [left for left in params.hours_left if left != hours[0]]
    _steps(session, run, known_until, first_day, hours)
    series = session.frame(sql_beside(__file__, "nowcast_series.sql"))
    shape = (len(series), (run.as_of - first_day).days + 1)
    moments, total = _moments(session, hours, first_day, shape)
    unavailable = session.frame(
        sql_beside(__file__, "nowcast_unavailable.sql"), first_day=first_day, last_day=run.as_of
    )
    for number, moment in enumerate(moments):
        rows = unavailable[unavailable["moment_no"] == number]
        moment.is_closed[rows["series"].to_numpy(), rows["day_no"].to_numpy()] = True
    now = unavailable[(unavailable["moment_no"] == 0) & (unavailable["day_no"] == shape[1] - 1)]
    letters = np.full(len(series), "A")
    letters[now["series"].to_numpy()] = now["letter"].to_numpy(str)
    kind = _kinds(session, series, first_day, shape[1])
    prior, is_forecast = _priors(session, run, first_day, total, kind, params)
    off = session.frame(_OFF_OFFER, first_day=first_day, as_of=run.as_of)
    prior[off["series"], off["day_no"]] = 0.0
    letters[off["series"][off["day_no"] == shape[1] - 1].to_numpy()] = "N"
    days = DayHistory(total_units=total, prior_units=prior, kind=kind, groups=groups_of(series))
    kinds = np.where(
        np.isnan(prior[:, -1]),
        NowcastPrior.CATEGORY_MEAN.value,
        NowcastPrior.FORECAST.value if is_forecast[-1] else NowcastPrior.MEAN_OF_DAYS.value,
    )
    return Panel(first_day, series, days, moments, kinds, letters, int(is_forecast[:-1].sum()))


def groups_of(series: pd.DataFrame) -> dict[str, np.ndarray]:
    """Number the groups of the series without gaps.

    Pieces and kilograms of a warehouse are never added up.
    """
    columns = {
        "platform": ["platform_no"],
        "warehouse": ["warehouse_no"],
        "sku": ["sku_no"],
        "category": ["category_no"],
        WAREHOUSE_UNIT: ["warehouse_no", "sale_unit"],
    }
    return {name: series.groupby(by).ngroup().to_numpy() for name, by in columns.items()}


def _steps(
    session: Session, run: DayRun, known_until: datetime, first_day: date, hours: list[float]
) -> None:
    """Make `hourly_sales`, `exhausted_offers`, `moments`, `nowcast_arrivals`, `panel_series`,
    `warehouse_day_kinds`, `off_offer`."""
    cutoff_minutes = run.platform.cutoff_minutes
    hourly_sales(session, first_day)
    exhausted_offers(session, run, known_until)
    elapsed = [round(_DAY_SECONDS - left * 3600) for left in hours]
    last_order = [_seen_hour(seconds, cutoff_minutes) for seconds in elapsed]
    session.register(
        "moments",
        pa.table(
            {
                "moment_no": pa.array(range(len(hours)), pa.int32()),
                "elapsed_seconds": pa.array(elapsed, pa.int64()),
                "seen_day": pa.array([day for day, _ in last_order], pa.int32()),
                "seen_hour": pa.array([hour for _, hour in last_order], pa.int32()),
            }
        ),
    )
    session.table(
        "nowcast_arrivals",
        sql_beside(__file__, "nowcast_arrivals.sql"),
        cutoff_minutes=cutoff_minutes,
        first_day=first_day,
    )
    sku_categories(session)
    session.table(
        "series", _SERIES, first_day=first_day, as_of=run.as_of, horizon=Horizon.DAY_1.value
    )
    series_codes(session, "series")
    warehouse_day_kinds(session, first_day, run.as_of)
    off_offer(session)


def _seen_hour(elapsed_seconds: int, cutoff_minutes: int) -> tuple[int | None, int | None]:
    """Return the last full clock hour since the day opened; None before the first.

    A pair of calendar day (0: the business day's own, -1: the one before) and hour.

    >>> _seen_hour(19 * 3600, 23 * 60), _seen_hour(7200, 22 * 60), _seen_hour(60, 1440)
    ((0, 17), (-1, 23), (None, None))
    """
    opened = (cutoff_minutes - 1440) * 60
    last = (opened + elapsed_seconds) // 3600 - 1
    return divmod(last, 24) if last * 3600 >= opened else (None, None)


def _moments(
    session: Session, hours: list[float], first_day: date, shape: tuple[int, int]
) -> tuple[list[Moment], np.ndarray]:
    """Return one moment per entry of `hours`, nothing closed yet, and the totals of the days."""
    moments, total = [], np.zeros(shape)
    for number, left in enumerate(hours):
        rows = session.frame(_ARRIVALS, first_day=first_day, moment_no=number)
        at = rows["series"].to_numpy(), rows["day_no"].to_numpy()
        observed, rest = np.zeros(shape), np.zeros(shape)
        observed[at] = rows["observed_e4"].to_numpy() / 10000.0
        rest[at] = rows["rest_e4"].to_numpy() / 10000.0
        total[at] = rows["total_e4"].to_numpy() / 10000.0
        moments.append(Moment(left, observed, rest, np.zeros(shape, bool)))
    total[:, -1] = 0.0  # the open day has no total yet
    return moments, total


def _kinds(session: Session, series: pd.DataFrame, first_day: date, days: int) -> np.ndarray:
    """Return (series, days): 1 for a free day of the series' warehouse."""
    rows = session.frame(
        "select warehouse_no, day - $first_day as day_no, is_free from warehouse_day_kinds",
        first_day=first_day,
    )
    rows = rows[(rows["day_no"] >= 0) & (rows["day_no"] < days)]
    of_warehouses = rows.pivot(index="warehouse_no", columns="day_no", values="is_free")
    return of_warehouses.loc[series["warehouse_no"]].to_numpy(int).reshape(len(series), days)


def _priors(
    session: Session,
    run: DayRun,
    first_day: date,
    total: np.ndarray,
    kind: np.ndarray,
    params: NowcastParams,
) -> tuple[np.ndarray, np.ndarray]:
    """Return expected units (series, days), and which days have a stored forecast (days,)."""
    prior = mean_priors(total, kind, params.mean_days)
    rows = session.frame(
        _FORECASTS, first_day=first_day, as_of=run.as_of, horizon=Horizon.DAY_1.value
    )
    is_forecast = np.zeros(total.shape[1], bool)
    is_forecast[rows["day_no"].unique()] = True
    prior[:, is_forecast] = np.nan
    prior[rows["series"], rows["day_no"]] = rows["sold_units"]
    return prior, is_forecast
