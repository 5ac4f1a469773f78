"""Disturb a command at its points, run it again, and compare what the home then holds.

A platform is a folder with `exports` and `home`. It is worked on in one place and laid there anew
before each disturbance, so that paths are the same each time.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from tests.faults.points import FREE_KINDS, Fault, Mode, Point
from tests.faults.server import TIMEOUT_SECONDS, Outcome, Server
from tests.faults.state import State, differences


@dataclass(frozen=True)
class Command:
    """A job of `tests.faults.jobs` with its arguments, and where it changes files."""

    job: str
    arguments: tuple[object, ...] = ()
    name: str = ""
    is_repeatable: bool = True  # else what it did is looked at before it is run again


@dataclass(frozen=True)
class Attempt:
    """A command disturbed at one point and run again."""

    fault: Fault
    point: Point
    disturbed: Outcome = field(repr=False)
    again: Outcome = field(repr=False)
    wrong: tuple[str, ...] = ()

    @property
    def is_reached(self) -> bool:
        """Whether the run came as far as the point: threads and random names move points."""
        return bool(self.disturbed.points)

    def __str__(self) -> str:
        place = f"{self.fault.mode.name} at {self.point.number} ({self.point.kind})"
        return f"{place}: {'; '.join(self.wrong) or 'recovered'}"


class Sweep:
    """One command on one platform: its points, the undisturbed end, and disturbances of it."""

    def __init__(self, server: Server, before: Path, place: Path, command: Command) -> None:
        self.server, self.before, self.place, self.command = server, before, place, command
        self._lay()
        counted = self._run(Fault(Mode.COUNT))
        if counted.how != "done":
            raise AssertionError(f"{command.name}: fails undisturbed: {counted.error}")
        self.seconds = counted.seconds
        self.points = list(counted.points)
        self.expected = self._state(self._look())

    def candidates(self, seed: int) -> list[Point]:
        """The points, of many writes to one file in a row only the first, the last and one of
        those between."""
        drawn = random.Random(seed)
        found: list[Point] = []
        for _, run in groupby(self.points, key=lambda point: (point.kind, point.path)):
            same = list(run)
            found += same[:1]
            if len(same) > 2:
                found.append(drawn.choice(same[1:-1]))
            if len(same) > 1:
                found.append(same[-1])
        return found

    def attempt(self, point: Point, mode: Mode) -> Attempt:
        """Disturb the command at `point`, run it again, say what is not as it should be."""
        self._lay()
        fault = Fault(mode, point.number)
        disturbed = self._run(fault)
        is_done = mode is Mode.FULL_ONCE and disturbed.how == "done"  # what failed was tried again
        again = self._look() if is_done else self._again()
        return Attempt(fault, point, disturbed, again, tuple(self._wrong(disturbed, again)))

    def killed_after(self, *seconds: float) -> Attempt:
        """Kill the command some time after its start, for each of `seconds` once more; run it to
        its end, say what is wrong."""
        self._lay()
        for until in seconds:
            disturbed = self._run(Fault(Mode.COUNT), timeout=until)
        again = self._again()
        last = disturbed.points[-1] if disturbed.points else Point(0, "nothing", "")
        wrong = differences_of(self.expected, again)
        return Attempt(Fault(Mode.KILL, last.number), last, disturbed, again, tuple(wrong))

    def _again(self) -> Outcome:
        if not self.command.is_repeatable:
            done = self._look()
            if done.how == "done" and done.value == self.expected:
                return done
        return self.server.run(
            "tests.faults.jobs:again", self.place, self.command.job, self.command.arguments
        )

    def _look(self) -> Outcome:
        return self.server.run("tests.faults.jobs:look", self.place)

    def _wrong(self, disturbed: Outcome, again: Outcome) -> list[str]:
        if disturbed.how == "hung":
            return ["the disturbed run hung"]
        return differences_of(self.expected, again)

    def _run(self, fault: Fault, timeout: float = TIMEOUT_SECONDS) -> Outcome:
        return self.server.run(
            self.command.job,
            self.place,
            *self.command.arguments,
            fault=fault,
            under=[self.place],
            but=[self.place / "home" / "dagster"],
            timeout=timeout,
        )

    def _lay(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.before, self.place, symlinks=True)

    @staticmethod
    def _state(outcome: Outcome) -> State:
        if outcome.how != "done":
            raise AssertionError(f"the home cannot be looked at: {outcome.error}")
        state: State = outcome.value
        return state


def differences_of(expected: State, again: Outcome) -> list[str]:
    """What is wrong with a home after the second run: it failed, or left something else."""
    if again.how != "done":
        first = again.error.strip().splitlines()
        return [f"run again, it {again.how} {again.value or ''}: {first[0] if first else ''}"]
    return differences(expected, again.value)


def may_fail(point: Point, mode: Mode) -> bool:
    """Whether a fault of that mode can happen at the point at all."""
    return mode in (Mode.KILL, Mode.TORN) or point.kind not in FREE_KINDS


def failures(attempts: Sequence[Attempt]) -> str:
    """What went wrong, a line per attempt; empty when all recovered."""
    return "\n".join(str(attempt) for attempt in attempts if attempt.wrong)
