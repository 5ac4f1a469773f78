"""The checks within the whole job, as the CLI ran it on the sample."""

from __future__ import annotations

import json

from assets.checks.changed_days import ChangedDays
from data_contracts.exports import EXPORTS
from pipelines.flow import CHECKED
from tests.conftest import AS_OF, SMALL, FinishedRun


def test_the_page_holds_every_checked_table_and_the_run_card_leads_to_it(
    finished_run: FinishedRun,
) -> None:
    folder = finished_run.home.report_dir(finished_run.as_of)
    page = (folder / "checks.html").read_text("utf-8")
    for table in CHECKED:
        assert f'<span class="en">{table.name}</span>' in page, table.name
    assert "没有发现问题" in page and '<details class="table" open>' not in page
    assert 'href="checks.html"' in (folder / "run_card.html").read_text("utf-8")


def test_the_run_card_states_what_the_checks_take_beside_ingest(finished_run: FinishedRun) -> None:
    folder = finished_run.home.report_dir(finished_run.as_of)
    card = json.loads((folder / "run_card.json").read_text("utf-8"))
    seconds = card["check_seconds"]
    assert 0 < seconds["exports"] < seconds["all"] < card["total_seconds"]
    steps = {row["step"]: row["seconds"] for row in card["steps"]}
    ingest = sum(steps[table.name] for table in EXPORTS)
    assert seconds["ingest"] == ingest > 0
    assert seconds["share_of_ingest"] == seconds["exports"] / ingest


def test_a_first_load_has_every_earlier_day_looked_at(finished_run: FinishedRun) -> None:
    folder = finished_run.home.report_dir(finished_run.as_of)
    rows = json.loads((folder / "checks.json").read_text("utf-8"))
    days = {row["table"]: row["days"] for row in rows if row["check"] == "table__other_days"}
    stored_by_day = {"orders", "browse", "chat", "logistics", "availability", "purchase_orders"}
    assert days.keys() == stored_by_day
    earlier = SMALL.days - 1 - (SMALL.end - AS_OF).days
    assert days["orders"] == days["availability"] == earlier
    root = finished_run.home.lakehouse.root
    noted = ChangedDays(root, "orders").read()
    assert not [day for day in noted if day <= finished_run.as_of]
