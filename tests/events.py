"""Events of runs go to whoever ran them and are not stored, or only as many as a check asks for.

In a store, even one in memory, they take a fifth of the time of a small run. `finished_run` stores
all of them, as a user's instance does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage import event_log

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Unstored(event_log.InMemoryEventLogStorage):
    """A store without a database: to ask it for anything but earlier events of an asset fails."""

    def __init__(self, inst_data: Any = None, preload: Any = None) -> None:
        self._inst_data = inst_data
        self._handlers = defaultdict(set)

    @property
    def asset_records_have_last_observation(self) -> bool:
        return True

    def store_event(self, event: Any) -> None:
        """Nobody asks for it."""

    def dispose(self) -> None:
        """There is nothing to close."""

    def get_asset_records(self, asset_keys: Any = None) -> list[Any]:
        return []


class OnlyMade(event_log.InMemoryEventLogStorage):
    """What was made and nothing else: a check looks up what it is about."""

    def store_event(self, event: dg.EventLogEntry) -> None:
        if event.dagster_event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            super().store_event(event)


def ephemeral() -> dg.DagsterInstance:
    """An instance in memory with hardly an event."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(event_log, "InMemoryEventLogStorage", OnlyMade)
        return dg.DagsterInstance.ephemeral()


@contextmanager
def instance_in_memory() -> Iterator[None]:
    """Whoever asks for the instance of the user's home gets an ephemeral one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dg.DagsterInstance, "get", ephemeral)
        yield


def materialize(*arguments: Any, **named: Any) -> dg.ExecuteInProcessResult:
    """`dg.materialize` for assets whose checks stop nobody; nothing is written to the console."""
    named.setdefault("run_config", QUIET)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(event_log, "InMemoryEventLogStorage", Unstored)
        return dg.materialize(*arguments, **named)
