"""What people say, on the sample platform whose simulator knows what every message means.

The sentences are invented (`models.simulate.phrases`), so these figures show that nothing is lost
on the way from an export to the tables; how well real people are read is what
`tests.bench.feedback` measures on public reviews.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.checks.run_checks import run_checks
from assets.profiles.basic.profile_basic import profile_basic
from assets.profiles.emotion.profile_emotion import profile_emotion
from assets.profiles.feedback.echo_alarms import echo_alarms
from assets.profiles.feedback.message_signals import message_signals
from assets.profiles.feedback.review_drivers import review_drivers
from assets.profiles.feedback.wishes import wishes
from assets.resources.home import LinliHome
from data_contracts.codes.feedback import Aspect
from data_contracts.tables.emotion import PROFILE_EMOTION
from data_contracts.tables.feedback import ECHO_ALARMS, MESSAGE_SIGNALS, REVIEW_DRIVERS, WISHES
from models.params.feedback import FEEDBACK
from models.simulate.assortment import WISHES as NOT_SOLD
from tests.lake import copy_of, home_at, ingest
from tests.pipeline.small_lake import at, fallback_codes, fill, linli_home, materialise, read

ASSETS = [profile_basic, message_signals, profile_emotion, wishes, echo_alarms, review_drivers]
TABLES = (MESSAGE_SIGNALS, PROFILE_EMOTION, WISHES, ECHO_ALARMS, REVIEW_DRIVERS)
ASPECT_OF = {"quality": "as_described"}  # the simulator's name → the contract's


@dataclass(frozen=True)
class Judged:
    """A home whose sample messages were classified on `as_of`, and the sample's truth."""

    home: LinliHome
    as_of: date
    exports: Path

    @property
    def signals(self) -> pd.DataFrame:
        truth = pd.read_parquet(self.exports / "truth" / "messages.parquet")
        return read(self.home, MESSAGE_SIGNALS, self.as_of).merge(
            truth, on="message_id", how="left", validate="one_to_one"
        )

    @property
    def burst(self) -> Any:
        events = pd.read_parquet(self.exports / "truth" / "events.parquet")
        return events[events["kind"] == "complaint_burst"].iloc[0]


def judged(root: Path, exports: Path, as_of: date) -> Judged:
    home = home_at(root, exports)
    ingest(home)
    materialise(home, ASSETS, as_of)
    return Judged(home, as_of, exports)


