"""Measure the peak memory of this process since a reset, as the operating system counts it."""

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
