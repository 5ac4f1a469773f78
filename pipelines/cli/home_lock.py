"""Let one command at a time write to a home: hold its lock and report what it waits for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

from assets.resources.home_folder.run_lock import one_run
from pipelines.cli.console import err
from pipelines.settings import Settings

_P = ParamSpec("_P")


@contextmanager
def hold_home_lock(
    settings: Settings, command: str, day: object = "", *, is_reading: bool = False
) -> Iterator[None]:
    """Hold the lock of the home while the block runs; without a home there is no lock.

    `is_reading`: the block only reads the home.
    """
    if not settings.home.is_dir():
        yield
        return

    def report(message: str) -> None:
        err.print(message, markup=False)

    with one_run(settings.home, command, str(day), report=report, is_reading=is_reading):
        yield


def with_home_lock(command: str) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
    """Decorate the function of `command` to hold the lock of its argument `home`."""

    def decorate(function: Callable[_P, None]) -> Callable[_P, None]:
        signature = inspect.signature(function)

        @wraps(function)
        def holding(*arguments: _P.args, **named: _P.kwargs) -> None:
            home = signature.bind(*arguments, **named).arguments["home"]
            with hold_home_lock(Settings.from_environment(home=home), command):
                function(*arguments, **named)

        return holding

    return decorate
