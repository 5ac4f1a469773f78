"""Peak memory of this process between two moments, as the operating system counts it."""

from __future__ import annotations

import resource
from pathlib import Path

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def reset_peak() -> None:
    """Start a new measurement; where the kernel cannot reset, the peak is that of the process."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def peak_mib() -> float:
    """Peak resident memory since `reset_peak`, MiB; since the start where it cannot be reset."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
