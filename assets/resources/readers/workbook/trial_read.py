"""Read every sheet of a workbook within limits on memory and CPU time, and exit.

Run as a script in a process of its own: `trial_read.py PATH BYTES SECONDS`. The exit code is 0 when
the sheets fit, or when the workbook is invalid and opening it again reports why; OUT_OF_MEMORY or a
signal when they do not fit. Imports nothing of this project, so that it starts within 20 ms.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

OUT_OF_MEMORY = 3


def limit_process(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit address space and CPU time; write no core dump; let a system short of memory end this
    process before any other.

    macOS does not limit the address space.
    """
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(
                kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
            )
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def hold_worksheets(path: str) -> None:
    """Read all worksheets and hold them at once, as a reader of several sheets does."""
    from python_calamine import CalamineError, SheetTypeEnum, load_workbook

    held = []
    with contextlib.suppress(CalamineError, OSError, ValueError):
        book = load_workbook(path)
        for one in book.sheets_metadata:
            if one.typ == SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(one.name)
                held.append((sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges))


if __name__ == "__main__":
    limit_process(int(sys.argv[2]), int(sys.argv[3]))
    try:
        hold_worksheets(sys.argv[1])
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
