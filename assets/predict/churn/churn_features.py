"""Build one row per snapshot and user: counted history and, if known, the label.

Contains the SQL steps, run in order for a set of snapshots. Not here: which snapshots, what is
fitted. Every step sees a snapshot as of its last instant, so the same SQL serves training and
scoring.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from assets.core.order_lines import order_lines
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.clock import end_of_business_day
from models.params.churn import ChurnParams

_TABLES = ("orders", "days", "history", "baskets", "community", "failures", "voice", "browsing")
_HEX_DIGITS = 4
_OPTIONAL = {
    "browse": ("occurred_at", "浏览行为"),
    "chat": ("sent_at", "社群与评价"),
    "logistics": ("dispatched_at", "物流"),
    "contacts": ("sent_at", "历史触达"),
}


def feature_frame(
    session: Session,
    run: DayRun,
    snapshots: Sequence[date],
    params: ChurnParams,
    *,
    users_share: float = 1.0,
) -> pd.DataFrame:
    """Return the columns of `churn_features.sql` plus `churned` (empty while its window is open).

    `users_share`: share of the users to include, by hash of their id, 0..1.
    """
    register_snapshots(session, run, snapshots)
    order_lines(session)
    session.table(
        "churn_lines",
        sql_beside(__file__, "churn_lines.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
        hash_below=_hash_below(users_share),
    )
    parameters = {
        "window_days": params.window_days,
        "opened_known_after_days": params.opened_known_after_days,
    }
    for name in (*_TABLES, "contacts"):
        session.table(f"churn_{name}", sql_beside(__file__, f"churn_{name}.sql"), **parameters)
    session.table(
        "churn_labels",
        sql_beside(__file__, "churn_labels.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
        label_days=params.label_days,
    )
    return session.frame(
        f"""
        select f.*, l.churned
        from ({sql_beside(__file__, "churn_features.sql")}) as f
        left join churn_labels as l on f.snapshot = l.snapshot and f.user_id = l.user_id
        order by f.snapshot, f.user_id
        """
    )


def register_snapshots(session: Session, run: DayRun, snapshots: Sequence[date]) -> None:
    """Create `snapshots`: each day with the first instant after it."""
    cutoff_minutes = run.platform.cutoff_minutes
    frame = pd.DataFrame(
        {
            "snapshot": list(snapshots),
            "snapshot_end": [end_of_business_day(day, cutoff_minutes) for day in snapshots],
        }
    )
    session.register("snapshot_frame", frame)
    session.table(
        "snapshots",
        """
        select cast(snapshot as date) as snapshot, cast(snapshot_end as timestamp) as snapshot_end
        from snapshot_frame
        """,
    )


def report_absent_exports(session: Session, run: DayRun) -> None:
    """Report once which optional exports the features lack."""
    absent = [
        name
        for name, (moment, _) in _OPTIONAL.items()
        if not session.rows(
            f"select 1 from {name} where {moment} < $as_of_end limit 1", as_of_end=run.as_of_end
        )
    ]
    if absent:
        zh = "、".join(_OPTIONAL[name][1] for name in absent)
        run.fallback(
            "churn_features_partial",
            f"no {', '.join(absent)} export: these features of the churn model stay empty",
            f"缺少{zh}数据，流失模型的相应特征为空",
        )


def _hash_below(share: float) -> str:
    """Return the exclusive upper bound of the first hex digits of md5(user_id) for a share of
    users.
    """
    steps = 16**_HEX_DIGITS
    return "g" if share >= 1 else f"{max(1, round(share * steps)):0{_HEX_DIGITS}x}"
