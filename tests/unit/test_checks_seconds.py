"""What the checks take beside ingest, as the run card states it."""

from __future__ import annotations

from typing import Any

import pytest

from data_contracts.records.run_card import CheckSeconds
from models.monitoring.run_verdict import check_seconds


def row(table: str, seconds: float) -> dict[str, Any]:
    return {"table": table, "check": "x", "step_seconds": seconds}


def test_a_step_counts_once_however_many_checks_it_holds() -> None:
    checks = [row("orders", 2.0), row("orders", 2.0), row("chat", 1.0), row("demand_day", 5.0)]
    steps = [
        {"step": "orders", "seconds": 18.0},
        {"step": "chat", "seconds": 2.0},
        {"step": "demand_model", "seconds": 90.0},
    ]
    found = check_seconds(checks, steps, ["orders", "chat"])
    assert found == CheckSeconds(all=8.0, exports=3.0, ingest=20.0, share_of_ingest=0.15)


@pytest.mark.parametrize(
    ("checks", "steps"),
    [
        (None, [{"step": "orders", "seconds": 3.0}]),
        ([], [{"step": "orders", "seconds": 3.0}]),
        ([row("orders", 1.0)], []),
        ([row("orders", 1.0)], [{"step": "orders", "seconds": None}]),
        ([{"table": "orders"}], [{"step": "orders", "seconds": 3.0}]),
    ],
)
def test_without_both_there_is_no_share(checks: Any, steps: Any) -> None:
    assert check_seconds(checks, steps, ["orders"]).share_of_ingest is None


def test_seconds_nobody_measured_are_none() -> None:
    steps = [{"step": "orders", "seconds": None}, {"step": "orders", "seconds": 2.0}]
    checks = [{"table": "orders", "step_seconds": None}, row("chat", 1.0)]
    found = check_seconds(checks, steps, ["orders", "chat"])
    assert found == CheckSeconds(all=1.0, exports=1.0, ingest=2.0, share_of_ingest=0.5)
    assert check_seconds(None, [], []) == CheckSeconds(
        all=0, exports=0, ingest=0, share_of_ingest=None
    )
