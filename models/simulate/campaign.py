"""Simulate past contacts with a holdout, and the true effect of a contact on each user.

`response` is the truth. If positive, it is the probability that a contact with a 5 yuan coupon
brings an order within 7 days from a user who would not have ordered; if negative (some people
dislike contacts), the probability that it prevents an order. A user who has churned does not
respond. The true uplift on P(order in 7 days) is response × (1 − p) if positive and response × p
if negative, p being the probability of an order without a contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.codes.contacts import ContactArm, ContactChannel
from data_contracts.exports import CONTACTS
from models.simulate import arrow
from models.simulate.config import SimulationConfig
from models.simulate.rhythm import Clocks, Orders, order_probability, seconds_of_day
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import LAYERS, Users

WINDOW_DAYS = 7
QUIET_DAYS = 7  # only users without an order this long are contacted,
SEEN_DAYS = 45  # and with one this lately
OFFER_FEN = 500
SENT_HOUR = 9
MORNING_SHARE = 0.10  # of a day's orders placed before the hour of sending
_WAVES = (0.30, 0.42, 0.54, 0.66, 0.78, 0.88)  # of the window
_CONTACTED_SHARE = 0.8
_RESPONSE = (0.14, 0.10, 0.38, 0.22)  # by layer
_ANNOYED_SHARE, _ANNOYED = 0.08, -0.25


@dataclass(frozen=True)
class Contacts:
    """One entry per contact, holdouts included.

    `base` is P(order in 7 days) without a contact, `uplift` the true change by a contact.
    """

    wave: np.ndarray
    user: np.ndarray
    second: np.ndarray
    holdout: np.ndarray
    opened: np.ndarray
    opted_out: np.ndarray
    base: np.ndarray
    uplift: np.ndarray
    ordered_without: np.ndarray


def responses(users: Users, rng: np.random.Generator) -> np.ndarray:
    """Draw the response of every user to a contact with a coupon; 0 for walk-in buyers."""
    usual = np.array(_RESPONSE)[users.layer] * rng.lognormal(-0.08, 0.4, users.size)
    annoyed = rng.random(users.size) < _ANNOYED_SHARE
    response = np.where(annoyed, _ANNOYED, np.clip(usual, 0.0, 0.8))
    return np.where(np.arange(users.size) < users.real, response, 0.0)


def uplift_of(response: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Compute the true uplift on P(order in 7 days), given the probability without a contact."""
    return np.where(response >= 0, response * (1 - base), response * base)


def wave_days(days: int) -> list[int]:
    """Return the days of the waves: windows that fit into the data and do not overlap.

    >>> wave_days(365)
    [109, 153, 197, 240, 284, 321]
    >>> wave_days(30)
    [12]
    """
    chosen: list[int] = []
    for day in (int(days * part) for part in _WAVES):
        free = not chosen or day > chosen[-1] + WINDOW_DAYS
        if 10 <= day <= days - WINDOW_DAYS - 1 and free:
            chosen.append(day)
    return chosen


def run_campaign(
    config: SimulationConfig,
    timeline: Timeline,
    users: Users,
    clock: Clocks,
    orders: Orders,
    response: np.ndarray,
    rng: np.random.Generator,
) -> tuple[Contacts, Orders]:
    """Contact people in waves; return the contacts and the orders they changed."""
    base_orders = orders
    contacts = []
    opted_out = users.opted_out.copy()
    for wave, day in enumerate(wave_days(timeline.days)):
        rows = _choose(wave, day, config, users, orders, opted_out, rng)
        user = rows["user"]
        rows["base"] = order_probability(
            clock, base_orders, users, user, day + MORNING_SHARE, WINDOW_DAYS
        )
        able = np.where(users.churn_day[user] > day, response[user], 0.0)
        rows["uplift"] = uplift_of(able, rows["base"])
        rows["ordered_without"], orders = _act(rows, able, day, users, orders, rng)
        opted_out[user[rows["opted_out"]]] = True
        contacts.append(rows)
    if not contacts:  # too short a window for any wave
        empty = {name: np.zeros(0) for name in Contacts.__annotations__}
        contacts.append({**empty, "user": np.zeros(0, np.int64), "wave": np.zeros(0, np.int64)})
    joined = {name: np.concatenate([rows[name] for rows in contacts]) for name in contacts[0]}
    return Contacts(**joined), orders


