"""How the CLI speaks: progress on a terminal, plain lines elsewhere, errors of a line or two."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from data_contracts.errors import LinliError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

WITHIN_STEP = "  "  # begins a message that tells of a step under way, not of a new one

USER_ERRORS = (LinliError, ValueError, FileNotFoundError, PermissionError)


def chain(error: BaseException) -> list[BaseException]:
    """The error and everything that caused it, outermost first; contexts may form a ring."""
    found: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and not any(seen is item for item in found):
        found.append(seen)
        seen = seen.__cause__ or seen.__context__
    return found


@contextmanager
def friendly(debug: bool) -> Iterator[None]:
    """Turn errors into one or two lines and exit code 1; with `debug` let the traceback through."""
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        err.print("stopped by you; nothing half-written stays behind")
        raise typer.Exit(1) from None
    except Exception as error:
        if debug:
            raise
        known = [item for item in chain(error) if isinstance(item, LinliError)]
        if known:
            message = str(known[0])
        elif isinstance(error, USER_ERRORS):
            message = str(error)
        else:
            last = chain(error)[-1]
            first_line = (str(last).splitlines() or [""])[0]
            message = f"unexpected {type(last).__name__}: {first_line}\n--debug shows where"
        err.print(f"[red]error[/red] {escape(message)}")
        raise typer.Exit(1) from None


@contextmanager
def steps(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    """Show steps as they start: a bar on a terminal, one line each elsewhere."""
    if not sys.stderr.isatty():

        def plain(message: str) -> None:
            err.print(f"  {escape(message)}")

        err.print(title)
        yield plain
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(title, total=total)

        def advance(message: str) -> None:
            step = 0 if message.startswith(WITHIN_STEP) else 1
            progress.update(task, description=f"{title}: {message.strip()[:70]}", advance=step)

        yield advance


@contextmanager
def listening(logger_name: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Send the messages of a logger to `tell` while the block runs."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            within = WITHIN_STEP if record.name != logger_name else ""
            tell(f"{within}{record.getMessage()}")

    logger = logging.getLogger(logger_name)
    handler = Handler()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def escape(message: str) -> str:
    """The message with its brackets shown, not taken as markup."""
    return message.replace("[", "\\[")
