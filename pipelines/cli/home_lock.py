"""One command at a time that writes: it holds the home's lock, and says for whom it waits."""

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
def only_run(
    settings: Settings, command: str, day: object = "", *, is_reading: bool = False
) -> Iterator[None]:
    """Hold the lock of the home while the block runs; nothing is held where there is no home.
    `is_reading`: the block changes nothing there."""
    if not settings.home.is_dir():
        yield
        return

    def tell(message: str) -> None:
        err.print(message, markup=False)

    with one_run(settings.home, command, str(day), report=tell, is_reading=is_reading):
        yield


def alone(command: str) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
    """Let the function of `command` hold the lock of its argument `home` while it works."""

    def decorate(function: Callable[_P, None]) -> Callable[_P, None]:
        signature = inspect.signature(function)

        @wraps(function)
        def holding(*arguments: _P.args, **named: _P.kwargs) -> None:
            home = signature.bind(*arguments, **named).arguments["home"]
            with only_run(Settings.from_environment(home=home), command):
                function(*arguments, **named)

        return holding

    return decorate
