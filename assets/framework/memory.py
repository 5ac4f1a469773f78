"""Measure the peak memory of this process since a reset, as the operating system counts it.

The run card shows the largest peak of the steps. A program that watches the process from outside,
such as `/usr/bin/time -v`, shows less: it reads the same counter at the end, so only the peak since
the last reset. Memory of other processes is never included.
"""

from __future__ import annotations

import resource
from pathlib import Path

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def reset_peak() -> None:
    """Reset the peak; where the kernel cannot, it stays the peak since the process started."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def peak_mib() -> float:
    """Return the peak resident memory (MiB) since `reset_peak`, or since the process started."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
