"""SQL steps use few constructs that another engine runs differently or not at all; the counts fall.

Counted over the .sql files of core, profiles, predict and decide, without comments and texts in
quotes. CONTRIBUTING ("Portable SQL") says what to write instead of each construct.
"""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import ROOT

ROOMS = ("core", "profiles", "predict", "decide")
_DAY = r"(?:\w+\.)?\$?(?:\w*day|\w+_on|as_of|\w+_holiday)\b"

# construct → pattern, how often it may still occur. Lower the number with each one you remove.
CONSTRUCTS: dict[str, tuple[str, int]] = {
    "percentile_cont, median": (r"\b(?:percentile_cont|quantile_cont|median)\b", 12),
    "isodow": (r"\b(?:isodow|dayofweek|weekday\s*\()", 1),
    "decimal literal in a division": (r"/\s*\(?\s*\d+\.\d+(?![\de])|\b\d+\.\d+\s*/", 49),
    "ordered list": (r"\b(?:list|array_agg|string_agg)\s*\([^()]*(?:\([^()]*\))?[^()]*order by", 2),
    "engine's hash": (r"\bhash\s*\(", 16),
    "date minus date": (rf"(?<![\w.$]){_DAY}\s+-\s+{_DAY}", 2),
    "columns()": (r"\bcolumns\s*\(", 5),
    "unpivot": (r"\bunpivot\b", 0),
    "* replace, * exclude": (r"\*\s*(?:replace|exclude)\b", 5),
    "row_number without an order": (r"\brow_number\(\)\s*over\s*\((?:(?!order by)[^()])*\)", 0),
    "interval (n) day": (r"\binterval\s*\(", 1),
    "identifier in double quotes": (r'"', 0),
    "asof join": (r"\basof\b", 0),
    "generate_series": (r"\b(?:generate_series|range)\s*\(", 0),
    "mode()": (r"\bmode\s*\(", 0),
    ":: cast": (r"::", 0),
    "integer division //": (r"//", 0),
    "anti join": (r"\b(?:anti|semi)\s+join\b", 0),
    "template placeholder": (r"\{\w+\}", 0),
}


def code_of(sql: str) -> str:
    """SQL in lower case without comments and with empty texts.

    >>> code_of("select 'a--b' as x -- a comment")
    "select '' as x "
    """
    without_texts = re.sub(
        r"'(?:[^']|'')*'|--[^\n]*", lambda m: "''" if m[0][0] == "'" else "", sql
    )
    return without_texts.lower()


def occurrences(construct: str) -> dict[str, int]:
    """File → how often it has the construct."""
    pattern = re.compile(CONSTRUCTS[construct][0])
    paths = sorted(path for room in ROOMS for path in (ROOT / "assets" / room).rglob("*.sql"))
    assert len(paths) > 100
    counts = {path: len(pattern.findall(code_of(path.read_text("utf-8")))) for path in paths}
    return {str(path.relative_to(ROOT)): count for path, count in counts.items() if count}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_constructs_that_are_not_portable_only_become_fewer(construct: str) -> None:
    files = occurrences(construct)
    allowed = CONSTRUCTS[construct][1]
    assert sum(files.values()) <= allowed, f"write it as CONTRIBUTING says: {files}"
    assert sum(files.values()) == allowed, f"fewer than {allowed}: lower the number in this test"


@pytest.mark.parametrize(
    ("construct", "sql"),
    [
        ("percentile_cont, median", "select percentile_cont(0.5) within group (order by x)"),
        ("isodow", "select extract(isodow from day)"),
        ("decimal literal in a division", "select x / 10000.0"),
        ("decimal literal in a division", "select x / (10000.0 * y)"),
        ("decimal literal in a division", "select 1.0 / 3"),
        ("ordered list", "select list(x order by y)"),
        ("ordered list", "select string_agg(letter, '' order by hour)"),
        ("ordered list", "select list(lower(text) order by y)"),
        ("engine's hash", "select hash(x)"),
        ("date minus date", "select a.day - p.day"),
        ("date minus date", "select day - $first_day"),
        ("columns()", "select columns('x')"),
        ("unpivot", "unpivot t on a"),
        ("* replace, * exclude", "select t.* replace (1 as x)"),
        ("row_number without an order", "select row_number() over (partition by x)"),
        ("interval (n) day", "select t + interval (n) day"),
        ("identifier in double quotes", 'select "x"'),
        ("asof join", "from a asof join b"),
        ("generate_series", "select generate_series(1, 2)"),
        ("mode()", "select mode(x)"),
        (":: cast", "select x::int"),
        ("integer division //", "select x // 2"),
        ("anti join", "from a anti join b"),
        ("template placeholder", "from {series}"),
    ],
)
def test_each_construct_is_found(construct: str, sql: str) -> None:
    assert re.search(CONSTRUCTS[construct][0], code_of(sql))


@pytest.mark.parametrize(
    ("construct", "sql"),
    [
        ("decimal literal in a division", "select x / 1e4, 2.5 * y, x / 1.44e3"),
        ("row_number without an order", "select row_number() over (partition by x order by y)"),
        ("date minus date", "select $as_of - 28, day - $recent_days, x.day - h.horizon"),
        ("ordered list", "select row_number() over (order by list_price_yuan)"),
        ("engine's hash", "select md5(x), x < $hash_below"),
        (":: cast", "select 1 -- x::int"),
        ("identifier in double quotes", "select 'a \"b\"'"),
    ],
)
def test_portable_sql_is_not_counted(construct: str, sql: str) -> None:
    assert not re.search(CONSTRUCTS[construct][0], code_of(sql))
