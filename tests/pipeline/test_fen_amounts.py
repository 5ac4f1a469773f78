"""Amounts in fen whose header says nothing, where the arithmetic of the file shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.staging import staged

HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,"


def read(folder: Path, more: str, lines: list[str]) -> tuple[list[tuple[float, float]], list[str]]:
    text = [HEADER + more]
    text += [f"A{n},1,2026-10-31 10:00:00,U1,S1,{line}" for n, line in enumerate(lines)]
    made, rows = staged(folder, "orders.csv", "\n".join(text))
    amounts = [(float(one["unit_price_yuan"]), float(one["paid_amount_yuan"])) for one in rows]
    return amounts, [note for note in made.notes if "in fen" in note]


IN_FEN = [
    ("单价,实付金额", ["2,350,7", "1,1250,12.5", "3,99,2.97"]),
    ("单价,实付金额", ["2,3.5,700", "1,12.5,1250", "3,0.99,297"]),
    ("单价(分),实付金额", ["2,350,7", "1,1250,12.5", "3,99,2.97"]),
    ("单价,实付金额(分)", ["2,3.5,700", "1,12.5,1250", "3,0.99,297"]),
]


@pytest.mark.parametrize(("more", "lines"), IN_FEN)
def test_what_is_in_fen_is_seen_by_what_it_comes_to(
    tmp_path: Path, more: str, lines: list[str]
) -> None:
    amounts, notes = read(tmp_path, more, lines)
    assert amounts == [(3.5, 7), (12.5, 12.5), (0.99, 2.97)]
    assert bool(notes) == ("分" not in more)


@pytest.mark.parametrize(
    "lines",
    [
        ["2,3.5,7", "1,12.5,12.5", "3,0.99,2.97"],
        ["2,350,700", "1,1250,1250", "3,99,297"],  # both, so that nothing shows it
        ["2,350,7", "1,12.5,12.5", "3,0.99,2.97"],  # one odd row
        ["2,350,7", "1,1250,12.5"],  # two rows are no proof
        ["1,0,0", "2,0,0", "3,0,0"],
    ],
)
def test_yuan_stay_yuan(tmp_path: Path, lines: list[str]) -> None:
    amounts, notes = read(tmp_path, "单价,实付金额", lines)
    stated = [tuple(float(cell) for cell in line.split(",")[1:]) for line in lines]
    assert (amounts, notes) == (stated, [])
