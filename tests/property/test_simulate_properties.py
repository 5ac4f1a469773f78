"""Any small platform obeys the contracts, and never sells more than was wanted."""

from __future__ import annotations

from datetime import date

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.exports import EXPORTS
from models.simulate.config import SimulationConfig
from models.simulate.simulation import simulate
from tests.unit.test_simulate_contracts import violations

configs = st.builds(
    SimulationConfig,
    days=st.integers(30, 70),
    users=st.integers(10, 80),
    communities=st.integers(1, 8),
    skus=st.integers(20, 50),
    seed=st.integers(0, 10_000),
    end=st.dates(date(2019, 3, 1), date(2026, 12, 31)),
    cutoff=st.sampled_from(["18:00", "20:00", "23:00", "24:00"]),
    walk_in_share=st.sampled_from([0.0, 0.03, 0.4]),
    stockout_share=st.floats(0.02, 0.3),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(configs)
def test_any_small_platform_obeys_the_contracts(config):
    platform = simulate(config)
    for contract in EXPORTS:
        assert violations(contract, platform.exports[contract.name]) == [], contract.name
    demand = platform.truth["demand"]
    assert (demand["sold_units"] <= demand["demand_units"] + 1e-9).all()
    assert demand["sold_units"].sum() > 0
    users = platform.truth["users"].set_index("user_id")
    orders = platform.exports["orders"].to_pandas()
    churned = orders["user_id"].map(users["churned_at"])
    assert not (orders["ordered_at"] >= churned).any()
    ordered_days = orders["ordered_at"].dt.date
    assert ordered_days.min() >= config.start
    assert ordered_days.max() <= config.end
    assert pd.notna(platform.truth["events"]["starts_on"]).all()
