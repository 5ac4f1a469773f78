"""Run a function of a bench in a process of its own and measure it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

_CHILD = """
import importlib, json, resource, sys
module, name, *arguments = sys.argv[1:]
run = getattr(importlib.import_module(module), name)
before = resource.getrusage(resource.RUSAGE_SELF)
answer = run(*arguments)
after = resource.getrusage(resource.RUSAGE_SELF)
below = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps([answer, cpu + below.ru_utime + below.ru_stime,
                  max(after.ru_maxrss, below.ru_maxrss) / 1024]))
"""


@dataclass(frozen=True)
class Measured:
    """What a run returned, its CPU seconds after the imports, children included, and the peak of
    the larger process in MiB. `answer` is None when the process was ended by a signal.
    """

    answer: Any
    cpu_seconds: float
    peak_mib: float


def measure(module: str, name: str, *arguments: object) -> Measured:
    """Call `module.name(*arguments)` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, module, name, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return Measured(None, float("nan"), float("nan"))
    return Measured(*json.loads(done.stdout.splitlines()[-1]))
