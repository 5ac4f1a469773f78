"""The mutation bench: its table of tests is true, and what it changes is a rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.bench.mutation.mutants import Mutant
from tests.bench.mutation.python_mutants import python_mutants
from tests.bench.mutation.sql_mutants import sql_mutants
from tests.bench.mutation.targets import TARGETS

pytestmark = pytest.mark.slow  # parses files once per change

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", TARGETS)
def test_a_target_and_the_tests_that_hold_it_exist(path: str) -> None:
    assert [name for name in (path, *TARGETS[path]) if not (ROOT / name).is_file()] == []
    content = (ROOT / path).read_bytes()
    find = sql_mutants if path.endswith(".sql") else python_mutants
    assert find(path, content), "nothing in it can be changed"


def _said(found: list[Mutant]) -> set[tuple[str, str]]:
    return {(one.kind, one.says) for one in found}


def test_python_is_changed_in_the_ways_the_bench_names() -> None:
    content = (
        b'"""Doc 1."""\n'
        b"__all__ = ['a' * 2]\n"
        b"def f(x: int = 0, y: 'a | b' = None):\n"
        b'    """Doc 2."""\n'
        b"    log.info(41)\n"
        b"    if x < y and not x:\n"
        b"        things.append(True)\n"
        b"    return zip(x, x + 1, strict=True)\n"
    )
    assert _said(python_mutants("a.py", content)) == {
        ("constant", "0 -> 1"),
        ("constant", "1 -> 2"),
        ("constant", "True -> False"),
        ("comparison", "< -> <="),
        ("condition", "x < y and not x -> ((not x))"),
        ("condition", "x < y and not x -> ((x < y))"),
        ("condition", "not x -> x"),
        ("arithmetic", "+ -> -"),
        ("statement", "if x < y and not x: things.append(True) -> pass"),
        ("statement", "things.append(True) -> pass"),
    }


def test_sql_is_changed_in_the_ways_the_bench_names() -> None:
    content = (
        "select sum(a) as x, coalesce(b, 0, c), cast(d as decimal(18, 4)), '1 < 2', count(*)\n"
        "from t -- where 1 = 1\n"
        "left join u on t.k = u.k and u.n between 1 and 2\n"
        "where 商 > 0 or {placeholder}\n"
        "order by 1\n"
    )
    assert _said(sql_mutants("a.sql", content.encode())) == {
        ("aggregate", "sum -> max"),
        ("coalesce", "b, 0 -> 0, b"),
        ("constant", "0 -> 1"),
        ("join", "left -> inner"),
        ("comparison", "= -> <>"),
        ("comparison", "> -> >="),
        ("conjunct", "t.k = u.k -> true"),
        ("conjunct", "u.n between 1 and 2 -> true"),
        ("conjunct", "商 > 0 -> false"),
        ("conjunct", "{placeholder} -> false"),
        ("constant", "1 -> 2"),
        ("constant", "2 -> 3"),
    }


def test_what_cannot_make_a_difference_is_not_changed() -> None:
    content = (
        b"select max(a) filter (where age = 3), max(a) filter (where age < 3),\n"
        b"coalesce(t.k, u.k), coalesce(t.n, u.n) from t full outer join u on u.k = t.k"
    )
    said = [one.says for one in sql_mutants("a.sql", content)]
    assert said.count("max -> min") == 1
    assert [change for change in said if "t.k, u.k" in change] == []
    assert "t.n, u.n -> u.n, t.n" in said


@pytest.mark.parametrize("path", [path for path in TARGETS if path.endswith(".py")])
def test_what_is_made_of_python_can_still_be_read(path: str) -> None:
    content = (ROOT / path).read_bytes()
    for one in python_mutants(path, content):
        ast.parse(one.apply(content))
