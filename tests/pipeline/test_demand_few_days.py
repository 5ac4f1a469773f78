"""A platform of 26 days and one SKU: the mean that its backtest prefers, with its own errors."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from assets.core.demand.demand_day import demand_day
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, table

AS_OF = date(2026, 9, 5)
DAYS = 26


def test_few_days_are_forecast_by_the_mean_the_backtest_prefers(tmp_path: Path) -> None:
    """Sales rise from 4 to 12 a day half way, and a day now and then sells none: what lies two
    weeks back misleads, and no weekday is like itself."""
    home = home_at(tmp_path)
    rng = np.random.default_rng(5)
    sold = [float(rng.poisson(4 if place < 13 else 12)) for place in range(DAYS)]
    sold[-9] = sold[-2] = 0.0
    days = [AS_OF - timedelta(days=DAYS - 1 - place) for place in range(DAYS)]
    put(
        home,
        "orders",
        [order_line(n, d, "s", u) for n, (d, u) in enumerate(zip(days, sold, strict=True)) if u],
    )
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    backtest = table(home, "select * from demand_backtest")
    in_stock = backtest[backtest["scope"] == "in_stock_days"]
    wape = in_stock.groupby("model")["wape"].mean()
    assert wape["mean_of_days"] <= wape.drop("mean_of_days").min() + 1e-9
    assert in_stock["wape"].notna().all(), "origins with a day of no sale are counted"
    assert len(in_stock[in_stock["model"] == "mean_of_days"]) == DAYS - 6 - 3
    coverage = backtest[backtest["scope"] == "coverage_p90"]["coverage"].mean()
    assert 0.8 <= coverage <= 1.0
    lines = table(home, "select * from demand_forecast").set_index("horizon")
    assert (lines["p90_units"] > 1.2 * lines["mean_units"]).all()
    assert set(lines["fallback"]) == {"no_model"}
    note = table(home, "select message from fallbacks where step = 'demand_model'")["message"]
    assert note.str.contains("means of past days are used").any()
