"""Great Expectations is asked for no more than is read; what it answers is what it always did."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from assets.checks import gx as checks_gx
from assets.checks.gx import _batch_definition, run_expectation_suite
from assets.checks.sampling import within_days_sql
from assets.checks.suites import checked_rules
from assets.checks.validate import BatchBound, expectation
from assets.ingest import exports, load_export
from assets.ingest.load import LoadResult
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.rules import Rule
from data_contracts.rules.batch import BatchKind, batch_rules
from data_contracts.table import Table, Type
from tests.lake import home_at

PLAIN = {
    Type.TEXT: ["a", "a", None, "~ no code", "13800000000"],
    Type.DATE: [datetime(2026, 9, 1)] * 4 + [None],
    Type.TIMESTAMP: [datetime(2026, 9, 1, 10), datetime(1990, 1, 1), None]
    + [datetime(2026, 9, 2)] * 2,
    Type.BOOLEAN: [True, False, True, True, False],
}
NUMBERS = [1.0, -7.0, None, 1e12, 3.0]


def rows_that_break_rules(table: Table, rules: list[Rule]) -> pd.DataFrame:
    """A few rows, of every column that a rule reads: equal, missing, out of range, off the list."""
    names = dict.fromkeys(name for rule in rules for name in rule.columns)
    return pd.DataFrame(
        {name: pd.Series(PLAIN.get(table.column(name).type, NUMBERS)) for name in names}
    )


def said(results: list[Any]) -> list[tuple[Any, ...]]:
    """All that is read of results."""
    read = ("unexpected_count", "unexpected_percent", "observed_value", "details")
    return [
        (
            result.expectation_config.meta["rule"],
            result.success,
            bool((result.exception_info or {}).get("raised_exception")),
            *(result.result.get(name) for name in read),
        )
        for result in results
    ]


def own_validation(frame: pd.DataFrame, name: str, asked: list[Any]) -> list[Any]:
    """The results by the documented way, with everything Great Expectations says by itself."""
    import great_expectations as gx

    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name=name, expectations=asked)
    return list(batch.validate(suite, result_format="SUMMARY").results)


def both(
    frame: pd.DataFrame, table: Table, rules: list[Rule] | list[BatchBound]
) -> tuple[Any, Any]:
    import great_expectations as gx

    def asked() -> list[Any]:
        return [expectation(gx.expectations, rule) for rule in rules]

    ours = said(run_expectation_suite(frame, table.name, asked()))
    return ours, said(own_validation(frame, table.name, asked()))


@pytest.mark.parametrize("table", EXPORTS, ids=lambda table: table.name)
def test_rules_on_rows_find_what_its_own_validation_finds(table: Table) -> None:
    rules = checked_rules(table)
    frame = rows_that_break_rules(table, rules)
    ours, own = both(frame, table, rules)
    assert ours == own and len(ours) == len(rules)
    assert not all(succeeds for _, succeeds, *_ in ours)
    assert not any(raised for _, _, raised, *_ in ours)
    ours, own = both(frame.head(1), table, rules)
    assert ours == own and any(succeeds for _, succeeds, *_ in ours)


def day_bounds(table: Table) -> Iterator[tuple[pd.DataFrame, BatchBound]]:
    for rule in batch_rules(table):
        match rule.kind:
            case BatchKind.SCHEMA:
                wanted = {"columns": ["a:string", "b:long"]}
                yield pd.DataFrame(columns=["a:string", "c:long"]), BatchBound(rule, wanted)
            case BatchKind.FRESHNESS:
                times = pd.DataFrame({str(rule.column): PLAIN[Type.TIMESTAMP]})
                yield times, BatchBound(rule, {"minimum": datetime(2026, 9, 2, 1)})
            case BatchKind.VOLUME:
                yield pd.DataFrame({"a": [1, 2]}), BatchBound(rule, {"minimum": 3, "maximum": 9})
            case BatchKind.SHIFT:
                shares = {"x": 0.5, "y": 0.5}
                labels = pd.DataFrame({str(rule.column): ["x"] * 9 + ["y"]})
                yield labels, BatchBound(rule, {"shares": shares, "maximum": 0.1})


@pytest.mark.parametrize("table", EXPORTS, ids=lambda table: table.name)
def test_rules_on_the_day_find_what_its_own_validation_finds(table: Table) -> None:
    for frame, bound in day_bounds(table):
        ours, own = both(frame, table, [bound])
        assert ours == own and ours[0][1] is False


def test_a_frame_is_fetched_once_and_not_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx
    from great_expectations.datasource.fluent.pandas_datasource import DataFrameAsset
    from great_expectations.execution_engine import pandas_execution_engine as engine
    from great_expectations.expectations.expectation import Expectation

    fetched: list[object] = []
    fetch = DataFrameAsset.get_batch

    def fetch_counted(self: DataFrameAsset, request: Any) -> Any:
        fetched.append(request)
        return fetch(self, request)

    monkeypatch.setattr(DataFrameAsset, "get_batch", fetch_counted)
    monkeypatch.setattr(engine, "hash_pandas_dataframe", lambda _: pytest.fail("hashed"))
    own = vars(Expectation)["configuration"]
    derived: list[int] = []

    def counted(self: Expectation) -> Any:
        derived.append(id(self))
        return own.__get__(self)

    monkeypatch.setattr(Expectation, "configuration", property(counted))
    asked = gx.expectations.ExpectColumnValuesToNotBeNull(column="a", meta={"rule": "a"})
    (found,) = run_expectation_suite(pd.DataFrame({"a": ["x", None]}), "t", [asked])
    assert found.result["unexpected_count"] == 1
    assert "partial_unexpected_index_list" not in found.result
    assert len(fetched) == 1
    assert derived and len(derived) < 15  # once for each copy that is made of the expectation


def test_great_expectations_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx
    from great_expectations.execution_engine import pandas_execution_engine as engine
    from great_expectations.expectations.expectation import Expectation

    own = vars(Expectation)["configuration"], engine.hash_pandas_dataframe
    with pytest.raises(TypeError, match="received type"):
        run_expectation_suite(pd.DataFrame({"a": [1]}), "t", ["no expectation"])
    run_expectation_suite(
        pd.DataFrame({"a": [1]}), "t", [gx.expectations.ExpectColumnToExist(column="a")]
    )
    assert own == (vars(Expectation)["configuration"], engine.hash_pandas_dataframe)


@pytest.fixture
def slow_import(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Great Expectations takes until the event to import, as if for the first time."""
    until = threading.Event()
    monkeypatch.setattr(checks_gx, "_import", lambda: until.wait(60))
    checks_gx._import_thread.cache_clear()
    yield until
    until.set()
    checks_gx._import_thread().join()
    checks_gx._import_thread.cache_clear()


