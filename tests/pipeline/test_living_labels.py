"""Labels from day to day: the nappies example, from orders and searches to the history."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.publish.database.database_steps import people_views
from assets.resources.home import LinliHome
from data_contracts.tables.labels import LABEL_EVIDENCE, LAYER_LABELS
from tests.flow import LABELS, assets_named
from tests.pipeline.small_lake import at, fill, linli_home, materialise, read

ASSETS = assets_named(*LABELS, "label_evidence")
FIRST, SECOND = date(2026, 9, 20), date(2026, 9, 30)
# SKU, category, list price, price paid
NAPPIES = [("n_basic", 60, 40), ("n_usual", 80, 75), ("n_organic", 120, 120)]


def _line(user: str, day: date, sku: int) -> dict[str, Any]:
    name, _, price = NAPPIES[sku]
    return {
        "order_id": f"{user}-{day}",
        "line_id": "1",
        "user_id": user,
        "ordered_at": at(f"{day} 10:00"),
        "sku_id": name,
        "quantity_units": 1,
        "unit_price_yuan": price,
    }


def _search(number: int, day: str, text: str) -> dict[str, Any]:
    moment = at(f"{day} 21:00")
    return {
        "event_id": f"s{number}",
        "user_id": "mei",
        "occurred_at": moment,
        "action": "search",
        "search_text": text,
    }


SEARCHES = [
    _search(1, "2026-09-05", "纸尿裤"),
    _search(2, "2026-09-23", "有机棉纸尿裤"),
    _search(3, "2026-09-25", "有机棉纸尿裤 L"),
    _search(4, "2026-09-27", "纸尿裤"),
    _search(5, "2026-09-28", "进口有机纸尿裤"),
    _search(6, "2026-10-01", "有机棉"),  # after both days
]


def _platform() -> dict[str, list[dict[str, Any]]]:
    """Mei buys the basic nappies at a discount every week; eight others buy now this, now that."""
    weeks = [FIRST - timedelta(days=7 * week + 1) for week in range(10)]
    orders = [_line("mei", day, 0) for day in weeks]
    for number in range(8):
        orders += [
            _line(f"c{number}", day - timedelta(days=number % 3), (number + week) % 3)
            for week, day in enumerate(weeks)
        ]
    return {
        "products": [
            {"sku_id": name, "category": "母婴", "list_price_yuan": listed}
            for name, listed, _ in NAPPIES
        ],
        "orders": orders,
        "browse": SEARCHES,
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    made = linli_home(tmp_path_factory.mktemp("labels"))
    fill(made, _platform())
    for day in (FIRST, SECOND, SECOND + timedelta(days=1)):
        materialise(made, ASSETS, day)
    return made


def _mei(home: LinliHome, day: date) -> Any:
    return read(home, LAYER_LABELS, day).set_index("user_id").loc["mei"]


def test_organic_searches_move_the_label_and_it_says_why(home: LinliHome) -> None:
    first, second = _mei(home, FIRST), _mei(home, SECOND)
    assert (first["layer"], first["valid_from"].date()) == ("price_sensitive", FIRST)
    assert not first["is_changed"] and pd.isna(first["previous_layer"])
    assert (second["layer"], second["previous_layer"]) == ("quality_seeking", "price_sensitive")
    assert second["is_changed"] and second["valid_from"].date() == SECOND
    assert "性价比导向型）转为品质追求型（品质导向型）" in second["reason_zh"]
    assert "近30天搜品质词3次" in second["reason_zh"]


def test_the_rows_behind_a_change_are_named(home: LinliHome) -> None:
    rows = read(home, LABEL_EVIDENCE, SECOND)
    mine = rows[rows["user_id"] == "mei"].sort_values("happened_at", ascending=False)
    assert mine["row_key"].tolist() == ["s5", "s3", "s2"]
    assert set(mine["why_zh"]) == {"搜索品质词"}
    began = read(home, LAYER_LABELS, SECOND).query("is_changed")["user_id"]
    assert set(rows["user_id"]) <= set(began)  # a label that goes on needs no new evidence


def test_history_has_first_and_last_days_and_yesterday_s_changes_are_listed(
    home: LinliHome,
) -> None:
    views = people_views()
    with home.lakehouse.session() as session:
        history = session.frame(f"select * from ({views['label_history']}) where user_id = 'mei'")
        changed = session.frame(views["labels_changed"])
    history = history.sort_values("valid_from")
    assert history["layer"].tolist() == ["price_sensitive", "quality_seeking"]
    assert history["valid_to"].dt.date.iloc[0] == SECOND
    assert pd.isna(history["valid_to"].iloc[1])
    assert changed.empty  # the newest day is the one after, on which nothing moved


def test_a_day_done_again_is_the_same_to_the_bit(home: LinliHome) -> None:
    tables = (LAYER_LABELS, LABEL_EVIDENCE)
    before = [read(home, table, SECOND) for table in tables]
    materialise(home, ASSETS, SECOND)
    for table, rows in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(read(home, table, SECOND), rows, check_exact=True)


def test_without_the_searches_nothing_moves(tmp_path: Path) -> None:
    tables = _platform()
    tables["browse"] = [row for row in SEARCHES if "有机" not in row["search_text"]]
    other = linli_home(tmp_path)
    fill(other, tables)
    for day in (FIRST, SECOND):
        materialise(other, ASSETS, day)
    assert _mei(other, SECOND)["layer"] == "price_sensitive"
    assert _mei(other, SECOND)["valid_from"].date() == FIRST


def _message(number: int, moment: str, text: str, stars: int | None = None) -> dict[str, Any]:
    who = {"message_id": f"m{number}", "user_id": "mei", "channel": "app"}
    return {**who, "sent_at": at(moment), "text": text, "stars": stars}


def test_what_she_asks_for_in_the_chat_moves_it_as_well(tmp_path: Path) -> None:
    """Two wishes and a search do; a review, a complaint, a question, a wish of August do not."""
    tables = _platform()
    tables["browse"] = [_search(5, "2026-09-28", "进口有机纸尿裤")]
    tables["chat"] = [
        _message(1, "2026-09-24 12:00", "有没有有机棉的纸尿裤"),
        _message(2, "2026-09-27 12:00", "想买进口的纸尿裤"),
        _message(3, "2026-09-26 12:00", "有机的，好用", stars=5),
        _message(4, "2026-09-26 13:00", "有机纸尿裤包装破了，要投诉"),
        _message(5, "2026-08-20 12:00", "想买有机棉的纸尿裤"),
        _message(6, "2026-10-01 12:00", "想买有机棉的纸尿裤"),
        _message(7, "2026-09-25 12:00", "有机棉的几点能提货"),
    ]
    other = linli_home(tmp_path)
    fill(other, tables)
    for day in (FIRST, SECOND):
        materialise(other, ASSETS, day)
    mei = _mei(other, SECOND)
    assert mei["layer"] == "quality_seeking"
    assert "近30天搜品质词1次、留言提品质词2次" in mei["reason_zh"]
    rows = read(other, LABEL_EVIDENCE, SECOND).query("user_id == 'mei' and source_table == 'chat'")
    assert sorted(rows["row_key"]) == ["m1", "m2"]
    assert set(rows["why_zh"]) == {"留言提到品质词"}


def test_labels_made_alone_are_those_made_with_their_thresholds(
    home: LinliHome, tmp_path: Path
) -> None:
    other = linli_home(tmp_path)
    fill(other, _platform())
    without = [name for name in LABELS if name != "layer_thresholds"]
    materialise(other, assets_named(*without, "label_evidence"), FIRST)
    ours, theirs = read(other, LAYER_LABELS, FIRST), read(home, LAYER_LABELS, FIRST)
    pd.testing.assert_frame_equal(
        ours.drop(columns="input_digest"), theirs.drop(columns="input_digest"), check_exact=True
    )
