"""The outgoing assets on a small lake: lists, manifests, database and run card."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from assets.publish.database.database import database
from assets.publish.lists.publish_list import EmptyListError
from assets.publish.lists.restock_list import restock_list
from assets.publish.lists.wake_up_list import wake_up_list
from assets.publish.lists.wake_up_list_steps import UnmaskedError
from assets.publish.reports.run_card import run_card
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import csv_value
from data_contracts.exports import CONTACTS
from data_contracts.lists import DAILY_LIST_NAMES, DAILY_LISTS, RESTOCK
from data_contracts.records.json_form import record_from_json, to_json
from data_contracts.records.manifest import Manifest
from data_contracts.records.run_card import RunCard
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from data_contracts.tables.churn import CHURN_SCORES
from data_contracts.tables.demand import DEMAND_DAY
from data_contracts.tables.replenishment import RESTOCK_LINES
from data_contracts.tables.wake_up import WAKE_UP_LINES
from models.monitoring.run_verdict import UnbalancedError
from tests.events import materialize
from tests.pipeline import published_lake as lake
from tests.pipeline.published_lake import AS_OF, arrow, fill, linli_home

DAY = AS_OF.isoformat()


def run(home: LinliHome, *assets: dg.AssetsDefinition, day: str = DAY) -> Any:
    return materialize(
        list(assets),
        partition_key=day,
        resources={"linli": home},
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, Any]:
    home = linli_home(tmp_path_factory.mktemp("home"))
    fill(home)
    return home, run(home, restock_list, wake_up_list, database, run_card)


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    home = linli_home(tmp_path)
    fill(home)
    return home


def csv_rows(home: LinliHome, name: str) -> list[dict[str, str]]:
    path = home.lists_dir(name) / DAY / f"{name}_{DAY}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def manifest(home: LinliHome, name: str, day: str = DAY) -> dict[str, Any]:
    return json.loads((home.lists_dir(name) / day / "manifest.json").read_text("utf-8"))


def card(home: LinliHome) -> dict[str, Any]:
    return json.loads((home.report_dir(AS_OF) / "run_card.json").read_text("utf-8"))


@pytest.mark.parametrize("spec", DAILY_LISTS, ids=DAILY_LIST_NAMES)
def test_the_three_formats_say_the_same(ran: tuple[LinliHome, Any], spec: Any) -> None:
    home, _ = ran
    folder = home.lists_dir(spec.name) / DAY
    assert outbox.problems(folder) == []
    parquet = pq.read_table(folder / spec.file_name(AS_OF, "parquet"))
    rows = csv_rows(home, spec.name)
    book = openpyxl.load_workbook(folder / spec.file_name(AS_OF, "xlsx"))
    title = "明细" if spec is RESTOCK else spec.zh
    sheet = list(book[title].iter_rows(values_only=True))
    assert parquet.column_names == spec.headers == list(rows[0]) == list(sheet[0])
    assert parquet.num_rows == len(rows) == len(sheet) - 1 == manifest(home, spec.name)["rows"]
    ids = [column.header for column in spec.columns if column.column.name.endswith("_id")]
    for header in ids:
        position = spec.headers.index(header)
        expected = parquet.column(header).to_pylist()
        assert [csv_value(row[header], is_id=True) or None for row in rows] == expected
        assert [line[position] for line in sheet[1:]] == expected


def test_restock_is_sorted_by_warehouse_then_largest_suggestion(
    ran: tuple[LinliHome, Any],
) -> None:
    rows = csv_rows(ran[0], "restock")
    assert [row["网格仓编号"] for row in rows] == ["W-01"] * 4 + ["W-02"] * 4 + ["W-03"] * 4
    assert [float(row["建议补货量"]) for row in rows[4:8]] == [48.0, 24.0, 12.25, 0.0]
    assert {row["单位"] for row in rows} == {"件", "公斤"}
    assert rows[2]["商品名称"].startswith("'=HYPERLINK")


def test_restock_summary_never_adds_pieces_to_kilograms(ran: tuple[LinliHome, Any]) -> None:
    path = ran[0].lists_dir("restock") / DAY / f"restock_{DAY}.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["今日要看", "订单", "不补", "明细", "汇总", "说明"]
    rows = list(book["汇总"].iter_rows(values_only=True))
    second = dict(zip(rows[0], rows[2], strict=True))
    assert second == {
        "网格仓编号": "W-02",
        "供应商": None,
        "商品数": 4,
        "需补货商品数": 3,
        "建议件数": 72,
        "建议公斤数": 12.25,
        "建议箱数": 6,
        "金额(元)": 150.62,
        "缺成本商品数": 1,
        "需关注商品数": 4,
        "预期利润(元)": 3,
    }


def test_the_last_sheet_says_what_the_list_rests_on(ran: tuple[LinliHome, Any]) -> None:
    book = openpyxl.load_workbook(ran[0].lists_dir("restock") / DAY / f"restock_{DAY}.xlsx")
    said = [(str(row[0]), row[1]) for row in book["说明"].iter_rows(values_only=True)]
    assert said[1][0] == "截至日" and str(said[1][1]).startswith(DAY)
    assert ("补货清单", "没有库存数据,在库未知") in said
    assert ("demand_forecast", "demand-2026-10-31-0badcafe") in said
    assert ("社群与评价", "未提供") in said
    start = next(place for place, row in enumerate(said) if row[0] == "列说明")
    explained = dict(said[start + 1 :])
    assert list(explained) == RESTOCK.headers
    assert all(explained.values())
    tab = book["说明"].sheet_properties.tabColor
    assert tab is not None and tab.rgb == "FFFFC000"


def test_held_out_users_are_counted_and_never_printed(ran: tuple[LinliHome, Any]) -> None:
    home, _ = ran
    rows = csv_rows(home, "wake_up")
    assert [row["优先级"] for row in rows] == ["1", "2", "3", "4", "6"]
    assert "分组" not in rows[0]
    folder = home.lists_dir("wake_up") / DAY
    for path in folder.glob("*.csv"):
        assert "100000000004" not in path.read_text("utf-8-sig")
    facts = manifest(home, "wake_up")
    assert facts["held_out_users"] == 1
    assert facts["rows_by_action"] == {"wake_up": 2, "retain": 1, "care": 1, "apology": 1}


def test_the_manifest_says_how_old_everything_is(ran: tuple[LinliHome, Any]) -> None:
    facts = manifest(ran[0], "restock")
    assert facts["as_of"] == DAY
    assert (facts["cutoff"], facts["data_before"]) == ("24:00", "2026-11-01 00:00:00")
    assert facts["platform"]["currency"] == "CNY"
    assert facts["model_versions"] == {"demand_forecast": ["demand-2026-10-31-0badcafe"]}
    orders = facts["freshness"]["orders"]
    assert (orders["files"], orders["rows"], orders["days_behind"]) == (1, 8, 0)
    assert orders["last_day"] == DAY, "a later day in the file is not seen by this run"
    assert facts["freshness"]["products"]["last_day"] is None
    assert facts["freshness"]["chat"] == {"zh": "社群与评价", "status": "no_evidence"}


def test_a_list_carries_the_fallbacks_of_its_own_team(ran: tuple[LinliHome, Any]) -> None:
    codes = {
        name: [note["code"] for note in manifest(ran[0], name)["fallbacks"]]
        for name in DAILY_LIST_NAMES
    }
    assert codes == {"restock": ["no_stock"], "wake_up": ["recency_only"]}
    assert [note["code"] for note in card(ran[0])["fallbacks"]] == ["recency_only", "no_stock"]


def test_metadata_holds_no_user_and_no_path_of_the_machine(ran: tuple[LinliHome, Any]) -> None:
    home, result = ran
    for event in result.get_asset_materialization_events():
        shown = str(event.materialization.metadata)
        assert "10000000000" not in shown and "138****" not in shown
        assert home.home not in shown


def test_the_database_opens_read_only_while_the_next_one_is_published(
    ran: tuple[LinliHome, Any],
) -> None:
    home, _ = ran
    with duckdb.connect(str(home.database), read_only=True) as people:
        assert people.sql("select count(*) from restock_today").fetchall() == [(12,)]
        assert run(home, restock_list, wake_up_list, database).success
        assert people.sql("select count(*) from wake_up_today").fetchall() == [(5,)]
        described = people.sql(
            "select column_zh from data_dictionary "
            "where table_name = 'restock_lines' and column_name = 'suggested_units'"
        ).fetchall()
        assert described == [("建议补货量",)]
        assert people.sql("from user_profile").fetchall() == []


def test_card_and_manifests_are_what_their_records_say(ran: tuple[LinliHome, Any]) -> None:
    home, _ = ran
    assert to_json(record_from_json(RunCard, card(home))) == card(home)
    for name in DAILY_LIST_NAMES:
        stored = manifest(home, name)
        assert to_json(record_from_json(Manifest, stored)) == stored


def test_run_card_adds_up_and_judges(ran: tuple[LinliHome, Any]) -> None:
    found = card(ran[0])
    orders = found["exports"]["orders"]
    accounted = orders["rows"] + orders["rows_quarantined"] + orders["rows_duplicate"]
    assert orders["rows_read"] == accounted == 10
    assert orders["rows_in_table"] == 8
    assert found["verdict"] == "degraded"
    assert [reason["code"] for reason in found["reasons"]] == [
        "rows_quarantined",
        "checks_not_run",
        "recency_only",
        "no_stock",
    ]
    wape = {
        row["model"]: row["wape"]
        for row in found["demand_backtest"]["rows"]
        if row["scope"] == "all_days"
    }
    assert wape["lightgbm"] == pytest.approx(0.3045)
    assert wape["same_day_last_week"] == pytest.approx(0.4445)
    steps = {step["step"] for step in found["steps"]}
    assert {"orders", "demand_forecast", "restock_list", "wake_up_list", "database"} <= steps
    assert found["lists"][0]["files"][f"restock_{DAY}.csv"]["rows"] == 12


class Tags(HTMLParser):
    """Collects text and every address a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.fetched = "", []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        if tag in ("script", "link", "img"):
            self.fetched.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_says_the_verdict_first(ran: tuple[LinliHome, Any]) -> None:
    page = (ran[0].report_dir(AS_OF) / "run_card.html").read_text("utf-8")
    tags = Tags()
    tags.feed(page)
    assert tags.fetched == [] and "@import" not in page and "url(" not in page
    assert tags.text.index("有降级") < tags.text.index("补货清单") < tags.text.index("sha256")
    for said in ("没有库存数据", "30.4%", "44.5%", "未提供", "38.0 秒"):
        assert said in tags.text, said


