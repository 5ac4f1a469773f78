"""Associations and the community map on a lake drawn by hand; `as_of` is 2026-09-30."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.order_lines import order_lines_as_of
from assets.framework.day_asset import DayRun
from assets.profiles.affinity.associations import associations
from assets.profiles.affinity.associations_steps import association_counts
from assets.profiles.affinity.communities import community_demand, community_skus
from assets.profiles.basic.profile_basic import profile_basic
from assets.profiles.labels.layer_labels import layer_labels
from assets.resources.home import LinliHome
from data_contracts.tables.affinity import (
    ASSOCIATIONS,
    COMMUNITY_DEMAND,
    COMMUNITY_SKUS,
    EVERYTHING,
)
from models.params.affinity import AssociationParams
from tests.pipeline.affinity_lake import AS_OF, Tables, line, map_lines, platform
from tests.pipeline.small_lake import fallback_codes, fill, linli_home, materialise, read
from tests.unit.test_community_index import found_by_subtraction

ASSETS = [profile_basic, layer_labels, associations, community_demand, community_skus]
TABLES = (ASSOCIATIONS, COMMUNITY_DEMAND, COMMUNITY_SKUS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinliHome]:
    made = linli_home(tmp_path_factory.mktemp("together"))
    fill(made, platform())
    materialise(made, ASSETS, AS_OF)
    yield made


def _pairs(home: LinliHome, **where: str) -> pd.DataFrame:
    found = read(home, ASSOCIATIONS, AS_OF)
    for name, value in ({"segment_kind": "all", "level": "sku"} | where).items():
        found = found[found[name] == value]
    return found.set_index(["antecedent", "consequent"])


def test_snacks_follow_beer_within_30_days(home: LinliHome) -> None:
    orders = pd.DataFrame(platform()["orders"])
    with_beer = orders[orders["sku_id"] == "beer"]["user_id"].nunique()
    told = _pairs(home, kind="sequence").loc[("beer", "snacks")]
    assert told["is_suggested"]
    assert told["users_antecedent"] == with_beer
    assert told["users_both"] >= 12
    assert told["lift_low"] >= AssociationParams().lift_floor
    assert told["median_lag_days"] in (4.5, 5.0)  # 3, 4, 5, 6 and a few of the crowd
    assert told["support"] == told["users_both"] / told["users_segment"]
    assert told["confidence"] == told["users_both"] / with_beer
    assert ("snacks", "beer") not in _pairs(home, kind="sequence").index
    assert ("beer", "snacks") not in _pairs(home, kind="co_purchase").index


def test_what_is_bought_in_one_order_is_no_sequence(home: LinliHome) -> None:
    found = _pairs(home, kind="co_purchase")
    rarer_first = [("charcoal", "meat"), ("meat", "charcoal")]
    (told,) = (found.loc[pair] for pair in rarer_first if pair in found.index)
    assert told["users_antecedent"] <= told["users_consequent"]
    assert told["is_suggested"] and told["users_both"] >= 24
    assert pd.isna(told["median_lag_days"])
    sequences = _pairs(home, kind="sequence").index
    assert ("charcoal", "meat") not in sequences and ("meat", "charcoal") not in sequences


def test_nothing_else_is_suggested(home: LinliHome) -> None:
    suggested = read(home, ASSOCIATIONS, AS_OF).query("is_suggested and segment_kind == 'all'")
    found = {
        (row["kind"], frozenset((row["antecedent"], row["consequent"])))
        for row in suggested.to_dict("records")
    }
    assert found == {
        ("sequence", frozenset(("beer", "snacks"))),
        ("sequence", frozenset(("酒水", "零食"))),
        ("co_purchase", frozenset(("charcoal", "meat"))),
        ("co_purchase", frozenset(("烧烤", "肉类"))),
    }


def test_cancelled_lines_and_postage_are_no_purchases(tmp_path: Path) -> None:
    tables = platform()
    cancelled = {"cancelled_units": 1.0}
    tables["orders"] = [
        row | (cancelled if row["user_id"][:3] == "fan" and row["sku_id"] == "snacks" else {})
        for row in tables["orders"]
    ]
    sent = [row for row in tables["orders"] if row["user_id"][:5] == "grill"]
    tables["orders"] += [row | {"sku_id": "postage", "line_id": "p"} for row in sent[::2]]
    tables["products"].append({"sku_id": "postage", "category": "运费", "is_goods": False})
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, [profile_basic, associations, community_demand], AS_OF)
    told = read(other, ASSOCIATIONS, AS_OF)
    found = set(told["antecedent"]) | set(told["consequent"])
    assert not found & {"postage", "运费"}
    assert not ((told["antecedent"] == "beer") & (told["consequent"] == "snacks")).any()
    assert "运费" not in set(read(other, COMMUNITY_DEMAND, AS_OF)["category"])


def test_segments_are_layers_and_age_bands_but_never_children(tmp_path: Path) -> None:
    other = linli_home(tmp_path)
    layers = {f"fan{i:02}": "novelty_seeking" for i in range(12)} | {"grill00": "unknown"}
    labels = [{"as_of": AS_OF, "user_id": user, "layer": layer} for user, layer in layers.items()]
    labels += [{"as_of": date(2026, 9, 29), "user_id": "grill01", "layer": "mixed"}]  # another day
    fill(other, platform() | {"layer_labels": labels})
    materialise(other, [profile_basic], AS_OF)
    run = DayRun(step="x", as_of=AS_OF, home=other, log=lambda _: None)
    with other.lakehouse.session() as session:
        order_lines_as_of(session, run)
        _, buyers, _, _ = association_counts(session, run, AssociationParams())
    of_sku = buyers[(buyers["level"] == "sku") & (buyers["kind"] == "sequence")]
    users = of_sku.groupby(["segment_kind", "segment_value"])["users"].sum().to_dict()
    assert users.pop(("all", "all")) == len({row["user_id"] for row in platform()["orders"]})
    assert users.pop(("age_band", "35_44")) <= 75  # half of the crowd; the other half is under 18
    assert users == {("age_band", "25_34"): 12, ("layer", "novelty_seeking"): 12}


def test_the_counts_are_those_of_plain_loops(home: LinliHome) -> None:
    params = AssociationParams(users_from=2)
    run = DayRun(step="x", as_of=AS_OF, home=home, log=lambda _: None)
    with home.lakehouse.session() as session:
        order_lines_as_of(session, run)
        _, _, pairs, exposure = association_counts(session, run, params)
    pairs = pairs[(pairs["segment_kind"] == "all") & (pairs["level"] == "sku")]
    exposure = exposure[(exposure["segment_kind"] == "all") & (exposure["level"] == "sku")]
    both, lags, weights = _by_loops(platform()["orders"], params)
    assert {
        (row["kind"], row["antecedent"], row["consequent"]): row["users_both"]
        for row in pairs.to_dict("records")
    } == both
    assert {
        (row["antecedent"], row["consequent"]): row["median_lag_days"]
        for row in pairs[pairs["kind"] == "sequence"].to_dict("records")
    } == {pair: float(np.median(found)) for pair, found in lags.items()}
    assert {
        (row["kind"], row["antecedent"], row["seen_lines"]): row["weight"]
        for row in exposure.to_dict("records")
        if row["weight"]
    } == {key: weight for key, weight in weights.items() if weight}


def _by_loops(orders: list[dict[str, Any]], params: AssociationParams) -> tuple[dict, dict, dict]:
    """Users of each pair, lags of each sequence, exposure: a second implementation."""
    both: dict = defaultdict(int)
    lags: dict = defaultdict(list)
    weights: dict = defaultdict(int)
    of_user: dict = defaultdict(list)
    for row in orders:
        of_user[row["user_id"]].append((row["ordered_at"].date(), row["order_id"], row["sku_id"]))
    buyers: dict = {"co_purchase": defaultdict(set), "sequence": defaultdict(set)}
    for user, rows in of_user.items():
        for day, _, sku in rows:
            if (AS_OF - day).days < params.order_days:
                buyers["co_purchase"][sku].add(user)
            buyers["sequence"][sku].add(user)
    paired = {
        kind: {sku for sku, users in found.items() if len(users) >= params.users_from}
        for kind, found in buyers.items()
    }
    for rows in of_user.values():
        baskets: dict = defaultdict(list)
        for day, order, sku in rows:
            if (AS_OF - day).days < params.order_days:
                baskets[order].append(sku)
        together = {
            (a, b) for held in baskets.values() for a in held for b in held
            if a < b and {a, b} <= paired["co_purchase"]
        }  # fmt: skip
        for a, b in together:
            both["co_purchase", a, b] += 1
        for a in {sku for held in baskets.values() for sku in held} & paired["co_purchase"]:
            beside = sum(len(h) - h.count(a) for h in baskets.values() if a in h)
            weights["co_purchase", a, 0] += 1
            weights["co_purchase", a, beside] -= 1
        on: dict = defaultdict(list)
        for day, _, sku in rows:
            on[day].append(sku)
        first = {sku: min(d for d in on if sku in on[d]) for d in on for sku in on[d]}
        for a in set(first) & paired["sequence"]:
            for day in sorted(on):
                before = [d for d in on if a in on[d] and d < day]
                if a in on[day] or not before or (day - max(before)).days > params.follow_days:
                    continue
                others = sum(len(on[d]) - on[d].count(a) for d in on if d < day)
                weights["sequence", a, others] += 1
                weights["sequence", a, others + len(on[day])] -= 1
                for b in {sku for sku in on[day] if first[sku] == day} & paired["sequence"]:
                    both["sequence", a, b] += 1
                    lags[a, b].append((day - max(before)).days)
    return dict(both), dict(lags), dict(weights)


def test_nothing_later_changes_a_bit(home: LinliHome, tmp_path: Path) -> None:
    tables = platform()
    later = AS_OF + timedelta(days=1)
    more = [
        *(line(f"user{i:03}", later, "x", sku) for i in range(150) for sku in ("beer", "s01")),
        *(line(f"fan{i:02}", AS_OF + timedelta(days=9), "x", "meat") for i in range(12)),
        *(line(f"new{i:02}", later, "x", "beer", community_id="c9") for i in range(30)),
    ]
    cancelled = {"cancelled_units": 1.0, "cancelled_at": line("a", later, "x", "y")["ordered_at"]}
    tables["orders"] = [*more, *(row | cancelled for row in reversed(tables["orders"]))]
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, ASSETS, AS_OF)
    for table in TABLES:
        before = read(home, table, AS_OF)
        assert len(before) or table is COMMUNITY_SKUS
        pd.testing.assert_frame_equal(before, read(other, table, AS_OF), check_exact=True)


def test_what_is_later_is_seen_later(home: LinliHome) -> None:
    earlier = date(2026, 8, 31)  # the day before the first beer of the fans
    materialise(home, [profile_basic, layer_labels, associations], earlier)
    assert not read(home, ASSOCIATIONS, earlier)["is_suggested"].any()


def test_an_empty_lake_has_empty_tables_and_says_so(tmp_path: Path) -> None:
    other = linli_home(tmp_path)
    fill(other, {"orders": []})
    materialise(other, ASSETS, AS_OF)
    for table in TABLES:
        assert read(other, table, AS_OF).empty, table.name
    assert fallback_codes(other, "associations", AS_OF) == ["no_pairs"]


def test_orders_without_categories_communities_or_users(tmp_path: Path) -> None:
    tables: Tables = {"orders": [row | {"community_id": None} for row in platform()["orders"]]}
    tables["orders"] += [line(None, "09-20", f"w{i}", "beer", community_id=None) for i in range(50)]
    other = linli_home(tmp_path)
    fill(other, tables)
    materialise(other, ASSETS, AS_OF)
    told = read(other, ASSOCIATIONS, AS_OF)
    assert set(told["level"]) == {"sku"} and told["is_suggested"].any()
    assert fallback_codes(other, "associations", AS_OF) == ["no_categories"]
    assert read(other, COMMUNITY_DEMAND, AS_OF).empty
    assert read(other, COMMUNITY_SKUS, AS_OF).empty
    assert fallback_codes(other, "community_demand", AS_OF) == ["lines_without_community"]


def _map(tmp_path: Path, users: dict[tuple[str, str], int]) -> pd.DataFrame:
    other = linli_home(tmp_path)
    skus = {sku for _, sku in users}
    listed = [{"sku_id": sku, "category": f"{sku}类"} for sku in skus]
    fill(other, {"orders": map_lines(users), "products": listed})
    materialise(other, [community_demand, community_skus], AS_OF)
    return read(other, COMMUNITY_DEMAND, AS_OF)


GRID = {(f"c{c}", f"k{k}"): 30 + 3 * c + k for c in range(4) for k in range(4)}


def test_ten_users_of_a_community_are_told(tmp_path: Path) -> None:
    told = _map(tmp_path, GRID | {("c1", "k1"): 10})
    assert not told["is_suppressed"].any()
    row = told.set_index(["community_id", "category"]).loc[("c1", "k1类")]
    assert (row["users"], row["lines"], row["sold_units"], row["spend_yuan"]) == (10, 10, 10, 20)
    of_c1 = 10 + sum(GRID["c1", f"k{k}"] for k in (0, 2, 3))
    assert row["line_share"] == pytest.approx(10 / of_c1)
    assert row["demand_index"] < 1
    total = told.set_index(["community_id", "category"]).loc[(EVERYTHING, EVERYTHING)]
    assert total["demand_index"] == pytest.approx(1) and total["line_share"] == 1


def test_nine_are_not_and_no_subtraction_brings_them_back(tmp_path: Path) -> None:
    told = _map(tmp_path, GRID | {("c1", "k1"): 9})
    hidden = told["is_suppressed"].to_numpy()
    assert told.set_index(["community_id", "category"]).loc[("c1", "k1类"), "is_suppressed"]
    figures = ["users", "lines", "sale_unit", "sold_units", "spend_yuan"]
    assert told.loc[hidden, [*figures, "line_share", "demand_index"]].isna().all().all()
    assert told.loc[~hidden, figures[:2]].notna().all().all()
    totals = told.set_index(["community_id", "category"])
    assert not totals.loc[("c1", EVERYTHING), "is_suppressed"]  # the attack has what it needs
    assert hidden.sum() > 1
    assert found_by_subtraction(told, hidden) == []


def test_only_the_communities_sku_that_stands_out_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    users = {(f"c{c}", f"k{k:02}"): 12 + int(rng.poisson(8)) for c in range(6) for k in range(20)}
    users["c3", "k07"] = 60
    _map(tmp_path, users)
    other = linli_home(tmp_path)
    told = read(other, COMMUNITY_SKUS, AS_OF)
    assert told[["community_id", "sku_id", "users"]].values.tolist() == [["c3", "k07", 60]]
    assert told["community_users"].item() == sum(n for (c, _), n in users.items() if c == "c3")
