"""Sessions share an engine: to start one costs more than most queries of a test.

A user's session starts an engine of its own. Here it is a connection of its own with a catalog of
its own in an engine that stays, so that it still finds nothing another one made. The engine has one
thread, because each core has a process of tests already. What a whole job does with engines of its
own is proven by `finished_run`.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import duckdb
import pytest

_CONNECT = duckdb.connect
KEPT = 4  # engines without a session; more would only hold memory


class Engine:
    """An in-memory engine that outlives its sessions."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.connection = _CONNECT(":memory:", config=config)
        self.open = 0


class Connection:
    """A connection with an empty catalog of its own, which goes when it is closed."""

    def __init__(self, engines: Engines, engine: Engine, name: str) -> None:
        self._engines, self._engine, self._name = engines, engine, name
        self._inner: duckdb.DuckDBPyConnection | None = engine.connection.cursor()
        self._inner.execute(f"attach ':memory:' as {name}")
        self._inner.execute(f"use {name}")

    def __getattr__(self, name: str) -> Any:
        if self._inner is None:
            raise duckdb.ConnectionException("the session is closed")
        return getattr(self._inner, name)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()
            self._inner = None
            self._engines.closed(self._engine, self._name)


class Engines:
    """Engines by what they were asked to be, wherever they may spill; the last few stay for the
    next session."""

    def __init__(self, temp_directory: str) -> None:
        self._alike = {"threads": 1, "temp_directory": temp_directory}
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._number = count()

    def connect(
        self, database: str = ":memory:", read_only: bool = False, config: Any = None
    ) -> Any:
        """As `duckdb.connect`, which opens whatever is a file."""
        if database != ":memory:":
            return _CONNECT(database, read_only=read_only, config=config or {})
        config = (config or {}) | self._alike
        asked = repr(sorted(config.items()))
        with self._lock:
            engine = self._engines.pop(asked, None) or Engine(config)
            self._engines[asked] = engine  # the latest stands last
            engine.open += 1
            self._let_go()
            return Connection(self, engine, f"session_{next(self._number)}")

    def closed(self, engine: Engine, name: str) -> None:
        with self._lock:
            engine.connection.execute(f"detach {name}")
            engine.open -= 1

    def close(self) -> None:
        """Close every engine; what a session has open is lost."""
        for engine in self._engines.values():
            engine.connection.close()
        self._engines.clear()

    def _let_go(self) -> None:
        idle = [asked for asked, engine in self._engines.items() if not engine.open]
        for asked in idle[:-KEPT]:
            self._engines.pop(asked).connection.close()


@contextmanager
def shared_engines() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        engines = Engines(folder)
        patched.setattr(duckdb, "connect", engines.connect)
        patched.setenv("LINLI_THREADS", "1")
        yield
        engines.close()


@contextmanager
def own_engines() -> Iterator[None]:
    """An engine for every session, with as many threads as a user's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duckdb, "connect", _CONNECT)
        patched.delenv("LINLI_THREADS")
        yield
