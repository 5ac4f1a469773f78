"""Simulate deliveries: delivery problems, the users they drive away, and the LOGISTICS export.

One shipment per order: it leaves in the morning after its business day and is promised for 16:00.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_contracts.codes.logistics import ShipmentIssue, ShipmentStatus
from data_contracts.exports import LOGISTICS
from models.simulate import arrow
from models.simulate.generated_lines import Shipped
from models.simulate.neighbourhoods import Communities
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import Users
from models.simulate.weather import Weather

NONE, LATE, DAMAGED, SHORT, WRONG, LOST = range(6)
_SHARES = (0.032, 0.010, 0.008, 0.003, 0.0008)  # late … lost, of orders on an ordinary day
_STORM_LATE = 4.0
LEAVE_SHARE = np.array((0.0, 0.015, 0.035, 0.02, 0.02, 0.05))  # who never orders again, by issue
_ISSUES = (
    ShipmentIssue.NONE, ShipmentIssue.LATE, ShipmentIssue.DAMAGED, ShipmentIssue.SHORT,
    ShipmentIssue.WRONG_ITEM, ShipmentIssue.NONE,
)  # fmt: skip


def draw_issues(
    region: np.ndarray, day: np.ndarray, weather: Weather, rng: np.random.Generator
) -> np.ndarray:
    """Draw the issue of each order by the weather of its delivery day: 0 none to 5 lost."""
    storm = weather.storm[region, day + 1]
    shares = np.repeat(np.array(_SHARES)[None], len(day), axis=0)
    shares[:, 0] *= np.where(storm, _STORM_LATE, 1.0)
    levels = np.cumsum(shares, axis=1)
    drawn = rng.random(len(day))
    issue = (drawn[:, None] >= levels).sum(axis=1)
    return np.where(issue == levels.shape[1], NONE, issue + 1).astype(np.int8)


def churn_after_issues(
    user: np.ndarray, day: np.ndarray, issue: np.ndarray, users: Users, rng: np.random.Generator
) -> np.ndarray:
    """Return each user's first day of absence after delivery problems drove some away."""
    leaves = (rng.random(len(user)) < LEAVE_SHARE[issue]) & (user < users.real)
    churn = users.churn_day.copy()
    np.minimum.at(churn, user[leaves], day[leaves] + 1)
    return churn


def logistics_export(shipped: Shipped, communities: Communities, timeline: Timeline) -> pa.Table:
    """Build LOGISTICS as of the end of the data; later events are empty."""
    end = timeline.end_second
    moved = np.nonzero(shipped.dispatched <= end)[0]
    dispatched, promised = shipped.dispatched[moved], shipped.promised[moved]
    arrived, picked, issue = shipped.arrived[moved], shipped.picked_up[moved], shipped.issue[moved]
    lost = issue == LOST
    no_arrival = lost | (arrived > end)
    no_pick_up = lost | (picked > end)
    gone = lost & (promised + DAY_SECONDS <= end)
    status = np.where(gone, 3, np.where(no_arrival, 0, np.where(no_pick_up, 1, 2)))
    is_reported = np.where(
        issue == LATE, np.minimum(arrived, end) > promised, ~no_arrival & (issue != NONE)
    )
    updated = np.where(no_arrival, dispatched, np.where(no_pick_up, arrived, picked))
    updated = np.where(gone, promised + DAY_SECONDS, updated)
    statuses = (
        ShipmentStatus.IN_TRANSIT, ShipmentStatus.ARRIVED, ShipmentStatus.PICKED_UP,
        ShipmentStatus.LOST,
    )  # fmt: skip
    return arrow.table_of(
        LOGISTICS,
        {
            "shipment_id": arrow.numbered("YD", shipped.order_number[moved], 16),
            "order_id": arrow.numbered("", shipped.order_number[moved], 16),
            "dispatched_at": arrow.moments(timeline, dispatched),
            "promised_at": arrow.moments(timeline, promised),
            "arrived_at": arrow.moments(timeline, arrived, no_arrival),
            "picked_up_at": arrow.moments(timeline, picked, no_pick_up),
            "shipment_status": arrow.pick([s.value for s in statuses], status),
            "issue": arrow.pick([i.value for i in _ISSUES], np.where(is_reported, issue, NONE)),
            "community_id": arrow.pick(communities.ids, shipped.community[moved]),
            "updated_at": arrow.moments(timeline, updated),
        },
    )
