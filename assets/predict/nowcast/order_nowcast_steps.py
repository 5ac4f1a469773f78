"""Compute the asset `order_nowcast`, which `order_nowcast.py` declares and describes.

Contains which days are fitted, what is written and shown, and the fallbacks. Not here: arrays
(`nowcast_panel.py`), the model (`models/demand/nowcast.py`), the published file
(`assets/publish/lists/nowcast_list.py`). Not part of the daily job: the job `nowcast` runs it on
request.
"""

from datetime import datetime, timedelta

import dagster as dg
import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, Written
from assets.predict.nowcast.clock_time import ClockTime
from assets.predict.nowcast.nowcast_panel import (
    Panel,
    create_order_lines,
    opened_at,
    read_panel,
    silences,
)
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.nowcast import NowcastFlag, NowcastPrior
from data_contracts.errors import LinliError, NoDataError
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from data_contracts.tables.nowcast import NOWCAST_BACKTEST, ORDER_NOWCAST, WAREHOUSE_NOWCAST
from models.demand.nowcast import fit_nowcast, predict_rest
from models.demand.nowcast_backtest import (
    NOWCAST,
    TOTAL,
    WAREHOUSE_TOTAL,
    Bands,
    ScoredDays,
    backtest_rows,
    fit_bands,
    score_days,
)
from models.params.nowcast import DEFAULTS

_FLAGS = {"S": NowcastFlag.SOLD_OUT.value, "N": NowcastFlag.NOT_OFFERED.value}
_NAMES = ("warehouse_id", "sku_id", "sku_name", "category", "sale_unit")
_LOW, _HIGH = QUANTILE_PERCENTS.index(10), QUANTILE_PERCENTS.index(90)


def make_order_nowcast(run: DayRun) -> Written:
    """Compute the asset `order_nowcast` for the business date of `run`."""
    known_until = clock_time(run)
    with run.session() as session:
        first_day = create_order_lines(session, run, known_until, DEFAULTS)
        require_recent_orders(session, run, known_until)
        panel = read_panel(session, run, known_until, first_day, DEFAULTS)
        _note_what_is_missing(run, panel)
        scored = [score_days(panel.days, moment, DEFAULTS) for moment in panel.moments]
        bands = fit_bands(scored[0], QUANTILE_PERCENTS, DEFAULTS)
        lines = _lines(panel, bands, known_until)
        warehouses = _warehouses(lines, bands)
        backtest = _backtest(panel, scored)
        session.register("made", lines)
        written = session.replace(
            ORDER_NOWCAST, run.as_of, _as_stored("made", "warehouse_id, sku_id"), as_of=run.as_of
        )
        session.register("added", warehouses)
        session.replace(
            WAREHOUSE_NOWCAST,
            run.as_of,
            _as_stored("added", "warehouse_id, sale_unit"),
            as_of=run.as_of,
        )
        session.register("scores", backtest)
        session.replace(
            NOWCAST_BACKTEST,
            run.as_of,
            _as_stored("scores", "hours_left desc, scope, model, day"),
            as_of=run.as_of,
        )
    return Written(written, _metadata(lines, backtest, known_until))


def clock_time(run: DayRun) -> datetime:
    """Return the clock time of the run; raises LinliError if it is outside the open day."""
    config = run.config
    if not isinstance(config, ClockTime):
        raise LinliError(
            "no clock time: give known_until, like 2026-10-31T18:00",
            "没有给出时刻：请填写 known_until，如 2026-10-31T18:00",
        )
    try:
        known_until = datetime.fromisoformat(config.known_until)
    except ValueError as error:
        raise LinliError(
            f"known_until {config.known_until!r} is not a clock time; "
            "write it like 2026-10-31T18:00",
            f"known_until {config.known_until!r} 不是时刻；请按 2026-10-31T18:00 的格式填写",
        ) from error
    if known_until.tzinfo is not None:
        raise LinliError(
            f"known_until {config.known_until} has a time zone; write the platform's local time",
            f"known_until {config.known_until} 带有时区；请写平台当地的时刻",
        )
    known_until = known_until.replace(microsecond=0)
    opened, closes = opened_at(run.as_of, run.platform.cutoff_minutes), run.as_of_end
    if known_until < opened:
        raise LinliError(
            f"known_until {known_until} lies before business day {run.as_of} opens at {opened}; "
            "take the partition of the day before",
            f"known_until {known_until} 早于业务日 {run.as_of} 的开始时刻 {opened}；"
            "请选择前一天的分区",
        )
    if known_until >= closes:
        raise LinliError(
            f"known_until {known_until}: the cut-off of business day {run.as_of} was {closes}, the "
            "day is closed and its orders are known; take the partition of the next day",
            f"known_until {known_until}：业务日 {run.as_of} 已于 {closes} 截单，当天"
            "订单已全部可知；请选择后一天的分区",
        )
    return known_until


