"""What was planted can be found: shortages, scenes, weather, flip, burst, the quiet leader."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.simulate.config import SimulationConfig
from models.simulate.simulation import SimulatedPlatform, simulate

YEAR = SimulationConfig(users=1200, communities=10, skus=60, seed=7)


@cache
def year() -> SimulatedPlatform:
    return simulate(YEAR)


@cache
def export(name: str) -> pd.DataFrame:
    return year().exports[name].to_pandas()


@cache
def demand_with_place() -> pd.DataFrame:
    """True demand with category and region."""
    warehouses = export("communities")[["warehouse_id", "region_id"]].drop_duplicates()
    goods = export("products")[["sku_id", "category"]]
    return year().truth["demand"].merge(goods, on="sku_id").merge(warehouses, on="warehouse_id")


def event(kind: str) -> pd.Series:
    events = year().truth["events"]
    return events[events["kind"] == kind].iloc[0]


def test_no_line_is_sold_in_an_hour_out_of_stock_or_not_offered():
    orders = export("orders").merge(
        export("communities")[["community_id", "warehouse_id"]], on="community_id"
    )
    orders["day"] = orders["ordered_at"].dt.date
    goods = orders[orders["category"] != "服务"]
    merged = goods.merge(export("availability"), on=["warehouse_id", "sku_id", "day"])
    assert len(merged) == len(goods)
    hours = merged["ordered_at"].dt.hour
    states = {text[hour] for text, hour in zip(merged["hours_status"], hours, strict=True)}
    assert states == {"A"}


def test_three_to_eight_percent_of_cells_on_offer_run_out():
    status = export("availability")["hours_status"]
    on_offer = ~status.str.contains("N")
    assert 0.03 <= status.str.contains("S").sum() / on_offer.sum() <= 0.08


def test_true_demand_is_sold_plus_lost_and_sold_is_what_the_orders_say():
    demand = year().truth["demand"]
    lost = demand["lost_to_stock_units"] + demand["lost_to_cap_units"]
    assert np.allclose(demand["sold_units"] + lost, demand["demand_units"])
    assert (lost >= -1e-9).all()
    assert demand["lost_to_stock_units"].sum() > 0.01 * demand["demand_units"].sum()
    assert demand["lost_to_cap_units"].sum() > 0
    orders = export("orders").merge(
        export("communities")[["community_id", "warehouse_id"]], on="community_id"
    )
    orders["business_date"] = (orders["ordered_at"] + pd.Timedelta(hours=1)).dt.normalize()
    keys = ["warehouse_id", "sku_id", "business_date"]
    sold = orders[orders["category"] != "服务"].groupby(keys)["quantity_units"].sum()
    truth = demand[demand["sold_units"] > 0].set_index(keys)["sold_units"]
    assert len(sold) == len(truth)
    assert np.allclose(sold.sort_index().to_numpy(), truth.sort_index().to_numpy())


def test_purchase_limits_hold_for_every_user_and_activity_quantities_for_all():
    orders, offers = export("orders"), export("promotions")
    caps = offers.dropna(subset=["activity_id"]).set_index("activity_id")
    bought = orders.dropna(subset=["activity_id"])
    per_user = bought.dropna(subset=["user_id"]).groupby(["activity_id", "user_id"])
    units = per_user["quantity_units"].sum().reset_index()
    assert len(units) > 100
    limit = units["activity_id"].map(caps["limit_buy_units"])
    assert (units["quantity_units"] <= limit + 1e-9).all()
    total = bought.groupby("activity_id")["quantity_units"].sum()
    cap = caps["total_quantity_units"].reindex(total.index).to_numpy()
    assert np.isfinite(cap).sum() > 5
    assert not (total.to_numpy() > cap + 1e-9).any()


def _daily(category: str, *, region_days: bool = False) -> pd.Series:
    rows = demand_with_place()
    rows = rows[rows["category"] == category]
    keys = ["region_id", "business_date"] if region_days else ["business_date"]
    return rows.groupby(keys)["demand_units"].sum()


@pytest.mark.parametrize(("category", "low", "high"), [("方便速食", 1.8, 6.0), ("蔬菜", 1.4, 3.5)])
def test_storms_drive_some_categories_up(category, low, high):
    daily = _daily(category, region_days=True).reset_index()
    events = year().truth["events"].query("kind == 'storm'")
    storms = set(zip(events["target"], events["starts_on"], strict=True))
    summer = daily[daily["business_date"].dt.month.between(5, 9)]
    keys = zip(summer["region_id"], summer["business_date"], strict=True)
    is_storm = np.array([key in storms for key in keys])
    assert is_storm.sum() >= 5
    effect = summer["demand_units"][is_storm].mean() / summer["demand_units"][~is_storm].mean()
    assert low < effect < high


def test_school_season_sells_stationery():
    daily = _daily("文具")
    season = daily["2026-08-26":"2026-09-09"].sum() / 15
    assert season > 2.0 * daily["2026-07-20":"2026-08-20"].sum() / 32


def test_spring_festival_stocks_up_and_slumps():
    daily = year().truth["demand"].groupby("business_date")["demand_units"].sum()
    usual = daily["2026-01-05":"2026-01-25"].mean()
    assert daily["2026-02-10":"2026-02-13"].mean() > 1.4 * usual
    assert daily["2026-02-17":"2026-02-21"].mean() < 0.5 * usual
    calendar = export("holidays")
    spring = calendar[(calendar["name"] == "春节") & (calendar["kind"] == "public_holiday")]
    assert pd.Timestamp("2026-02-17").date() in set(spring["day"])


def test_before_the_spring_festival_snacks_gain_more_than_vegetables():
    gain = {}
    for category in ("零食", "蔬菜"):
        daily = _daily(category)
        usual = daily["2026-01-05":"2026-01-25"].sum() / 21
        gain[category] = daily["2026-02-09":"2026-02-13"].sum() / 5 / usual
    assert gain["零食"] > 1.35 * gain["蔬菜"] > 1.35


def test_effects_truth_names_the_multiplier_that_was_used():
    effects = year().truth["effects"]
    school = effects[(effects["effect"] == "school_season") & (effects["target"] == "文具")]
    assert set(school["multiplier"]) == {4.0}
    days = school["day"].drop_duplicates()
    assert (days.min(), days.max()) == (pd.Timestamp("2026-08-25"), pd.Timestamp("2026-09-10"))
    storms = effects[(effects["effect"] == "storm") & (effects["level"] == "traffic")]
    assert len(storms) == (year().truth["events"]["kind"] == "storm").sum()


def test_churned_users_never_order_again_and_the_living_do():
    users = year().truth["users"].set_index("user_id")
    last = export("orders").groupby("user_id")["ordered_at"].max()
    churned = users["churned_at"].dropna()
    both = churned.index.intersection(last.index)
    assert len(both) > 100
    assert (last[both] < churned[both]).all()
    living = last[last.index.difference(churned.index)]
    assert (living > pd.Timestamp("2026-10-01")).mean() > 0.8


def test_seasonal_pauses_are_not_churn():
    users = year().truth["users"].set_index("user_id")
    paused = users[users["paused_until"] < "2026-10-15"]
    paused = paused[paused["churned_at"].isna() & (paused["orders_per_day"] > 0.3)]
    orders = export("orders").merge(paused, left_on="user_id", right_index=True)
    inside = (orders["ordered_at"] >= orders["paused_from"]) & (
        orders["ordered_at"] < orders["paused_until"]
    )
    after = orders[orders["ordered_at"] >= orders["paused_until"]]
    # only a campaign fetches somebody back from a pause
    assert orders[inside]["user_id"].nunique() < 0.3 * len(paused)
    assert after["user_id"].nunique() > 0.9 * len(paused)


def test_label_flip_shows_in_searches_first_and_in_purchases_after():
    layers, flip = year().truth["layers"], event("label_flip")["starts_on"]
    cohort = layers[layers.duplicated("user_id")]["user_id"]
    assert len(cohort) == event("label_flip")["users"]
    browse, orders = export("browse"), export("orders")
    searches = browse[browse["user_id"].isin(cohort) & browse["search_text"].notna()]
    quality = searches["search_text"].str.contains("有机|进口|优品|高端")
    lead = searches["occurred_at"].between(flip - pd.Timedelta(days=13), flip)
    before = searches["occurred_at"] < flip - pd.Timedelta(days=15)
    assert quality[lead].mean() > 0.4
    assert quality[before].mean() < 0.05
    bought = orders[orders["user_id"].isin(cohort)]
    good = bought["sku_name"].str.contains("优品|有机棉")
    assert good[bought["ordered_at"] >= flip].mean() > 3 * good[bought["ordered_at"] < flip].mean()


def test_complaint_burst_has_ten_distinct_users_on_one_sku_in_three_days():
    burst, messages = event("complaint_burst"), year().truth["messages"]
    ids = messages[messages["kind"] == "burst_complaint"]["message_id"]
    chat = export("chat")
    rows = chat[chat["message_id"].isin(ids)]
    assert set(rows["sku_id"]) == {burst["target"]}
    assert rows["user_id"].nunique() == burst["users"] >= 10
    assert rows["sent_at"].min() >= burst["starts_on"]
    assert rows["sent_at"].max() < burst["starts_on"] + pd.Timedelta(days=3)
    assert rows["stars"].dropna().max() <= 2


def test_quiet_leader_stops_writing_and_the_community_orders_less():
    quiet, chat = event("quiet_leader"), export("chat")
    leader = chat[(chat["sender_role"] == "leader") & (chat["community_id"] == quiet["target"])]
    assert leader["sent_at"].max() < quiet["starts_on"]
    assert (leader["sent_at"] > quiet["starts_on"] - pd.Timedelta(days=5)).any()
    orders = export("orders")
    week = pd.Timedelta(days=7)
    count = lambda rows, low, high: rows["ordered_at"].between(low, high).sum()  # noqa: E731
    there = orders["community_id"] == quiet["target"]
    start, end = quiet["starts_on"], quiet["starts_on"] + 8 * week
    own = count(orders[there], start, end) / count(orders[there], start - 8 * week, start)
    others = count(orders[~there], start, end) / count(orders[~there], start - 8 * week, start)
    assert own < 0.65 * others


def test_stars_agree_with_the_delivery():
    chat = export("chat").dropna(subset=["stars", "order_id"])
    issues = export("logistics").set_index("order_id")["issue"]
    issue = chat["order_id"].map(issues)
    assert chat[issue == "none"]["stars"].mean() > 4
    assert chat[issue == "late"]["stars"].mean() < 2.5


def test_layers_buy_and_order_differently():
    users = year().truth["users"].set_index("user_id")
    orders = export("orders").join(users["layer"], on="user_id").dropna(subset=["layer"])
    orders["discount"] = orders["unit_price_yuan"].astype(float) / orders["list_price_yuan"].astype(
        float
    )
    price = orders.groupby("layer")["discount"].mean()
    coupon = (orders["coupon_yuan"] > 0).groupby(orders["layer"]).mean()
    assert price.idxmin() == "price_sensitive"
    assert coupon.idxmax() == "price_sensitive"
    repeats = orders.groupby(["layer", "user_id"])["sku_id"].agg(lambda s: s.nunique() / len(s))
    per_layer = repeats.groupby("layer").mean()
    assert per_layer["efficiency_first"] < per_layer["novelty_seeking"]
    hours = orders["ordered_at"].dt.hour.groupby([orders["layer"], orders["user_id"]]).std()
    assert hours.groupby("layer").median().idxmin() == "efficiency_first"


def test_amounts_of_a_line_add_up_to_the_fen():
    orders = export("orders")
    paid = orders[orders["paid_at"].notna()]
    fen = (paid["unit_price_yuan"].astype(float) * paid["quantity_units"] * 100).round()
    expected = np.maximum(fen, 1) - paid["coupon_yuan"].astype(float) * 100
    assert np.abs(paid["paid_amount_yuan"].astype(float) * 100 - expected).max() < 1.001
    assert (orders[orders["paid_at"].isna()]["paid_amount_yuan"] == 0).all()
    assert (orders["refund_yuan"] <= orders["paid_amount_yuan"]).all()
    assert (orders["cancelled_units"] <= orders["quantity_units"]).all()
    assert (orders["updated_at"] >= orders["ordered_at"]).all()
    for column in ("paid_at", "cancelled_at", "refunded_at"):
        known = orders[column].notna()
        assert (orders["updated_at"][known] >= orders[column][known]).all()


def test_some_orders_fall_behind_the_cut_off_and_most_before_it():
    hour = export("orders")["ordered_at"].dt.hour
    assert 0.02 < (hour == 23).mean() < 0.12
    assert 0.35 < hour.between(20, 22).mean() < 0.65


def test_weights_have_decimals_and_walk_ins_no_name():
    orders = export("orders")
    kilograms = orders[orders["sale_unit"] == "kg"]["quantity_units"]
    assert ((kilograms * 1000).round() / 1000 == kilograms).all()
    assert ((kilograms * 100).round() / 100 != kilograms).any()
    assert (orders[orders["sale_unit"] == "piece"]["quantity_units"] % 1 == 0).all()
    walk_in = orders["user_id"].isna()
    assert 0.01 < walk_in.mean() < 0.06
    assert orders[walk_in]["receiver_phone"].isna().all()


def test_forecasts_are_issued_before_their_day_and_reach_three_days_ahead():
    weather = export("weather")
    day = pd.to_datetime(weather["day"])
    issued = weather["issued_at"].dropna()
    ahead = (day[issued.index] - issued.dt.normalize()).dt.days
    assert set(ahead) == {1, 2, 3}
    assert (issued.dt.hour == 18).all()
    assert day[weather["issued_at"].isna()].max() == pd.Timestamp(YEAR.end)
    assert day.max() == pd.Timestamp(YEAR.end) + pd.Timedelta(days=3)
    observed = weather[weather["issued_at"].isna()].set_index(["area_id", "day"])["rain_mm"]
    forecast = weather.dropna(subset=["issued_at"])
    true_rain = pd.Series(
        [observed.get((a, d), np.nan) for a, d in zip(forecast["area_id"], forecast["day"])]  # noqa: B905
    ).to_numpy()
    error = pd.Series(np.abs(forecast["rain_mm"].to_numpy() - true_rain))
    by_lead = error.groupby(ahead[forecast.index].to_numpy()).mean()
    assert by_lead[1] < by_lead[2] < by_lead[3]


def test_stock_ends_with_the_last_day_and_never_counts_presale():
    counted = export("stock").merge(export("products"), on="sku_id")
    assert counted["counted_at"].max() == pd.Timestamp(f"{YEAR.end} 22:30")
    assert counted["counted_at"].dt.date.nunique() == 14
    assert set(counted["fulfilment_mode"]) == {"prestock", "instant"}
    assert (counted["in_transit_units"] > 0).any()
    on_hand = counted[counted["on_hand_units"] > 0]
    assert (pd.to_datetime(on_hand["expires_on"]) >= on_hand["counted_at"].dt.normalize()).all()


def test_some_promotions_begin_after_the_data_and_are_announced_before_their_end():
    offers = export("promotions")
    future = offers[offers["starts_on"] > YEAR.end]
    assert len(future) > 0
    lead = pd.to_datetime(offers["starts_on"]) - offers["announced_at"].dt.normalize()
    assert lead.dt.days.between(2, 7).all()
