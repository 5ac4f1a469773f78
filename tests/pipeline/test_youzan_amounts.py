"""Amounts and refunds of Youzan: what a line is paid without freight, and what a full refund is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import presets
from tests.pipeline.preset_lake import loaded, preset_of

# what an order of two lines comes to: its payments, its total and its freight → paid per line
AMOUNTS = [
    # documented: 13.00 of goods less 5.18 of discounts, and 2.00 of freight
    (("4.91", "4.91"), "9.82", "2.00", ("3.9100", "3.9100")),
    (("7.00", "3.00"), "10.00", "0.00", ("7.0000", "3.0000")),
    (("6.00", "4.00"), "10.00", "10.00", ("0.0000", "0.0000")),
    (("6.00", "4.00"), "10.00", None, ("6.0000", "4.0000")),
    (("0.00", "0.00"), "0.00", "0.00", ("0.0000", "0.0000")),
    # a freight that cannot be taken off: not known, never too much
    (("6.00", "4.00"), None, "2.00", (None, None)),
    (("6.00", "4.00"), "1.00", "2.00", (None, None)),
]


@pytest.mark.parametrize("among", ["alone", "among others"])
@pytest.mark.parametrize(("payments", "total", "freight", "paid"), AMOUNTS)
def test_a_youzan_line_is_paid_without_the_freight_it_carries(
    tmp_path: Path,
    payments: tuple[str, str],
    total: str | None,
    freight: str | None,
    paid: tuple[str | None, str | None],
    among: str,
) -> None:
    trades = [trade_of_two_lines("E1", payments, total, freight)]
    if among != "alone":  # then every column is there, and some are empty
        trades.append(trade_of_two_lines("E2", ("1.00", "2.00"), "3.00", "0.00"))
    home = loaded(
        tmp_path, "trades.jsonl", lambda path: path.write_text(presets.json_lines(trades), "utf-8")
    )
    assert preset_of(home) == "youzan api"
    with home.lakehouse.session() as session:
        rows = session.rows(
            "select paid_amount_yuan, coupon_yuan, unit_price_yuan, list_price_yuan, sku_id "
            "from orders where order_id = 'E1' order by line_id"
        )
    known = [None if amount is None else presets.Decimal(amount) for amount in paid]
    gross = presets.Decimal("5.32")
    assert [row[0] for row in rows] == known
    assert [row[1] for row in rows] == [
        None if amount is None else max(gross - amount, presets.Decimal(0)) for amount in known
    ]
    assert {row[2:] for row in rows} == {
        (presets.Decimal("2.66"), presets.Decimal("3.25"), "7 / 0")
    }


def trade_of_two_lines(
    number: str, payments: tuple[str, str], total: str | None, freight: str | None
) -> dict:
    """Two lines of two pieces each, 2.66 a piece where the list says 3.25."""
    info = {"payment": total, "post_fee": freight, "total_fee": "13.00"}
    line = {
        "item_id": 7,
        "sku_id": 0,
        "num": 2,
        "price": "3.25",
        "discount_price": "2.66",
        "total_fee": "5.32",
    }
    return {
        "full_order_info": {
            "order_info": {"tid": number, "created": "2026-03-04 12:00:00"},
            "pay_info": {name: amount for name, amount in info.items() if amount is not None},
            "orders": [
                {"oid": str(place), "payment": payment} | line
                for place, payment in enumerate(payments)
            ],
        }
    }


def test_a_full_refund_of_youzan_is_one_though_the_order_is_closed(tmp_path: Path) -> None:
    def trade(number: int, status: str, refund_state: int) -> dict:
        info = {"tid": f"E{number}", "created": "2026-03-04 12:00:00", "status": status}
        line = {"oid": "1", "item_id": 7, "num": 1, "price": "3.25", "payment": "3.25"}
        return {
            "full_order_info": {
                "order_info": info | {"refund_state": refund_state},
                "pay_info": {"payment": "3.25", "post_fee": "0.00"},
                "orders": [line],
            }
        }

    trades = [
        trade(1, "TRADE_CLOSED", 12),
        trade(2, "TRADE_CLOSED", 0),
        trade(3, "TRADE_SUCCESS", 2),
    ]
    home = loaded(
        tmp_path, "trades.jsonl", lambda p: p.write_text(presets.json_lines(trades), "utf-8")
    )
    with home.lakehouse.session() as session:
        assert session.rows("select order_id, order_status from orders order by order_id") == [
            ("E1", "refunded"),
            ("E2", "cancelled"),
            ("E3", "completed"),
        ]
