"""What the run card says of how the exports were read, beside its verdict."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.publish.reports.run_card import run_card
from assets.publish.reports.run_card_steps import render_run_card
from assets.resources.home import LinliHome
from data_contracts.records.json_form import record_from_json
from data_contracts.records.run_card import RunCard
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS
from data_contracts.tables.demand import DEMAND_DAY, DEMAND_DRIFT
from data_contracts.tables.feedback import ECHO_ALARMS, WISHES
from data_contracts.tables.labels import LAYER_LABELS
from tests.events import materialize
from tests.pipeline.published_lake import AS_OF, arrow, fill, linli_home


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    home = linli_home(tmp_path)
    fill(home)
    return home


def card(home: LinliHome) -> dict[str, Any]:
    """The card as the step writes it now."""
    materialize(
        [run_card],
        partition_key=AS_OF.isoformat(),
        resources={"linli": home},
    )
    return json.loads((home.report_dir(AS_OF) / "run_card.json").read_text("utf-8"))


def page(home: LinliHome) -> str:
    text = (home.report_dir(AS_OF) / "run_card.html").read_text("utf-8")
    return " ".join(text.split())


def test_a_line_number_made_by_us_is_said_in_one_sentence(home: LinliHome) -> None:
    assert card(home)["made"] == [] and "没有订单行号" not in page(home)
    counted = {"export": "orders", "column_name": "line_id", "kind": "made", "rows": 4}
    files = [counted | {"file_name": f"{n}.csv", "file_sha256": f"{n}" * 64} for n in (1, 2)]
    home.lakehouse.overwrite(REPAIRS, arrow(REPAIRS, files))
    assert card(home)["repairs"] == []  # nothing was repaired
    text = page(home)
    assert "2 个订单明细文件没有订单行号，其中 8 行的订单行号由本系统按商品编码生成；" in text
    assert "orders: 2 files have no line_id; for 8 rows it was derived from sku_id; " in text


def test_what_was_not_read_stands_among_the_exports(home: LinliHome) -> None:
    assert card(home)["not_read"] == {"parts": [], "files": []}
    assert "没有读取的内容" not in page(home)
    read = {"export": "orders", "file_bytes": 1, "preset": "generic", "file_format": "XLSX"}
    books = [{"file_name": f"{n}.xlsx", "file_sha256": f"{n}" * 64} for n in (1, 2)]
    unread = {"ignored_columns": "团长备注", "ignored_sheets": "汇总"}
    with home.lakehouse.session(INGEST_LEDGER) as session:
        known = session.arrow("select * from ingest_ledger").to_pylist()
    amounts = {c.name: 0 for c in INGEST_LEDGER.columns if c.name.startswith(("rows_", "money_"))}
    rows = [*known, *(amounts | read | book | unread for book in books)]
    home.lakehouse.overwrite(INGEST_LEDGER, arrow(INGEST_LEDGER, rows))
    home.exports_dir.mkdir(exist_ok=True)
    (home.exports_dir / "说明.csv").write_text("甲,乙\n1,2\n", "utf-8")
    parts = {"export": "orders", "zh": "订单明细", "file_name": "1.xlsx", "files": 2}
    found = card(home)["not_read"]
    assert found["parts"] == [parts | {"columns": "团长备注", "sheets": "汇总"}]
    assert [file["file_name"] for file in found["files"]] == ["说明.csv"]
    text = page(home)
    assert "1.xlsx 等 2 个文件（订单明细）</td>" in text and "说明.csv</td>" in text
    assert "</span> 汇总</div>" in text and "</span> 团长备注</div>" in text


def test_reasons_of_one_code_that_differ_by_file_are_each_said(home: LinliHome) -> None:
    aside = {"export": "orders", "reason_code": "ordered_at.type", "column_name": "ordered_at"}
    aside |= {"reason": "x", "row_number": 1}
    rows = [aside | {"file_sha256": said * 64, "reason_zh": f"按{said}读取"} for said in "日月"]
    home.lakehouse.overwrite(QUARANTINE, arrow(QUARANTINE, rows))
    assert [row["reason_zh"] for row in card(home)["quarantined"]] == ["按日读取", "按月读取"]


def test_a_file_of_which_no_row_was_loaded_leads_the_card_in_the_words_of_check(
    home: LinliHome,
) -> None:
    with home.lakehouse.session(INGEST_LEDGER) as session:
        known = session.arrow("select * from ingest_ledger").to_pylist()
    amounts = {c.name: 0 for c in INGEST_LEDGER.columns if c.name.startswith(("rows_", "money_"))}
    read = amounts | {"export": "orders", "file_bytes": 1, "preset": "generic"}
    files = [
        read | {"file_name": "orders_2.csv", "file_sha256": "b" * 64}
        | {"rows_read": 3, "rows_quarantined": 3},
        read | {"file_name": "half.csv", "file_sha256": "c" * 64}
        | {"rows_read": 2, "rows_quarantined": 1, "rows_duplicate": 1},
        read | {"file_name": "old.csv", "file_sha256": "d" * 64, "superseded_by": "c" * 64}
        | {"rows_read": 1, "rows_quarantined": 1},
    ]  # fmt: skip
    home.lakehouse.overwrite(INGEST_LEDGER, arrow(INGEST_LEDGER, [*known, *files]))
    aside = {"export": "orders", "file_name": "x", "reason": "x"}
    kinds = [
        ("b", 1, "row.totals", "合计行"),
        ("b", 2, "quantity_units.type", "数量不是数字"),
        ("b", 3, "quantity_units.type", "数量不是数字"),
        ("c", 1, "quantity_units.type", "数量不是数字"),
    ]
    rows = [
        aside | {"file_sha256": sha * 64, "row_number": n, "reason_code": code, "reason_zh": zh}
        for sha, n, code, zh in kinds
    ]
    home.lakehouse.overwrite(QUARANTINE, arrow(QUARANTINE, rows))
    found = [reason for reason in card(home)["reasons"] if reason["code"] == "nothing_loaded"]
    assert [(one["message"], one["urgency"]) for one in found] == [
        ("orders_2.csv: no row can be loaded; 2 of 2 for quantity_units.type", "act")
    ]
    assert "orders_2.csv：没有一行可以导入；2 行中有 2 行是因为：数量不是数字" in page(home)


def test_what_sold_out_hours_cost_is_told_with_the_dearest_first(home: LinliHome) -> None:
    whole = {"as_of": AS_OF, "day": AS_OF, "warehouse_id": "w1", "in_stock_share": 1.0}
    whole |= {"sku_id": "s0", "sold_units": 40.0, "demand_units": 40.0, "lost_units": 0.0}
    home.lakehouse.overwrite(DEMAND_DAY, arrow(DEMAND_DAY, [whole | {"lost_yuan": 0.0}]))
    assert card(home)["lost_sales"]["lines"] == [] and "缺货损失" not in page(home)
    out = whole | {"in_stock_share": 0.25, "sold_units": 5.0, "demand_units": 15.0}
    rows = [
        whole | {"lost_yuan": 0.0},
        out | {"sku_id": "cheap", "lost_units": 10.0, "lost_yuan": 20.0, "zero_kind": None},
        out | {"sku_id": "dear", "lost_units": 5.0, "lost_yuan": 300.0, "zero_kind": "no_stock"},
        out | {"sku_id": "old", "day": date(2026, 1, 1), "lost_units": 99.0, "lost_yuan": 999.0},
    ]
    home.lakehouse.overwrite(DEMAND_DAY, arrow(DEMAND_DAY, rows))
    told = card(home)["lost_sales"]
    assert told["total"]["lost_units"] == 15 and told["total"]["lost_yuan"] == 320
    assert told["total"]["share_of_demand"] == pytest.approx(15 / 70)
    assert told["total"]["sold_out_series"] == 2
    assert [line["sku_id"] for line in told["lines"]] == ["dear", "cheap"]
    text = page(home)
    assert "2 个网格仓×商品出现缺货" in text and "¥320" in text and "21.4%" in text


def test_alarms_wishes_and_moves_are_told_where_there_are_any(home: LinliHome) -> None:
    assert card(home)["heard"]["alarms"] == [] and "用户动向" not in page(home)
    alarm = {"as_of": AS_OF, "sku_id": "s1", "sku_name": "草莓", "topic": "freshness"}
    alarm |= {"users": 12, "messages": 14, "reason_zh": "3天内12人投诉新鲜度"}
    home.lakehouse.overwrite(ECHO_ALARMS, arrow(ECHO_ALARMS, [alarm]))
    asked = {"as_of": AS_OF, "wish_match": "not_carried", "users": 11, "is_suppressed": False}
    few = {"as_of": AS_OF, "wish_match": "not_carried", "users": None, "is_suppressed": True}
    sold = {**asked, "wish_match": "carried", "sku_name": "苹果"}
    wished = [
        {**asked, "community_id": "全部", "wish": "榴莲"},
        {**asked, "community_id": "c1", "wish": "榴莲"},
        {**few, "community_id": "全部", "wish": "车厘子"},
        {**sold, "community_id": "全部", "wish": "苹果"},
    ]
    home.lakehouse.overwrite(WISHES, arrow(WISHES, wished))
    moved = {"as_of": AS_OF, "three_layer": "quality", "valid_from": AS_OF, "is_changed": True}
    moved |= {"layer": "quality_seeking", "previous_layer": "price_sensitive"}
    stays = moved | {"is_changed": False}
    labels = [moved | {"user_id": "a"}, moved | {"user_id": "b"}, stays | {"user_id": "c"}]
    home.lakehouse.overwrite(LAYER_LABELS, arrow(LAYER_LABELS, labels))
    heard = card(home)["heard"]
    assert [row["wish"] for row in heard["wishes"]] == ["榴莲"]
    assert [row["users"] for row in heard["moves"]] == [2]
    text = page(home)
    assert "草莓</td><td>3天内12人投诉新鲜度" in text and "近30天 11 人提到， 目前没有经营" in text
    assert "价格敏感型 → 品质追求型</td><td>2 人" in text and "车厘子" not in text


def test_the_error_of_yesterdays_forecast_is_told_every_day_and_drift_when_there_is_any(
    home: LinliHome,
) -> None:
    assert card(home)["drift"]["yesterday"] is None and "昨天没有存下的预测" in page(home)
    scored = {"as_of": AS_OF, "kind": "demand_error", "name": "day_1", "is_alarm": False}
    scored |= {"target_day": AS_OF, "forecast_as_of": AS_OF, "wape": 0.312, "wpe": -0.04}
    scored |= {"coverage_p90": 0.91, "backtest_wape": 0.295, "limit_wape": 0.35, "bad_days": 0}
    scored |= {"wape_same_day_last_week": 0.44, "wape_mean_7_days": 0.36}
    quiet = scored | {"kind": "input", "name": "rain_mm", "psi": 0.1}
    other_day = scored | {"as_of": date(2026, 1, 1), "wape": 0.999, "is_alarm": True}
    home.lakehouse.overwrite(DEMAND_DRIFT, arrow(DEMAND_DRIFT, [scored, quiet, other_day]))
    reasons = {reason["code"] for reason in card(home)["reasons"]}
    assert not reasons & {"inputs_drift", "error_drift"}
    text = page(home)
    assert "有货日 WAPE <b>31.2%</b>，回测时 29.5%，最好的简单方法 36.0%； 总量偏少 4.0%" in text
    assert "模型漂移" not in text and "超过上限" not in text

    hot = quiet | {"name": "temperature_celsius", "is_alarm": True, "outside_share": 1.0}
    hot |= {"reason": "100% outside", "reason_zh": "100% 的行远超训练范围"}
    bad = scored | {"wape": 0.9, "bad_days": 3, "is_alarm": True, "reason": "too large"}
    bad |= {"reason_zh": "第1天需求误差 WAPE 90.0%，连续 3 天超过上限 35.0%"}
    home.lakehouse.overwrite(DEMAND_DRIFT, arrow(DEMAND_DRIFT, [bad, hot]))
    found = card(home)
    told = {reason["code"]: reason["message_zh"] for reason in found["reasons"]}
    assert "天气" in told["inputs_drift"] and "连续 3 天超过上限" in told["error_drift"]
    assert found["verdict"] != "usable"
    text = page(home)
    assert "模型漂移" in text and "100% 的行远超训练范围 <code>temperature_celsius</code>" in text
    assert "当日误差超过上限 35.0%" in text


def test_a_page_without_anything_to_do_says_so(home: LinliHome) -> None:
    full = card(home)
    for reasons, verdict, says in (
        ([], "usable", "可以直接使用"),
        (
            [one for one in full["reasons"] if one["urgency"] == "know"],
            "degraded",
            "没有必须处理的事",
        ),
        (full["reasons"], "unusable", "请不要使用"),
    ):
        shown = record_from_json(RunCard, full | {"reasons": reasons, "verdict": verdict})
        text = render_run_card(shown)
        assert says in text
        assert ("现在要处理" in text) == any(one["urgency"] == "act" for one in reasons)