def require_recent_orders(session: Session, run: DayRun, known_until: datetime) -> None:
    """Raise NoDataError if the orders end before the clock time.

    Missing hours would otherwise count as hours without an order. Needs `create_order_lines`.
    """
    rows = silences(session, run, known_until)
    today, before = rows.iloc[-1], rows.iloc[:-1].dropna()
    if before.empty:
        raise NoDataError(
            f"no orders before {run.as_of}: the nowcast needs past days; "
            "add the orders of earlier weeks",
            f"{run.as_of} 之前没有任何订单，没有以往的数据可用来预估；请补充此前几周的订单",
        )
    longest_silence = max(before.max(), timedelta(minutes=DEFAULTS.silence_minutes))
    if today > longest_silence:
        last = known_until - today
        raise NoDataError(
            f"the orders end at {last:%Y-%m-%d %H:%M:%S}, {_hours(today)} before {known_until}; on "
            f"past days it was never older than {_hours(longest_silence)} at this hour: "
            f"export the orders again, or use --at {last + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
            f"订单只到 {last:%Y-%m-%d %H:%M:%S}，比 {known_until} 早 {_hours(today)}；"
            f"往日此时最近一单从未早于 {_hours(longest_silence)}：请重新导出订单，或改用 --at "
            f"{last + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        )


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} h"


def _lines(panel: Panel, bands: Bands, known_until: datetime) -> pd.DataFrame:
    """Return lines of ORDER_NOWCAST: series with an expectation or an order."""
    now, days = panel.moments[0], panel.days
    last = days.total_units.shape[1] - 1
    fitted = fit_nowcast(days, now, slice(max(1, last - DEFAULTS.learn_days), last), DEFAULTS)
    predicted = predict_rest(days, now, slice(last, last + 1), fitted)
    ordered, rest = np.maximum(now.observed_units[:, -1], 0.0), predicted.rest_units[:, 0]
    quantiles = bands.of_series(rest, now.is_closed[:, -1])
    lines = panel.series[list(_NAMES)].assign(
        known_until_at=known_until,
        hours_left=now.hours_left,
        ordered_units=ordered,
        rest_units=rest,
        **{
            quantile_column(percent): units
            for percent, units in zip(QUANTILE_PERCENTS, quantiles.T, strict=True)
        },
        total_units=ordered + rest,
        total_p10_units=ordered + quantiles[:, _LOW],
        total_p90_units=ordered + quantiles[:, _HIGH],
        rest_on_sale_units=predicted.on_sale_units[:, 0],
        prior_units=predicted.prior_units[:, 0],
        prior_kind=panel.prior_kinds,
        flag=pd.Series(panel.letters).map(_FLAGS).astype(object),
    )
    lines["flag"] = lines["flag"].where(lines["flag"].notna(), None)
    return lines[(lines["prior_units"] > 0) | (lines["ordered_units"] > 0)].reset_index(drop=True)


def _warehouses(lines: pd.DataFrame, bands: Bands) -> pd.DataFrame:
    """Return lines of WAREHOUSE_NOWCAST."""
    per_warehouse = lines.groupby(["warehouse_id", "sale_unit"], as_index=False).agg(
        known_until_at=("known_until_at", "first"),
        hours_left=("hours_left", "first"),
        ordered_units=("ordered_units", "sum"),
        rest_units=("rest_units", "sum"),
        total_units=("total_units", "sum"),
        prior_units=("prior_units", "sum"),
    )
    quantiles = bands.of_warehouses(per_warehouse["rest_units"].to_numpy(float))
    return per_warehouse.assign(
        total_p10_units=per_warehouse["ordered_units"] + quantiles[:, _LOW],
        total_p90_units=per_warehouse["ordered_units"] + quantiles[:, _HIGH],
    )


