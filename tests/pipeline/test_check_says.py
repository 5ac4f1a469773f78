"""`linli check`: the first rows as they would be loaded, all it knows as JSON, its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.app import app

AT = "2026-10-31 10:00:00"
HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,成交单价,收货电话,内部备注,空列"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "500")

    def run(name: str, lines: list[str], *options: str) -> Result:
        path = tmp_path / "exports" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return CliRunner().invoke(app, ["check", str(path), *options])

    return run


def test_all_that_is_known_of_a_file_is_given_to_machines(check) -> None:
    lines = [
        f"A1,1,{AT},U1,S1,2,¥3.50,13812345678,急,",
        f"A1,2,{AT},U1,S2,0,1,13812345678,,",
    ]
    done = check("orders.csv", [HEADER, *lines], "--json")
    known = json.loads(done.output)
    assert done.exit_code == 0
    assert known["verdict"] == "loaded, except quarantined rows"
    assert (known["format"]["container"], known["format"]["encoding"]) == ("CSV", "utf-8")
    assert known["export"] == "orders" and known["preset"] == "generic"
    assert {
        "headers": ["数量"],
        "column": "quantity_units",
        "transform": "as_is",
        "is_made": False,
    } in (known["mapping"])
    assert known["not_read"] == [
        {"header": "内部备注", "has_values": True},
        {"header": "空列", "has_values": False},
    ]
    assert known["rows"] | {"repaired": 1} == {
        "read": 2, "good": 1, "repaired": 1, "set_aside": 1, "repeated_keys": 0,
    }  # fmt: skip
    assert [one["kind"] for one in known["repairs"]] == ["number_style"]
    assert [(one["code"], one["first_rows"]) for one in known["reasons"]] == [
        ("quantity_units.range", [2])
    ]
    (row,) = known["first_rows"]
    assert (row["order_id"], row["quantity_units"], row["unit_price_yuan"]) == ("A1", 2, 3.5)
    assert row["receiver_phone"] == "138****5678" and row["ordered_at"] == AT
    assert "13812345678" not in done.output and '"U1"' not in done.output


def test_the_first_rows_are_shown_and_a_file_without_users_says_what_follows(check) -> None:
    header = HEADER.replace("用户编号", "会员昵称")
    done = check("orders.csv", [header, f"A1,1,{AT},小王,S1,2,3.5,13812345678,,"])
    assert done.exit_code == 0
    assert "quantity_units=2.0" in done.output and "138****5678" in done.output
    assert "so no CRM list" in done.output and "a nickname or a phone is not an id" in done.output
    assert (
        "not read 会员昵称" in done.output and "not read, and empty 内部备注, 空列" in done.output
    )
    assert "小王" not in done.output


def test_check_ends_with_one_when_a_load_would_refuse_the_file(check) -> None:
    bad = [f"A{number},1,{AT},U1,S1,0,1,,," for number in range(25)]
    for options in ((), ("--json",)):
        done = check("orders.csv", [HEADER, *bad], *options)
        assert done.exit_code == 1 and "max_bad_share" in done.output
    misfit = check("orders.csv", ["甲,乙", "1,2"], "--json")
    assert misfit.exit_code == 1
    assert json.loads(misfit.output)["verdict"] == "refused"


def test_check_ends_with_one_when_no_row_can_be_loaded(check) -> None:
    done = check("orders.csv", [HEADER, f"A1,1,{AT},U1,S1,2斤,3,,,", f"A1,2,{AT},U1,S2,x,1,,,"])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "no row can be loaded; 2 of 2 for quantity_units" in said
    assert "refused" not in said  # a load keeps such rows aside and refuses nothing
    told = json.loads(check("orders.csv", [HEADER, f"A1,1,{AT},U1,S1,2斤,3,,,"], "--json").output)
    assert told["verdict"] == "nothing loaded"
    assert told["reason"].startswith("no row can be loaded; 1 of 1 for quantity_units")
    totals = check("orders.csv", [HEADER, "合计,,,,,12,36,,,"])
    assert totals.exit_code == 0, totals.output


def test_repeated_keys_are_counted_and_which_row_wins_is_said(check) -> None:
    lines = ["商品编码,商品名称", "S1,苹果", "S1,红苹果", "S2,梨", "S1,青苹果"]
    done = check("products.csv", lines)
    assert "2 rows have the key (sku_id) of another row" in done.output
    assert "the last row is kept" in done.output


def test_an_unread_column_that_may_change_what_was_sold_is_named_apart(check) -> None:
    lines = [f"A1,1,{AT},U1,S1,2,3,13812345678,急,"]
    done = check("orders.csv", [f"{HEADER},商品标记状态", f"{lines[0]},已下架"])
    named = [line for line in done.output.splitlines() if "商品标记状态" in line]
    assert any("may mark rows that were not sold" in line for line in named)


def test_rows_are_counted_below_the_header_and_the_words_say_so(check) -> None:
    """Data row 1 stands in row 2 of the sheet; a title above the header moves none."""
    lines = [f"A1,1,{AT},U1,S1,2,3,,,", f"A1,2,{AT},U1,S2,0,1,,,"]
    for above in ([], ["销售明细表,,,,,,,,,"]):
        for lang, first, aside in (
            ("en", "data row 1 ", "data rows 2"),
            ("zh", "第 1 行数据 ", "第 2 行数据"),
        ):
            shown = check(
                "orders.csv", [*above, HEADER, *lines], "--lang", lang
            ).output.splitlines()
            assert [line for line in shown if line.startswith(first)], shown
            assert [line for line in shown if line.endswith(aside)], shown
    told = json.loads(check("orders.csv", [HEADER, *lines], "--json").output)
    assert told["first_rows"][0]["row_number"] == 1