def test_checks_are_shown_escaped_and_a_broken_one_forbids_the_lists(home: LinliHome) -> None:
    folder = home.report_dir(AS_OF)
    folder.mkdir(parents=True)
    failed = {
        "table": "orders",
        "check": "orders__unique",
        "passed": False,
        "severity": "ERROR",
        "unexpected_percent": 2.5,
        "description": "订单编号 <b>unique</b>",
    }
    (folder / "checks.json").write_text(json.dumps([failed]), "utf-8")
    run(home, restock_list, wake_up_list, database, run_card)
    assert card(home)["verdict"] == "unusable"
    assert card(home)["reasons"][0]["code"] == "checks_failed"
    page = (folder / "run_card.html").read_text("utf-8")
    assert "不可用" in page and "&lt;b&gt;unique&lt;/b&gt;" in page and "<b>unique" not in page


def test_rows_lost_at_ingest_fail_the_run_card(home: LinliHome) -> None:
    rows = lake.ledger(AS_OF)
    rows[0]["rows_loaded"] = 7
    home.lakehouse.overwrite(INGEST_LEDGER, arrow(INGEST_LEDGER, rows))
    with pytest.raises(UnbalancedError, match=r"orders\.csv"):
        run(home, restock_list, wake_up_list, database, run_card)


