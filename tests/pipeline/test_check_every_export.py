"""`linli check` of every export of the sample, in every format, for people and for machines."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from data_contracts.exports import EXPORTS
from models.simulate.config import SimulationConfig
from pipelines.cli.app import app
from pipelines.sample import write_sample

ROWS = 30
NAMES = sorted(table.name for table in EXPORTS)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("platform") / "sample"
    write_sample(out, SimulationConfig(days=45, users=60, communities=3, skus=24))
    return out


def rows_of(exports: Path, name: str) -> list[list[str]]:
    with (exports / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[: ROWS + 1]


def write(folder: Path, name: str, kind: str, rows: list[list[str]]) -> Path:
    path = folder / f"{name}.{kind}"
    if kind == "xlsx":
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        book.close()
        return path
    if kind == "jsonl":
        lines = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
        path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
        return path
    plain = folder / f"{name}.csv"
    with plain.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    if kind == "parquet":
        pq.write_table(arrow_csv.read_csv(plain), path)
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["check", str(path), *options])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "500")


@pytest.mark.parametrize("name", NAMES)
def test_every_export_of_the_sample_is_checked(exports: Path, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, "csv", rows_of(exports, name))
    done = check(path)
    assert done.exit_code == 0, done.output
    assert f"{ROWS:,} read, {ROWS:,} good" in done.output or len(rows_of(exports, name)) <= ROWS
    known = json.loads(check(path, "--json").output)
    assert (known["export"], known["verdict"]) == (name, "loaded")
    assert known["rows"]["repeated_keys"] == 0
    assert known["first_rows"][0]["row_number"] == 1


@pytest.mark.parametrize("kind", ["xlsx", "jsonl", "csv.gz", "parquet"])
@pytest.mark.parametrize("name", ["availability", "orders"])
def test_an_export_with_days_is_checked_in_every_format(
    exports: Path, tmp_path: Path, name: str, kind: str
) -> None:
    path = write(tmp_path, name, kind, rows_of(exports, name))
    known = json.loads(check(path, "--json").output)
    assert (known["verdict"], known["rows"]["good"]) == ("loaded", ROWS)


def test_of_a_day_that_is_part_of_the_key_repeats_are_counted_and_shown(tmp_path: Path) -> None:
    status = "A" * 24
    rows = [
        ["日期", "网格仓编号", "商品编码", "分时状态"],
        ["2026-10-30", "W1", "K1", status],
        ["2026-10-31", "W1", "K1", status],
        ["2026-10-31", "W1", "K1", "S" * 24],
    ]
    known = json.loads(check(write(tmp_path, "availability", "csv", rows), "--json").output)
    assert known["rows"]["repeated_keys"] == 1
    assert [row["day"] for row in known["first_rows"]] == ["2026-10-30", "2026-10-31", "2026-10-31"]


def test_machines_get_json_whatever_goes_wrong(tmp_path: Path) -> None:
    (tmp_path / "platform.toml").write_text("max_bad_share = 7\n", "utf-8")
    path = write(tmp_path, "products", "csv", [["商品编码", "商品名称"], ["K1", "苹果"]])
    done = check(path, "--json")
    known = json.loads(done.stdout)
    assert done.exit_code == 1 and known["verdict"] == "not looked at"
    assert "max_bad_share" in known["reason"]
