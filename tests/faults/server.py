"""A process that has imported everything once and forks a child per job.

To start Python with all that a run imports takes seconds, a fork milliseconds. The server itself
opens no engine and starts no thread of its own, so that its children may. It runs with the library
of `points` preloaded; a child is armed with its fault before its job begins.

    with Server(library, ["tests.faults.jobs"]) as server:
        outcome = server.run("tests.faults.jobs:load", folder, fault=Fault(Mode.KILL, 17))
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.faults.points import Fault, Mode, Point, arm, preloaded, read_log

TIMEOUT_SECONDS = 900.0
ROOT = Path(__file__).resolve().parents[2]
# by name, so that what is sent has the same module on both sides
_START = "import sys; from tests.faults.server import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `done` with a value, `raised` an error, `killed` by a signal, or `hung`.

    `points`: those it passed, where they were counted; else the one at which it failed, if it came
    that far.
    """

    how: str
    value: Any = None
    error: str = ""
    seconds: float = 0.0
    points: tuple[Point, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Job:
    """What a child is to do: `module:function` with arguments, under a fault."""

    name: str
    arguments: tuple[Any, ...]
    fault: Fault
    under: tuple[Path, ...]
    but: tuple[Path, ...]
    log: str
    timeout: float


class Server:
    """The parent's side: starts the process, sends jobs, takes outcomes."""

    def __init__(self, library: Path, modules: Sequence[str]) -> None:
        self._scratch = tempfile.TemporaryDirectory()
        own = {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": self._scratch.name,
        }  # killed children leave things
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *modules],
            env=preloaded(library) | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._scratch.cleanup()

    def run(
        self,
        name: str,
        *arguments: Any,
        fault: Fault = Fault(),  # noqa: B008  # frozen
        under: Iterable[Path] = (),
        but: Iterable[Path] = (),
        timeout: float = TIMEOUT_SECONDS,
    ) -> Outcome:
        """Run `module:function` with `arguments` in a child; counts and fails below `under`."""
        log = Path(self._scratch.name) / "points.log"
        log.unlink(missing_ok=True)
        job = Job(name, arguments, fault, tuple(under), tuple(but), str(log), timeout)
        _send(self._process.stdin, job)
        outcome: Outcome = _received(self._process.stdout)
        points = tuple(read_log(log))
        return Outcome(outcome.how, outcome.value, outcome.error, outcome.seconds, points)


def _send(stream: Any, item: object) -> None:
    content = pickle.dumps(item)
    stream.write(len(content).to_bytes(8, "big") + content)
    stream.flush()


def _received(stream: Any) -> Any:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError("the server of faults ended")
    return pickle.loads(stream.read(int.from_bytes(head, "big")))


# -- the server's side -------------------------------------------------------------------------


def main(modules: Sequence[str]) -> None:
    """Import `modules`, then fork a child for each job that comes on standard input."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a job prints does not mix with answers
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # children then copy fewer pages
    while True:
        try:
            job = _received(sys.stdin.buffer)
        except EOFError:
            os._exit(0)
        _send(answers, _in_child(job, answers))


def _in_child(job: Job, answers: BinaryIO) -> Outcome:
    reading, writing = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answers.close()
        _work(job, writing)
    os.close(writing)
    content, is_hung = _until_closed(reading, began + job.timeout)
    os.close(reading)
    if is_hung:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - began
    if is_hung:
        return Outcome("hung", seconds=seconds)
    if os.WIFSIGNALED(status) or not content:
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "exit"
        return Outcome("killed", error=name, seconds=seconds)
    how, value, error = pickle.loads(content)
    return Outcome(how, value, error, seconds)


def _until_closed(reading: int, end: float) -> tuple[bytes, bool]:
    """What comes through the pipe, and whether it was still open at `end`."""
    content = b""
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return content, True
        part = os.read(reading, 1 << 20)
        if not part:
            return content, False
        content += part


def _work(job: Job, writing: int) -> None:
    """Do the job in this child, send what became of it, and end at once."""
    try:
        os.setpgid(0, 0)
        module, _, name = job.name.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        if job.fault.mode is not Mode.OFF:
            arm(job.fault, job.under, job.but, job.log)
        try:
            answer = ("done", function(*job.arguments), "")
        except BaseException as error:
            text = "".join(traceback.format_exception(error))
            answer = ("raised", type(error).__name__, f"{error}\n{text}")
        arm(Fault())
        with os.fdopen(writing, "wb") as stream:
            stream.write(pickle.dumps(answer))
    finally:
        os._exit(0)
