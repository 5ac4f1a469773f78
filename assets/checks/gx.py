"""Run Great Expectations: import it once, in the background where possible, and validate a frame.

The import takes 1.8 s of one core and the first check would wait for it. Ingest runs earlier and is
partly idle while it waits for the disk.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import ModuleType
from typing import Any

import pandas as pd

_NAME = "great_expectations"


def import_in_background() -> None:
    """Start importing Great Expectations unless that has started; return at once."""
    _import_thread()


@lru_cache(maxsize=1)
def _import_thread() -> threading.Thread:
    # not a daemon: a process that exits while compiled modules are imported may crash
    thread = threading.Thread(target=_import, name=f"import {_NAME}")
    thread.start()
    return thread


def _import() -> None:
    # the caller that needs the package imports it again and gets the error
    with suppress(Exception):
        importlib.import_module(_NAME)


def great_expectations() -> ModuleType:
    """Return the package, after a background import has finished."""
    if _import_thread.cache_info().currsize:
        _import_thread().join()
    return importlib.import_module(_NAME)


def run_expectation_suite(frame: pd.DataFrame, name: str, expectations: Sequence[Any]) -> list[Any]:
    """Validate `frame` with a suite called `name`; one result per expectation, in order."""
    gx = great_expectations()
    definition = _batch_definition()
    from great_expectations.validator.v1_validator import Validator

    # A batch's own `validate` fetches the batch a second time. BASIC counts failing rows. SUMMARY
    # takes a third more time for positions that no one reads; COMPLETE with index columns takes
    # 19 s per million rows and holds values.
    validator = Validator(definition, result_format="BASIC", batch_parameters={"dataframe": frame})
    with _without_unused_work():
        suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
        return list(validator.validate_expectation_suite(suite).results)


@contextmanager
def _without_unused_work() -> Iterator[None]:
    """Skip work of Great Expectations 1.24 that no result depends on.

    The configuration of an expectation is derived from its fields at every access, about eighty
    times, although no field changes: a third of the time of a small table. Every value of a frame
    is hashed for a fingerprint in the markers of a batch that nothing reads: half of the time of a
    large table.
    """
    from great_expectations.execution_engine import pandas_execution_engine
    from great_expectations.expectations.expectation import Expectation

    configuration = _cached_configuration(vars(Expectation)["configuration"])
    with (
        _instead(Expectation, "configuration", configuration),
        _instead(pandas_execution_engine, "hash_pandas_dataframe", lambda _: "not taken"),
    ):
        yield


def _cached_configuration(derived: property) -> property:
    """The property, derived once for each object."""
    configurations: dict[int, tuple[Any, Any]] = {}  # with the object, so that no other gets its id

    def value(self: Any) -> Any:
        if id(self) not in configurations:
            configurations[id(self)] = (self, derived.__get__(self))
        return configurations[id(self)][1]

    return property(value)


@contextmanager
def _instead(owner: Any, name: str, other: Any) -> Iterator[None]:
    """`other` under `name`, for as long as this lasts."""
    own = vars(owner)[name]
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, own)


@lru_cache(maxsize=1)
def _batch_definition() -> Any:
    """What frames come through, of the one context of this process; quiet: no progress bars, no
    analytics."""
    gx = great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.enable_analytics(False)
    source = context.data_sources.add_pandas("lake")
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("whole")
