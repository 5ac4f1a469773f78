"""Compute the asset `demand_forecast`, which `demand_forecast.py` declares and describes.

Contains the use of the stored model, and the fallbacks reported per line. Not here: fitting
(`demand_model_steps.py`), the orders that follow (`assets/decide/replenishment`).
"""

from datetime import date, timedelta

import dagster as dg
import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.predict.demand.demand_features import (
    Origin,
    create_panel_series,
    feature_rows,
    has_weather_forecasts,
    split_recent_and_scored,
    with_recent_origins,
)
from assets.predict.demand.launch_forecast import launch_lines
from assets.predict.demand.serving_model import (
    ChosenModel,
    boosters_of,
    choose_model,
    naive_of,
    note_substitute_model,
    params_of,
    quantiles_of,
)
from assets.predict.demand.sums.fit_sums import sum_model_of
from assets.predict.demand.sums.sum_forecast import longer_sum_lines
from assets.predict.demand.sums.sum_rows import coming_sums
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import Horizon
from data_contracts.exports import WEATHER
from data_contracts.tables.demand import DEMAND_FORECAST, QUANTILE_PERCENTS, quantile_column
from models.clock import HORIZON_DAYS
from models.demand import forecast
from models.demand.fallbacks import (
    LAST_GOOD_MODEL,
    NEW_PRODUCT,
    NO_WEATHER,
    code_of_severity,
    lacks_weather,
    severity,
    weather_features_used,
    with_fallback,
    with_recent_weather,
)
from models.demand.feature_names import WEATHER as WEATHER_FEATURES
from models.demand.quantiles import RatioQuantiles
from models.params.demand import DEFAULTS
from models.params.drift import DRIFT
from models.registry.artifacts import Artifact

_HORIZONS = {1: Horizon.DAY_1, 2: Horizon.DAY_2, 3: Horizon.DAY_3}
_IN_PIECES = """
select sku_id, min(case when sale_unit = 'piece' then 1 else 0 end) as in_pieces
from (
    select sku_id, sale_unit from order_lines_as_of where is_goods
    union all
    select sku_id, coalesce(sale_unit, 'piece') as sale_unit from products
) as sale_units
group by sku_id
"""
_OFF_OFFER = """
select x.sku_id, h.horizon
from off_offer as x
inner join horizons as h on $as_of + h.horizon between x.from_day and x.until_day
"""
_SOLD_OFF_OFFER = """
select count(distinct l.sku_id)
from order_lines_as_of as l
inner join off_offer as x on l.sku_id = x.sku_id and l.day between x.from_day and x.until_day
where
    l.is_goods
    and l.has_net_units
    and l.day > $as_of - 7
    and $as_of + 1 between x.from_day and x.until_day
"""
_EPSILON_UNITS = 1e-9  # rounding error of a sum of ratios
_OF_COUNTS = RatioQuantiles(QUANTILE_PERCENTS, (), ())  # without a backtest of any model


def make_demand_forecast(run: DayRun) -> Written:
    """Compute the asset `demand_forecast` for the business date of `run`."""
    with run.session() as session:
        _note_what_is_missing(session, run)
        chosen = choose_model(run)
        note_substitute_model(run, chosen)
        create_panel_series(session, run)
        series = session.scalar("select count(*) from panel_series")
        origins = with_recent_origins([Origin(run.as_of, 0, 1)], series, DEFAULTS.shift)
        rows = feature_rows(session, run, origins)
        codes = session.frame(
            "select series_no, warehouse_id, sku_id, category, warehouse_no, sku_no "
            "from panel_series"
        )
        rows = _with_weather(session, run, rows.merge(codes, on="series_no"), chosen.artifact)
        recent, rows = split_recent_and_scored(rows, [run.as_of])
        windows = coming_sums(session, rows)
        _note_sales_off_offer(session, run)
        off_offer = session.frame(_OFF_OFFER, as_of=run.as_of)
        launches = launch_lines(session, run)
        frame, version = _forecast(run, rows, recent, launches.days, off_offer, chosen)
        frame = _with_longer_sums(run, frame, windows, launches.sums, chosen)
        session.register("made", _whole_pieces(frame, session.frame(_IN_PIECES)))
        written = session.replace(
            DEMAND_FORECAST,
            run.as_of,
            """
            select cast($as_of as date) as as_of, *
            from made
            order by warehouse_id, sku_id, horizon
            """,
            as_of=run.as_of,
        )
    return Written(written, _metadata(frame, version))


