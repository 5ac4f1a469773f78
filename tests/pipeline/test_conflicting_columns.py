"""Two columns that say one thing: the better one is read, and it is told where they differ."""

from __future__ import annotations

from pathlib import Path

from tests.staging import staged

HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码"


def told(folder: Path, more: str, *lines: str) -> tuple[list[dict], list[str]]:
    text = [f"{HEADER},{more}"]
    text += [f"A{n},1,2026-10-31 10:00:00,U1,S1,{line}" for n, line in enumerate(lines)]
    made, rows = staged(folder, "orders.csv", "\n".join(text))
    return rows, [note for note in made.notes if "another number" in note]


def test_the_price_really_charged_comes_before_the_one_on_the_shelf(tmp_path: Path) -> None:
    rows, notes = told(tmp_path, "数量,商品单价,实际单价,实付金额", "5,4,3,15", "2,4,4,8")
    assert [float(row["unit_price_yuan"]) for row in rows] == [3, 4]
    assert len(notes) == 1
    assert "商品单价 says another number in 1 row(s)" in notes[0]


def test_two_quantities_that_differ_are_told(tmp_path: Path) -> None:
    rows, notes = told(tmp_path, "数量,购买数量,单价", "1,9,3", "2,2.0,3", "3,,3", ",4,3")
    assert [row["quantity_units"] for row in rows] == [1, 2, 3, 4]
    assert len(notes) == 1
    assert "购买数量 says another number in 1 row(s)" in notes[0]


def test_columns_that_agree_are_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, "数量,购买数量,单价", "1,1,3", '"1,000","1000.00",3')[1] == []
