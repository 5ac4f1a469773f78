"""The past campaign's holdout differs from the treated by the true uplift, and no more."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.simulate.config import SimulationConfig
from models.simulate.simulation import simulate

pytestmark = pytest.mark.slow  # simulates 16,000 users


@cache
def campaign() -> pd.DataFrame:
    config = SimulationConfig(days=120, users=16_000, communities=20, skus=20, seed=3)
    return simulate(config).truth["campaign"]


def difference(rows: pd.DataFrame) -> tuple[float, float]:
    """(treated − held out share of users who ordered, its standard error)."""
    arms = [rows[rows["arm"] == arm]["ordered_in_7_days"] for arm in ("treatment", "holdout")]
    variance = sum(arm.mean() * (1 - arm.mean()) / len(arm) for arm in arms)
    return arms[0].mean() - arms[1].mean(), float(np.sqrt(variance))


def test_a_fifth_is_held_out():
    assert (campaign()["arm"] == "holdout").mean() == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("layer", [None, "price_sensitive", "quality_seeking"])
def test_difference_of_the_arms_is_the_true_uplift(layer):
    rows = campaign() if layer is None else campaign().query("layer == @layer")
    found, error = difference(rows)
    assert abs(found - rows["true_uplift"].mean()) < 3 * error
    assert error < 0.05


def test_the_effect_is_there_and_larger_where_it_was_planted():
    everybody, error = difference(campaign())
    assert everybody > 3 * error
    uplift = campaign().groupby("layer")["true_uplift"].mean()
    assert uplift["price_sensitive"] > 1.5 * uplift["quality_seeking"]
    assert (campaign()["true_uplift"] < 0).mean() > 0.03


def test_the_held_out_do_what_they_would_have_done():
    held = campaign().query("arm == 'holdout'")
    assert (held["ordered_in_7_days"] == held["would_order_without"]).all()


def test_probability_without_a_contact_is_calibrated():
    rows = campaign()
    groups = pd.qcut(rows["probability_without"].rank(method="first"), 8, labels=False)
    table = rows.groupby(groups)[["probability_without", "would_order_without"]].mean()
    # users who leave within the window, and pauses that begin in it, are known to the truth
    assert (table.diff(axis=1).iloc[:, 1].abs() < 0.05).all()


def test_a_contact_keeps_some_of_the_annoyed_away_and_nobody_else():
    treated = campaign().query("arm == 'treatment' and would_order_without")
    annoyed = treated[treated["true_uplift"] < 0]
    assert annoyed["ordered_in_7_days"].mean() == pytest.approx(0.75, abs=0.1)
    assert treated[treated["true_uplift"] > 0]["ordered_in_7_days"].all()