def _choose(
    wave: int,
    day: int,
    config: SimulationConfig,
    users: Users,
    orders: Orders,
    opted_out: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Choose the users of a wave by time since their last order, without opt-outs; draw the
    arms.
    """
    sent = day * DAY_SECONDS + SENT_HOUR * 3600
    past = orders.second < sent
    last = np.full(users.size, -1)
    np.maximum.at(last, orders.user[past], orders.second[past])
    able = (np.arange(users.size) < users.real) & ~opted_out & (last >= 0)
    able &= (last < sent - QUIET_DAYS * DAY_SECONDS) & (last >= sent - SEEN_DAYS * DAY_SECONDS)
    able &= rng.random(users.size) < _CONTACTED_SHARE
    user = np.nonzero(able)[0]
    size = len(user)
    holdout = rng.random(size) < config.holdout_share
    return {
        "wave": np.full(size, wave), "user": user,
        "second": np.full(size, sent),
        "holdout": holdout,
        "opened": ~holdout & (rng.random(size) < 0.42),
        "opted_out": ~holdout & (rng.random(size) < 0.012),
    }  # fmt: skip


def _act(
    rows: dict[str, np.ndarray],
    able: np.ndarray,
    day: int,
    users: Users,
    orders: Orders,
    rng: np.random.Generator,
) -> tuple[np.ndarray, Orders]:
    """Draw who orders without a contact, and apply the effect of the contacts."""
    user, sent = rows["user"], int(rows["second"][0]) if len(rows["user"]) else 0
    inside = (orders.second >= sent) & (orders.second < sent + WINDOW_DAYS * DAY_SECONDS)
    would = np.zeros(users.size, bool)
    would[orders.user[inside]] = True
    lot = rng.random(len(user))
    treated = ~rows["holdout"]
    won = user[treated & ~would[user] & (lot < able)]
    lost = np.zeros(users.size, bool)
    lost[user[treated & would[user] & (lot < -able)]] = True
    kept = orders.take(~(inside & lost[orders.user]))
    # most react at once; nobody reacts after leaving
    delay = np.minimum(rng.geometric(0.4, len(won)) - 1, WINDOW_DAYS - 1)
    won_day = np.minimum(day + delay, users.churn_day[won] - 1)
    second = won_day * DAY_SECONDS + seconds_of_day(won, users, rng)
    second = np.maximum(second, sent + 600)
    extra = Orders(
        user=won, day=second // DAY_SECONDS, second=second, clock=np.full(len(won), np.nan),
        issue=np.zeros(len(won), np.int8), from_campaign=np.ones(len(won), bool),
    )  # fmt: skip
    return would[user], kept.plus(extra)


def contacts_export(
    contacts: Contacts, users: Users, usual_sku: np.ndarray, sku_ids: pa.Array, timeline: Timeline
) -> pa.Table:
    """Build CONTACTS: treated users and, marked as such, held-out users."""
    size = len(contacts.user)
    treated = ~contacts.holdout.astype(bool)
    channel = np.where(users.channel[contacts.user] == 4, 1, users.channel[contacts.user])
    return arrow.table_of(
        CONTACTS,
        {
            "contact_id": arrow.numbered("CT", np.arange(1, size + 1), 8),
            "user_id": users.user_ids(contacts.user),
            "sent_at": arrow.moments(timeline, contacts.second),
            "campaign_id": arrow.numbered("CAMP", contacts.wave + 1, 3),
            "channel": arrow.pick(ContactChannel.values(), channel),
            "arm": arrow.pick(ContactArm.values(), contacts.holdout.astype(np.int64)),
            "sku_id": arrow.pick(sku_ids, usual_sku[contacts.user]),
            "offer_yuan": arrow.yuan(np.full(size, OFFER_FEN)),
            "opened": arrow.flags(contacts.opened, ~treated),
            "opted_out": arrow.flags(contacts.opted_out),
        },
    )


def campaign_truth(
    contacts: Contacts, users: Users, orders: Orders, timeline: Timeline
) -> pd.DataFrame:
    """Return one row per contact: arm, true uplift, P(order in 7 days) without it, and the outcome.

    `orders` are the orders before stock-outs cut lines: a sold-out order still counts.
    """
    happened = np.zeros(len(contacts.user), bool)
    for wave in np.unique(contacts.wave):
        rows = contacts.wave == wave
        sent = int(contacts.second[rows][0])
        inside = (orders.second >= sent) & (orders.second < sent + WINDOW_DAYS * DAY_SECONDS)
        ordered = np.zeros(users.size, bool)
        ordered[orders.user[inside]] = True
        happened[rows] = ordered[contacts.user[rows]]
    return pd.DataFrame(
        {
            "campaign_id": arrow.numbered("CAMP", contacts.wave + 1, 3).to_pandas(),
            "user_id": users.user_ids(contacts.user).to_pandas(),
            "sent_at": timeline.second64(contacts.second.astype(np.int64)),
            "arm": np.where(contacts.holdout.astype(bool), "holdout", "treatment"),
            "layer": np.array(LAYERS)[
                users.layer_on(contacts.user, contacts.second.astype(np.int64) // DAY_SECONDS)
            ],
            "true_uplift": contacts.uplift,
            "probability_without": contacts.base,
            "would_order_without": contacts.ordered_without.astype(bool),
            "ordered_in_7_days": happened,
        }
    )
