"""Order lines whose product has no code of a specification: their number falls back as the SKU."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.staging import read_file

AT = "2026-10-01 10:00:00"
# header, its lines, and (line_id, sku_id) as they are stored
CASES = {
    "youzan, no 规格编码 anywhere": (
        "订单号,商品名称,规格编码,商品编码,订单创建时间,商品数量,商品单价,订单状态,下单网点",
        [f"E1,米,,P1,{AT},1,5,交易完成,店", f"E1,油,,P2,{AT},1,50,交易完成,店"],
        [("P1", "P1"), ("P2", "P2")],
    ),
    "youzan, some 规格编码": (
        "订单号,商品名称,规格编码,商品编码,订单创建时间,商品数量,商品单价,订单状态,下单网点",
        [f"E1,米,,P1,{AT},1,5,交易完成,店", f"E1,油,P2-5L,P2,{AT},1,50,交易完成,店"],
        [("P1", "P1"), ("P2-5L", "P2-5L")],
    ),
    "youzan, a product twice": (
        "订单号,商品名称,规格编码,商品编码,订单创建时间,商品数量,商品单价,订单状态,下单网点",
        [f"E1,米,,P1,{AT},1,5,交易完成,店", f"E1,米,,P1,{AT},2,4,交易完成,店"],
        [("P1", "P1"), ("P1 #2", "P1")],
    ),
    "youzan, only names": (
        "订单号,商品名称,商品规格,规格编码,商品编码,订单创建时间,商品数量,商品单价,订单状态,下单网点",
        [f"E1,米,,,,{AT},1,5,交易完成,店", f"E1,油,5L,,P2,{AT},1,50,交易完成,店"],
        [("米", "米"), ("P2 / 5L", "P2")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_line_is_named_by_what_names_its_product(tmp_path: Path, case: str) -> None:
    header, lines, stored = CASES[case]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([header, *lines, ""]), "utf-8")
    read = read_file(path, "line_id", "sku_id")
    assert read.aside == []
    assert read.good == stored


def test_a_number_of_lines_that_is_missing_is_not_made_of_the_product(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    header = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,单价"
    path.write_text(f"{header}\nA1,1,{AT},U1,S1,1,5\nA1,,{AT},U1,S2,1,5\n", "utf-8")
    read = read_file(path, "line_id", "sku_id")
    assert (read.good, read.aside) == ([("1", "S1")], [(2, "line_id.required")])