def test_the_import_goes_on_beside_other_work_and_is_waited_for(
    slow_import: threading.Event,
) -> None:
    checks_gx.import_in_background()
    checks_gx.import_in_background()
    importing = checks_gx._import_thread()
    assert importing.is_alive()
    seen: list[bool] = []

    def need() -> None:
        checks_gx.great_expectations()
        seen.append(importing.is_alive())

    waiting = threading.Thread(target=need)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive() and not seen
    slow_import.set()
    waiting.join(60)
    assert seen == [False]


def test_an_import_that_fails_is_told_to_whoever_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise ImportError(f"no {name}")

    checks_gx._import_thread.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(checks_gx.importlib, "import_module", broken)
        checks_gx.import_in_background()
        with pytest.raises(ImportError, match="no great_expectations"):
            checks_gx.great_expectations()
    checks_gx._import_thread.cache_clear()


def test_ingest_begins_the_import_before_it_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def load(*_: object) -> LoadResult:
        begun.append("load")
        return LoadResult([], 0)

    monkeypatch.setattr(load_export, "import_in_background", lambda: begun.append("import"))
    monkeypatch.setattr(load_export, "load", load)
    folder = tmp_path / "exports"
    folder.mkdir()
    dg.materialize(
        [exports.ingest_asset(BY_NAME["holidays"])],
        partition_key="2026-09-01",
        resources={"linli": home_at(tmp_path, folder)},
    )
    assert begun == ["import", "load"]


def test_days_in_a_row_are_asked_for_as_one() -> None:
    days = [date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 5), date(2026, 3, 1)]
    assert within_days_sql("day", days) == (
        "day between DATE '2026-02-28' and DATE '2026-03-01' or day = DATE '2026-03-05'"
    )
    assert within_days_sql("day", []) == "false"
