"""FreshRetailNet-50K as exports: every rule of the import on a source of a few rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.adapters import import_dataset

MONDAY = date(2024, 4, 1)
SCHEMA = pa.schema(
    [
        ("city_id", pa.int16()),
        ("store_id", pa.int32()),
        ("management_group_id", pa.int16()),
        ("first_category_id", pa.int16()),
        ("second_category_id", pa.int16()),
        ("third_category_id", pa.int32()),
        ("product_id", pa.int32()),
        ("dt", pa.date32()),
        ("sale_amount", pa.float64()),
        ("hours_sale", pa.list_(pa.float64())),
        ("stock_hour6_22_cnt", pa.int8()),
        ("hours_stock_status", pa.list_(pa.int8())),
        ("discount", pa.float64()),
        ("holiday_flag", pa.int8()),
        ("activity_flag", pa.int8()),
        ("precpt", pa.float64()),
        ("avg_temperature", pa.float64()),
        ("avg_humidity", pa.float64()),
        ("avg_wind_level", pa.float64()),
    ]
)


def hours(values: dict[int, float]) -> list[float]:
    """24 numbers, zero where `values` has no hour."""
    return [values.get(hour, 0) for hour in range(24)]


def series_day(day: date = MONDAY, **changes: Any) -> dict[str, Any]:
    """One row of the source: nothing sold, nothing out of stock, no discount, a working day."""
    row: dict[str, Any] = {
        "city_id": 3,
        "store_id": 11,
        "management_group_id": 0,
        "first_category_id": 5,
        "second_category_id": 6,
        "third_category_id": 65,
        "product_id": 38,
        "dt": day,
        "hours_sale": hours({}),
        "stock_hour6_22_cnt": 0,
        "hours_stock_status": [int(value) for value in hours({})],
        "discount": 1.0,
        "holiday_flag": 0,
        "activity_flag": 0,
        "precpt": 1.5,
        "avg_temperature": 15.2,
        "avg_humidity": 73.5,
        "avg_wind_level": 1.9,
    }
    row.update(changes)
    row["sale_amount"] = sum(row["hours_sale"])
    return row


def write_source(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """`frn50k.parquet` in `folder`, with the types of the real file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "frn50k.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def imported(tmp_path: Path, rows: list[dict[str, Any]], export: str) -> list[dict[str, Any]]:
    """Rows of one export after the import of `rows`."""
    write_source(tmp_path / "source", rows)
    import_dataset("frn50k", tmp_path / "source", tmp_path / "out")
    return pq.read_table(tmp_path / "out" / f"{export}.parquet").to_pylist()


def test_an_hour_with_a_sale_becomes_one_order_line(tmp_path: Path) -> None:
    row = series_day(hours_sale=hours({0: 0.1, 9: 0.1 + 0.2, 23: 2.0}))
    lines = imported(tmp_path, [row], "orders")
    assert [(line["ordered_at"], line["quantity_units"]) for line in lines] == [
        (datetime(2024, 4, 1, 0), 0.1),
        (datetime(2024, 4, 1, 9), 0.3),  # not 0.30000000000000004
        (datetime(2024, 4, 1, 23), 2.0),
    ]
    assert {
        (line["community_id"], line["sku_id"], line["category"], line["sale_unit"])
        for line in lines
    } == {("11", "38", "5", "kg")}
    assert "user_id" not in lines[0]


def test_order_ids_are_unique_and_short_and_lines_come_by_day(tmp_path: Path) -> None:
    rows = [
        series_day(MONDAY + timedelta(days), store_id=store, product_id=sku, hours_sale=[0.1] * 24)
        for store in (0, 1, 897, 1_048_575)
        for sku in (0, 1, 864, 1_048_575)
        for days in (1, 0)
    ]
    lines = imported(tmp_path, rows, "orders")
    assert len(lines) == 4 * 4 * 2 * 24
    assert len({line["order_id"] for line in lines}) == len(lines)
    assert max(len(line["order_id"]) for line in lines) <= 12
    days = [line["ordered_at"].date() for line in lines]
    assert days == sorted(days)


