"""The snapshot at the end of 30 September 2026 from which the steps of churn are tested."""

from __future__ import annotations

from datetime import date, datetime

ROOM = "assets/predict/churn"
SNAPSHOT, END = date(2026, 9, 30), datetime(2026, 9, 30, 23)
STEPS = {
    "snapshots": "snapshot date, snapshot_end timestamp",
    **{
        f"churn_{name}": f"{ROOM}/churn_{name}.sql"
        for name in (
            "lines", "orders", "days", "history", "baskets", "contacts", "browsing", "voice",
            "failures",
        )
    },
}  # fmt: skip
SNAPSHOTS = "snapshot | snapshot_end\n2026-09-30 | 2026-09-30 23:00"
PARAMS: dict[str, object] = {
    "as_of": SNAPSHOT,
    "as_of_end": END,
    "hash_below": "g",
    "window_days": 180,
    "label_days": 30,
    "opened_known_after_days": 3,
}
