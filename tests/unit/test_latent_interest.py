"""The measure of latent interest, worked out by hand, and its figure on real clicks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bench.latent_interest import BUY, CLICK, lift, pairs, per_user, within_users

AS_OF = pd.Timestamp("2014-06-15")


def actions(drawn: list[tuple[str, str, int, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(drawn, columns=["user_id", "brand_id", "type", "day"])
    return frame.assign(day=pd.to_datetime(frame["day"]))


def test_pairs_are_looked_at_within_the_window_and_not_bought_in_it() -> None:
    found = pairs(
        actions(
            [
                *[("a", "often", CLICK, "2014-06-10")] * 3,
                ("a", "often", BUY, "2014-07-15"),  # the 30th day after
                ("a", "once", CLICK, "2014-06-15"),
                ("a", "once", BUY, "2014-07-16"),  # too late
                *[("b", "had", CLICK, "2014-06-01")] * 5,
                ("b", "had", BUY, "2014-05-17"),  # the first day of the window
                *[("b", "old", CLICK, "2014-05-16")] * 9,
            ]
        ),
        AS_OF,
        3,
    )
    assert found.to_numpy().tolist() == [["a", True, True], ["a", False, False]]


def test_the_ratio_within_users_is_not_moved_by_who_does_everything_more() -> None:
    # latent, bought, other, bought: one buys a tenth of anything, the other half of anything
    users = np.array([[10.0, 1.0, 100.0, 10.0], [100.0, 50.0, 10.0, 5.0]])
    assert within_users(users) == pytest.approx(1)
    assert lift(users) == pytest.approx((51 / 110) / (15 / 110))


@pytest.mark.skipif(not os.environ.get("LINLI_SHARED_DATA"), reason="LINLI_SHARED_DATA is not set")
def test_what_was_looked_at_often_is_bought_more_often_on_real_clicks() -> None:
    path = Path(os.environ["LINLI_SHARED_DATA"]) / "tmall2014_t_alibaba/t_alibaba_data.parquet"
    clicks = pd.read_parquet(path)
    clicks["day"] = pd.to_datetime({"year": 2014, "month": clicks["month"], "day": clicks["day"]})
    users = per_user(pairs(clicks, pd.Timestamp("2014-07-15"), 3))
    assert users.sum(axis=0).tolist() == [2841.0, 61.0, 12942.0, 65.0]
    assert within_users(users) > 3
