"""Categories and SKUs put right by the last days: by hand, and only by what was known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.demand.bias_correction import (
    category_correction,
    correction_factors,
    estimate_dispersion,
    sku_correction,
)
from models.params.demand import ShiftParams

# an SKU's own error is left out (no share of it stays) but where it is what is tested
PARAMS = ShiftParams(days=3, day_scatter=0.2, sku_share=0.0, most=4.0)
ORIGIN = pd.Timestamp("2026-09-03")


def factor(sold: list[float], said: list[float]) -> float:
    days = np.arange(len(sold))
    found = category_correction(
        np.array(["ink"] * len(sold)), days, np.array(sold), np.array(said), 2.0, PARAMS
    )
    return float(found["ink"])


def test_a_miss_within_chance_is_left_alone() -> None:
    """110 sold, 100 said: l = 0.094, its standard error √(2/101 + 0.04/2) = 0.199."""
    assert factor([55.0, 55.0], [50.0, 50.0]) == 1.0
    assert factor([45.0, 45.0], [50.0, 50.0]) == 1.0


def test_a_miss_beyond_chance_counts_for_what_it_is_beyond() -> None:
    """299 sold, 99 said on two days: l = ln 3, less √(2/100 + 0.02) = 0.2."""
    assert factor([150.0, 149.0], [50.0, 49.0]) == pytest.approx(3 * np.exp(-0.2))
    assert factor([50.0, 49.0], [150.0, 149.0]) == pytest.approx(
        np.exp(-np.log(3) + np.sqrt(2 / 300 + 0.02))
    )


def test_few_units_move_nothing_and_no_factor_is_beyond_its_limit() -> None:
    assert factor([3.0], [1.0]) == 1.0
    assert factor([5_000.0], [100.0]) == 4.0
    assert factor([0.0, 0.0], [500.0, 500.0]) == 0.25


def of_sku(sold: float, said: float, dispersion: float) -> float:
    params = ShiftParams(sku_scatter=0.1, sku_share=0.5, most=4.0)
    found = sku_correction(np.array([7]), np.array([sold]), np.array([said]), dispersion, params)
    return float(found[7])


def test_half_of_what_an_sku_missed_stays_where_chance_is_small() -> None:
    """201.5 for 100.5: l = ln 2; k = 0.0001 ÷ 0.1² = 0.01 says that nothing of it is chance."""
    assert of_sku(201.5, 100.5, 1e-4) == pytest.approx(2**0.5, rel=1e-3)
    assert of_sku(100.5, 201.5, 1e-4) == pytest.approx(0.5**0.5, rel=1e-3)


def test_less_of_it_stays_the_more_chance_moves_it() -> None:
    """k = 1 ÷ 0.1² = 100: of a forecast of 100 half is known, a quarter of the miss stays."""
    assert of_sku(200.5, 99.5, 1.0) == pytest.approx((201 / 100) ** (0.5 * 99.5 / 199.5))
    assert of_sku(9.5, 0.5, 1.0) == pytest.approx(10 ** (0.5 * 0.5 / 100.5))
    assert of_sku(1e9, 1e3, 1e-4) == 4.0


def test_the_dispersion_is_that_of_the_units_not_of_a_category_that_moves() -> None:
    """Variance ÷ mean 0.5 in two categories; the third sells four times what is said."""
    rng = np.random.default_rng(1)
    said = np.full(3_000, 4.0)
    sold = np.maximum(rng.normal(4.0, np.sqrt(2.0), 3_000), 0.0)
    category = np.repeat(["ink", "milk", "rice"], 1_000)
    sold[:1_000] = 16.0
    assert estimate_dispersion(category, sold, said, PARAMS) == pytest.approx(0.5, rel=0.1)
    few = slice(1_000, 1_150)
    assert estimate_dispersion(category[few], sold[few], said[few], PARAMS) == 2.0


def recent(**columns: object) -> pd.DataFrame:
    """Ink sells three times what is said, on each of the ten days up to the origin and after it."""
    days = pd.date_range(ORIGIN - pd.Timedelta(days=9), ORIGIN + pd.Timedelta(days=3))
    return pd.DataFrame(
        {
            "target_day": days,
            "horizon": 1,
            "category": "ink",
            "sku_no": 7,
            "sold_units": 300.0,
            "in_stock_share": 1.0,
        }
        | columns
    )


def found(rows: pd.DataFrame, *origins: pd.Timestamp) -> list[float]:
    asked = pd.DataFrame({"origin": list(origins), "category": "ink", "sku_no": 7})
    return correction_factors(asked, rows, np.full(len(rows), 100.0), PARAMS).tolist()


def test_only_the_last_days_up_to_the_origin_count() -> None:
    rows = recent()
    base = found(rows, ORIGIN)
    assert base[0] > 2.0
    near = rows["target_day"].between(ORIGIN - pd.Timedelta(days=2), ORIGIN)
    assert found(rows.assign(sold_units=np.where(near, 300.0, 7.0)), ORIGIN) == base
    assert found(rows.assign(sold_units=np.where(near, 100.0, 900.0)), ORIGIN) == [1.0]
    each = found(
        rows.assign(sold_units=np.where(near, 300.0, 100.0)), ORIGIN, ORIGIN - pd.Timedelta(days=5)
    )
    assert each == [base[0], 1.0], "every origin by its own days"


def test_days_sold_out_or_further_ahead_tell_nothing() -> None:
    assert found(recent(in_stock_share=0.7), ORIGIN) == [1.0]
    assert found(recent(horizon=2), ORIGIN) == [1.0]
    assert found(recent(sold_units=np.nan), ORIGIN) == [1.0]


def test_other_categories_and_skus_stay() -> None:
    asked = pd.DataFrame(
        {"origin": [ORIGIN] * 3, "category": ["ink", "ink", "milk"], "sku_no": [7, 8, 9]}
    )
    said = np.full(len(recent()), 100.0)
    of_category = correction_factors(asked, recent(), said, PARAMS)
    assert of_category[0] == of_category[1] > 2.0 and of_category[2] == 1.0
    both = correction_factors(asked, recent(), said, ShiftParams(days=3))
    assert both[0] > both[1] == of_category[1], "what the SKU missed beyond its category"
    assert both[0] < 3.0, "no more than was missed: the SKU's own part is beyond its category's"
    assert both[2] == 1.0


@pytest.mark.parametrize(("days_back", "counts"), [(-1, False), (0, True), (2, True), (3, False)])
def test_the_days_that_count_are_the_last_ones_with_the_origin(
    days_back: int, counts: bool
) -> None:
    """Of three days the origin's is the last; one day alone counts if it is among them."""
    rows = recent()
    only = rows[rows["target_day"] == ORIGIN - pd.Timedelta(days=days_back)]
    assert len(only) == 1
    assert (found(only, ORIGIN) != [1.0]) is counts


