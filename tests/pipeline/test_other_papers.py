"""Files that look like orders, and say by their name that they are none that were sold."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.match.unread_inputs import unread_files
from data_contracts.errors import ExportError
from tests.lake import asking, home_with, write_export

HEADER = ["订单编号", "订单行号", "下单时间", "用户编号", "商品编码", "数量", "成交单价"]
SOLD = ("A1", 1, "2026-10-31 10:00:00", "U1", "S1", 2, 3.5)
OTHER = ("B1", 1, "2026-10-31 10:00:00", "U1", "S1", 500, 3.5)


@pytest.mark.parametrize(
    "name",
    [
        "采购入库单",
        "已取消订单",
        "调拨单",
        "购物车导出",
        "cancelled_orders",
        "Returned orders",
        "our purchase_orders 2026",
        "退货/11月",
    ],
)
def test_what_may_not_be_sold_is_named_and_not_counted(tmp_path: Path, name: str) -> None:
    write_export(tmp_path / "exports" / Path(name).parent, Path(name).name, HEADER, [OTHER])
    home = home_with(tmp_path, {"orders": (HEADER, [SOLD])})
    with asking(home, sql := "select order_id from orders") as session:
        assert session.rows(sql) == [("A1",)]
    (unread,) = [one for one in unread_files(home) if one["file_name"].startswith(name)]
    assert "may be none that were sold" in unread["reason"]


@pytest.mark.parametrize("name", ["订单_退款", "orders_cancelled"])
def test_of_a_file_called_orders_it_is_asked(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match="may be none that were sold; move it out"):
        home_with(tmp_path, {name: (HEADER, [OTHER])})


@pytest.mark.parametrize(
    "name",
    ["订单_含退款", "订单(未取消)", "orders_without_returns", "orders carton", "退团订单"],
)
def test_names_near_those_are_read(tmp_path: Path, name: str) -> None:
    home = home_with(tmp_path, {name: (HEADER, [OTHER])})
    with asking(home, sql := "select order_id from orders") as session:
        assert session.rows(sql) == [("B1",)]


def test_a_file_that_the_platform_states_is_read(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "platform.toml").write_text(
        '[[files]]\nname = "已取消订单.csv"\nexport = "orders"\n', "utf-8"
    )
    home = home_with(tmp_path, {"已取消订单": (HEADER, [OTHER])})
    with asking(home, sql := "select order_id from orders") as session:
        assert session.rows(sql) == [("B1",)]
