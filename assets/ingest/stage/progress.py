"""Report the progress of reading a file: the share read and the seconds left.

Measures its own pace with a monotonic clock, which influences no result.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from data_contracts.messages import Bilingual

EVERY_SECONDS = 4.0


class Progress:
    """Callable with bytes read and total bytes; logs at most every `EVERY_SECONDS`."""

    def __init__(self, name: str, log: Callable[[str], None]) -> None:
        self._name = name
        self._log = log
        self._started = self._told = time.monotonic()

    def __call__(self, bytes_read: int, bytes_total: int) -> None:
        now = time.monotonic()
        if now - self._told < EVERY_SECONDS or not 0 < bytes_read <= bytes_total:
            return
        self._told = now
        share = bytes_read / bytes_total
        left = (now - self._started) * (1 - share) / share
        self._log(
            Bilingual(
                f"{self._name}: {share:.0%} read, about {left:.0f} s left",
                f"{self._name}：已读取 {share:.0%}，约剩 {left:.0f} 秒",
            )
        )

    def done(self, rows_read: int, rows_bad: int, rows_repaired: int) -> None:
        """Log the summary line of a file."""
        seconds = time.monotonic() - self._started
        self._log(
            Bilingual(
                f"{self._name}: {rows_read:,} rows read in {seconds:.1f} s, "
                f"{rows_repaired:,} repaired, {rows_bad:,} quarantined",
                f"{self._name}：读取 {rows_read:,} 行，用时 {seconds:.1f} 秒，"
                f"修复 {rows_repaired:,} 行，隔离 {rows_bad:,} 行",
            )
        )