def dispersion(min_rows: int, **of_category: tuple[list[float], list[float]]) -> float:
    """Of categories with their sold and predicted units."""
    names = [name for name, (sold, _) in of_category.items() for _ in sold]
    sold, said = (
        np.array([value for both in of_category.values() for value in both[which]])
        for which in (0, 1)
    )
    params = ShiftParams(min_rows=min_rows, usual_dispersion=7.0)
    return estimate_dispersion(np.array(names), sold, said, params)


INK = ([6.0, 2.0], [4.0, 4.0])  # (2² + 2²) ÷ 8 = 1
MILK = ([8.0, 0.0], [4.0, 4.0])  # (4² + 4²) ÷ 8 = 4
RICE = ([10.0, 6.0, 6.0], [4.0, 6.0, 6.0])  # 6² ÷ 16 = 2.25


def test_the_dispersion_of_half_of_the_units() -> None:
    assert dispersion(4, milk=MILK, ink=INK) == 1.0, "half of the units is enough"
    assert dispersion(4, milk=MILK, rice=RICE) == 2.25
    assert dispersion(4, rice=RICE, ink=INK, milk=MILK) == 2.25
    assert dispersion(4, ink=INK, milk=([8.0, 0.0, 8.0], [4.0, 4.0, 4.0])) == 4.0


def test_too_few_rows_or_no_unit_at_all_give_the_usual_dispersion() -> None:
    assert dispersion(2, ink=INK) == 1.0
    assert dispersion(3, ink=INK) == 7.0
    nothing = ([3.0, 0.0], [0.0, 0.0])
    assert dispersion(1, ink=nothing) == 7.0
    assert dispersion(1, ink=nothing, milk=MILK) == 4.0, "of categories with a forecast"


def test_two_rows_of_one_day_are_one_day() -> None:
    """299 sold for 99 on one day: l = ln 3, less √(2/100 + 0.2²/1)."""
    found = category_correction(
        np.array(["ink", "ink"]), np.array([1, 1]), np.array([150.0, 149.0]),
        np.array([50.0, 49.0]), 2.0, PARAMS,
    )  # fmt: skip
    assert float(found["ink"]) == pytest.approx(3 * np.exp(-np.sqrt(0.02 + 0.04)))


def test_an_sku_that_never_sold_is_at_most_divided_by_the_limit() -> None:
    assert of_sku(0.0, 1e6, 1e-4) == 0.25
    assert of_sku(0.5, 0.5, 1.0) == 1.0


def test_a_day_out_of_stock_for_a_moment_still_counts() -> None:
    whole = found(recent(), ORIGIN)
    assert found(recent(in_stock_share=0.9999), ORIGIN) == whole
    assert found(recent(in_stock_share=0.9998), ORIGIN) == [1.0]
