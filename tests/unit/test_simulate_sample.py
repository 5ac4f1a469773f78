"""Writing a sample: the files, the same bytes again, and what may be replaced."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.exports import EXPORTS
from data_contracts.platform_file import Platform
from models.simulate.config import SimulationConfig
from pipelines import sample
from pipelines.sample import write_sample

TINY = SimulationConfig(days=45, users=60, communities=3, skus=24)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Path, dict[str, int]]:
    out = tmp_path_factory.mktemp("platform") / "sample"
    return out, write_sample(out, TINY)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_file_per_contract_with_its_header_and_the_rows_reported(written):
    out, rows = written
    assert list(rows) == [contract.name for contract in EXPORTS]
    for contract in EXPORTS:
        with (out / f"{contract.name}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        assert lines[0] == contract.column_names
        assert len(lines) - 1 == rows[contract.name] > 0


def test_values_look_as_platforms_write_them(written):
    orders = pd.read_csv(written[0] / "orders.csv", dtype=str, keep_default_na=False)
    assert orders["ordered_at"].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").all()
    assert orders["paid_amount_yuan"].str.fullmatch(r"\d+\.\d\d").all()
    assert (orders["user_id"] == "").any()
    assert orders["receiver_phone"].str.fullmatch(r"(1990\d{7})?").all()
    users = pd.read_csv(written[0] / "users.csv", dtype=str, keep_default_na=False)
    assert set(users["marketing_opt_out"]) == {"true", "false"}
    assert users["phone"].is_unique
    assert set(users["gender"]) == {"female", "male", ""}
    communities = pd.read_csv(written[0] / "communities.csv", dtype=str)
    assert communities["opened_on"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_platform_and_truth_stand_beside_the_exports(written):
    out, _ = written
    platform = Platform.from_toml((out / "platform.toml").read_text(encoding="utf-8"))
    assert (platform.name, platform.cutoff) == ("样例平台", "23:00")
    found = {path.stem for path in (out / "truth").glob("*.parquet")}
    of_users = {"users", "layers", "campaign", "messages"}
    assert found == of_users | {"demand", "events", "effects", "lead_times"}
    assert len(pd.read_parquet(out / "truth" / "users.parquet")) == TINY.users


def test_same_seed_writes_the_same_bytes_and_replaces_the_old_sample(written, tmp_path):
    again = tmp_path / "again"
    said: list[str] = []
    write_sample(again, SimulationConfig(days=45, users=60, communities=3, skus=24, seed=5))
    other = digests(again)
    write_sample(again, TINY, progress=said.append)
    assert digests(again) == digests(written[0])
    assert other["orders.csv"] != digests(again)["orders.csv"]
    assert any("orders" in message for message in said)
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


@pytest.mark.parametrize("name", ["orders.csv", "my notes.txt"])
def test_files_of_somebody_else_are_refused_and_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="not part of a sample") as refused:
        write_sample(tmp_path, TINY)
    message = str(refused.value)
    assert name in message and str(tmp_path) in message and "\n" not in message
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_a_sample_with_a_foreign_file_in_it_is_refused(tmp_path):
    out = tmp_path / "sample"
    write_sample(out, TINY)
    (out / "orders-2026.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match=r"orders-2026\.csv"):
        write_sample(out, TINY)


def test_the_platform_of_another_name_is_refused(tmp_path):
    (tmp_path / "truth").mkdir()
    (tmp_path / "platform.toml").write_text('name = "real"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="not part of a sample"):
        write_sample(tmp_path, TINY)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "sample").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="is a file"):
        write_sample(tmp_path / "sample", TINY)


def test_an_interrupted_sample_leaves_the_old_one_whole(tmp_path, monkeypatch):
    out = tmp_path / "sample"
    write_sample(out, TINY)
    before = digests(out)

    def stops(message: str) -> None:
        if "logistics" in message:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(out, SimulationConfig(days=45, users=60, skus=24, seed=9), progress=stops)
    assert digests(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_a_folder_moved_aside_by_a_killed_run_comes_back(tmp_path):
    out = tmp_path / "sample"
    write_sample(out, TINY)
    before = digests(out)
    out.rename(tmp_path / ".sample.previous")  # killed between the two renames
    sample._recover(out, tmp_path / ".sample.previous")
    assert digests(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]
