"""The order of each supplier as a file: its lines, its columns, and what a preset may state."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.publish.lists.order_files import order_files, stated_preset
from data_contracts.errors import StatedError
from data_contracts.order_presets.preset import (
    OrderPreset,
    built_in_preset,
    built_in_presets,
    parse_order_preset,
)
from data_contracts.platform_file import Platform
from tests.restock_workbook import LINES, draft, stored

ERP = """
encoding = "gb18030"
separator = ";"
guards_cells = false
[[columns]]
header = "类型"
value = "采购单"
[[columns]]
header = "日期"
column = "order_on"
date_format = "%Y%m%d"
[[columns]]
header = "货号"
column = "sku_id"
[[columns]]
header = "数量"
column = "suggested_units"
decimals = 1
"""


def written(folder: Path, preset: OrderPreset, lines: list[dict] | None = None) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    found = {}
    for name, write in order_files(draft(stored(lines)), preset).items():
        path = folder / name.replace("/", "_")
        write(path)
        found[name] = path.read_bytes()
    return found


def test_each_supplier_has_a_file_with_what_it_is_to_deliver(tmp_path: Path) -> None:
    files = written(tmp_path, built_in_preset("generic"))
    assert list(files) == ["orders/2026-10-31_S1.csv", "orders/2026-10-31_S2.csv"]
    header, *rows = files["orders/2026-10-31_S2.csv"].decode("utf-8-sig").splitlines()
    assert header.startswith("下单日,供应商编号,供应商,网格仓编号,商品编码,商品名称,数量,单位")
    version = draft(stored()).manifest.list_version
    assert rows == [
        f"2026-10-31,S2,绿源,W1,007\t,'=cmd,24,件,2,12,2.5,60,2026-11-03,{version}",
        f"2026-10-31,S2,绿源,W2,8,菠菜,3.5,公斤,0.35,10,4,14,2026-11-01,{version}",
    ]


def test_a_writer_returns_its_rows(tmp_path: Path) -> None:
    writers = order_files(draft(stored()), built_in_preset("generic"))
    rows = [write(tmp_path / str(place)) for place, write in enumerate(writers.values())]
    assert rows == [1, 2]


def test_a_preset_states_columns_encoding_and_how_values_are_written(tmp_path: Path) -> None:
    files = written(tmp_path, parse_order_preset(ERP, "erp.toml"))
    lines = files["orders/2026-10-31_S2.csv"].decode("gb18030").splitlines()
    assert lines == ["类型;日期;货号;数量", "采购单;20261031;007;24", "采购单;20261031;8;3.5"]


def test_a_supplier_of_any_name_has_a_file_in_the_folder(tmp_path: Path) -> None:
    names = ["../../etc", "..\\..\\etc", None, "华北/一部"]
    lines = [
        LINES[0] | {"supplier_id": name, "warehouse_id": f"W{at}"} for at, name in enumerate(names)
    ]
    assert list(written(tmp_path, built_in_preset("generic"), lines)) == [
        "orders/2026-10-31__etc.csv",
        "orders/2026-10-31__etc-2.csv",
        "orders/2026-10-31_华北_一部.csv",
        "orders/2026-10-31_供应商未知.csv",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("columns = 3", "columns must be a list"),
        ("", "no [[columns]]"),
        ("x = 1", "unknown key 'x'"),
        ("[[columns]]\nheader = 'a'", "either column or value"),
        ("[[columns]]\nheader = 'a'\ncolumn = 'b'\nvalue = 'c'", "either column or value"),
        ("[[columns]]\nheader = 'a'\ncolumn = 'b'", "no column 'b'"),
        ("[[columns]]\nheader = 'a'\nvalue = 'b'\nwidth = 3", "unknown key 'width'"),
        ("[[columns]]\nheader = 1\nvalue = 'b'", "header must be text"),
        ("[[columns]]\nheader = 'a'\nvalue = 'b'\ndecimals = true", "must be a whole number"),
        ("encoding = 'x'\n[[columns]]\nheader = 'a'\nvalue = 'b'", "unknown encoding 'x'"),
        ("separator = ''\n[[columns]]\nheader = 'a'\nvalue = 'b'", "must be one character"),
        ("[[", "not valid TOML"),
    ],
)
def test_a_preset_that_cannot_be_meant_is_refused_with_its_place(content: str, told: str) -> None:
    with pytest.raises(StatedError, match=r"erp\.toml") as refused:
        parse_order_preset(content, "erp.toml")
    assert told in str(refused.value)
    assert refused.value.zh and refused.value.zh != str(refused.value)


def test_platform_names_a_preset_beside_it_or_one_of_ours(tmp_path: Path) -> None:
    said: list[tuple[str, ...]] = []
    (tmp_path / "erp.toml").write_text(ERP, "utf-8")
    platform = Platform.from_toml('order_preset = "erp.toml"')
    assert Platform.from_toml(platform.to_toml()) == platform
    assert "order_preset" not in Platform().to_toml()

    def note(*told: str) -> None:
        said.append(told)

    assert stated_preset(platform.order_preset, tmp_path, note).separator == ";"
    assert stated_preset("", tmp_path, note) == built_in_preset("generic")
    assert not said
    assert "generic" in built_in_presets()


@pytest.mark.parametrize("stated", ["gone.toml", "unheard_of", "broken.toml"])
def test_a_preset_that_cannot_be_read_never_stops_the_list(tmp_path: Path, stated: str) -> None:
    (tmp_path / "broken.toml").write_text("x = 1", "utf-8")
    said: list[tuple[str, ...]] = []
    found = stated_preset(stated, tmp_path, lambda *told: said.append(told))
    assert found == built_in_preset("generic")
    ((code, message, message_zh),) = said
    assert code == "order_preset_unusable" and stated in message and stated in message_zh
