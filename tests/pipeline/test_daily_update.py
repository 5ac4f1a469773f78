"""A day that carries over from the day before equals the day computed for everybody, to the bit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from assets.profiles.change_detection import changed_users
from assets.resources.home import LinliHome
from data_contracts.tables.emotion import PROFILE_EMOTION
from data_contracts.tables.feedback import MESSAGE_SIGNALS
from data_contracts.tables.labels import LABEL_EVIDENCE, LAYER_LABELS, LAYER_THRESHOLDS
from data_contracts.tables.profile_inputs import PRICE_RANKS, PROFILE_INPUTS
from data_contracts.tables.profiles import (
    PROFILE_BASIC,
    PROFILE_CATEGORIES,
    PROFILE_CONSUMPTION,
    PROFILE_SCENE,
)
from tests.flow import PEOPLE, assets_named
from tests.pipeline.daily_lake import AS_OF, MORNINGS, Tables, nothing, platform
from tests.pipeline.small_lake import fill, linli_home, materialise, read

ASSETS = assets_named(*PEOPLE)
# of raw data and the day alone; labels rest on those of the day before as well
OF_THE_DAY = (
    PROFILE_BASIC,
    PRICE_RANKS,
    MESSAGE_SIGNALS,
    PROFILE_INPUTS,
    PROFILE_CONSUMPTION,
    PROFILE_CATEGORIES,
    PROFILE_SCENE,
    PROFILE_EMOTION,
)
OF_HISTORY = (LAYER_THRESHOLDS, LAYER_LABELS, LABEL_EVIDENCE)
COUNTING = [
    "profile_consumption",
    "profile_categories",
    "profile_scene",
    "profile_emotion",
    "layer_labels",
]
CARRYING = assets_named("message_signals", *COUNTING)


@dataclass(frozen=True)
class Morning:
    """One day of the story: tables as carried over and as rebuilt, and users computed per asset."""

    as_of: date
    users: int
    carried: dict[str, pd.DataFrame]
    rebuilt: dict[str, pd.DataFrame]
    computed: dict[str, int]
    computed_anew: dict[str, int]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Morning]:
    """Nine days with a Monday in one home; each morning something else has changed."""
    home = linli_home(tmp_path_factory.mktemp("daily"))
    tables = platform()
    fill(home, tables)
    materialise(home, ASSETS, AS_OF - timedelta(days=len(MORNINGS)))
    mornings = {}
    for back, changes in zip(range(len(MORNINGS) - 1, -1, -1), MORNINGS, strict=True):
        for change in changes:
            before = copy.deepcopy(tables)
            change(tables)
            assert change is nothing or tables != before
        fill(home, tables)
        as_of = AS_OF - timedelta(days=back)
        daily = materialise(home, ASSETS, as_of)
        carried = _read(home, as_of)
        again = materialise(_rebuilding(home), CARRYING, as_of)
        mornings[changes[0].__name__] = Morning(
            as_of,
            len(carried[PROFILE_BASIC.name]),
            carried,
            _read(home, as_of),
            _computed(daily),
            _computed(again),
        )
    return mornings


def _rebuilding(home: LinliHome) -> LinliHome:
    return LinliHome(home=home.home, exports=home.exports, memory_limit="1GB", rebuild=True)


def _read(home: LinliHome, as_of: date) -> dict[str, pd.DataFrame]:
    return {table.name: read(home, table, as_of) for table in (*OF_THE_DAY, *OF_HISTORY)}


def _computed(done: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Users that were not carried over, per asset."""
    events = {name: done.asset_materializations_for_node(name)[0] for name in COUNTING}
    return {name: int(event.metadata["users_computed"].value) for name, event in events.items()}


def _assert_same(ours: pd.DataFrame, theirs: pd.DataFrame, name: str) -> None:
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True, obj=name)


@pytest.mark.parametrize("changes", MORNINGS, ids=lambda c: ", ".join(one.__name__ for one in c))
def test_a_day_carried_over_is_the_day_computed_anew(
    story: dict[str, Morning], changes: tuple[Callable[[Tables], None], ...]
) -> None:
    morning = story[changes[0].__name__]
    assert all(count == morning.users for count in morning.computed_anew.values())
    for name, carried in morning.carried.items():
        _assert_same(carried, morning.rebuilt[name], name)


def test_who_did_nothing_is_carried_over(story: dict[str, Morning]) -> None:
    """On a day that is no Monday and on which prices stand; windows end for some on any day."""
    quiet = [one for one in story.values() if one.as_of.weekday() != 0]
    for name in COUNTING:
        assert sum(one.computed[name] for one in quiet) < 0.6 * sum(one.users for one in quiet)
    assert story["nothing"].computed["layer_labels"] < story["nothing"].users / 2


def test_a_change_computes_those_it_is_about(story: dict[str, Morning]) -> None:
    """One search of one user more than the windows of a day bring about anyway."""
    for name, table in (("late_line", PROFILE_EMOTION), ("corrected_line", PROFILE_SCENE)):
        assert 0 < story[name].computed[table.name] < story[name].users / 2, name


@pytest.mark.parametrize("change", ["dearer_sku", "no_chat"])
def test_a_home_without_a_past_computes_the_same(
    story: dict[str, Morning], tmp_path: Path, change: str
) -> None:
    """What is of the day alone does not hang on the days that were run before it."""
    tables = platform()
    for changes in MORNINGS:
        for one in changes:
            one(tables)
        if changes[0].__name__ == change:
            break
    home = linli_home(tmp_path)
    fill(home, tables)
    morning = story[change]
    materialise(home, ASSETS, morning.as_of)
    alone = _read(home, morning.as_of)
    for table in OF_THE_DAY:
        _assert_same(morning.carried[table.name], alone[table.name], table.name)


def test_parts_make_no_difference(
    story: dict[str, Morning], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first day in parts of seven users."""
    monkeypatch.setattr(changed_users, "PART_USERS", 7)
    tables = platform()
    for changes in MORNINGS:
        for one in changes:
            one(tables)
    home = linli_home(tmp_path)
    fill(home, tables)
    materialise(home, ASSETS, AS_OF)
    for table in OF_THE_DAY:
        _assert_same(story["no_chat"].rebuilt[table.name], read(home, table, AS_OF), table.name)
