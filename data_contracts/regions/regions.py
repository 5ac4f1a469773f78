"""Map every unambiguous spelling of a Chinese administrative region to its GB/T 2260 code.

`gb2260.csv` has the provinces, prefectures and counties of the 2014 edition (from the package
GB2260), updated for prefectures founded or merged since: 日喀则, 昌都, 林芝, 山南, 那曲, 吐鲁番,
哈密, 海东, 儋州, and 莱芜 within 济南. Counties renamed since 2014 are unknown and stay text.

A municipality is one region that includes its 市辖区 and 县. A county is recognised only after its
prefecture or municipality, because names like 朝阳区 or 鼓楼区 exist several times.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("gb2260.csv")
_MUNICIPALITIES = {"11": "北京市", "12": "天津市", "31": "上海市", "50": "重庆市"}
_FOLDED = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位"}
_PROVINCE_ENDS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市")
_PREFECTURE_ENDS = ("市", "地区", "盟")


def region_code(text: str) -> str | None:
    """Return the six-digit code of a region's name or code; None if unknown or ambiguous.

    >>> region_code("北京"), region_code("北京市市辖区"), region_code("浙江省杭州市")
    ('110000', '110000', '330100')
    >>> region_code("朝阳区"), region_code("R01")
    (None, None)
    """
    return spellings().get("".join(unicodedata.normalize("NFKC", text).split()))


@cache
def names() -> dict[str, str]:
    """Return code → name in the standard."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row["name"] for row in csv.DictReader(stream)}


@cache
def spellings() -> dict[str, str]:
    """Return spelling → code, for spellings of one region only."""
    codes_by_spelling: dict[str, set[str]] = {}
    for code in names():
        for spelling in _spellings(code):
            codes_by_spelling.setdefault(spelling, set()).add(_folded(code))
    return {
        spelling: next(iter(codes))
        for spelling, codes in codes_by_spelling.items()
        if len(codes) == 1
    }


def _folded(code: str) -> str:
    """Return the code itself, or that of the municipality for its 市辖区 and 县."""
    if code[:2] in _MUNICIPALITIES and code.endswith("00"):
        return f"{code[:2]}0000"
    return code


def _spellings(code: str) -> Iterator[str]:
    name = names()[code]
    province = names()[f"{code[:2]}0000"]
    provinces = {province, _without(province, _PROVINCE_ENDS)}
    yield code
    if code.endswith("0000"):
        yield from provinces
    elif code.endswith("00"):
        if name not in _FOLDED:
            short = _without(name, _PREFECTURE_ENDS)
            yield from (name, short)
            yield from (f"{before}{after}" for before in provinces for after in (name, short))
        elif code[:2] in _MUNICIPALITIES:
            yield from (f"{province}{name}", f"{province}{province}")
    elif name not in _FOLDED:
        prefecture = names().get(f"{code[:4]}00", "")
        if code[:2] in _MUNICIPALITIES or prefecture in _FOLDED:
            yield from (f"{before}{name}" for before in provinces)
            yield f"{province}{prefecture}{name}"
        elif prefecture:
            cities = {prefecture, _without(prefecture, _PREFECTURE_ENDS)}
            yield from (f"{city}{name}" for city in cities)
            yield from (f"{before}{prefecture}{name}" for before in provinces)


def _without(name: str, ends: tuple[str, ...]) -> str:
    for end in ends:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name
