"""Compute the asset `wake_up_list`, which `wake_up_list.py` declares and describes."""

import re
from datetime import timedelta

import dagster as dg
import pyarrow as pa

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.publish.lists import previews
from assets.publish.lists.publish_list import EmptyListError, publish_list, relative_path
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.wake_up import LeftOut, WakeUpAction
from data_contracts.lists import WAKE_UP

# Rule "wake-up: 2 weeks without an order"; users contacted within CONTACT_DAYS may be left out.
QUIET_DAYS = 14
CONTACT_DAYS = 30
# Up to so many quiet users an empty list can be chance; with more a step is broken.
MOST_QUIET_USERS_WITHOUT_LIST = 50
_LEFT_OUT = """
select reason_code, users from wake_up_left_out where as_of = $as_of order by reason_code
"""
_UNMASKED = re.compile(r"\d{7}")


class UnmaskedError(RuntimeError):
    """A column that must be masked contains an unmasked number; nothing is published."""


def make_wake_up_list(run: DayRun) -> Written:
    """Compute the asset `wake_up_list` for the business date of `run`."""
    with run.session() as session:
        lines = session.arrow(WAKE_UP.query(), as_of=run.as_of)
        _require_masked(lines)
        summary = session.arrow(sql_beside(__file__, "wake_up_summary.sql"), as_of=run.as_of)
        held_out = sum(summary.column("held_out").to_pylist())
        left_out = dict(session.rows(_LEFT_OUT, as_of=run.as_of))
        if lines.num_rows == 0:
            _accept_empty(session, run, held_out, left_out.get(LeftOut.PHONE_REFUSED.value, 0))
        by_action = _by_action(summary)
        published = publish_list(
            run,
            session,
            WAKE_UP,
            lines=lines,
            summary=summary,
            models=("churn_scores",),
            figures={
                "held_out_users": held_out,
                "left_out_users": left_out,
                "rows_by_action": by_action,
            },
        )
    return Written(
        lines.num_rows,
        {
            "folder": relative_path(run, published.folder),
            **previews.links(run, WAKE_UP),
            "held_out_users": held_out,
            "left_out_users": left_out,
            "preview": previews.first_lines(WAKE_UP, lines),
            "dagster/column_lineage": previews.lineage(WAKE_UP.columns, WAKE_UP.source.name),
            "by_action": dg.MetadataValue.md(
                "\n".join(
                    ["| 动作 | 人数 |", "|---|---:|"]
                    + [
                        f"| {WakeUpAction.zh_of(action)} | {users} |"
                        for action, users in by_action.items()
                    ]
                )
            ),
        },
    )


def _by_action(summary: pa.Table) -> dict[str, int]:
    counted = dict.fromkeys(WakeUpAction.values(), 0)
    for row in summary.to_pylist():
        counted[row["action"]] = counted.get(row["action"], 0) + row["users"]
    return counted


def _require_masked(lines: pa.Table) -> None:
    """Raise UnmaskedError with column and count, but no value, if a number is not masked."""
    for name in ("masked_name", "masked_phone"):
        values = lines.column(name).to_pylist()
        unmasked = sum(1 for value in values if value and _UNMASKED.search(value))
        if unmasked:
            raise UnmaskedError(f"{name} is not masked in {unmasked} lines of the wake-up list")


def _accept_empty(session: Session, run: DayRun, held_out: int, phone_refused: int) -> None:
    """Accept an empty list with its reason as a fallback; else raise EmptyListError."""
    users = session.scalar(
        "select count(*) from churn_scores where as_of = $as_of", as_of=run.as_of
    )
    quiet = session.scalar(
        sql_beside(__file__, "unexplained_users.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
        quiet_days=QUIET_DAYS,
        contacts_from=run.as_of_end - timedelta(days=CONTACT_DAYS),
    )
    if not users:
        run.fallback(
            "no_users",
            "the orders have no user ids: there are no users to contact",
            "订单中没有用户编号，唤醒清单为空",
        )
    elif held_out:
        run.fallback(
            "all_held_out",
            f"all {held_out} users due are held out: the list is empty",
            f"应触达的 {held_out} 人均在对照组，唤醒清单为空",
        )
    elif quiet - phone_refused > MOST_QUIET_USERS_WITHOUT_LIST:
        raise EmptyListError(
            f"the wake-up list of {run.as_of} has no line although {quiet} users have been quiet "
            f"for {QUIET_DAYS} days without a contact in {CONTACT_DAYS} days: nothing is "
            "published, the last good list stays; run wake_up_lines again",
            f"{run.as_of} 的唤醒清单没有任何行，但有 {quiet} 名用户已 {QUIET_DAYS} "
            f"天未下单且 {CONTACT_DAYS} 天内未触达：没有发布，仍保留上一份可用清单；请重"
            "新运行 wake_up_lines",
        )
    else:
        run.fallback(
            "nobody_due",
            f"none of {users} users is due for a contact: the list is empty",
            f"{users} 名用户中无人需要触达，唤醒清单为空",
        )
