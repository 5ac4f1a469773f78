"""What is known of the days of a longer sum, on drawn tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from tests.steps import step

PATH = "assets/predict/demand/sums/sum_windows.sql"
KINDS = "is_free integer, is_holiday integer, is_makeup integer, is_school_season integer"
SHAPES = {
    "wanted_sums": "series_no bigint, origin date, span_days integer",
    "panel_series": "series_no bigint, warehouse_id varchar, sku_id varchar, warehouse_no bigint, "
    "region_category_no bigint",
    "warehouse_day_kinds": f"warehouse_no bigint, day date, {KINDS}, is_event integer",
    "demand_panel": "series_no bigint, day date, demand_e4 bigint",
    "demand_levels": "level varchar, code bigint, day date, free_ratio double, work_ratio double",
    "promotion_days": "warehouse_id varchar, sku_id varchar, day date, discount_ratio_1 double, "
    "discount_ratio_2 double, discount_ratio_3 double, discount_ratio_7 double, "
    "discount_ratio_14 double, discount_ratio_28 double, group_buy_lead integer, "
    "coupon_lead integer",
}
ORIGIN = date(2026, 9, 2)  # a Wednesday
SERIES = """
    series_no | warehouse_id | sku_id | warehouse_no | region_category_no
    1         | w1           | rice   | 1            | 7
    2         | w1           | milk   | 1            | 8
"""


def _kinds(**marks: date) -> str:
    """Forty days of the warehouse, weekends free; `marks`: the day that is of a kind."""
    rows = ["warehouse_no | day | is_free | is_holiday | is_makeup | is_school_season | is_event"]
    for ahead in range(-5, 36):
        day = ORIGIN + timedelta(days=ahead)
        marked = [name for name, its in marks.items() if its == day]
        free = int((day.isoweekday() >= 6 or "holiday" in marked) and "makeup" not in marked)
        flags = [int(name in marked) for name in ("holiday", "makeup", "school", "event")]
        rows.append(" | ".join(str(cell) for cell in (1, day, free, *flags)))
    return "\n".join(rows)


def _wanted(*spans: int, series: int = 1) -> str:
    return "\n".join(
        ["series_no | origin | span_days", *(f"{series} | {ORIGIN} | {span}" for span in spans)]
    )


def _found(wanted: str, columns: str, **given: str) -> list[tuple[Any, ...]]:
    tables: Mapping[str, str] = {
        "wanted_sums": wanted,
        "panel_series": SERIES,
        "warehouse_day_kinds": _kinds(),
    } | given
    return step(PATH, tables, columns, SHAPES)


def test_days_of_the_span_are_counted_by_kind_from_the_day_after_the_origin() -> None:
    kinds = _kinds(
        holiday=ORIGIN + timedelta(days=1),  # Thursday
        makeup=ORIGIN + timedelta(days=4),  # Sunday
        school=ORIGIN,  # not of the span
        event=ORIGIN + timedelta(days=7),
    )
    columns = "span_days first_weekday offered_days free_share holiday_share makeup_share "
    columns += "school_share event_share"
    assert _found(_wanted(5, 10), columns, warehouse_day_kinds=kinds) == [
        (10, 4, 10, 0.3, 0.1, 0.1, 0.0, 0.1),  # Thursday, one Saturday, one whole weekend less one
        (5, 4, 5, 0.4, 0.2, 0.2, 0.0, 0.0),
    ]


def test_days_weigh_what_their_kind_sells_in_the_category_and_region() -> None:
    levels = f"""
        level           | code | day      | free_ratio | work_ratio
        region_category | 7    | {ORIGIN} | 1.5        | 0.8
        region_category | 7    | 2026-09-01 | 9        | 9
        region          | 7    | {ORIGIN} | 9          | 9
    """
    assert _found(_wanted(7), "weight_days", demand_levels=levels) == [(2 * 1.5 + 5 * 0.8,)]
    assert _found(_wanted(7, series=2), "weight_days", demand_levels=levels) == [(7.0,)]


@pytest.mark.parametrize(
    ("delisted", "launched", "offered", "free"),
    [
        ("2026-09-02", "", 0, None),  # off from the first day on
        ("2026-09-04", "", 2, 0.0),  # Thursday and Friday
        ("2026-09-05", "", 3, 1 / 3),
        ("2026-09-02", "2026-09-05", 5, 2 / 5),  # comes back on Saturday
        ("2026-09-30", "", 7, 2 / 7),
    ],
)
def test_days_off_offer_do_not_count(
    delisted: str, launched: str, offered: int, free: float | None
) -> None:
    until = date.fromisoformat(launched) - timedelta(days=1) if launched else date(9999, 12, 31)
    off = f"""
        sku_id | from_day | until_day
        rice   | {date.fromisoformat(delisted) + timedelta(days=1)} | {until}
    """
    columns = "offered_days weight_days offered_share free_share"
    assert _found(_wanted(7), columns, off_offer=off) == [
        (offered, float(offered), pytest.approx(offered / 7), free and pytest.approx(free))
    ]
    assert _found(_wanted(7, series=2), "offered_days", off_offer=off) == [(7,)]


@pytest.mark.parametrize(
    ("ahead", "known"), [(1, 1), (2, 2), (3, 3), (4, 7), (7, 7), (8, 14), (14, 14), (15, 28)]
)
def test_a_price_cut_counts_as_far_as_it_was_known(ahead: int, known: int) -> None:
    ratios = dict.fromkeys((1, 2, 3, 7, 14, 28), 0.9) | {known: 0.5}
    columns = " | ".join(f"discount_ratio_{days}" for days in ratios)
    cuts = " | ".join(map(str, ratios.values()))
    promotions = f"""
        warehouse_id | sku_id | day | {columns} | group_buy_lead | coupon_lead
        w1 | rice | {ORIGIN + timedelta(days=ahead)} | {cuts} | 9 | 2
        w1 | rice | {ORIGIN} | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 9 | 9
        w1 | rice | {ORIGIN + timedelta(days=22)} | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 99 | 99
        w1 | milk | {ORIGIN + timedelta(days=1)} | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 0.1 | 9 | 9
    """
    found = _found(
        _wanted(21), "discount_ahead group_buy_share coupon_share", promotion_days=promotions
    )
    shares = (float(ahead <= 9) / 21, float(ahead <= 2) / 21)
    assert found == [pytest.approx((1 - 0.5 / 21, *shares))]


def test_demand_is_that_of_a_span_known_on_every_day() -> None:
    days = [(0, 50_000), (1, 10_000), (2, 20_000), (3, 0), (4, 40_000), (5, 15_000), (6, None)]
    panel = "\n".join(
        [
            "series_no | day | demand_e4",
            *(
                f"1 | {ORIGIN + timedelta(days=ahead)} | {'' if units is None else units}"
                for ahead, units in [(-3, 90_000), (-2, None), (-1, 70_000), *days]
            ),
            f"2 | {ORIGIN + timedelta(days=1)} | 990000",
        ]
    )
    found = dict(_found(_wanted(1, 5, 6, 7), "span_days demand_units", demand_panel=panel))
    assert found == {1: 1.0, 5: 8.5, 6: None, 7: None}  # the sixth is unknown, the seventh not over
    assert _found(_wanted(1, series=2), "demand_units", demand_panel=panel) == [(None,)]


def test_without_promotions_the_price_is_the_list_price() -> None:
    assert _found(_wanted(28), "discount_ahead group_buy_share coupon_share") == [(1.0, 0.0, 0.0)]
