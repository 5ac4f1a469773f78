"""Print the output of the CLI: progress bars on a terminal, lines elsewhere, errors as one line."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich import markup
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.cli.language import both, say
from pipelines.failure_causes import Cause, cause_of, error_chain

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

SUBSTEP_PREFIX = "  "  # of messages within a step

STOPPED_BY_KEY, STOPPED_BY_SIGNAL = 130, 143  # as in shells: 128 + the signal's number


@contextmanager
def friendly(debug: bool, home: Path | None = None, *, is_private: bool = False) -> Iterator[None]:
    """Turn errors into one or two lines and exit code 1; with `debug` let the traceback through.

    SIGTERM has the effect of Ctrl-C: the home is left as after a failed run. `home`: folder whose
    disk space is checked after a failed write. `is_private`: the command reads people's values,
    which an engine's message or SQL may contain: for an unexpected error, only its type and places
    are shown, never its text.
    """
    with _terminated_like_ctrl_c() as signals:
        try:
            yield
        except (typer.Exit, typer.Abort):  # exit requested, or a prompt aborted
            raise
        except KeyboardInterrupt:
            err.print(
                say(
                    "stopped; no partial results remain",
                    "已中止；不会留下半成品",
                )
            )
            is_term = signal.SIGTERM in signals()
            raise typer.Exit(STOPPED_BY_SIGNAL if is_term else STOPPED_BY_KEY) from None
        except Exception as error:
            if debug and not is_private:
                raise
            if debug:
                err.print(error_locations(error), markup=False)
            _print_error(cause_of(error, home, shows_text=not is_private))
            raise typer.Exit(1) from None


def _print_error(cause: Cause) -> None:
    """Print the error in one line; those of the machine and of steps also in the other language."""
    title = say("error", "错误")
    is_both = (cause.is_of_machine or cause.is_of_step) and cause.en != cause.zh
    first, *more = both(cause.en, cause.zh) if is_both else [say(cause.en, cause.zh)]
    err.print(f"[red]{title}[/red] {escape(first)}")
    for line in more:
        err.print(escape(line))


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[Callable[[], set[int]]]:
    """Raise KeyboardInterrupt on SIGTERM too; yield a function that returns the signals received.

    Dagster installs its own handlers while a job runs and hides the signal; Python writes the
    numbers of all signals into a pipe.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: set()
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)

    def came() -> set[int]:
        try:
            return set(os.read(reading, 1024))
        except BlockingIOError:
            return set()

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield came
    finally:
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGTERM, before)
        os.close(reading)
        os.close(writing)


def error_locations(error: BaseException) -> str:
    """List type and source lines of the error and its causes, without their texts."""
    said = []
    for one in reversed(error_chain(error)):
        said.append(f"{type(one).__name__} at")
        said += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(one.__traceback__)
        ]
    return "\n".join(said)


@contextmanager
def steps(title: str, total: int | None) -> Iterator[Callable[[str], None]]:
    """Show steps as they start: a bar on a terminal, one line each elsewhere."""
    if not sys.stderr.isatty():

        def plain(message: str) -> None:
            err.print(f"  {escape(message)}")

        err.print(title, markup=False)
        yield plain
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        shown = escape(title)
        task = progress.add_task(shown, total=total)

        def advance(message: str) -> None:
            step = 0 if message.startswith(SUBSTEP_PREFIX) else 1
            progress.update(
                task, description=f"{shown}: {escape(message.strip()[:70])}", advance=step
            )

        yield advance


@contextmanager
def forward_log(logger_name: str, report: Callable[[str], None]) -> Iterator[None]:
    """Send the messages of a logger to `report` while the block runs, in the language in use.

    The Chinese text is the attribute `zh` of a record.
    """

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            within = SUBSTEP_PREFIX if record.name != logger_name else ""
            report(f"{within}{say(record.getMessage(), getattr(record, 'zh', ''))}")

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
    """Escape brackets so that they are shown and not read as markup; after a backslash too.

    >>> escape("a[b]"), escape("[1] x")
    ('a\\\\[b]', '[1] x')
    """
    return markup.escape(message)
