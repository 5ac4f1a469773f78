"""Build the rows of the demand model: a series, an origin, a horizon, features.

Contains the SQL steps from the stored panel to features, in order. Not here: the choice of origins
(`demand_model_steps.py`), the model (`models/demand/forecast.py`). An origin is the last known day
of a forecast. Its features use only what was known at its end: sales, announced discounts, issued
weather forecasts. One exception: cancellations count as known at the end of `run.as_of`, for
earlier origins too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa

from assets.core.demand.shared_steps import (
    calendar,
    promotion_days,
    series_codes,
    sku_categories,
    warehouse_day_kinds,
)
from assets.core.order_lines import off_offer, order_lines_as_of
from assets.framework.day_asset import DayRun, sql_beside
from assets.predict.demand.demand_interest import create_interest
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import LONGEST_SUM_DAYS
from models.clock import HORIZON_DAYS
from models.demand.feature_names import FEATURES
from models.params.demand import DEFAULTS, ShiftParams


@dataclass(frozen=True)
class Origin:
    """A day to forecast from.

    One in `train_every` of its series is used for fitting (0: none), one in `score_every` for
    scoring or forecasting (0: none).
    """

    day: date
    train_every: int
    score_every: int


def row_step(rows: int, limit: int) -> int:
    """Return n such that one row in n keeps `rows` within `limit`."""
    return max(1, math.ceil(rows / limit))


def with_recent_origins(
    origins: Sequence[Origin], series: int, params: ShiftParams
) -> list[Origin]:
    """Add the days before scored origins, whose one-day-ahead errors correct the forecast.

    Of `series`, samples only as many as `max_rows` allows.
    """
    by_day = {origin.day: origin for origin in origins}
    scored = [origin.day for origin in origins if origin.score_every]
    wanted = {day - timedelta(days=back) for day in scored for back in range(1, params.days + 1)}
    extra = sorted(wanted - set(scored))
    every = row_step(series * len(extra) * HORIZON_DAYS, params.max_rows)
    for day in extra:
        by_day[day] = Origin(day, by_day[day].train_every if day in by_day else 0, every)
    return [by_day[day] for day in sorted(by_day)]


def split_recent_and_scored(
    rows: pd.DataFrame, scored: Sequence[date]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off one-day-ahead rows of past days, and the rows of the origins `scored`."""
    scored_or_recent = rows["is_scored"].to_numpy(bool)
    of_scored = rows["origin"].isin([pd.Timestamp(day) for day in scored]).to_numpy()
    return rows[scored_or_recent & (rows["horizon"] == 1).to_numpy()], rows[
        scored_or_recent & of_scored
    ]


def create_panel_series(session: Session, run: DayRun) -> None:
    """Create `panel_series`: every series of the panel, with its codes."""
    order_lines_as_of(session, run)
    sku_categories(session)
    session.view("stored", "select * from demand_day where as_of = $as_of", as_of=run.as_of)
    series_codes(session, "stored")


def feature_rows(session: Session, run: DayRun, origins: Sequence[Origin]) -> pd.DataFrame:
    """Return the rows of `origins`, ordered by series, origin, horizon; needs `panel_series`.

    Columns: series_no, origin, target_day, horizon, is_training, is_scored, panel_days (known days
    of the series within the longest window), sold_last_week (same weekday), every name of FEATURES
    (float32), and of a target day that is over: demand_units, sold_units, in_stock_share.
    """
    first_origin = min(origin.day for origin in origins)
    from_day = first_origin - timedelta(days=DEFAULTS.model.lookback_days - 1)
    _create_origins(session, origins)
    _create_day_tables(session, run, from_day)
    session.table(
        "demand_panel", sql_beside(__file__, "demand_panel.sql"), as_of=run.as_of, from_day=from_day
    )
    off_offer(session)
    session.table(
        "demand_windows",
        sql_beside(__file__, "demand_windows.sql"),
        horizon_days=HORIZON_DAYS,
        lookback_days=DEFAULTS.model.lookback_days,
        dead_after_days=DEFAULTS.panel.dead_after_days,
    )
    session.table("demand_levels", sql_beside(__file__, "demand_levels.sql"))
    create_interest(session, run, from_day)
    session.table(
        "demand_preorders",
        sql_beside(__file__, "demand_preorders.sql"),
        as_of_end=run.as_of_end,
        from_day=from_day,
    )
    session.view(
        "demand_rows",
        sql_beside(__file__, "demand_rows.sql"),
        lookback_days=DEFAULTS.model.lookback_days,
        min_lookback_days=DEFAULTS.model.min_lookback_days,
        prior_series_days=DEFAULTS.model.prior_series_days,
    )
    features = ", ".join(f"{name}::float as {name}" for name in FEATURES if name != "horizon")
    return session.frame(
        "select series_no, origin, target_day, horizon, is_training, is_scored, panel_days, "
        f"sold_last_week, {features}, demand_units, sold_units, in_stock_share from demand_rows "
        "order by series_no, origin, horizon"
    )


def drop_steps(session: Session) -> None:
    """Free the memory of the steps of `feature_rows`: half a gigabyte for 40,000 series."""
    for name in ("windows", "panel", "levels", "interest", "preorders"):
        session.run(f'drop table "demand_{name}"')


def _create_origins(session: Session, origins: Sequence[Origin]) -> None:
    """Create `origins` and `horizons`."""
    horizons = pa.table({"horizon": pa.array(range(1, HORIZON_DAYS + 1), pa.int32())})
    session.register("horizons", horizons)
    session.register(
        "origins",
        pa.table(
            {
                "day": pa.array([origin.day for origin in origins], pa.date32()),
                "train_every": pa.array([origin.train_every for origin in origins], pa.int64()),
                "score_every": pa.array([origin.score_every for origin in origins], pa.int64()),
            }
        ),
    )


def _create_day_tables(session: Session, run: DayRun, from_day: date) -> None:
    """Create the tables of days: `calendar`, `warehouse_day_kinds`, `weather_days` and
    `promotion_days`."""
    last_day = run.as_of + timedelta(days=LONGEST_SUM_DAYS)
    warehouse_day_kinds(session, from_day, last_day)
    calendar(session, from_day, last_day)
    session.table(
        "weather_days",
        sql_beside(__file__, "weather_days.sql"),
        has_forecasts=has_weather_forecasts(session, run),
        as_of_end=run.as_of_end,
        cutoff_minutes=run.platform.cutoff_minutes,
    )
    promotion_days(session, run, series="panel_series")


def has_weather_forecasts(session: Session, run: DayRun) -> bool:
    """Return whether the export holds any forecast issued before the end of `run.as_of`."""
    count = session.scalar(
        "select count(*) from weather where issued_at < $as_of_end", as_of_end=run.as_of_end
    )
    return bool(count)