@pytest.fixture(scope="module")
def loaded(sample_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """The sample, loaded; nothing is computed."""
    home = home_at(tmp_path_factory.mktemp("loaded"), sample_exports)
    ingest(home)
    return home


@pytest.fixture(scope="module")
def on_burst_day(loaded: LinliHome, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The day the planted burst of complaints ends."""
    exports = loaded.exports_dir
    events = pd.read_parquet(exports / "truth" / "events.parquet").set_index("kind")
    as_of = events.loc["complaint_burst", "ends_on"].date()
    home = copy_of(loaded, tmp_path_factory.mktemp("burst"))
    materialise(home, ASSETS, as_of)
    return Judged(home, as_of, exports)


def figures(signals: pd.DataFrame) -> dict[str, float]:
    """How often the signals say what the simulator meant; words alone, stars not counted."""
    felt = signals[signals["feeling"].isin(["good", "bad"])]
    plain = felt[felt["stars"].isna()]
    right = (plain["text_polarity"] > 0) == (plain["feeling"] == "good")
    complains = signals["is_complaint"]
    meant = signals["feeling"] == "bad"
    unstarred = signals["stars"].isna()
    both = (complains & meant & unstarred).sum()
    about = signals[signals["aspect"].fillna("") != ""]
    aspect = about["aspect"].replace(ASPECT_OF)
    wish = signals["kind"] == "wish"
    return {
        "polarity_accuracy": float((right & plain["text_polarity"].notna()).mean()),
        "complaint_precision": both / (complains & unstarred).sum(),
        "complaint_recall": both / (meant & unstarred).sum(),
        "aspect_accuracy": float((about["main_aspect"] == aspect).mean()),
        "wish_precision": (signals["is_wish"] & wish).sum() / signals["is_wish"].sum(),
        "wish_recall": (signals["is_wish"] & wish).sum() / wish.sum(),
    }


def test_signals_say_what_the_simulator_meant(on_burst_day: Judged) -> None:
    signals = on_burst_day.signals
    assert signals["kind"].notna().all() and len(signals) > 1500
    assert set(signals["polarity_source"].dropna()) == {"model", "stars_model"}
    found = figures(signals)
    least = {"polarity_accuracy": 0.96, "complaint_precision": 0.98, "complaint_recall": 0.97,
             "aspect_accuracy": 0.97, "wish_precision": 0.98, "wish_recall": 0.98}  # fmt: skip
    assert {name: value for name, value in found.items() if value < least[name]} == {}


def test_small_talk_and_questions_have_no_opinion(on_burst_day: Judged) -> None:
    signals = on_burst_day.signals
    silent = signals[signals["kind"].isin(["question", "wish"])]
    assert len(silent) > 300
    assert silent["polarity"].notna().mean() < 0.02
    assert not silent["is_complaint"].any()


def test_the_planted_burst_alarms_and_nothing_else_does(on_burst_day: Judged) -> None:
    """The planted product on the planted day; on every day before, no product at all."""
    from models.feedback.echo_alarms import find_complaint_bursts as alarms_of

    found = read(on_burst_day.home, ECHO_ALARMS, on_burst_day.as_of)
    burst = on_burst_day.burst
    assert set(found["sku_id"]) == {burst["target"]}
    whole = found.set_index("topic").loc["any"]
    assert whole["users"] >= 0.9 * burst["users"] >= FEEDBACK.echo.users_from
    assert whole["is_burst"] and whole["usual_users"] < 5
    assert f"{whole['users']}位不同用户" in whole["reason_zh"] and "复核" in whole["reason_zh"]

    complaints = on_burst_day.signals.query("is_complaint and sku_id.notna()")
    first = complaints["day"].min().date()
    days = [first + timedelta(days=n) for n in range(20, (burst["starts_on"].date() - first).days)]
    assert len(days) > 60
    names = pd.Series(dtype="object")
    known = [complaints[complaints["day"] <= pd.Timestamp(day)] for day in days]
    alarmed = [
        day
        for day, rows in zip(days, known, strict=True)
        if len(alarms_of(rows, names, day, first))
    ]
    assert alarmed == []


def test_wishes_are_counted_by_community_and_matched(on_burst_day: Judged) -> None:
    listed = read(on_burst_day.home, WISHES, on_burst_day.as_of)
    everywhere = listed[listed["community_id"] == "全部"].set_index("wish")
    signals = on_burst_day.signals
    since = pd.Timestamp(on_burst_day.as_of - timedelta(days=FEEDBACK.wishes.window_days - 1))
    asked = signals[signals["is_wish"] & (signals["day"] >= since)]
    assert len(asked) > 10
    not_carried = everywhere[everywhere["wish_match"] == "not_carried"].index
    assert set(not_carried) - {"其他"} <= set(NOT_SOLD)
    carried = everywhere[everywhere["wish_match"] == "carried"]
    assert len(carried) and carried["sku_id"].notna().all()
    assert not set(carried.index) & set(NOT_SOLD)
    small = listed["is_suppressed"]
    assert listed.loc[small, ["users", "first_day", "last_day"]].isna().all(axis=None)
    assert (listed.loc[~small, "users"] >= FEEDBACK.wishes.shown_from_users).all()


def test_drivers_are_associations_with_intervals(on_burst_day: Judged) -> None:
    found = read(on_burst_day.home, REVIEW_DRIVERS, on_burst_day.as_of)
    assert (
        found["reason_zh"].str.contains("关联") & ~found["reason_zh"].str.contains("导致")
    ).all()
    assert found["looks"].nunique() == 1 and found["looks"].iloc[0] == len(found)
    assert (found["low"] < found["stars_difference"]).all()
    assert (found["stars_difference"] < found["high"]).all()
    key = found.set_index(["driver", "driver_fact"])
    assert key.loc[("late", "happened"), "high"] < 0  # struck deliveries get fewer stars
    assert key.loc[("delivery", "criticised"), "high"] < 0
    assert (found[["users_with", "users_without"]] >= FEEDBACK.drivers.users_from).all(axis=None)


def test_the_profile_counts_what_each_value_rests_on(on_burst_day: Judged) -> None:
    profile = read(on_burst_day.home, PROFILE_EMOTION, on_burst_day.as_of).set_index("user_id")
    signals = on_burst_day.signals
    of_user = signals.groupby("user_id")
    told = profile.loc[of_user.size().index]
    assert (told["messages"] == of_user.size()).all()
    assert (told["complaints"] == of_user["is_complaint"].sum()).all()
    for aspect in Aspect:
        name = f"{aspect.value}_polarity"
        assert (told[f"{aspect.value}_mentions"] == of_user[name].count()).all()
        pd.testing.assert_series_equal(told[name], of_user[name].mean(), check_names=False)
        assert profile.loc[profile[f"{aspect.value}_mentions"] == 0, name].isna().all()


def test_no_text_of_anybody_stands_in_a_table(on_burst_day: Judged) -> None:
    """Nothing of eight characters or more that somebody wrote, in any column of any table."""
    with on_burst_day.home.lakehouse.session() as session:
        said = {text for (text,) in session.rows("select distinct text from chat") if text}
    long = {text for text in said if len(text) >= 8}
    assert len(long) > 500
    for table in TABLES:
        for column in read(on_burst_day.home, table, on_burst_day.as_of).select_dtypes("object"):
            values = read(on_burst_day.home, table, on_burst_day.as_of)[column]
            assert not long & set(values.dropna().astype(str)), (table.name, column)


def test_nothing_after_as_of_is_seen(on_burst_day: Judged, tmp_path: Path) -> None:
    """Everything said later is turned round, more is said, products and deliveries change: every
    table stays the same to the bit."""
    other = tmp_path / "exports"
    shutil.copytree(on_burst_day.exports, other)
    end = pd.Timestamp(on_burst_day.home.as_of_end(on_burst_day.as_of))
    chat = pd.read_csv(other / "chat.csv", dtype=str, keep_default_na=False)
    later = pd.to_datetime(chat["sent_at"]) >= end
    assert later.sum() > 100
    chat.loc[later & (chat["stars"] != ""), "stars"] = "1"
    chat.loc[later & (chat["sender_role"] == "user"), "text"] = "想买榴莲，太差了，投诉，都烂了"
    chat.loc[later, "sku_id"] = chat["sku_id"].iloc[0] or "SKU10001"
    chat.to_csv(other / "chat.csv", index=False)
    orders = pd.read_csv(other / "orders.csv", dtype=str, keep_default_na=False)
    future = pd.to_datetime(orders["ordered_at"]) >= end
    orders.loc[future, "sku_name"] = "榴莲"
    orders.to_csv(other / "orders.csv", index=False)
    shipments = pd.read_csv(other / "logistics.csv", dtype=str, keep_default_na=False)
    moved = pd.to_datetime(shipments["updated_at"]) >= end
    shipments.loc[moved, "issue"] = "damaged"
    shipments.to_csv(other / "logistics.csv", index=False)
    products = pd.read_csv(other / "products.csv", dtype=str, keep_default_na=False)
    new = pd.to_datetime(products["launched_on"], errors="coerce") >= end.normalize()
    products.loc[new, "sku_name"] = "榴莲"
    products.to_csv(other / "products.csv", index=False)
    there = judged(tmp_path / "other", other, on_burst_day.as_of)
    for table in TABLES:
        pd.testing.assert_frame_equal(
            read(on_burst_day.home, table, on_burst_day.as_of),
            read(there.home, table, there.as_of),
            check_exact=True,
            obj=table.name,
        )


def test_the_day_after_two_others_says_what_the_day_alone_says(
    on_burst_day: Judged, loaded: LinliHome, tmp_path: Path
) -> None:
    home = copy_of(loaded, tmp_path)
    for back in (2, 1, 0):
        as_of = on_burst_day.as_of - timedelta(days=back)
        done = materialise(home, [message_signals, wishes, echo_alarms, review_drivers], as_of)
    (made,) = done.asset_materializations_for_node("message_signals")
    carried = made.metadata["messages_carried_over"].value
    assert isinstance(carried, int) and carried > 1500
    for table in (MESSAGE_SIGNALS, WISHES, ECHO_ALARMS, REVIEW_DRIVERS):
        pd.testing.assert_frame_equal(
            read(on_burst_day.home, table, on_burst_day.as_of),
            read(home, table, on_burst_day.as_of),
            check_exact=True,
            obj=table.name,
        )


def _review(number: int, stars: int, text: str) -> dict[str, Any]:
    return {
        "message_id": f"r{number}", "sent_at": at(f"2026-09-{1 + number % 28:02d} 12:00"),
        "channel": "review", "user_id": f"u{number % 40}", "text": text, "stars": stars,
    }  # fmt: skip


def test_too_few_reviews_fall_back_to_the_lexicon_and_say_so(tmp_path: Path) -> None:
    least = FEEDBACK.polarity.min_each
    good = [_review(n, 5, f"很好吃{n}") for n in range(60)]
    bad = [_review(100 + n, 1, f"太难吃{n}") for n in range(least)]
    for name, rows, codes, sources in (
        ("few", [*good, *bad[:-1]], ["few_starred_reviews"], {"stars_lexicon"}),
        ("enough", [*good, *bad], [], {"stars_model"}),
    ):
        home = linli_home(tmp_path / name)
        fill(home, {"chat": rows})
        materialise(home, [message_signals], date(2026, 9, 30))
        assert fallback_codes(home, "message_signals", date(2026, 9, 30)) == codes, name
        found = read(home, MESSAGE_SIGNALS, date(2026, 9, 30))
        assert set(found["polarity_source"]) == sources, name


@pytest.mark.parametrize(
    ("changed", "is_known"),
    [("2026-09-20 18:00", True), ("2026-10-01 09:00", False)],
    ids=["before", "after"],
)
def test_a_delivery_changed_later_has_no_outcome_yet(
    tmp_path: Path, changed: str, is_known: bool
) -> None:
    reviews = [_review(n, 5 - n % 2, "好") | {"order_id": f"o{n}"} for n in range(40)]
    shipments = [
        {"shipment_id": f"s{n}", "order_id": f"o{n}", "dispatched_at": at("2026-09-01 06:00"),
         "arrived_at": at("2026-09-01 11:00"), "issue": "late" if n < 20 else "none",
         "updated_at": at(changed if n < 20 else "2026-09-01 18:00")}
        for n in range(40)
    ]  # fmt: skip
    home = linli_home(tmp_path)
    fill(home, {"chat": reviews, "logistics": shipments})
    materialise(home, [message_signals, review_drivers], date(2026, 9, 30))
    found = read(home, REVIEW_DRIVERS, date(2026, 9, 30))
    assert ("late" in set(found["driver"])) is is_known


def test_every_table_passes_its_checks(on_burst_day: Judged) -> None:
    for table in TABLES:
        results = run_checks(on_burst_day.home, table, on_burst_day.as_of)
        assert results and [r.check_name for r in results if not r.passed] == [], table.name


def test_a_platform_without_chat_has_empty_tables_and_no_noise(tmp_path: Path) -> None:
    home = linli_home(tmp_path)
    fill(home, {"users": [{"user_id": "li", "registered_at": at("2026-01-01 09:00")}]})
    materialise(home, ASSETS, date(2026, 9, 30))
    for table in (MESSAGE_SIGNALS, WISHES, ECHO_ALARMS, REVIEW_DRIVERS):
        assert read(home, table, date(2026, 9, 30)).empty, table.name
    assert fallback_codes(home, "message_signals", date(2026, 9, 30)) == []
    li = read(home, PROFILE_EMOTION, date(2026, 9, 30)).iloc[0]
    assert li["evidence"] == "no_evidence"