def test_a_missing_list_makes_the_day_unusable(home: LinliHome) -> None:
    run(home, restock_list, database)
    run(home, run_card)
    assert card(home)["verdict"] == "unusable"
    assert card(home)["reasons"][0]["code"] == "list_missing"


def test_an_empty_restock_list_never_replaces_a_good_one(home: LinliHome) -> None:
    run(home, restock_list)
    before = manifest(home, "restock")
    home.lakehouse.replace(RESTOCK_LINES, AS_OF, arrow(RESTOCK_LINES, []))
    with pytest.raises(EmptyListError, match="12 warehouse-SKU series"):
        run(home, restock_list)
    assert manifest(home, "restock") == before
    home.lakehouse.replace(DEMAND_DAY, AS_OF, arrow(DEMAND_DAY, []))
    run(home, restock_list)
    assert manifest(home, "restock")["rows"] == 0
    assert "empty_restock_list" in [note["code"] for note in manifest(home, "restock")["fallbacks"]]


def quiet_users(count: int) -> list[dict[str, Any]]:
    row = lake.churn_scores(AS_OF)[0]
    return [row | {"user_id": f"U{number}", "recency_days": 14} for number in range(count)]


def contacted(count: int, *, days_ago: int, opted_out: bool = False) -> list[dict[str, Any]]:
    sent = datetime.combine(AS_OF, time(10)) - timedelta(days=days_ago)
    return [
        {"contact_id": f"C{n}", "user_id": f"U{n}", "sent_at": sent, "opted_out": opted_out}
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("users", "contacts", "code"),
    [
        ([], [], "no_users"),
        (quiet_users(50), [], "nobody_due"),
        (quiet_users(51), [], None),
        (quiet_users(51), contacted(51, days_ago=5), "nobody_due"),
        (quiet_users(51), contacted(51, days_ago=60), None),
        (quiet_users(51), contacted(51, days_ago=60, opted_out=True), "nobody_due"),
        (quiet_users(51), contacted(51, days_ago=-2), None),
    ],
    ids=[
        "no users",
        "a few quiet users",
        "many quiet users",
        "all contacted lately",
        "contacted long ago",
        "all opted out",
        "contacted after the day",
    ],
)
def test_an_empty_wake_up_list(
    home: LinliHome, users: list[Any], contacts: list[Any], code: str | None
) -> None:
    home.lakehouse.replace(WAKE_UP_LINES, AS_OF, arrow(WAKE_UP_LINES, []))
    home.lakehouse.replace(CHURN_SCORES, AS_OF, arrow(CHURN_SCORES, users))
    home.lakehouse.overwrite(CONTACTS, arrow(CONTACTS, contacts))
    if code is None:
        with pytest.raises(EmptyListError, match="51 users have been quiet"):
            run(home, wake_up_list)
        assert not (home.lists_dir("wake_up") / DAY).exists()
    else:
        run(home, wake_up_list)
        assert code in [note["code"] for note in manifest(home, "wake_up")["fallbacks"]]