def _backtest(panel: Panel, scored: list[ScoredDays | None]) -> pd.DataFrame:
    """Return lines of NOWCAST_BACKTEST; empty if no past day could be predicted."""
    rows = [row for one in scored if one is not None for row in backtest_rows(one, DEFAULTS)]
    columns = [name for name in NOWCAST_BACKTEST.column_names if name != "as_of"]
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    figures = pd.DataFrame(rows)
    days = [panel.first_day + timedelta(days=int(number)) for number in figures["day_no"]]
    figures["day"] = days
    return figures[columns].replace({np.nan: None})


def _as_stored(step: str, order: str) -> str:
    return f"select cast($as_of as date) as as_of, * from {step} order by {order}"


def _note_what_is_missing(run: DayRun, panel: Panel) -> None:
    scored = min(panel.days.total_units.shape[1] - 1, DEFAULTS.learn_days + DEFAULTS.scored_days)
    if not (panel.prior_kinds == NowcastPrior.FORECAST.value).any():
        yesterday = run.as_of - timedelta(days=1)
        run.fallback(
            "nowcast_no_forecast",
            f"no forecast of {yesterday} is stored: every line starts from a mean of past days; "
            f"create it with: linli run --as-of {yesterday}",
            f"没有 {yesterday} 的需求预测，各行改从往日均值算起；"
            f"如需补上请运行 linli run --as-of {yesterday}",
        )
    elif panel.days_with_forecast < scored:
        run.fallback(
            "nowcast_few_forecasts",
            f"{panel.days_with_forecast} of the {scored} past days used have a stored forecast, "
            "the others start from means: the errors shown are likely too large",
            f"用于学习的{scored}天中只有{panel.days_with_forecast}天存有预测，其余用往日均值，"
            "所示误差可能偏大",
        )
    if panel.days.total_units.shape[1] - 2 <= DEFAULTS.min_learn_days:
        run.fallback(
            "nowcast_few_days",
            "too few past days for a backtest: no accuracy is shown, and the bands are too narrow",
            "历史天数太少，无法回测，区间偏窄",
        )


def _metadata(
    lines: pd.DataFrame, backtest: pd.DataFrame, known_until: datetime
) -> dict[str, object]:
    """Return the figures that the Dagster UI shows."""
    shown: dict[str, object] = {
        "known_until": str(known_until),
        "hours_left": dg.MetadataValue.float(
            24.0 if lines.empty else float(lines["hours_left"][0])
        ),
        "flagged_lines": int(lines["flag"].notna().sum()),
    }
    for name in ("ordered_units", "rest_units", "total_units", "prior_units"):
        shown[name] = dg.MetadataValue.float(round(float(lines[name].sum()), 1))
    if len(backtest):
        shown["accuracy"] = dg.MetadataValue.md(accuracy_table(backtest))
    return shown


def accuracy_table(backtest: pd.DataFrame) -> str:
    """Format the mean WAPE of the day's total by hours left, over the past days, as markdown."""
    means = (
        backtest[backtest["scope"].isin([TOTAL, WAREHOUSE_TOTAL])]
        .assign(wape=lambda rows: rows["wape"].astype(float))
        .pivot_table(index="hours_left", columns=["scope", "model"], values="wape", sort=False)
        .sort_index(ascending=False)
    )
    models = [NOWCAST, *(m for m in backtest["model"].unique() if m != NOWCAST)]
    days = backtest["day"].nunique()
    lines = [
        f"WAPE of the day's total over {days} past days, each predicted from earlier days: "
        "per SKU, and (in brackets) per warehouse",
        "",
        f"| hours left | {' | '.join(models)} |",
        f"|--:|{'--:|' * len(models)}",
    ]
    for left, row in means.iterrows():
        cells = [f"{row[TOTAL, m]:.1%} ({row[WAREHOUSE_TOTAL, m]:.1%})" for m in models]
        lines.append(f"| {left:g} | {' | '.join(cells)} |")
    return "\n".join(lines)
