"""Great Expectations itself: imported once, beside other work where there is any.

The import takes 1.8 s of one core and the first check would wait for it; ingest, which comes
before, waits for the disk and leaves its cores in turn.
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


def import_ahead() -> None:
    """Begin to import Great Expectations, unless that was begun before; returns at once."""
    _ahead()


@lru_cache(maxsize=1)
def _ahead() -> threading.Thread:
    # no daemon: a process that ends within an import of compiled parts may end badly
    thread = threading.Thread(target=_import, name=f"import {_NAME}")
    thread.start()
    return thread


def _import() -> None:
    # whoever needs it imports it again and is told
    with suppress(Exception):
        importlib.import_module(_NAME)


def great_expectations() -> ModuleType:
    """The package, once an import that was begun has ended."""
    if _ahead.cache_info().currsize:
        _ahead().join()
    return importlib.import_module(_NAME)


def validated(frame: pd.DataFrame, name: str, expectations: Sequence[Any]) -> list[Any]:
    """Results of a suite called `name`, one for each of the `expectations`."""
    gx = great_expectations()
    definition = _batch_definition()
    from great_expectations.validator.v1_validator import Validator

    # A batch's own `validate` fetches the batch a second time. BASIC counts failing rows; more
    # would look for their places as well, for nobody: SUMMARY takes a third more, COMPLETE with
    # index columns 19 s per million rows, and it would hold values.
    validator = Validator(definition, result_format="BASIC", batch_parameters={"dataframe": frame})
    with _without_idle_work():
        suite = gx.ExpectationSuite(name=name, expectations=list(expectations))
        return list(validator.validate_expectation_suite(suite).results)


@contextmanager
def _without_idle_work() -> Iterator[None]:
    """Spare what Great Expectations 1.24 does in a validation and no result depends on.

    The configuration of an expectation is derived from its fields at every look, some eighty times,
    and no field changes meanwhile: a third of the seconds of a small table. Every value of a frame
    is hashed for a fingerprint among the markers of a batch, which nobody reads: half of a large
    one's.
    """
    from great_expectations.execution_engine import pandas_execution_engine
    from great_expectations.expectations.expectation import Expectation

    configuration = _derived_once(vars(Expectation)["configuration"])
    with (
        _instead(Expectation, "configuration", configuration),
        _instead(pandas_execution_engine, "hash_pandas_dataframe", lambda _: "not taken"),
    ):
        yield


def _derived_once(derived: property) -> property:
    """The property, derived once for each object."""
    known: dict[int, tuple[Any, Any]] = {}  # with the object, so that no other gets its id

    def value(self: Any) -> Any:
        if id(self) not in known:
            known[id(self)] = (self, derived.__get__(self))
        return known[id(self)][1]

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