def test_a_negative_amount_is_left_for_the_row_rules_to_refuse(tmp_path: Path) -> None:
    lines = imported(tmp_path, [series_day(hours_sale=hours({8: -0.5}))], "orders")
    assert [line["quantity_units"] for line in lines] == [-0.5]


def test_stock_out_hours_become_the_letter_s(tmp_path: Path) -> None:
    status = [int(value) for value in hours({0: 1, 6: 1, 23: 1})]
    rows = imported(tmp_path, [series_day(hours_stock_status=status)], "availability")
    assert rows == [
        {
            "day": MONDAY,
            "warehouse_id": "11",
            "sku_id": "38",
            "hours_status": "SAAAAASAAAAAAAAAAAAAAAAS",
        }
    ]


# Day by day from Monday: discount and activity; "-" is a day the source does not have. Expected:
# kind, first and last day of the run, discount ratio.
RUNS = [
    ("one run", ["0.8", "0.8", "0.8"], [("discount", 0, 2, 0.8)]),
    (
        "a new value begins a new run",
        ["0.8", "0.9"],
        [("discount", 0, 0, 0.8), ("discount", 1, 1, 0.9)],
    ),
    (
        "the value returns",
        ["0.8", "1", "0.8"],
        [("discount", 0, 0, 0.8), ("discount", 2, 2, 0.8)],
    ),
    (
        "two values in turn",
        ["0.8", "0.9", "0.8"],
        [("discount", 0, 0, 0.8), ("discount", 1, 1, 0.9), ("discount", 2, 2, 0.8)],
    ),
    (
        "a missing day ends it",
        ["0.8", "-", "0.8"],
        [("discount", 0, 0, 0.8), ("discount", 2, 2, 0.8)],
    ),
    ("no discount, or above list", ["1", "1.05", "1"], []),
    ("free stays as it is", ["0"], [("discount", 0, 0, 0.0)]),
    (
        "an activity outlives the change of its discount",
        ["0.8 on", "0.9 on", "1 on", "1"],
        [("discount", 0, 0, 0.8), ("discount", 1, 1, 0.9), ("group_buy", 0, 2, None)],
    ),
    (
        "two activities",
        ["1 on", "1", "1 on"],
        [("group_buy", 0, 0, None), ("group_buy", 2, 2, None)],
    ),
]


@pytest.mark.parametrize(("days", "expected"), [run[1:] for run in RUNS], ids=[r[0] for r in RUNS])
def test_days_of_one_discount_or_activity_merge(
    tmp_path: Path, days: list[str], expected: list[tuple[str, int, int, float | None]]
) -> None:
    rows = [
        series_day(
            MONDAY + timedelta(number),
            discount=float(day.split()[0]),
            activity_flag=int(day.endswith("on")),
        )
        for number, day in enumerate(days)
        if day != "-"
    ]
    promotions = imported(tmp_path, rows, "promotions")
    assert [
        (
            row["kind"],
            (row["starts_on"] - MONDAY).days,
            (row["ends_on"] - MONDAY).days,
            row["discount_ratio"],
        )
        for row in promotions
    ] == expected
    assert len({row["promotion_id"] for row in promotions}) == len(promotions)


def test_promotions_of_different_series_do_not_merge(tmp_path: Path) -> None:
    """The other series fill the day that is missing between two days of the first."""
    rows = [
        series_day(MONDAY, store_id=1, discount=0.8),
        series_day(MONDAY + timedelta(1), store_id=2, discount=0.8),
        series_day(MONDAY + timedelta(1), store_id=1, product_id=39, discount=0.8),
        series_day(MONDAY + timedelta(2), store_id=1, discount=0.8),
    ]
    promotions = imported(tmp_path, rows, "promotions")
    assert sorted((row["community_id"], row["sku_id"]) for row in promotions) == [
        ("1", "38"),
        ("1", "38"),
        ("1", "39"),
        ("2", "38"),
    ]
    assert all(row["starts_on"] == row["ends_on"] for row in promotions)