def test_a_list_of_held_out_users_alone_says_so(home: LinliHome) -> None:
    rows = [row | {"arm": "holdout"} for row in lake.wake_up_lines(AS_OF)]
    home.lakehouse.replace(WAKE_UP_LINES, AS_OF, arrow(WAKE_UP_LINES, rows))
    run(home, wake_up_list)
    facts = manifest(home, "wake_up")
    assert (facts["rows"], facts["held_out_users"]) == (0, 6)
    assert facts["fallbacks"][-1]["code"] == "all_held_out"


def test_an_unmasked_phone_is_refused_without_being_repeated(home: LinliHome) -> None:
    rows = lake.wake_up_lines(AS_OF)
    rows[0]["masked_phone"] = "13800001234"
    home.lakehouse.replace(WAKE_UP_LINES, AS_OF, arrow(WAKE_UP_LINES, rows))
    with pytest.raises(UnmaskedError, match="masked_phone is not masked in 1 lines") as refused:
        run(home, wake_up_list)
    assert "1380000" not in str(refused.value)
    assert not (home.lists_dir("wake_up") / DAY).exists()


def test_publishing_the_same_day_twice_changes_no_byte(home: LinliHome) -> None:
    run(home, restock_list)
    before = manifest(home, "restock")
    run(home, restock_list)
    assert manifest(home, "restock") == before


def test_a_backfill_does_not_become_the_latest_list(home: LinliHome) -> None:
    earlier = date(2026, 9, 1)
    fill(home, earlier)
    run(home, restock_list)
    run(home, restock_list, day=earlier.isoformat())
    assert manifest(home, "restock", earlier.isoformat())["as_of"] == earlier.isoformat()
    assert outbox.state(home.lists_dir("restock")).last_good == DAY
