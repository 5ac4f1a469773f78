"""One region, one code, however it is written; what could be two stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.regions.regions import names, region_code, spellings
from tests.lake import home_with

DRAWN = [
    ("北京", "110000"),
    ("北京市", "110000"),
    ("北京市市辖区", "110000"),
    ("北京市北京市", "110000"),
    ("110100", "110000"),
    ("北京市朝阳区", "110105"),
    ("北京朝阳区", "110105"),
    ("上海市浦东新区", "310115"),
    ("浙江", "330000"),
    ("浙江省杭州市", "330100"),
    ("杭州", "330100"),
    (" 杭州市 ", "330100"),
    ("杭州市西湖区", "330106"),
    ("浙江省杭州市西湖区", "330106"),
    ("３３０１００", "330100"),
    ("内蒙古", "150000"),
    ("新疆维吾尔自治区", "650000"),
    ("海东", "630200"),
    ("吉林", None),  # the province or the city
    ("吉林省", "220000"),
    ("吉林市", "220200"),
    ("朝阳区", None),
    ("鼓楼区", None),
    ("西湖区", None),
    ("R01", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "code"), DRAWN)
def test_a_spelling_means_one_region_or_none(text: str, code: str | None) -> None:
    assert region_code(text) == code


def test_codes_are_those_of_the_standard() -> None:
    assert len(names()) > 3_400
    assert all(len(code) == 6 and code.isdigit() for code in names())
    assert sum(code.endswith("0000") for code in names()) == 34
    assert set(spellings().values()) <= set(names())


def test_regions_are_one_code_after_ingest_and_counted(tmp_path: Path) -> None:
    header = ["community_id", "region_id"]
    rows = [
        ["c1", "北京"],
        ["c2", "北京市"],
        ["c3", "北京市市辖区"],
        ["c4", "R01"],
        ["c5", "110000"],
    ]
    home = home_with(tmp_path, {"communities": (header, rows)})
    with home.lakehouse.session() as session:
        assert session.rows("select region_id from communities order by community_id") == [
            ("110000",), ("110000",), ("110000",), ("R01",), ("110000",),
        ]  # fmt: skip
        assert session.rows("select column_name, kind, rows from repairs") == [
            ("region_id", "region_name", 3)
        ]
