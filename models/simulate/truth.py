"""Ground truth about users: layers over time, rates, lifetimes, the effect of a contact.

Written next to the exports to assess results; the pipeline never reads it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.simulate.campaign import OFFER_FEN, WINDOW_DAYS, uplift_of
from models.simulate.rhythm import Clocks, Orders, order_probability
from models.simulate.simulated_days import Timeline
from models.simulate.users import LAYERS, NEVER_DAY, Users


def users_truth(
    users: Users,
    natural_churn_day: np.ndarray,
    clock: Clocks,
    orders: Orders,
    response: np.ndarray,
    timeline: Timeline,
) -> pd.DataFrame:
    """One row per user at the end of the data.

    `orders_per_day` while alive, before calendar, weather and leader; `rhythm_shape` 1 is
    memoryless; `churned_at` empty while alive; `uplift_7_days` the true change that a contact with
    a 5 yuan coupon at the end of the data makes to P(order in 7 days), `order_probability_7_days`
    that probability without it.
    """
    user = np.arange(users.real)
    gone = users.churn_day[user] < timeline.days
    base = order_probability(clock, orders, users, user, float(timeline.days), WINDOW_DAYS)
    base = np.where(gone, 0.0, base)
    able = np.where(gone, 0.0, response[user])
    churned = timeline.day64(np.minimum(users.churn_day[user], timeline.days))
    paused = users.pause_from[user] < NEVER_DAY
    pause = timeline.day64(np.where(paused, users.pause_from[user], 0)).astype("datetime64[s]")
    pause_end = np.where(paused, users.pause_from[user] + users.pause_days[user], 0)
    frame = pd.DataFrame(
        {
            "user_id": users.user_ids(user).to_pandas(),
            "layer": np.array(LAYERS)[users.layer[user]],
            "layer_at_end": np.array(LAYERS)[
                users.layer_on(user, np.full(users.real, timeline.days - 1))
            ],
            "orders_per_day": users.rate[user],
            "rhythm_shape": users.shape[user],
            "usual_hour": np.clip(users.hour[user], 0, 24),
            "churned_at": churned.astype("datetime64[s]"),
            "left_after_bad_delivery": users.churn_day[user] < natural_churn_day[user],
            "paused_from": pause,
            "paused_until": timeline.day64(pause_end).astype("datetime64[s]"),
            "response": response[user],
            "order_probability_7_days": base,
            "uplift_7_days": uplift_of(able, base),
            "offer_yuan": OFFER_FEN / 100,
        }
    )
    frame.loc[~gone, "churned_at"] = pd.NaT
    frame.loc[~paused, ["paused_from", "paused_until"]] = pd.NaT
    return frame


def layers_truth(users: Users, timeline: Timeline) -> pd.DataFrame:
    """user_id, layer, valid_from, valid_to: the latent layer over time, `valid_to` exclusive and
    empty for the last one."""
    user = np.arange(users.real)
    flips = users.flip_day[user] < timeline.days
    begin = np.maximum(users.registered_day[user], 0)
    first = pd.DataFrame(
        {
            "user_id": users.user_ids(user).to_pandas(),
            "layer": np.array(LAYERS)[users.layer[user]],
            "valid_from": timeline.day64(begin).astype("datetime64[s]"),
            "valid_to": timeline.day64(np.where(flips, users.flip_day[user], 0)).astype(
                "datetime64[s]"
            ),
        }
    )
    first.loc[~flips, "valid_to"] = pd.NaT
    flipped = user[flips]
    second = pd.DataFrame(
        {
            "user_id": users.user_ids(flipped).to_pandas(),
            "layer": np.array(LAYERS)[users.layer_after[flipped]],
            "valid_from": timeline.day64(users.flip_day[flipped]).astype("datetime64[s]"),
            "valid_to": pd.NaT,
        }
    ).astype({"valid_to": "datetime64[s]"})
    return pd.concat([first, second], ignore_index=True).sort_values(
        ["user_id", "valid_from"], ignore_index=True
    )
