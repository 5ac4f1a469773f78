"""A few assets run for one day: their events go to whoever ran them and are not stored.

In a store, even one in memory, they take a fifth of the time of a small run. Whole jobs store them,
as checks that stop what rests on a table need them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage import event_log


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


def materialize(*arguments: Any, **named: Any) -> dg.ExecuteInProcessResult:
    """`dg.materialize` for assets whose checks stop nobody."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(event_log, "InMemoryEventLogStorage", Unstored)
        return dg.materialize(*arguments, **named)
