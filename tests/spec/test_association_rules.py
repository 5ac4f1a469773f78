"""Which pair is suggested as a bundle or a sequence, drawn as a table, and why another is not.

One platform of 1,000 users with five lines each, no habits. `with` users bought the first thing;
each had `lines` other lines with it, or in the 30 days after it. `both` of them bought the second
one, which has `buyers` buyers in all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.affinity.association_rules import find_associations
from models.params.affinity import AssociationParams

SEGMENT = {"level": "sku", "segment_kind": "all", "segment_value": "all"}

TABLE = """
first     second    kind         with  lines  buyers  both  others  said
啤酒      零食      sequence     120   3      150     60    100     建议
啤酒      洗衣液    sequence     120   3      150     14    100     -
尿不湿    湿巾      co_purchase  80    2      90      40    100     建议
尿不湿    奶粉      co_purchase  80    2      90      9     100     -
木炭      羊肉      co_purchase  12    2      60      9     100     -
木炭      羊排      co_purchase  12    2      60      10    100     建议
面包      牛奶      co_purchase  400   2      500     106   2       提升度下限不足1.2
酸奶      麦片      co_purchase  100   2      150     14    100     与偶然无法区分
酸奶      麦片      co_purchase  100   2      150     28    100     建议
"""


def _judge(row: dict[str, str]) -> pd.DataFrame:
    kind = SEGMENT | {"kind": row["kind"]}
    first, second, lines = row["first"], row["second"], int(row["lines"])
    counts = {first: int(row["with"]), second: int(row["buyers"])}
    counts |= {
        f"其他{i}": 20 for i in range(int(row["others"]))
    }  # pairs that are looked at as well
    items = pd.DataFrame(
        [kind | {"item": n, "item_name": n, "users": c, "lines": c} for n, c in counts.items()]
    )
    buyers = pd.DataFrame([kind | {"lines": 5, "users": 1000}])
    pairs = pd.DataFrame(
        [
            kind
            | {"antecedent": first, "consequent": second, "users_both": int(row["both"])}
            | {"median_lag_days": 6.0 if row["kind"] == "sequence" else np.nan}
        ]
    )
    exposure = pd.DataFrame(
        [
            kind | {"antecedent": first, "seen_lines": seen, "weight": weight * counts[first]}
            for seen, weight in ((0, 1), (lines, -1))
        ]
    )
    return find_associations(items, buyers, pairs, exposure, AssociationParams())


def _rows() -> list[dict[str, str]]:
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row['second']}-{row['both']}")
def test_a_pair_is_suggested_above_the_floor_only(row: dict[str, str]) -> None:
    found = _judge(row)
    if row["said"] == "-":  # too few users, or as many as chance brings: no row at all
        assert found.empty
        return
    told = found.iloc[0]
    assert told["is_suggested"] == (row["said"] == "建议")
    if not told["is_suggested"]:
        assert row["said"] in told["reason_zh"]
        assert "不建议" in told["reason_zh"]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row['second']}-{row['both']}")
def test_a_sentence_says_association_and_never_cause(row: dict[str, str]) -> None:
    for reason in _judge(row).get("reason_zh", []):
        assert reason.endswith("只是关联，不说明原因")
        for word in ("导致", "因为", "所以", "促使", "带动", "引起"):
            assert word not in reason


def test_the_same_pair_is_lost_among_more_looks() -> None:
    """Ten of twelve is much among a hundred things, and the q grows with all that is looked at."""
    row = next(row for row in _rows() if row["second"] == "羊排")
    few, many = (_judge(row | {"others": n}).iloc[0] for n in ("2", "100"))
    assert few["looks"] == 6 and many["looks"] == 102 * 101 // 2
    assert few["p_value"] == many["p_value"]
    assert many["q_value"] == pytest.approx(few["q_value"] / few["looks"] * many["looks"])


def test_a_sentence_reads_as_a_planner_would_say_it() -> None:
    told = _judge(_rows()[0]).iloc[0]["reason_zh"]
    assert told.startswith(
        "近180天买过“啤酒”的120名用户中，60人在之后30天内的另一天首次买了“零食”（间隔中位数6天），占50.0%"
    )
    assert "对校正后q=" in told and "95%区间" in told