def _with_weather(
    session: Session, run: DayRun, rows: pd.DataFrame, artifact: Artifact | None
) -> pd.DataFrame:
    """Fill missing weather for the model; `lacking` marks rows without weather of their own."""
    boosters = None if artifact is None else boosters_of(artifact)
    columns = [] if boosters is None else weather_features_used(boosters)
    lacking = lacks_weather(rows, columns)
    ahead = (rows["origin"] == pd.Timestamp(run.as_of)).to_numpy()
    if artifact is None or not lacking.any():
        return rows.assign(lacking=lacking)
    recent_weather = session.frame(
        sql_beside(__file__, "recent_weather.sql"), as_of=run.as_of, days=DRIFT.recent_weather_days
    ).set_index("warehouse_no")
    count, days = int(lacking[ahead].sum()), int(ahead.sum())
    if count:
        run.fallback(
            "weather_missing",
            f"no weather forecast for {count} of {days} series-days ahead: the recent weather of "
            "the warehouse is used instead",
            f"未来{HORIZON_DAYS}天有 {count}/{days} 个网格仓×商品×日没有天气预报，"
            "用该网格仓近几天的天气代替",
        )
    reference = artifact.details.get("input_reference", {})
    fitted = {name: reference.get(name, {}).get("mean", np.nan) for name in WEATHER_FEATURES}
    return with_recent_weather(rows, lacking, recent_weather, fitted).assign(lacking=lacking)


def _forecast(
    run: DayRun,
    rows: pd.DataFrame,
    recent: pd.DataFrame,
    coming: pd.DataFrame,
    off_offer: pd.DataFrame,
    chosen: ChosenModel,
) -> tuple[pd.DataFrame, str]:
    """Return lines of DEMAND_FORECAST, and the version of the model.

    `rows`: of as_of, with `lacking` (no weather of their own); `recent`: of the days before;
    `coming`: lines of launches; `off_offer`: sku_id and horizon of days not on offer.
    """
    artifact = chosen.artifact
    boosters = None if artifact is None else boosters_of(artifact)
    predicted = forecast.bias_corrected_forecast(
        rows,
        recent,
        boosters,
        params_of(artifact),
        DEFAULTS.shift,
        run.threads,
        naive_of(artifact),
    )
    version = artifact.version if artifact is not None and boosters is not None else forecast.MEANS
    of_days, of_sums = (_OF_COUNTS, _OF_COUNTS) if artifact is None else quantiles_of(artifact)
    is_last_good = np.full(len(rows), chosen.is_last_good)
    reasons = with_fallback(predicted.fallback, is_last_good, LAST_GOOD_MODEL)
    reasons = with_fallback(reasons, rows["lacking"].to_numpy(bool), NO_WEATHER)
    days = pd.DataFrame(
        {
            "warehouse_id": rows["warehouse_id"],
            "sku_id": rows["sku_id"],
            "category": rows["category"],
            "horizon": rows["horizon"],
            "target_day": rows["target_day"],
            "mean_units": predicted.mean_units,
            "sold_units": predicted.sold_units,
            "fallback": reasons,
        }
    )
    launched = coming.assign(sold_units=coming["mean_units"], fallback=NEW_PRODUCT)
    days = pd.concat([days, launched], ignore_index=True) if len(launched) else days
    days = _on_offer(days, off_offer)
    days["horizon"] = days["horizon"].map(lambda day: _HORIZONS[day].value)
    sums = (
        days.assign(gravity=severity(days["fallback"]))
        .groupby(["warehouse_id", "sku_id", "category"], as_index=False)
        .agg(
            target_day=("target_day", "max"),
            mean_units=("mean_units", "sum"),
            sold_units=("sold_units", "sum"),
            offered_days=("offered_days", "sum"),
            gravity=("gravity", "min"),
        )
    )
    sums["fallback"] = code_of_severity(sums.pop("gravity"))
    sums["horizon"] = Horizon.SUM_72H.value
    lines = _of_days_on_offer(_with_quantiles(days, of_days), _with_quantiles(sums, of_sums))
    lines["model_version"] = version
    lines["fallback"] = lines["fallback"].replace("", None)
    return lines, version


def _with_longer_sums(
    run: DayRun,
    lines: pd.DataFrame,
    windows: pd.DataFrame,
    launched: pd.DataFrame,
    chosen: ChosenModel,
) -> pd.DataFrame:
    """Add the lines of longer sums."""
    longer = longer_sum_lines(
        windows,
        launched,
        lines[lines["horizon"] == Horizon.SUM_72H.value],
        sum_model_of(chosen.artifact),
        run.as_of,
        params_of(chosen.artifact).short_history_days,
        run.threads,
    )
    return pd.concat([lines, longer[list(lines)]], ignore_index=True)


def _on_offer(days: pd.DataFrame, off_offer: pd.DataFrame) -> pd.DataFrame:
    """Set units to 0 on days the SKU is not on offer; `offered_days`: 1 on the others."""
    keys = pd.MultiIndex.from_frame(days[["sku_id", "horizon"]])
    is_off = keys.isin(pd.MultiIndex.from_frame(off_offer[["sku_id", "horizon"]]))
    offered = (~is_off).astype(int)
    units = {name: days[name] * offered for name in ("mean_units", "sold_units")}
    return days.assign(**units, offered_days=offered)


