"""How well is demand recovered that sold-out hours hid? Beside the rule that needs no model.

    python -m tests.bench.censored_demand --data ../shared/data/frn50k/frn50k.parquet [--seed 1024]

FreshRetailNet-50K, hours 6 to 22. Of days wholly in stock hours are hidden as its benchmark hides
them (rate 0.3, seed 1024), and the day's demand is recovered from what is left; scored on days with
a hidden hour. Published for TimesNet: WAPE 27.62 %, WPE +1.43 %. The model learns from other hidden
hours of the same panel, never from those that are scored. One thread.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from models.demand.uncensoring.hourly_panel import HourlyPanel
from models.demand.uncensoring.model import estimate_lost_units, fit_uncensoring_model
from models.evaluation.forecast_metrics import wape, wpe
from models.params.demand import UncensoringParams
from tests.stockouts import hide_hours

OPEN = slice(6, 22)
PARAMS = UncensoringParams(hidden_hours=(6, 22))
WINDOW_DAYS = 30  # the benchmark cuts series into months; no run of hidden days crosses them
THREADS = 1


def read(path: Path) -> HourlyPanel:
    """The panel of all 24 hours; outside 6 to 22 only hours in stock count as offered."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as connection:
        source = f"read_parquet('{path}')"
        found = connection.sql(
            "select dense_rank() over (order by store_id, product_id) - 1 as series, "
            f"dt - (select min(dt) from {source}) as day, store_id, product_id, city_id, "
            "second_category_id, hours_sale, hours_stock_status, discount, holiday_flag, "
            f"activity_flag, precpt, avg_temperature, isodow(dt) as weekday from {source} "
            "order by series, day"
        ).to_arrow_table()
    series, day = found["series"].to_numpy(), found["day"].to_numpy()
    shape = int(series.max()) + 1, int(day.max()) + 1
    assert len(series) == shape[0] * shape[1], "every series has every day"

    def days(name: str) -> np.ndarray:
        return found[name].to_numpy().astype(np.float32).reshape(shape)

    def hours(name: str) -> np.ndarray:
        flat = found[name].combine_chunks().flatten().to_numpy()
        return flat.reshape(*shape, 24)

    def group(*names: str) -> np.ndarray:
        keys = np.column_stack([days(name)[:, 0] for name in names])
        return np.unique(keys, axis=0, return_inverse=True)[1].ravel()

    sold, in_stock = hours("hours_sale").astype(np.float32), hours("hours_stock_status") == 0
    offered = in_stock.copy()
    offered[..., OPEN] = True
    return HourlyPanel(
        sold_units=sold,
        is_offered=offered,
        on_sale=in_stock.astype(np.float32),
        category=group("second_category_id"),
        groups={
            "sku": group("product_id"),
            "region_sku": group("city_id", "product_id"),
            "warehouse": group("store_id"),
            "warehouse_category": group("store_id", "second_category_id"),
        },
        days={
            name: days(name)
            for name in ("discount", "holiday_flag", "activity_flag", "precpt", "avg_temperature")
        },
        kind_of_day=((days("weekday") >= 6) | (days("holiday_flag") > 0)).astype(np.int64),
    )


def hidden_by_the_benchmark(panel: HourlyPanel, seed: int) -> np.ndarray:
    """Hours that are scored, window by window."""
    hidden = np.zeros(panel.on_sale.shape, bool)
    for first in range(0, hidden.shape[1], WINDOW_DAYS):
        part = slice(first, first + WINDOW_DAYS)
        window = replace(
            panel,
            sold_units=panel.sold_units[:, part],
            is_offered=panel.is_offered[:, part],
            on_sale=panel.on_sale[:, part],
        )
        hidden[:, part] = hide_hours(window, seed + first, PARAMS)
    return hidden


def sold_before_a_stockout(panel: HourlyPanel) -> tuple[float, float]:
    """Share of hours with a sale, of those on sale from 7 to 20 o'clock: sold out from the next one
    on, and not."""
    hours = slice(7, 21)
    on_sale = panel.on_sale[..., hours] == 1
    out_next = panel.on_sale[..., 8:22] == 0
    is_sold = panel.sold_units[..., hours] > 0
    return float(is_sold[on_sale & out_next].mean()), float(is_sold[on_sale & ~out_next].mean())


def usual_rate(panel: HourlyPanel, days: int) -> np.ndarray:
    """What is lost by the rule: hidden share × what the last days sold ÷ the part of them seen."""
    seen = panel.on_sale
    profile = (panel.sold_units * seen).sum((0, 1)) / seen.sum((0, 1))
    profile /= profile.sum()
    share = (seen * profile).sum(2) / np.maximum((panel.is_offered * profile).sum(2), 1e-9)
    units = (panel.sold_units * seen).sum(2)
    lost = np.zeros_like(units)
    for day in range(units.shape[1]):
        part = slice(max(0, day - days + 1), day + 1)
        rate = units[:, part].sum(1) / np.maximum(share[:, part].sum(1), 1.0)
        lost[:, day] = (1 - share[:, day]) * rate
    return lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1024, help="of the hours hidden to be scored")
    chosen = parser.parse_args()
    panel = read(chosen.data)
    last, others = sold_before_a_stockout(panel)
    print(f"{last:.0%} of the hours before a stock-out hold a sale, {others:.0%} of the others")
    hidden = hidden_by_the_benchmark(panel, chosen.seed)
    scored = hidden.any(2) & (panel.on_sale[..., OPEN] == 1).all(2)
    truth = panel.sold_units.sum(2)[scored]
    left = replace(panel, on_sale=panel.on_sale * ~hidden, sold_units=panel.sold_units * ~hidden)
    # what was sold in an hour the source calls sold out is known all the same, and in the truth
    seen = left.sold_units.sum(2)[scored]
    print(f"{scored.sum():,} days scored, {1 - seen.sum() / truth.sum():.1%} of their units hidden")

    def told(name: str, recovered: np.ndarray, seconds: float = 0.0) -> None:
        took = f"{seconds:6.1f} s" if seconds else ""
        print(
            f"{name:24s} WAPE {wape(truth, recovered):.4f} WPE {wpe(truth, recovered):+.4f} {took}"
        )

    told("nothing recovered", seen)
    told("usual rate of 28 days", seen + usual_rate(left, 28)[scored])
    started = time.perf_counter()
    model = fit_uncensoring_model(left, PARAMS, THREADS)
    assert model is not None
    found = estimate_lost_units(left, model, THREADS)[scored]
    told(f"model on {model.rows:,} days", seen + found, time.perf_counter() - started)


if __name__ == "__main__":
    main()
