"""Does latent interest foretell a purchase? On real clicks, beside what was looked at in passing.

    python -m tests.bench.latent_interest --data .../tmall2014_t_alibaba/t_alibaba_data.parquet

Pairs of user and brand that were clicked in the 30 days up to a day and not bought within them.
Latent are those with `latent_detail_views` clicks or more (the export has no dwell time). Printed
per day: the share of each that is bought in the 30 days after, their ratio (lift) with a 95 %
interval from 1,000 bootstraps of users, and the same ratio within users (Mantel-Haenszel), since
who clicks much buys much. No number was chosen on this data: the rule is the profile's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from models.params.profiles import ProfileParams

CLICK, BUY = 0, 1
WINDOW_DAYS = 30
SNAPSHOTS = ("2014-06-15", "2014-07-15")
BOOTSTRAPS = 1000


def pairs(actions: pd.DataFrame, as_of: pd.Timestamp, views_from: int) -> pd.DataFrame:
    """One row per user and brand looked at and not bought: `user_id`, `is_latent`, `is_bought`.

    `actions`: user_id, brand_id, type, day.
    """
    key = ["user_id", "brand_id"]
    begun = as_of - pd.Timedelta(days=WINDOW_DAYS - 1)
    before = actions[(actions["day"] >= begun) & (actions["day"] <= as_of)]
    after = actions[actions["day"] > as_of]
    after = after[after["day"] <= as_of + pd.Timedelta(days=WINDOW_DAYS)]
    clicks = before[before["type"] == CLICK].groupby(key).size().rename("views").reset_index()
    bought = before.loc[before["type"] == BUY, key].drop_duplicates().assign(had=True)
    later = after.loc[after["type"] == BUY, key].drop_duplicates().assign(is_bought=True)
    found = clicks.merge(bought, on=key, how="left").merge(later, on=key, how="left")
    found = found[found["had"].isna()]
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "is_latent": found["views"] >= views_from,
            "is_bought": found["is_bought"].notna(),
        }
    )


def per_user(found: pd.DataFrame) -> np.ndarray:
    """Users × (latent, latent bought, other, other bought)."""
    latent, bought = found["is_latent"], found["is_bought"]
    counts = pd.DataFrame(
        {"a": latent, "b": latent & bought, "c": ~latent, "d": ~latent & bought}
    ).groupby(found["user_id"])
    return counts.sum().to_numpy(dtype=float)


def lift(users: np.ndarray) -> float:
    latent, latent_bought, other, other_bought = users.sum(axis=0)
    return (latent_bought / latent) / (other_bought / other)


def within_users(users: np.ndarray) -> float:
    """Mantel-Haenszel risk ratio, one stratum per user (Greenland & Robins 1985)."""
    latent, latent_bought, other, other_bought = users.T
    total = latent + other
    return float((latent_bought * other / total).sum() / (other_bought * latent / total).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    actions = pd.read_parquet(parser.parse_args().data)
    actions["day"] = pd.to_datetime(
        {"year": 2014, "month": actions["month"], "day": actions["day"]}
    )
    views_from = ProfileParams().latent_detail_views
    for day in SNAPSHOTS:
        found = pairs(actions, pd.Timestamp(day), views_from)
        users = per_user(found)
        random = np.random.default_rng(0)
        drawn = [users[random.integers(0, len(users), len(users))] for _ in range(BOOTSTRAPS)]
        shown = []
        for measure in (lift, within_users):
            low, high = np.percentile([measure(one) for one in drawn], [2.5, 97.5])
            shown.append(f"{measure(users):.2f} ({low:.2f} to {high:.2f})")
        latent, latent_bought, other, other_bought = users.sum(axis=0)
        print(
            f"{day}: {latent:,.0f} pairs of latent interest, {latent_bought / latent:.2%} bought; "
            f"{other:,.0f} others, {other_bought / other:.2%}; lift {shown[0]}, within users "
            f"{shown[1]}"
        )


if __name__ == "__main__":
    main()