def _of_days_on_offer(days: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """Adjust quantiles to the days on offer.

    They are zero without a day on offer. The sum of a single day takes that day's quantiles, which
    are wider than a sum's.
    """
    columns = [quantile_column(percent) for percent in QUANTILE_PERCENTS]
    days[columns] = days[columns].mul(days["offered_days"], axis=0)
    key = ["warehouse_id", "sku_id", "category"]
    only = sums[key].merge(days.groupby(key, as_index=False)[columns].max(), on=key, how="left")
    one_day = (sums["offered_days"] <= 1).to_numpy()
    sums.loc[one_day, columns] = only.loc[one_day, columns].to_numpy()
    return pd.concat([days, sums], ignore_index=True).drop(columns="offered_days")


def _with_quantiles(lines: pd.DataFrame, quantiles: RatioQuantiles) -> pd.DataFrame:
    """Add the contract's quantiles; interpolate linearly between those of an older model."""
    units = quantiles.units(lines["mean_units"].to_numpy(float), forecast.categories_of(lines))
    if quantiles.percents != QUANTILE_PERCENTS:
        percents, of_model = np.array(QUANTILE_PERCENTS), np.array(quantiles.percents)
        units = np.array([np.interp(percents, of_model, row) for row in units]).reshape(
            -1, len(percents)
        )
    columns = [quantile_column(percent) for percent in QUANTILE_PERCENTS]
    return lines.assign(**dict(zip(columns, units.T, strict=True)))


def _whole_pieces(lines: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Round quantiles of SKUs sold by the piece down to whole pieces.

    Sales are whole pieces, so coverage stays. The mean is an expectation and stays fractional.
    """
    columns = [quantile_column(percent) for percent in QUANTILE_PERCENTS]
    whole = lines["sku_id"].isin(units["sku_id"][units["in_pieces"] == 1])
    quantiles = lines[columns].to_numpy(float)
    floored = np.floor(quantiles + _EPSILON_UNITS)
    return lines.assign(
        **dict(zip(columns, np.where(whole.to_numpy()[:, None], floored, quantiles).T, strict=True))
    )


def _metadata(lines: pd.DataFrame, version: str) -> dict[str, object]:
    sums = lines[lines["horizon"] == Horizon.SUM_72H.value]
    fallbacks = sums["fallback"].fillna("").value_counts()
    return {
        "model": version,
        "series": len(sums),
        **{f"series_{code}": int(count) for code, count in fallbacks.items() if code},
        "units_72h": dg.MetadataValue.float(float(np.sum(sums["mean_units"]))),
    }


def _note_sales_off_offer(session: Session, run: DayRun) -> None:
    """Report SKUs that sell after their last day on offer: one of the two files is wrong."""
    count = session.scalar(_SOLD_OFF_OFFER, as_of=run.as_of)
    if count:
        run.fallback(
            "sold_after_delisting",
            f"{count} SKUs were sold in the last 7 days after the last day on offer that the "
            "product file states; they get no forecast: correct delisted_on, or enter the new "
            "launched_on",
            f"近7天有 {count} 个商品在下架日期之后仍有销量，未做预测：请更正商品档案的下架日期，"
            "重新上架的请更新上架日期",
        )


def _note_what_is_missing(session: Session, run: DayRun) -> None:
    last_target = run.as_of + timedelta(days=HORIZON_DAYS)
    if not run.lake.has_rows(WEATHER):
        run.fallback(
            "no_weather",
            "no weather file: the forecast ignores rain, heat and storm warnings",
            "没有天气数据：预测未考虑降雨、高温和预警",
        )
    elif not has_weather_forecasts(session, run):
        run.fallback(
            "observed_weather",
            "observed weather used as forecast: the export has no issue times, so backtest figures "
            "are somewhat better than a real forecast could be",
            "天气数据没有发布时间，只能以实测天气代替预报：回测结果会比真实预测略好",
        )
    covered = _calendar_covered_until(session)
    if covered is None:
        run.fallback(
            "no_holidays",
            "no holiday calendar: Saturdays and Sundays count as days off, and no day as a holiday",
            "没有节假日数据：周六、周日按休息日处理，不识别节假日",
        )
    elif covered < last_target:
        run.fallback(
            "calendar_ends",
            f"the holiday calendar ends on {covered}, the forecast reaches {last_target}: holidays "
            "and make-up workdays after that are NOT known; add the new year's calendar",
            f"节假日数据只到 {covered}，而预测到 {last_target}：之后的放假与调休未知，"
            "请补充新一年的日历",
        )


def _calendar_covered_until(session: Session) -> date | None:
    """Return the last day of the last year with a decreed holiday: decrees cover whole years."""
    last: date | None = session.scalar(
        "select max(day) from holidays where kind in ('public_holiday', 'makeup_workday')"
    )
    return date(last.year, 12, 31) if last is not None else None
