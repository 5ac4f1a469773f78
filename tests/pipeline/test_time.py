"""Nothing sees the future: change everything after `as_of`, and every table stays the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from assets.framework.day_asset import table_written_by
from assets.resources.home import LinliHome
from data_contracts.tables import BY_NAME, TABLES
from data_contracts.tables.bookkeeping import INBOX_MANIFEST
from models.clock import end_of_business_day
from pipelines.flow import FLOW
from pipelines.settings import Settings
from tests.conftest import AS_OF, FinishedRun
from tests.events import materialize
from tests.lake import give_key

AS_OF_END = end_of_business_day(AS_OF, 23 * 60)
# Assets of the day that compute a table, and these tables; lists and pages follow from them. The
# inbox manifest lists files as they are, of any day.
COMPUTING = [
    asset
    for asset in FLOW
    if (table := table_written_by(asset)) and table in TABLES and table is not INBOX_MANIFEST
]
COMPARED = [table.name for asset in COMPUTING if (table := table_written_by(asset))]


def later(frame: pd.DataFrame, column: str) -> pd.Series:
    """Rows whose moment lies at or after the last instant of AS_OF."""
    return pd.to_datetime(frame[column], errors="coerce") >= pd.Timestamp(AS_OF_END)


def orders(frame: pd.DataFrame) -> pd.DataFrame:
    """Future orders gone, larger or to all over; later refunds undone; a third of the past
    cancelled later."""
    future = later(frame, "ordered_at")
    frame.loc[future, "quantity_units"] = "77"
    frame.loc[future, "receiver_address"] = [f"{n % 7}号院" for n in range(int(future.sum()))]
    frame.loc[future, "cancelled_units"] = "0"
    undone = ~future & later(frame, "refunded_at")
    assert undone.any(), "the sample must hold past orders that are refunded later"
    frame.loc[undone, ["refunded_at", "refund_yuan"]] = ""
    tomorrow = (AS_OF_END + timedelta(hours=9)).isoformat(sep=" ")
    cancelled = ~future & (frame["cancelled_at"] == "") & (frame.index % 3 == 0)
    frame.loc[cancelled, "cancelled_units"] = frame.loc[cancelled, "quantity_units"]
    frame.loc[cancelled, ["cancelled_at", "updated_at"]] = tomorrow
    frame.loc[~future & later(frame, "updated_at"), "order_status"] = "paid"
    return frame.drop(frame[future].index[::2])


def logistics(frame: pd.DataFrame) -> pd.DataFrame:
    changed = later(frame, "updated_at") & ~later(frame, "dispatched_at")
    frame.loc[changed, ["issue", "shipment_status"]] = ["damaged", "lost"]
    return frame[~later(frame, "dispatched_at")]


def weather(frame: pd.DataFrame) -> pd.DataFrame:
    observed_later = (frame["issued_at"] == "") & (pd.to_datetime(frame["day"]).dt.date > AS_OF)
    frame.loc[later(frame, "issued_at") | observed_later, "rain_mm"] = "99"
    return frame


def availability(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[pd.to_datetime(frame["day"]).dt.date > AS_OF, "hours_status"] = "S" * 24
    return frame


def stock(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[later(frame, "counted_at"), "on_hand_units"] = "5000"
    return frame


def contacts(frame: pd.DataFrame) -> pd.DataFrame:
    """Everybody ever contacted is contacted again tomorrow, and refuses."""
    more = frame.copy()
    more["contact_id"] = "F" + more["contact_id"]
    more["sent_at"] = (AS_OF_END + timedelta(hours=20)).isoformat(sep=" ")
    more["opted_out"] = "true"
    return pd.concat([frame, more], ignore_index=True)


def without_later(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame[~later(frame, column)]


OTHER_FUTURE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "orders": orders,
    "logistics": logistics,
    "weather": weather,
    "availability": availability,
    "stock": stock,
    "browse": without_later("occurred_at"),
    "chat": without_later("sent_at"),
    "contacts": contacts,
    "promotions": without_later("announced_at"),
    "users": without_later("registered_at"),
}


def computed(home: LinliHome) -> dict[str, pa.Table]:
    """Every computed table of AS_OF."""
    with home.lakehouse.session() as session:
        return {
            name: session.arrow(f"select * from {name} order by {', '.join(BY_NAME[name].key)}")
            for name in COMPARED
        }


@pytest.fixture(scope="module")
def two_futures(
    finished_run: FinishedRun, sample_exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """The same day computed with the sample's future and with another one."""
    root = tmp_path_factory.mktemp("futures")
    other = root / "exports"
    shutil.copytree(sample_exports, other)
    for name, change in OTHER_FUTURE.items():
        path = other / f"{name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        before = frame.copy()
        changed = change(frame)
        assert not changed.equals(before), f"{name}: the future did not change"
        changed.to_csv(path, index=False)
    give_key(root / "home")  # the same people have the same names in both futures
    home = Settings.from_environment({}, home=root / "home", exports=other).linli_home()
    materialize(
        list(FLOW),
        selection=dg.AssetSelection.assets(*COMPUTING).upstream().without_checks(),
        partition_key=AS_OF.isoformat(),
        resources={"linli": home},
    )
    return computed(finished_run.home), computed(home)


@pytest.mark.parametrize("name", COMPARED)
def test_another_future_changes_nothing(
    two_futures: tuple[dict[str, pa.Table], dict[str, pa.Table]], name: str
) -> None:
    real, other = two_futures
    # nobody of the sample is marked, nothing alarms on an ordinary day, no SKU stands out anywhere
    if name not in ("churn_backtest", "account_marks", "echo_alarms", "community_skus"):
        assert real[name].num_rows > 0
    for column in real[name].column_names:
        if column == "model_version":
            continue
        assert real[name][column].equals(other[name][column]), f"{name}.{column} saw the future"


def test_the_business_day_is_what_separates(two_futures: tuple) -> None:
    """The test itself would notice: a day later, the changed orders are seen."""
    assert datetime.combine(AS_OF, datetime.min.time()) < AS_OF_END
    assert max(two_futures[0]["demand_day"]["day"].to_pylist()) == AS_OF
