"""The four dimensions and the layer labels on a platform small enough to work out by hand.

The day closes at 23:00; `as_of` is 2026-09-30. Everything called "later" must leave no trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.profiles.basic.profile_basic import profile_basic
from assets.profiles.emotion.profile_emotion import profile_emotion
from assets.profiles.feedback.message_signals import message_signals
from assets.publish.database.user_values import DIMENSIONS as VALUED
from assets.publish.database.user_values import user_values, values_of
from assets.resources.home import LinliHome
from data_contracts.table import Table
from data_contracts.tables.emotion import PROFILE_EMOTION
from data_contracts.tables.labels import LAYER_LABELS
from data_contracts.tables.profiles import (
    PROFILE_BASIC,
    PROFILE_CATEGORIES,
    PROFILE_CONSUMPTION,
    PROFILE_SCENE,
)
from tests.flow import PEOPLE, assets_named
from tests.pipeline.profiles_lake import AS_OF, later, line, platform, shipment
from tests.pipeline.small_lake import at, fallback_codes, fill, linli_home, materialise, read

ASSETS = assets_named(*PEOPLE)
DIMENSIONS = (PROFILE_BASIC, PROFILE_CONSUMPTION, PROFILE_SCENE, PROFILE_EMOTION)
TABLES = (*DIMENSIONS, LAYER_LABELS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinliHome]:
    made = linli_home(tmp_path_factory.mktemp("profiles"))
    fill(made, platform())
    materialise(made, ASSETS, AS_OF)
    yield made


def _row(home: LinliHome, table: Table, user: str) -> Any:
    return read(home, table, AS_OF).set_index("user_id").loc[user]


def _values(row: Any, table: Table) -> Any:
    """Values of a profile row, without the columns that count."""
    return row[[column.name for column in values_of(table)]]


def test_every_dimension_has_the_same_users(home: LinliHome) -> None:
    for table in TABLES:
        users = read(home, table, AS_OF)["user_id"].tolist()
        assert users == ["ann", "bo", "li", "mei"], table.name


def test_basic_tells_the_file_from_the_orders(home: LinliHome) -> None:
    found = read(home, PROFILE_BASIC, AS_OF).set_index("user_id")
    assert found["source"].to_dict() == {
        "ann": "orders",
        "bo": "users file, orders",
        "li": "users file",
        "mei": "users file, orders",
    }
    assert found["tenure_days"].to_dict() == {"ann": 0, "bo": 637, "li": 0, "mei": 272}
    assert found["community_id"].to_dict() == {"ann": "c2", "bo": "c1", "li": "c2", "mei": "c1"}
    assert found["warehouse_id"].to_dict()["ann"] == "w2"
    assert found.loc["mei", "gender"] == "female"
    assert found["household_size"].isna().to_dict()["bo"]
    assert fallback_codes(home, "profile_basic", AS_OF) == ["users_without_registration"]


def test_consumption_of_a_weekly_buyer(home: LinliHome) -> None:
    mei = _row(home, PROFILE_CONSUMPTION, "mei")
    assert mei["evidence_count"] == 5  # neither postage nor the cancelled apple
    assert (mei["orders_30d"], mei["orders_90d"], mei["orders_365d"]) == (4, 4, 4)
    assert mei["recency_days"] == 4
    assert mei["spend_30d_yuan"] == 10 + 4 + 15 + 0 + 60  # the refunded milk brings nothing
    assert mei["basket_yuan"] == 89 / 4
    assert mei["rhythm_days"] == 7  # gaps 7, 7, 11
    assert mei["rhythm_spread_days"] == pytest.approx(2)
    # (2 + 1 + coupon 1 + 1) off a list value of 12 + 6 + 15 + 6; nappies have no list price
    assert mei["discount_share"] == pytest.approx(5 / 39)
    assert mei["refund_share"] == pytest.approx(5 / (10 + 4 + 15 + 5 + 60))
    assert mei["cancelled_share"] == pytest.approx(1 / 6)
    assert (mei["categories_90d"], mei["skus_90d"]) == (2, 3)
    assert mei["repeat_share"] == pytest.approx(2 / 5)
    assert mei["price_level"] == 0  # three of four dairy lines are the cheapest milk
    assert (mei["usual_sku_id"], mei["usual_category"]) == ("milk", "dairy")


def test_old_and_cancelled_orders_are_no_evidence_and_leave_all_empty(home: LinliHome) -> None:
    bo = _row(home, PROFILE_CONSUMPTION, "bo")
    assert (bo["evidence"], bo["evidence_count"]) == ("no_evidence", 0)
    assert _values(bo, PROFILE_CONSUMPTION).isna().all()


def test_one_order_has_no_rhythm(home: LinliHome) -> None:
    ann = _row(home, PROFILE_CONSUMPTION, "ann")
    assert ann["evidence"] == "evidence"
    assert pd.isna(ann["rhythm_days"])


def test_scene_of_a_weekly_buyer(home: LinliHome) -> None:
    mei = _row(home, PROFILE_SCENE, "mei")
    assert mei["active_hour"] == 21
    assert mei["active_weekday"] == 2  # three Tuesdays
    assert mei["weekend_share"] == 0.25
    # 1 Sept observed wet, 8 Sept last forecast dry, 15 Sept dry in the community; 26 Sept unknown
    assert (mei["orders_with_weather"], mei["orders_with_calendar"]) == (3, 4)
    assert mei["rain_share"] == pytest.approx(1 / 3)
    assert mei["holiday_share"] == 0.25
    assert mei["pick_up_delay_hours"] == 4  # 2 h and 6 h
    assert (mei["searches_30d"], mei["views_30d"]) == (1, 5)
    # the apple was looked at for long, milk three times since it was bought; nappies were bought
    assert mei["latent_interest_skus"] == 2
    assert mei["latent_interest_sku_id"] == "milk"
    assert mei["last_search"] == "有机纸尿裤"


def test_scene_says_how_much_of_what_it_rests_on(home: LinliHome) -> None:
    mei = _row(home, PROFILE_SCENE, "mei")
    assert (mei["moments"], mei["active_period"]) == (9, "evening")
    assert mei["active_period_share"] == pytest.approx(6 / 9)
    assert mei["active_weekday_share"] == 0.75
    # days with known rain at c1: 1, 8 and 15 Sept, one of them wet; three orders on them
    assert mei["rain_response"] == pytest.approx((1 + 3) / (3 * 1 / 3 + 3))
    assert (mei["pick_ups"], mei["pick_up_hour"]) == (2, 17)
    # the milk of 15 Sept was another SKU; nappies were looked at 16 days before they were bought
    assert mei["lines_with_look"] == 0 and pd.isna(mei["planned_share"])
    assert (mei["searches"], mei["quality_searches_30d"], mei["search_intent"]) == (1, 1, "quality")
    assert mei["latent_looks"] == 3


def test_categories_of_a_weekly_buyer(home: LinliHome) -> None:
    found = read(home, PROFILE_CATEGORIES, AS_OF).set_index(["user_id", "category"])
    dairy = found.loc[("mei", "dairy")]
    assert (dairy["lines"], dairy["order_days"], dairy["cycle_gaps"]) == (4, 4, 3)
    assert (dairy["cycle_days"], dairy["cycle_spread_days"]) == (7, 2)
    assert (dairy["price_level"], dairy["price_band"]) == (0, "low")
    # 4 of her 5 lines, 5 of all 6
    mix = 5 / 6
    assert dairy["affinity"] == pytest.approx((4 + 10 * mix) / (5 + 10) / mix)
    baby = found.loc[("mei", "baby")]
    assert baby["affinity"] > 1 > dairy["affinity"]
    assert baby["cycle_gaps"] == 0 and pd.isna(baby["cycle_days"])
    assert pd.isna(baby["price_band"])  # one price ranks nothing


def test_a_value_without_rows_is_empty_and_every_value_says_what_it_rests_on(
    home: LinliHome,
) -> None:
    for table in (*VALUED, PROFILE_CATEGORIES):
        rows = read(home, table, AS_OF)
        for column in values_of(table):
            uncounted = rows[column.counted_by].fillna(0) == 0
            assert rows.loc[uncounted, column.name].isna().all(), (table.name, column.name)
    counting = {c.counted_by for table in VALUED for c in values_of(table)}
    plain = {"as_of", "user_id", "input_digest", "evidence"} | counting
    for table in VALUED:
        said = {column.name for column in values_of(table)}
        assert set(table.column_names) <= said | plain, table.name
    with home.lakehouse.session() as session:
        found = session.frame(f"select * from ({user_values()})")
    assert len(found) == 4 * sum(len(values_of(table)) for table in VALUED)
    mei = found[found["user_id"] == "mei"].set_index("value_name")
    assert mei.loc["rhythm_days", ["value", "evidence_count", "window_days"]].tolist() == [
        "7.0",
        3,
        365,
    ]
    assert mei.loc["search_intent", "value"] == "求品质"
    li = found[(found["user_id"] == "li") & (found["dimension"] != "basic")]
    assert set(li["evidence"]) == {"no_evidence"} and li["evidence_count"].sum() == 0


def test_rain_of_an_unknown_region_is_not_guessed(home: LinliHome) -> None:
    ann = _row(home, PROFILE_SCENE, "ann")
    assert ann["evidence"] == "evidence"
    assert pd.isna(ann["rain_share"])
    assert ann["holiday_share"] == 0


def test_emotion_of_somebody_let_down(home: LinliHome) -> None:
    mei = _row(home, PROFILE_EMOTION, "mei")
    assert mei["evidence_count"] == 2 + 5  # two messages of her own, five shipments
    assert (mei["reviews"], mei["mean_stars"]) == (1, 5)
    assert mei["polarity"] == pytest.approx(0)  # 1 and −1
    assert mei["complaints"] == 1
    assert mei["last_complaint_on"].date() == date(2026, 9, 27)
    assert mei["failed_purchases"] == 2  # m3, and m4 once although two parcels failed
    assert mei["failed_run"] == 2
    assert mei["shares"] == 1


def test_silence_is_no_evidence(home: LinliHome) -> None:
    li = _row(home, PROFILE_EMOTION, "li")
    assert li["evidence"] == "no_evidence"
    assert li.drop(["as_of", "input_digest", "evidence", "evidence_count"]).isna().all()


def test_labels_rest_on_the_lines_counted(home: LinliHome) -> None:
    found = read(home, LAYER_LABELS, AS_OF).set_index("user_id")
    assert found["evidence_count"].to_dict() == {"ann": 1, "bo": 0, "li": 0, "mei": 5}
    assert set(found["layer"]) == {"unknown"}  # one user with five lines has nobody to compare with


def test_nothing_later_changes_a_bit(home: LinliHome, tmp_path: Path) -> None:
    tables = platform()
    for name, rows in later().items():
        tables[name] = [*rows, *tables[name]]
    told_later = {"cancelled_units": 1.0, "cancelled_at": at("2026-10-01 08:00"),
                  "refund_yuan": 5, "refunded_at": at("2026-10-01 08:00"),
                  "updated_at": at("2026-10-01 08:00")}  # fmt: skip
    tables["orders"] = [
        row | told_later if row["order_id"] == "m1" else row for row in tables["orders"]
    ]
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, ASSETS, AS_OF)
    for table in TABLES:
        pd.testing.assert_frame_equal(
            read(home, table, AS_OF), read(other, table, AS_OF), check_exact=True, obj=table.name
        )


def test_a_shipment_changed_later_has_no_outcome_yet(tmp_path: Path) -> None:
    tables = platform()
    tables["logistics"][3] |= {"updated_at": at("2026-10-01 09:00")}
    tables["logistics"][4] |= {"updated_at": at("2026-10-01 09:00")}
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, [profile_basic, message_signals, profile_emotion], AS_OF)
    assert _row(other, PROFILE_EMOTION, "mei")["failed_run"] == 1


def test_a_good_delivery_ends_the_run(tmp_path: Path) -> None:
    tables = platform()
    tables["logistics"].append(shipment("m5", "2026-09-29"))
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, [profile_basic, message_signals, profile_emotion], AS_OF)
    mei = _row(other, PROFILE_EMOTION, "mei")
    assert (mei["failed_purchases"], mei["failed_run"]) == (2, 0)


def test_orders_alone_leave_the_rest_empty_and_say_so(tmp_path: Path) -> None:
    other = linli_home(tmp_path)
    fill(other, {"orders": platform()["orders"]})
    materialise(other, ASSETS, AS_OF)
    scene = _row(other, PROFILE_SCENE, "mei")
    assert scene["active_hour"] == 10
    assert (
        scene[["rain_share", "holiday_share", "searches_30d", "latent_interest_skus"]].isna().all()
    )
    assert _row(other, PROFILE_EMOTION, "mei")["evidence"] == "no_evidence"
    assert fallback_codes(other, "profile_scene", AS_OF) == [
        "no_browse",
        "no_holidays",
        "no_weather",
    ]
    assert fallback_codes(other, "profile_emotion", AS_OF) == ["no_chat", "no_logistics"]
    assert "no_list_price" in fallback_codes(other, "profile_consumption", AS_OF)


def test_a_platform_without_users_has_empty_profiles(tmp_path: Path) -> None:
    other = linli_home(tmp_path)
    fill(other, {"orders": [line(None, "w1", "2026-09-20 10:00", "milk", 1)]})
    materialise(other, ASSETS, AS_OF)
    for table in TABLES:
        assert read(other, table, AS_OF).empty, table.name
    assert fallback_codes(other, "profile_basic", AS_OF) == ["no_users"]


def test_another_day_leaves_this_one_alone(tmp_path: Path) -> None:
    other = linli_home(tmp_path)
    fill(other, platform())
    materialise(other, [profile_basic], AS_OF)
    before = read(other, PROFILE_BASIC, AS_OF)
    earlier = AS_OF - timedelta(days=300)
    materialise(other, [profile_basic], earlier)
    assert read(other, PROFILE_BASIC, earlier)["user_id"].tolist() == ["bo"]
    pd.testing.assert_frame_equal(before, read(other, PROFILE_BASIC, AS_OF))
