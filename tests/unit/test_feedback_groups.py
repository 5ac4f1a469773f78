"""Bursts, wishes and drivers: counted by people, told so that nobody is singled out."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect
from models.feedback.echo_alarms import find_complaint_bursts
from models.feedback.product_matching import product_named_by_text, spoken_product_name
from models.feedback.review_drivers import difference_spread, find_review_drivers
from models.feedback.wish_list import count_wishes
from models.params.feedback import DriverParams, EchoParams, WishParams

AS_OF = date(2026, 9, 30)
NAMES = pd.Series({"s": "田间集 上海青 500g"})
NO_PRODUCTS = pd.DataFrame(columns=["sku_id", "sku_name", "brand", "is_on_offer"])

# distinct users who complain per day up to as_of; a digit is a count, capitals are ten and more:
# A ten, B eleven. → users within three days, burst?
BURSTS = """
A           → 10 ?
.A          → 10 ?
4.6         → 10 ?
9           → -
A...        → -
.........A  → 10 yes
....A....A  → 10 no
332332334   → 10 no
"""


def _complaints(days: str, aspect: str = "freshness") -> pd.DataFrame:
    rows = []
    for place, sign in enumerate(days):
        day = AS_OF - timedelta(days=len(days) - 1 - place)
        count = 0 if sign == "." else int(sign, 16)
        rows += [{"user_id": f"{place}-{n}", "sku_id": "s", "day": day} for n in range(count)]
    frame = pd.DataFrame(rows, columns=["user_id", "sku_id", "day"])
    for one in Aspect:
        frame[f"{one.value}_polarity"] = -1.0 if one.value == aspect else np.nan
    return frame


def _drawn(table: str) -> list[tuple[str, str]]:
    return [tuple(part.strip() for part in line.split("→")) for line in table.strip().splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize(("days", "said"), _drawn(BURSTS))
def test_ten_distinct_users_alarm(days: str, said: str) -> None:
    known_since = AS_OF - timedelta(days=len(days) - 1)
    found = find_complaint_bursts(_complaints(days), NAMES, AS_OF, known_since)
    if said == "-":
        assert found.empty
        return
    users, burst = said.split()
    assert sorted(found["topic"]) == ["any", "freshness"]
    assert set(found["users"]) == {int(users)}
    assert set(found["sku_name"]) == {NAMES["s"]}
    expected = {"?": None, "yes": True, "no": False}[burst]
    assert found["is_burst"].tolist() == [expected, expected]


def test_one_angry_user_is_one() -> None:
    rows = _complaints("A").assign(user_id="same")
    assert find_complaint_bursts(rows, NAMES, AS_OF, AS_OF).empty


def test_complaints_about_different_things_share_only_the_product() -> None:
    rows = pd.concat([_complaints("6"), _complaints("6", "price").assign(
        user_id=lambda frame: "p" + frame["user_id"]
    )])  # fmt: skip
    found = find_complaint_bursts(rows, NAMES, AS_OF, AS_OF)
    assert found["topic"].tolist() == ["any"]
    assert found["users"].tolist() == [12]


def test_the_alarm_threshold_is_domain_s_ten() -> None:
    assert EchoParams().users_from == 10


def _asked(counts: dict[tuple[str, str], int]) -> pd.DataFrame:
    rows = []
    for (community, wish), users in counts.items():
        rows += [
            {"user_id": f"{community}{n}", "community_id": community, "wish": wish, "day": AS_OF}
            for n in range(users)
        ]
    return pd.DataFrame(rows)


def _told(counts: dict[tuple[str, str], int]) -> dict[tuple[str, str], object]:
    found = count_wishes(_asked(counts), NO_PRODUCTS)
    return {
        (row.community_id, row.wish): None if row.is_suppressed else int(row.users)
        for row in found.itertuples()
    }


def test_small_groups_have_no_count_and_no_days() -> None:
    found = count_wishes(
        _asked({("c1", "榴莲"): 9, ("c2", "榴莲"): 10, ("c3", "榴莲"): 4}), NO_PRODUCTS
    )
    shown = found.set_index("community_id")
    assert shown["is_suppressed"].to_dict() == {"c1": True, "c2": False, "c3": True, "全部": False}
    assert shown.loc[["c1", "c3"], ["users", "first_day", "last_day"]].isna().all(axis=None)
    assert shown.loc["全部", "users"] == 23


def test_a_lone_hidden_community_hides_a_second_one() -> None:
    """12 + 15 + hidden = 30 would tell that three asked."""
    told = _told({("c1", "榴莲"): 3, ("c2", "榴莲"): 12, ("c3", "榴莲"): 15})
    assert told == {
        ("c1", "榴莲"): None, ("c2", "榴莲"): None, ("c3", "榴莲"): 15, ("全部", "榴莲"): 30,
    }  # fmt: skip


def test_words_of_one_or_two_people_are_not_named() -> None:
    told = _told({("c1", "榴莲"): 2, ("c1", "车厘子"): 3, ("c2", "张三的蛋糕"): 1})
    assert {wish for _, wish in told} == {"其他", "车厘子"}


def test_one_person_asking_often_is_one() -> None:
    rows = pd.concat([_asked({("c1", "榴莲"): 1})] * 20)
    assert count_wishes(rows, NO_PRODUCTS)["wish"].unique().tolist() == ["其他"]


def test_a_group_is_as_large_as_its_people() -> None:
    rows = pd.concat([_asked({("c1", "榴莲"): 4}), *[_asked({("c1", "榴莲"): 1})] * 10])
    assert count_wishes(rows, NO_PRODUCTS)["is_suppressed"].all()


def test_a_wish_for_a_product_of_ours_is_named_by_its_own_name() -> None:
    products = pd.DataFrame(
        {"sku_id": ["s"], "sku_name": ["田间集 红富士苹果 1kg"], "brand": ["田间集"],
         "is_on_offer": [True]}
    )  # fmt: skip
    found = count_wishes(_asked({("c1", "苹果"): 1, ("c1", "红富士苹果"): 1}), products)
    assert set(found["wish"]) == {"苹果", "红富士苹果"}
    assert set(found["wish_match"]) == {"carried"} and set(found["sku_id"]) == {"s"}


def test_people_without_a_community_are_counted_everywhere_only() -> None:
    rows = _asked({("c1", "榴莲"): 4}).assign(community_id=None)
    assert count_wishes(rows, NO_PRODUCTS)["community_id"].tolist() == ["全部"]


@pytest.mark.parametrize(
    ("name", "brand", "spoken"),
    [("田间集 上海青 500g", "田间集", "上海青"), ("鲜牛奶 200ml×10", None, "鲜牛奶"),
     ("优品生菜（500克）", None, "生菜")],
    ids=["brand", "pack", "grade"],
)  # fmt: skip
def test_products_as_people_call_them(name: str, brand: str | None, spoken: str) -> None:
    assert spoken_product_name(name, brand) == spoken


def test_the_longest_name_in_a_text_is_meant_and_a_shared_one_nobody() -> None:
    products = pd.DataFrame(
        {"sku_id": ["a", "b", "m1", "m2"], "sku_name": ["苹果", "红富士苹果", "牛奶 1L", "牛奶 2L"],
         "brand": [None] * 4}
    )  # fmt: skip
    texts = pd.Series(["红富士苹果烂了", "苹果烂了", "牛奶漏了", "苹果和红富士苹果", "好"])
    found = product_named_by_text(texts, products)
    assert found.fillna("-").tolist() == ["b", "a", "-", "-", "-"]


def test_names_are_found_as_an_alternation_of_all_of_them_finds_them() -> None:
    """Oracle: `re`, the longest name first; three signs, so that names overlap and nest."""
    rng = np.random.default_rng(0)
    said = ["".join(rng.choice(list("甲乙丙"), size)) for size in rng.integers(0, 13, 3000)]
    for _ in range(20):
        drawn = ["".join(rng.choice(list("甲乙丙"), size)) for size in rng.integers(2, 6, 8)]
        names = sorted({spoken_product_name(name, None) for name in drawn}, key=len, reverse=True)
        products = pd.DataFrame({"sku_id": names, "sku_name": names, "brand": None})
        found = product_named_by_text(pd.Series(said, dtype="str"), products).fillna("-")
        every = re.compile("|".join(names))
        for text, sku in zip(said, found, strict=True):
            named = set(every.findall(text))
            assert sku == (named.pop() if len(named) == 1 else "-"), (names, text)


def _reviews(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """(user, stars, freshness polarity)."""
    frame = pd.DataFrame(rows, columns=["user_id", "stars", "freshness_polarity"])
    for one in Aspect:
        if f"{one.value}_polarity" not in frame:
            frame[f"{one.value}_polarity"] = np.nan
    return frame.assign(issue=None)


def test_the_spread_of_one_review_a_user_is_the_textbook_s() -> None:
    """Without repeated users: √(s₁²/n₁ + s₂²/n₂), but for n instead of n − 1 and G/(G−1)."""
    rng = np.random.default_rng(0)
    stars, has = rng.normal(4, 1, 90), np.arange(90) < 30
    expected = np.sqrt(
        90 / 89 * (stars[has].var() / 30 + stars[~has].var() / 60)
    )  # fmt: skip
    users = pd.Series([str(n) for n in range(90)])
    assert difference_spread(stars, has, users) == pytest.approx(expected)


def test_reviews_of_one_user_are_no_independent_evidence() -> None:
    rng = np.random.default_rng(1)
    stars, has = rng.normal(4, 1, 40), np.arange(40) < 20
    once = difference_spread(stars, has, pd.Series([str(n) for n in range(40)]))
    users = pd.Series([str(n) for n in range(40)] * 9)
    often = difference_spread(np.tile(stars, 9), np.tile(has, 9), users)
    assert often == pytest.approx(once)


@pytest.mark.slow
def test_intervals_hold_with_what_they_say() -> None:
    """Two hundred worlds without any difference: at least one of the day's intervals misses 0 in
    about one world of twenty, not in one look of twenty."""
    rng = np.random.default_rng(2)
    missed = 0
    for _ in range(200):
        frame = _reviews([(str(n), rng.integers(1, 6), np.nan) for n in range(120)])
        for one in Aspect:
            frame[f"{one.value}_polarity"] = rng.choice([-1.0, 1.0, np.nan], 120, p=[0.3, 0.3, 0.4])
        found = find_review_drivers(frame)
        assert found["looks"].tolist() == [14] * 14
        missed += bool(found["is_clear"].any())
    assert missed <= 0.05 * 200 + 3 * np.sqrt(0.05 * 0.95 * 200)


def test_a_difference_is_found_and_said_as_an_association() -> None:
    rows = [(f"a{n}", 1.0 + n % 3, -1.0) for n in range(30)]
    rows += [(f"b{n}", 4.0 + n % 2, np.nan) for n in range(60)]
    (found,) = find_review_drivers(_reviews(rows)).to_dict("records")
    assert (found["driver"], found["driver_fact"]) == ("freshness", "criticised")
    assert found["stars_difference"] == pytest.approx(-2.5)
    assert found["low"] < -2.5 < found["high"] < 0 and found["is_clear"]
    assert found["reason_zh"].endswith("只是关联，不说明原因")


def test_few_users_on_a_side_say_nothing() -> None:
    rows = [(f"a{n % 9}", 1.0, -1.0) for n in range(40)]
    rows += [(f"b{n}", 5.0, np.nan) for n in range(60)]
    assert find_review_drivers(_reviews(rows)).empty


def test_reviews_without_a_known_delivery_are_no_good_deliveries() -> None:
    frame = _reviews([(str(n), 5.0 - n % 3, np.nan) for n in range(60)])
    frame["issue"] = ["late"] * 20 + ["none"] * 20 + [None] * 20
    (found,) = find_review_drivers(frame).to_dict("records")
    assert (found["driver"], found["reviews_with"], found["reviews_without"]) == ("late", 20, 20)


def test_params_that_would_single_people_out_are_refused() -> None:
    with pytest.raises(ValueError, match="no group"):
        WishParams(named_from_users=1)
    with pytest.raises(ValueError, match="users_from"):
        EchoParams(users_from=1)
    with pytest.raises(ValueError, match="users_from"):
        DriverParams(users_from=1)


def _criticised(
    with_fact: list[int], without: list[int], users: list[str] | None = None
) -> pd.DataFrame:
    """Stars of reviews that criticise freshness and of those that do not, a user each."""
    stars = [*with_fact, *without]
    frame = pd.DataFrame({"stars": stars, "user_id": users or [f"u{n}" for n in range(len(stars))]})
    for one in Aspect:
        frame[f"{one.value}_polarity"] = np.nan
    frame["freshness_polarity"] = [*[-1.0] * len(with_fact), *[np.nan] * len(without)]
    return frame.assign(issue=pd.Series([None] * len(stars), dtype=object))


def test_the_interval_of_a_driver_by_hand() -> None:
    """Means 2 and 4.5; squares 4 and 1.5 over six each; t of five degrees at 97.5 %: 2.5706."""
    (row,) = find_review_drivers(
        _criticised([1, 2, 3, 1, 2, 3], [4, 5, 4, 5, 4, 5]), DriverParams(users_from=6)
    ).to_dict("records")
    assert (row["driver"], row["driver_fact"], row["looks"]) == ("freshness", "criticised", 1)
    assert (row["reviews_with"], row["reviews_without"]) == (6, 6)
    assert (row["stars_with"], row["stars_without"], row["stars_difference"]) == (2, 4.5, -2.5)
    reach = 2.570582 * np.sqrt(12 / 11 * (4 + 1.5) / 36)
    assert row["low"] == pytest.approx(-2.5 - reach, rel=1e-6)
    assert row["high"] == pytest.approx(-2.5 + reach, rel=1e-6)
    assert row["is_clear"]
    few = _criticised([1, 2, 3, 1, 2], [4, 5, 4, 5, 4, 5])
    assert find_review_drivers(few, DriverParams(users_from=6)).empty, "five users are singled out"


def test_reviews_of_one_user_are_one_voice() -> None:
    """The same stars of one user twice are worth as much as once."""
    once = _criticised([1, 3], [4, 5])
    twice = _criticised([1, 1, 3, 3], [4, 4, 5, 5], ["a", "a", "b", "b", "c", "c", "d", "d"])
    spreads = [
        difference_spread(
            frame["stars"].to_numpy(float),
            frame["freshness_polarity"].notna().to_numpy(),
            frame["user_id"],
        )
        for frame in (once, twice)
    ]
    assert spreads[0] == pytest.approx(np.sqrt(4 / 3 * (2 + 0.5) / 4))
    assert spreads[1] == pytest.approx(spreads[0])
    alone = _criticised([1], [5], ["a", "a"])
    assert (
        difference_spread(alone["stars"].to_numpy(float), np.array([True, False]), alone["user_id"])
        == 0
    )


def test_a_driver_that_may_be_nothing_is_not_clear() -> None:
    (row,) = find_review_drivers(
        _criticised([1, 5, 3, 1, 5, 3], [2, 5, 3, 2, 5, 3]), DriverParams(users_from=6)
    ).to_dict("records")
    assert row["low"] < 0 < row["high"] and not row["is_clear"]


def test_every_figure_of_a_driver_and_its_sentence() -> None:
    """Two reviews of one user on the side that criticises: reviews and users differ."""
    users = ["a", "a", "b", "c", "d", "e"]
    params = DriverParams(users_from=2, confidence=0.9)
    (row,) = find_review_drivers(_criticised([1, 3, 2], [5, 5, 4], users), params).to_dict(
        "records"
    )
    assert (row["reviews_with"], row["users_with"]) == (3, 2)
    assert (row["reviews_without"], row["users_without"]) == (3, 3)
    # shares: a (-1 + 1)/3, b 0, c and d -1/9, e 2/9; t of one degree at 95 %: 6.3138
    reach = 6.313752 * np.sqrt(5 / 4 * 6 / 81)
    difference = 2 - 14 / 3
    assert row["low"] == pytest.approx(difference - reach, rel=1e-6)
    assert row["high"] == pytest.approx(difference + reach, rel=1e-6)
    assert row["is_clear"]
    assert row["reason_zh"] == (
        "批评“新鲜度”的3条评价平均2.00星，其余3条平均4.67星，相差-2.67星"
        f"（校正后90%区间{difference - reach:+.2f}至{difference + reach:+.2f}）；"
        "只是关联，不说明原因"
    )


def test_stars_without_any_spread_have_no_interval() -> None:
    (row,) = find_review_drivers(_criticised([1, 1], [4, 4]), DriverParams(users_from=2)).to_dict(
        "records"
    )
    assert row["stars_difference"] == -3 and not row["is_clear"]
    assert pd.isna(row["low"]) and pd.isna(row["high"])
    assert "（无法给出区间）" in row["reason_zh"]


def test_praise_that_goes_with_more_stars_is_clear_too_and_the_strongest_comes_first() -> None:
    frame = _criticised([1, 2, 1, 2], [5, 4, 5, 4])
    frame["price_polarity"] = [0.0] * 4 + [1.0] * 4
    frame.loc[[0, 4], "issue"] = ["late", "none"]
    frame["weight_polarity"] = [1.0, np.nan] * 4
    found = find_review_drivers(frame, DriverParams(users_from=4))
    assert list(zip(found["driver"], found["driver_fact"], strict=True)) == [
        ("freshness", "criticised"), ("price", "praised"), ("weight", "praised"),
    ]  # fmt: skip
    assert found["is_clear"].tolist() == [True, True, False]
    assert found["stars_difference"].tolist() == [-3.0, 3.0, 0.0]
    assert found["looks"].tolist() == [3] * 3
    assert found["low"][1] > 0
    assert found["reason_zh"][1].startswith("称赞“价格”的4条评价")


def test_a_burst_is_compared_with_windows_as_long_before_it() -> None:
    """Twelve in three days; before them two windows with four and two users, one of them twice."""
    days = {0: 12, 3: 3, 5: 1, 6: 1, 8: 1, 9: 5}  # days before as_of: users
    rows = [
        {"user_id": f"{back}-{n}", "sku_id": "s", "day": AS_OF - timedelta(days=back)}
        for back, users in days.items()
        for n in range(users)
    ]
    rows.append({"user_id": "3-0", "sku_id": "s", "day": AS_OF - timedelta(days=4)})
    frame = pd.DataFrame(rows)
    for one in Aspect:
        frame[f"{one.value}_polarity"] = np.nan
    later = frame.head(1).assign(user_id="later", day=AS_OF + timedelta(days=1))
    since = AS_OF - timedelta(days=8)
    (found,) = find_complaint_bursts(pd.concat([frame, later]), NAMES, AS_OF, since).to_dict(
        "records"
    )
    assert (found["topic"], found["users"], found["messages"]) == ("any", 12, 12)
    assert (found["first_day"], found["last_day"]) == (AS_OF - timedelta(days=2), AS_OF)
    assert found["usual_users"] == 3.0 and found["is_burst"]
    assert found["reason_zh"].startswith(
        "2026-09-28至2026-09-30，12位不同用户投诉同一商品，达到10人"
    )
    assert "此前同样天数内平均3.0人" in found["reason_zh"]
    # P(12 or more) is .00086 at 3.25 a window, .0014 at 3.5: half a user over both windows
    for known, usual in ((since, 3.0), (AS_OF - timedelta(days=5), 4.0)):
        (one,) = find_complaint_bursts(frame, NAMES, AS_OF, known).to_dict("records")
        assert one["usual_users"] == usual
        assert one["is_burst"] == (usual == 3.0)
    (unknown,) = find_complaint_bursts(frame, NAMES, AS_OF, None).to_dict("records")
    assert unknown["is_burst"] is None and pd.isna(unknown["usual_users"])
    assert "此前天数不足" in unknown["reason_zh"]
    (unnamed,) = find_complaint_bursts(frame, NAMES.iloc[:0], AS_OF, since).to_dict("records")
    assert unnamed["sku_name"] is None
