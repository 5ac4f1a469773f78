"""Service level, quantiles, cover and rounding, each against a second way of computing it."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.params.replenishment import RestockParams
from models.replenishment.newsvendor import critical_ratio, newsvendor_normal
from models.replenishment.policy import (
    FACTS,
    FORECASTS,
    cover_forecast,
    forecast_columns,
    quantile_at,
    restock,
    service_levels,
)

LEVELS = [percent / 100 for percent in QUANTILE_PERCENTS]


def _facts(rows: int, seed: int = 5) -> pd.DataFrame:
    """Random lines of every kind, gaps included."""
    random = np.random.default_rng(seed)

    def gappy(values: np.ndarray, share: float = 0.25) -> np.ndarray:
        return np.where(random.random(rows) < share, np.nan, values)

    facts = pd.DataFrame(index=range(rows), columns=list(FACTS), dtype=float)
    facts["warehouse_id"] = "w1"
    facts["sku_id"] = [f"s{number}" for number in range(rows)]
    facts["fulfilment_mode"] = random.choice(["presale", "prestock", "instant"], rows)
    facts["sale_unit"] = random.choice(["piece", "kg"], rows)
    facts["pack_size_units"] = gappy(random.choice([1, 6, 10, 2.5], rows))
    facts["shelf_life_days"] = gappy(random.choice([0, 1, 2, 5, 20, 300], rows))
    facts["days_on_offer"] = gappy(random.choice([1.0, 2.0, 9.0], rows), 0.7)
    facts["last_offer_on"] = pd.Timestamp("2026-09-06")
    facts["cost_yuan"] = gappy(random.uniform(1, 10, rows))
    facts["price_yuan"] = gappy(random.uniform(2, 15, rows))
    facts["orders_in_hand_units"] = random.integers(0, 9, rows).astype(float)
    facts["presale_orders_units"] = random.integers(0, 9, rows).astype(float)
    facts["on_hand_units"] = gappy(random.uniform(0, 40, rows))
    transit = np.cumsum(random.integers(0, 5, (rows, 3)), axis=1).astype(float)
    for day in (1, 2, 3):
        facts[f"in_transit_day_{day}_units"] = transit[:, day - 1]
    facts["has_stock_file"] = True
    facts["forecast_fallback"] = None
    for horizon, scale in zip(FORECASTS, (3.0, 1.0, 1.2), strict=True):
        mean = random.gamma(2.0, 6.0, rows) * scale
        spread = np.interp(LEVELS, [0.1, 0.5, 0.9, 0.95], [0.3, 0.95, 1.7, 2.1])
        for name, factor in zip(forecast_columns(horizon), [1.0, *spread], strict=True):
            facts[name] = mean * factor
    return facts


def _by_hand(row: pd.Series, params: RestockParams) -> float:
    """The rules once more, one line at a time and in plain arithmetic."""
    piece = row["sale_unit"] == "piece"
    step = row["pack_size_units"]
    if math.isnan(step) or row["fulfilment_mode"] == "presale":
        step = 1.0 if piece else params.kg_step_units
    on_hand = 0.0 if math.isnan(row["on_hand_units"]) else row["on_hand_units"]
    if row["fulfilment_mode"] == "presale":
        need = row["presale_orders_units"] - on_hand
    else:
        days = 3 if math.isnan(row["shelf_life_days"]) else min(3, max(1, row["shelf_life_days"]))
        level = _level_by_hand(row, params)
        target = float(np.interp(level, LEVELS, _cover_by_hand(row, int(days))))
        target = float(np.ceil(round(target, 6))) if row["sale_unit"] != "kg" else target
        transit = row[f"in_transit_day_{int(days)}_units"]
        need = target + row["orders_in_hand_units"] - on_hand - transit
    if need <= 0:
        return 0.0
    units = math.ceil(round(need, 4) / step - 1e-6) * step
    is_pack = row["fulfilment_mode"] != "presale" and not math.isnan(row["pack_size_units"])
    if is_pack and not (piece and step <= 1):
        ordered = row["orders_in_hand_units"] - on_hand - transit
        units -= _left_out_by_hand(row, step, units - need, int(days), units - step >= ordered)
    return units


def _left_out_by_hand(row: pd.Series, pack: float, over: float, days: int, is_free: bool) -> float:
    """The last pack, where more of it spoils than pays."""
    ends = [row[name] for name in ("shelf_life_days", "days_on_offer") if not math.isnan(row[name])]
    if not ends or not is_free:
        return 0.0
    unsold = max(0.0, over - row["sum_72h_mean_units"] / 3 * max(0.0, min(ends) - days))
    price, cost = row["price_yuan"], row["cost_yuan"]
    if math.isnan(price) or math.isnan(cost):
        price, cost = 2.0, 1.0
    return pack if unsold * cost > (pack - unsold) * max(price - cost, 0.0) else 0.0


def _level_by_hand(row: pd.Series, params: RestockParams) -> float:
    price, cost = row["price_yuan"], row["cost_yuan"]
    if math.isnan(price) or math.isnan(cost):
        return 0.9 if row["fulfilment_mode"] == "instant" else 0.8
    life = row["shelf_life_days"]
    waste = params.waste_share_lasting
    for days, share in params.waste_share_by_shelf_life:
        if life <= days:
            waste = share
            break
    ratio = critical_ratio(max(price - cost, 0), cost * waste)
    return min(max(ratio, params.lowest_service_level), params.highest_service_level)


def _cover_by_hand(row: pd.Series, days: int) -> list[float]:
    if days != 2:
        horizon = {1: "day_1", 3: "sum_72h"}[days]
        return [row[name] for name in forecast_columns(horizon)[1:]]
    found = []
    for first, second in zip(forecast_columns("day_1"), forecast_columns("day_2"), strict=True):
        apart = [
            row[first] - row["day_1_mean_units"],
            row[second] - row["day_2_mean_units"],
        ]
        square = sum(math.copysign(gap**2, gap) for gap in apart)
        mean = row["day_1_mean_units"] + row["day_2_mean_units"]
        found.append(max(mean + math.copysign(math.sqrt(abs(square)), square), 0.0))
    return found[1:]


def test_the_list_agrees_with_the_rules_line_by_line() -> None:
    params = RestockParams()
    facts = _facts(400)
    found = restock(facts, params)["suggested_units"]
    expected = [_by_hand(row, params) for _, row in facts.iterrows()]
    assert found.tolist() == pytest.approx(expected)
    assert (found > 0).sum() > 100
    assert (found == 0).sum() > 50


def test_normal_quantiles_give_the_textbook_order_quantity() -> None:
    demand = NormalDist(50, 8)
    stored = np.array([[demand.inv_cdf(level) for level in LEVELS]])
    level = np.array([critical_ratio(0.70, 0.18)])
    # Straight lines between the stored quantiles: within 2 % of the exact 56.60.
    assert quantile_at(stored, level)[0] == pytest.approx(
        newsvendor_normal(50, 8, 0.70, 0.18), rel=0.02
    )


@pytest.mark.parametrize("level", [0.1, 0.3, 0.5, 0.61, 0.9, 0.93, 0.95])
def test_quantiles_between_the_stored_ones_lie_on_straight_lines(level: float) -> None:
    stored = np.array([[1.0, 4.0, 9.0, 11.0, 15.0, 20.0, 21.0]])
    assert quantile_at(stored, np.array([level]))[0] == pytest.approx(
        np.interp(level, LEVELS, stored[0])
    )


def test_crossing_quantiles_are_straightened_upwards() -> None:
    crossing = np.array([[1.0, 5.0, 4.0, 6.0, 5.5, 6.5, 7.0]])
    found = [quantile_at(crossing, np.array([level]))[0] for level in LEVELS]
    assert found == sorted(found)


def test_a_missing_quantile_or_level_gives_no_target() -> None:
    stored = np.array([[1, 2, 3, np.nan, 5, 6.0, 7], [1, 2, 3, 4, 5, 6.0, 7]])
    assert np.isnan(quantile_at(stored, np.array([0.9, np.nan]))).all()


def test_the_service_level_of_a_thin_and_a_fat_margin() -> None:
    facts = _facts(4).assign(
        fulfilment_mode="prestock",
        shelf_life_days=[5, 5, 300, 5],
        cost_yuan=[8.0, 8.0, 1.0, 8.0],
        price_yuan=[10.0, 14.0, 9.0, 7.0],
    )
    found = service_levels(facts, RestockParams())
    # 2/(2+4) is below the floor; 6/(6+4); 8/(8+0.1) is above the ceiling; a loss is at the floor
    assert found.level.tolist() == pytest.approx([0.5, 0.6, 0.95, 0.5])
    assert found.is_loss.tolist() == [False, False, False, True]
    assert not found.is_default.any()


def test_two_days_are_less_uncertain_than_their_quantiles_added_up() -> None:
    facts = _facts(50)
    mean, quantiles = cover_forecast(facts, np.full(50, 2))
    p90 = quantiles[:, LEVELS.index(0.9)]
    added = facts["day_1_p90_units"] + facts["day_2_p90_units"]
    assert (p90 < added).all()
    assert (p90 > mean).all()
    assert mean == pytest.approx(facts["day_1_mean_units"] + facts["day_2_mean_units"])


def test_more_stock_never_orders_more() -> None:
    facts = _facts(200)
    more = facts.assign(on_hand_units=facts["on_hand_units"].fillna(0) + 7)
    assert (restock(more)["suggested_units"] <= restock(facts)["suggested_units"]).all()


def test_every_line_comes_back_in_its_place() -> None:
    facts = _facts(30).set_index(np.arange(100, 130))
    found = restock(facts)
    assert found["sku_id"].tolist() == facts["sku_id"].tolist()
    assert len(restock(facts.iloc[:0])) == 0


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="shelf_life_days"):
        restock(_facts(2).drop(columns="shelf_life_days"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest_service_level": 0.0},
        {"lowest_service_level": 0.96},
        {"default_service_level_instant": 0.99},
        {"waste_share_lasting": 1.5},
        {"waste_share_by_shelf_life": ((7, 0.5), (3, 0.8))},
        {"price_window_days": 0},
        {"stale_after_days": -1},
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        RestockParams(**wrong)  # type: ignore[arg-type]


def test_days_on_offer_may_be_integers_with_gaps_as_the_engine_gives_them() -> None:
    facts = _facts(60)
    floats = restock(facts)
    facts["days_on_offer"] = facts["days_on_offer"].astype("Int32")
    pd.testing.assert_frame_equal(restock(facts), floats)
    assert floats["flag_zh"].str.contains("卖不完").any()


@pytest.mark.parametrize(
    ("level", "units"),
    [(0.0, 1.0), (0.1, 1.0), (0.175, 2.0), (0.25, 3.0), (0.375, 6.0), (0.925, 20.5), (0.95, 21.0),
     (1.0, 21.0)],
)  # fmt: skip
def test_a_level_lies_between_its_two_neighbours(level: float, units: float) -> None:
    """Half-way from .1 to .25, from .25 to .5 and from .9 to .95; constant beyond."""
    stored = np.array([[1.0, 3.0, 9.0, 11.0, 15.0, 20.0, 21.0]])
    assert quantile_at(stored, np.array([level]))[0] == pytest.approx(units)


@pytest.mark.parametrize(
    ("days", "mean", "p90"),
    [(1, 10.0, 13.0), (2, 30.0, 35.0), (3, 60.0, 70.0)],
)
def test_the_forecast_of_the_days_that_are_covered(days: int, mean: float, p90: float) -> None:
    """Distances of 3 and 4 from the means of two days are one of 5."""
    facts = pd.DataFrame(index=[0])
    for horizon, middle, high in (("day_1", 10, 13), ("day_2", 20, 24), ("sum_72h", 60, 70)):
        for name in forecast_columns(horizon):
            facts[name] = float(high if "p90" in name else middle)
    found, quantiles = cover_forecast(facts, np.array([days]))
    assert found.tolist() == [mean]
    assert quantiles[0, LEVELS.index(0.9)] == p90 and quantiles[0, 0] == mean


def test_a_quantile_of_two_days_is_never_below_nothing() -> None:
    """Means of 1 and 1, lowest quantiles 5 and 12 below them: 13 below 2."""
    facts = pd.DataFrame(index=[0])
    for horizon, low in (("day_1", -4.0), ("day_2", -11.0), ("sum_72h", 1.0)):
        for name in forecast_columns(horizon):
            facts[name] = low if "p10" in name else 1.0
    _, quantiles = cover_forecast(facts, np.array([2]))
    assert quantiles[0].tolist() == [0, *[2.0] * (len(LEVELS) - 1)]


def test_one_of_the_two_costs_may_be_nothing() -> None:
    assert critical_ratio(0, 2) == 0
    assert critical_ratio(2, 0) == 1
