"""The whole job, as run by the CLI on the sample: lists, run card, lake, and what a re-run does."""

from __future__ import annotations

import csv
import hashlib
import json

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from assets.publish.database.database_steps import people_views
from data_contracts.codes.demand import SUM_HORIZONS
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.lists import DAILY_LISTS
from data_contracts.tables import BY_NAME
from tests.conftest import FinishedRun, linli

TABLE_OF_LIST = {spec.name: spec.source.name for spec in DAILY_LISTS}


def test_the_cli_says_where_the_lists_and_the_run_card_are(finished_run: FinishedRun) -> None:
    for name in TABLE_OF_LIST:
        assert f"lists/{name}/{finished_run.as_of}" in finished_run.output
    assert f"reports/{finished_run.as_of}/run_card.html" in finished_run.output


@pytest.mark.parametrize("name", TABLE_OF_LIST)
def test_a_list_proves_itself(finished_run: FinishedRun, name: str) -> None:
    folder = finished_run.home.lists_dir(name) / finished_run.as_of.isoformat()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["as_of"] == finished_run.as_of.isoformat()
    assert manifest["not_read"] == {"parts": [], "files": []}
    suffixes = set()
    for file_name, facts in manifest["files"].items():
        content = (folder / file_name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == facts["sha256"]
        suffixes.add(file_name.rsplit(".", 1)[-1])
    assert suffixes == {"csv", "xlsx", "parquet"}


@pytest.mark.parametrize("name", TABLE_OF_LIST)
def test_the_three_formats_hold_the_same_rows(finished_run: FinishedRun, name: str) -> None:
    folder = finished_run.home.lists_dir(name) / finished_run.as_of.isoformat()
    rows = json.loads((folder / "manifest.json").read_text("utf-8"))["rows"]
    assert rows > 0
    csv_path = next(folder.glob("*.csv"))
    assert csv_path.read_bytes().startswith(b"\xef\xbb\xbf")
    with csv_path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert len(lines) - 1 == rows
    assert pq.read_metadata(next(folder.glob("*.parquet"))).num_rows == rows
    book = openpyxl.load_workbook(next(folder.glob("*.xlsx")), read_only=True)
    assert any(sheet.max_row >= rows for sheet in book.worksheets)


def test_every_restock_line_has_a_reason_and_every_series_a_line(finished_run: FinishedRun) -> None:
    with finished_run.home.lakehouse.session() as session:
        assert session.scalar("select count(*) from restock_lines where reason_zh is null") == 0
        missing = session.scalar(
            "select count(*) from (select distinct warehouse_id, sku_id from demand_forecast) "
            "anti join restock_lines using (warehouse_id, sku_id)"
        )
        assert missing == 0
        packs = session.scalar(
            "select count(*) from restock_lines where sale_unit = 'piece' and pack_size_units > 0 "
            "and fulfilment_mode <> 'presale' "
            "and (abs(suggested_packs - round(suggested_packs)) > 1e-6 "
            "or abs(suggested_units - suggested_packs * pack_size_units) > 1e-6)"
        )
        assert packs == 0


def test_nobody_who_refused_is_on_the_wake_up_list(finished_run: FinishedRun) -> None:
    with finished_run.home.lakehouse.session() as session:
        assert session.scalar("select count(*) from wake_up_lines") > 0
        assert (
            session.scalar(
                "select count(*) from wake_up_lines semi join "
                "(select user_id from users where marketing_opt_out) using (user_id)"
            )
            == 0
        )


def test_no_raw_phone_reaches_the_lake_or_the_lists(finished_run: FinishedRun) -> None:
    import re

    exports = finished_run.settings.exports
    raw = set(re.findall(r"(?<!\d)1\d{10}(?!\d)", (exports / "users.csv").read_text("utf-8")))
    assert len(raw) > 100
    for name in TABLE_OF_LIST:
        folder = finished_run.home.lists_dir(name) / finished_run.as_of.isoformat()
        text = next(folder.glob("*.csv")).read_text("utf-8-sig")
        assert not raw & set(re.findall(r"1\d{10}", text))
    with finished_run.home.lakehouse.session() as session:
        for table, column in (("users", "phone"), ("orders", "receiver_phone"), ("chat", "text")):
            assert session.scalar(f"select count({column}) from {table}") > 0
            values = session.rows(f"select distinct {column} from {table}")
            assert not any(value and value in raw for (value,) in values)


def test_the_run_card_tells_the_whole_day(finished_run: FinishedRun) -> None:
    folder = finished_run.home.report_dir(finished_run.as_of)
    card = json.loads((folder / "run_card.json").read_text("utf-8"))
    assert card["exports"].keys() == EXPORTS.keys()
    for export in card["exports"].values():
        accounted = export["rows"] + export["rows_quarantined"] + export["rows_duplicate"]
        assert export["rows_read"] == accounted == export["rows_in_table"] > 0
    assert {row["step"] for row in card["steps"]} >= {"orders", "demand_model", "wake_up_list"}
    assert all(row["seconds"] > 0 and row["peak_memory_mib"] > 50 for row in card["steps"])
    for part in ("verdict", "checks", "demand_backtest", "model_versions", "fallbacks"):
        assert card[part] is not None
    html = (folder / "run_card.html").read_text("utf-8")
    assert "http://" not in html.replace("http://www.w3.org", "") and "https://" not in html


def test_every_checked_table_passed_its_checks(finished_run: FinishedRun) -> None:
    path = finished_run.home.report_dir(finished_run.as_of) / "checks.json"
    results = json.loads(path.read_text("utf-8"))
    assert len({row["table"] for row in results}) > 20
    assert [row for row in results if not row["passed"]] == []


def test_the_model_is_scored_beside_its_naive_peers_on_the_same_rows(
    finished_run: FinishedRun,
) -> None:
    with finished_run.home.lakehouse.session() as session:
        scored = session.rows(
            "select scope, origin, count(distinct model), count(distinct rows), "
            "min(wape), max(wape) from demand_backtest where scope <> 'coverage_p90' group by all"
        )
    longer_sums = {horizon.value for horizon in SUM_HORIZONS.values()}
    of_sums = [row for row in scored if row[0] in longer_sums]
    assert len(scored) - len(of_sums) == 9 * 3  # scopes and levels × origins
    assert {row[0] for row in of_sums} == longer_sums
    for scope, origin, models, row_counts, lowest, highest in scored:
        assert (models, row_counts) == (2 if scope in longer_sums else 3, 1)
        assert origin < finished_run.as_of
        assert 0 < lowest < highest < 2


def test_an_open_reader_blocks_nothing_and_keeps_its_view(finished_run: FinishedRun) -> None:
    database = finished_run.home.database
    with duckdb.connect(str(database), read_only=True) as reader:
        before = reader.execute("select count(*) from restock_lines").fetchall()[0][0]
        finished_run.home.lakehouse.publish(database, people_views())
        assert reader.execute("select count(*) from restock_lines").fetchall()[0][0] == before > 0


def test_running_the_day_again_changes_no_list(finished_run: FinishedRun) -> None:
    def contents() -> dict[str, object]:
        found = {}
        with finished_run.home.lakehouse.session() as session:
            for table in TABLE_OF_LIST.values():
                columns = ", ".join(BY_NAME[table].column_names)
                found[table] = session.rows(f"select {columns} from {table} order by all")
        return found

    before = contents()
    result = linli(
        "run",
        "--exports",
        finished_run.settings.exports,
        "--as-of",
        finished_run.as_of,
        "--home",
        finished_run.settings.home,
    )
    assert result.exit_code == 0, result.output
    assert contents() == before
