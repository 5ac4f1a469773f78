"""How the CLI speaks: progress on a terminal, plain lines elsewhere, errors of a line or two."""

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

from pipelines.causes import Cause, cause_of, chain
from pipelines.cli.language import both, say

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

WITHIN_STEP = "  "  # begins a message that tells of a step under way, not of a new one

STOPPED_BY_KEY, STOPPED_BY_SIGNAL = 130, 143  # as shells count: 128 and the signal's number


@contextmanager
def friendly(debug: bool, home: Path | None = None, *, is_private: bool = False) -> Iterator[None]:
    """Turn errors into one or two lines and exit code 1; with `debug` let the traceback through.

    SIGTERM ends like Ctrl-C: what is under way is left as a failed run leaves it. `home`: whose
    disk is looked at when something cannot be written. `is_private`: the command works with
    people's values, which an engine's message or the SQL in it may hold: of an error that is not
    ours, kind and places are shown, its text never.
    """
    with _terminated_like_ctrl_c() as signals:
        try:
            yield
        except (typer.Exit, typer.Abort):  # ended, or a question was given up
            raise
        except KeyboardInterrupt:
            err.print(
                say(
                    "stopped; nothing half-written stays behind",
                    "已中止；不会留下半成品",
                )
            )
            is_term = signal.SIGTERM in signals()
            raise typer.Exit(STOPPED_BY_SIGNAL if is_term else STOPPED_BY_KEY) from None
        except Exception as error:
            if debug and not is_private:
                raise
            if debug:
                err.print(places_of(error), markup=False)
            _print_error(cause_of(error, home, shows_text=not is_private))
            raise typer.Exit(1) from None


def _print_error(cause: Cause) -> None:
    """One line; of what the machine refuses and what stopped a step a second one in the other
    language."""
    title = say("error", "错误")
    is_both = (cause.is_of_machine or cause.is_of_step) and cause.en != cause.zh
    first, *more = both(cause.en, cause.zh) if is_both else [say(cause.en, cause.zh)]
    err.print(f"[red]{title}[/red] {escape(first)}")
    for line in more:
        err.print(escape(line))


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[Callable[[], set[int]]]:
    """Raise KeyboardInterrupt on SIGTERM too, and say which signals came.

    Dagster puts handlers of its own in place while a job runs and does not say which signal it
    was: Python writes the numbers of all of them into a pipe.
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


def places_of(error: BaseException) -> str:
    """Kind and places of the error and its causes, without a word of their texts."""
    said = []
    for one in reversed(chain(error)):
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
            step = 0 if message.startswith(WITHIN_STEP) else 1
            progress.update(
                task, description=f"{shown}: {escape(message.strip()[:70])}", advance=step
            )

        yield advance


@contextmanager
def listening(logger_name: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Send the messages of a logger to `tell` while the block runs, in Chinese (`zh` of the record)
    where it is spoken."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            within = WITHIN_STEP if record.name != logger_name else ""
            tell(f"{within}{say(record.getMessage(), getattr(record, 'zh', ''))}")

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
    """The message with its brackets shown, not taken as markup; after a backslash too.

    >>> escape("a[b]"), escape("[1] x")
    ('a\\\\[b]', '[1] x')
    """
    return markup.escape(message)