def test_a_run_of_flagged_days_with_a_workday_is_a_holiday(tmp_path: Path) -> None:
    # Thursday plain, Friday and Saturday off, Sunday worked, Monday and next Friday plain.
    flags = {3: 0, 4: 1, 5: 1, 6: 0, 7: 0, 11: 0}
    rows = [series_day(MONDAY + timedelta(n), holiday_flag=flag) for n, flag in flags.items()]
    assert [
        (row["day"], row["name"], row["kind"], row["area_id"])
        for row in imported(tmp_path, rows, "holidays")
    ] == [
        (date(2024, 4, 5), "假日", "public_holiday", None),
        (date(2024, 4, 6), "假日", "public_holiday", None),
        (date(2024, 4, 7), "调休上班", "makeup_workday", None),
    ]


def test_a_flagged_weekend_alone_is_no_holiday(tmp_path: Path) -> None:
    # Friday plain, the weekend flagged, Monday plain; the Monday after the next weekend is off too.
    flags = {4: 0, 5: 1, 6: 1, 7: 0, 11: 0, 12: 1, 13: 1, 14: 1, 15: 0}
    rows = [series_day(MONDAY + timedelta(n), holiday_flag=flag) for n, flag in flags.items()]
    assert [(row["day"], row["kind"]) for row in imported(tmp_path, rows, "holidays")] == [
        (MONDAY + timedelta(n), "public_holiday") for n in (12, 13, 14)
    ]


def test_cities_that_differ_get_days_of_their_own(tmp_path: Path) -> None:
    friday, saturday = MONDAY + timedelta(4), MONDAY + timedelta(5)
    rows = [
        series_day(day, city_id=city, store_id=city, holiday_flag=flag)
        for city, flag in ((1, 1), (2, 0))
        for day in (friday, saturday)
    ]
    assert [
        (row["day"], row["kind"], row["area_id"]) for row in imported(tmp_path, rows, "holidays")
    ] == [
        (friday, "public_holiday", "1"),
        (saturday, "public_holiday", "1"),
        (saturday, "makeup_workday", "2"),
    ]


def test_weather_is_one_observation_per_store_and_day(tmp_path: Path) -> None:
    rows = [series_day(product_id=sku) for sku in (1, 2, 3)]
    assert imported(tmp_path, rows, "weather") == [
        {
            "area_id": "11",
            "day": MONDAY,
            "rain_mm": 1.5,
            "temperature_celsius": 15.2,
            "humidity_percent": 73.5,
            "wind_level": 1.9,
        }
    ]


def test_products_and_communities_are_one_row_each(tmp_path: Path) -> None:
    rows = [series_day(MONDAY + timedelta(n), product_id=sku) for n in (0, 1) for sku in (38, 39)]
    products = imported(tmp_path, rows, "products")
    assert [(row["sku_id"], row["category"], row["subcategory"]) for row in products] == [
        ("38", "5", "6/65"),
        ("39", "5", "6/65"),
    ]
    assert {(row["fulfilment_mode"], row["is_goods"]) for row in products} == {("instant", True)}
    assert pq.read_table(tmp_path / "out" / "communities.parquet").to_pylist() == [
        {"community_id": "11", "warehouse_id": "11", "region_id": "3"}
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hours_sale": [0.1] * 23}, "column hours_sale does not hold 24 hours in 1 rows"),
        ({"hours_stock_status": [0] * 25}, "column hours_stock_status does not hold 24 hours"),
        ({"store_id": 1_048_576}, "column store_id is missing or outside 0 to 1048575"),
        ({"product_id": None}, "column product_id is missing or outside 0 to 1048575"),
        ({"dt": None}, "column dt is missing or not a day of this century"),
    ],
)
def test_values_that_would_spoil_the_exports_stop_the_import(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    source = write_source(tmp_path, [series_day(), series_day(**changes)])
    with pytest.raises(ValueError, match=message) as caught:
        import_dataset("frn50k", source, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
