"""Lead times of a simulated platform: as known on a day, near their truth, and from whatever file
there is."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.resources.home import LinliHome
from models.simulate.config import SimulationConfig
from pipelines.sample import write_sample
from tests.events import materialize
from tests.flow import assets_named
from tests.lake import home_at, ingest

CONFIG = SimulationConfig(days=120, users=150, communities=10, skus=40)
AS_OF = date(2026, 10, 21)
END = "2026-10-21 23:00:00"
NEEDED = ("products", "stock", "suppliers", "supply_terms", "purchase_orders")
KEY = ["warehouse_id", "sku_id", "supplier_id"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purchases") / "exports"
    write_sample(folder, CONFIG)
    return folder


def home_of(tmp_path: Path, sample: Path, files: Mapping[str, pd.DataFrame | None]) -> LinliHome:
    """A home with the supply side of the sample; `files` replace its own, None leaves one out."""
    exports = tmp_path / "exports"
    exports.mkdir()
    shutil.copy(sample / "platform.toml", exports)
    for name in NEEDED:
        if name not in files:
            shutil.copy(sample / f"{name}.csv", exports)
        elif (frame := files[name]) is not None:
            frame.to_csv(exports / f"{name}.csv", index=False)
    home = home_at(tmp_path, exports)
    ingest(home)
    return home


def tables_of(home: LinliHome, as_of: date = AS_OF) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Supply options and lead times of a day, computed by their assets."""
    chosen = assets_named("supply_options", "lead_times")
    done = materialize(chosen, partition_key=as_of.isoformat(), resources={"linli": home})
    assert done.success
    with home.lakehouse.session() as session:
        options, laws = (
            session.frame(f"select * from {name} where as_of = $as_of order by all", as_of=as_of)
            for name in ("supply_options", "lead_times")
        )
    return options, laws


def read(sample: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(sample / f"{name}.csv", dtype=str)


@pytest.fixture(scope="module")
def known(
    sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tables_of(home_of(tmp_path_factory.mktemp("home"), sample, {}))


def test_what_happened_later_changes_nothing(
    sample: Path, known: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    """Later orders are gone, later arrivals come on another day, later counts differ."""
    orders, stock = read(sample, "purchase_orders"), read(sample, "stock")
    orders = orders[orders["ordered_at"] < END].copy()
    later = orders["received_at"] >= END
    assert later.sum() > 20
    orders.loc[later, "received_at"] = "2027-03-01 09:00:00"
    orders.loc[later, "updated_at"] = "2027-03-01 09:00:00"
    gone = (orders["po_status"] == "cancelled") & (orders["updated_at"] >= END)
    orders.loc[gone, "po_status"] = "open"
    stock.loc[stock["counted_at"] >= END, "on_hand_units"] = "7"
    home = home_of(tmp_path, sample, {"purchase_orders": orders, "stock": stock})
    for before, after in zip(known, tables_of(home), strict=True):
        pd.testing.assert_frame_equal(before, after)


def test_the_laws_are_nearer_to_their_truth_than_what_was_declared(
    sample: Path, known: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Of suppliers that are late by a third of a day or more on average."""
    _, laws = known
    truth = pd.read_parquet(sample / "truth" / "lead_times.parquet")
    arrives = truth.dropna(subset=["lead_days"])
    arrives = arrives.assign(days=arrives["lead_days"].astype(float) * arrives["probability"])
    sums = arrives.groupby("supplier_id")[["days", "probability"]].sum()
    laws = laws.join((sums["days"] / sums["probability"]).rename("true_days"), on="supplier_id")
    late = laws[(laws["own_orders"] >= 5) & (laws["true_days"] - laws["declared_days"] > 1 / 3)]
    learnt = (late["mean_days"] - late["true_days"]).abs().mean()
    declared = (late["declared_days"] - late["true_days"]).abs().mean()
    assert len(late) > 15
    assert learnt < 0.4 * declared
    lost = truth[truth["lead_days"].isna()].set_index("supplier_id")["probability"]
    seen = laws[laws["own_orders"] > 0]
    weights = seen["own_orders"] / seen["own_orders"].sum()
    true_share = (seen["supplier_id"].map(lost) * weights).sum()
    assert (seen["never_share"] * weights).sum() == pytest.approx(true_share, rel=0.4)


def test_every_pair_has_one_first_choice_with_a_law(
    known: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    options, laws = known
    first = options[options["choice_rank"] == 1]
    assert not first.duplicated(["warehouse_id", "sku_id"]).any()
    assert len(first) == len(options.drop_duplicates(["warehouse_id", "sku_id"]))
    assert options[KEY].equals(laws[KEY])
    assert set(laws["lead_time_source"]) == {"learnt", "learnt_of_supplier", "declared"}
    chances = laws[[f"p_day_{day}" for day in range(29)]].sum(axis=1)
    assert (chances + laws["never_share"] + laws["beyond_share"] - 1).abs().max() < 1e-9


def test_without_purchase_orders_the_stock_file_shows_lead_times(
    sample: Path, tmp_path: Path
) -> None:
    """Batches of the sample arrive just as declared, and the file says so."""
    home = home_of(tmp_path, sample, {"purchase_orders": None})
    _, laws = tables_of(home, CONFIG.end)
    stored = laws[laws["lead_time_source"] == "learnt"]
    assert stored["own_orders"].sum() > 20
    short = stored[stored["declared_days"] <= 2]
    assert len(short) > 5 and (short["p50_days"] == short["declared_days"]).all()


def test_without_any_supply_file_a_default_is_taken_and_said(sample: Path, tmp_path: Path) -> None:
    products = read(sample, "products").drop(columns=["lead_time_days", "supplier_id"])
    stock = read(sample, "stock").drop(columns=["batch_id"])
    files = {
        "products": products,
        "stock": stock.drop_duplicates(["warehouse_id", "sku_id", "counted_at"]),
    }
    absent = dict.fromkeys(("suppliers", "supply_terms", "purchase_orders"))
    options, laws = tables_of(home_of(tmp_path, sample, files | absent))
    assert options["supplier_id"].isna().all() and (options["named_by"] == "unknown").all()
    assert options["pack_size_units"].notna().all()
    assert (laws["lead_time_source"] == "default").all()
    assert set(laws["p50_days"]) == {1, 5}
