"""Layer rules as a table CRM can read: eleven customers of one platform, and what each is called.

Every figure is placed among the same eleven customers. `-` is a figure nobody knows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.customers.layers import ASKED, label_layers
from models.params.layers import LayerParams

HEAD = """
who  lines price discount basket rhythm spread repeat hour cats skus orders new  search
"""

PLATFORM = """
anna   40  0.95   0.02     180     7      4     0.50  0.40   6   20   12   0.10   2
bert   60  0.50   0.15      60     3      0     0.95  0.95   2    5   30   0.00   0
cara   50  0.05   0.60      40     7      5     0.55  0.45   6   18   12   0.05   3
dora   45  0.55   0.20      70    10     12     0.05  0.25  12   44    9   0.50  20
even   30  0.50   0.20      70     7      4     0.50  0.45   6   18   12   0.10   4
newt    4  0.99   0.00     300     -      -     0.00  1.00   3    4    1   0.00   0
"""

# Ordinary customers, so that the six have somebody to be compared with.
CROWD = """
c1     20  0.40   0.10      55     6      3     0.45  0.40   5   15   11   0.08   3
c2     20  0.60   0.25      75     8      5     0.60  0.50   7   22   13   0.12   5
c3     20  0.45   0.30      65     7      4     0.40  0.35   5   16   10   0.06   2
c4     20  0.65   0.12      85     9      6     0.65  0.55   8   24   14   0.15   6
c5     20  0.52   0.22      72     7      5     0.52  0.48   6   19   12   0.11   4
"""

COLUMNS = {
    "who": "user_id",
    "lines": "evidence_count",
    "price": "price_level",
    "discount": "discount_share",
    "basket": "basket_yuan",
    "rhythm": "rhythm_days",
    "spread": "rhythm_spread_days",
    "repeat": "repeat_share",
    "hour": "usual_hour_share",
    "cats": "categories_90d",
    "skus": "skus_90d",
    "orders": "orders_90d",
    "new": "launch_share",
    "search": "searches_30d",
}


def _drawn(*tables: str) -> pd.DataFrame:
    header = [COLUMNS[name] for name in HEAD.split()]
    rows = [line.split() for table in tables for line in table.strip().splitlines()]
    drawn = pd.DataFrame(rows, columns=header)
    figures = drawn.drop(columns="user_id").replace("-", np.nan).astype(float)
    return figures.assign(user_id=drawn["user_id"], **dict.fromkeys(ASKED, 0))


def _person(labels: pd.DataFrame, who: str) -> Any:
    return labels.loc[who]


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    return label_layers(_drawn(PLATFORM, CROWD)).set_index("user_id")


@pytest.mark.parametrize(
    ("who", "layer", "three_layer", "because"),
    [
        ("anna", "quality_seeking", "quality", "价格档位0.95"),
        ("bert", "efficiency_first", "experience", "复购占比95%"),
        ("cara", "price_sensitive", "price", "优惠占比60%"),
        ("dora", "novelty_seeking", "experience", "新品占比50%"),
        ("even", "mixed", "mixed", "差距不足0.05"),
        ("newt", "unknown", "unknown", "有效订单行4条，不足5条"),
    ],
)
def test_who_is_what(
    labels: pd.DataFrame, who: str, layer: str, three_layer: str, because: str
) -> None:
    row = _person(labels, who)
    assert (row["layer"], row["three_layer"]) == (layer, three_layer)
    assert because in row["reason_zh"]


def test_the_reason_says_where_the_figure_stands_among_users(labels: pd.DataFrame) -> None:
    assert "优惠占比60%（高于100%的用户）" in _person(labels, "cara")["reason_zh"]
    assert "价格档位0.05（低于100%的用户）" in _person(labels, "cara")["reason_zh"]


def test_more_lines_make_the_same_lead_surer() -> None:
    few = label_layers(_drawn(PLATFORM, CROWD)).set_index("user_id")
    many = _drawn(PLATFORM, CROWD)
    many.loc[many["user_id"] == "anna", "evidence_count"] = 400
    more = label_layers(many).set_index("user_id")
    assert (
        _person(more, "anna")["score_quality_seeking"]
        == _person(few, "anna")["score_quality_seeking"]
    )
    assert _person(more, "anna")["confidence"] > _person(few, "anna")["confidence"]


def test_a_wider_margin_calls_more_people_mixed() -> None:
    figures = _drawn(PLATFORM, CROWD)
    strict = label_layers(figures, LayerParams(minimum_margin=0.99))
    assert set(strict["layer"]) == {"mixed", "unknown"}


def test_without_list_prices_cara_is_not_called_price_sensitive() -> None:
    figures = _drawn(PLATFORM, CROWD).assign(discount_share=np.nan, price_level=np.nan)
    cara = _person(label_layers(figures).set_index("user_id"), "cara")
    assert cara["layer"] != "price_sensitive"
    assert np.isnan(cara["score_price_sensitive"])
    assert "缺少数据、未打分" in cara["reason_zh"]
