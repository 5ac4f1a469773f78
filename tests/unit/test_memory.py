"""The peak memory of a step: all of its own, nothing of an earlier step or of another process."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Peak of a step that holds 256 MiB, of one that holds nothing, of one whose child holds 256 MiB.
STEPS = """
import subprocess, sys
from assets.framework.memory import peak_mib, reset_peak

def hold():
    return len(bytearray(b"x" * (128 << 20)) * 2)

reset_peak()
hold()
print(peak_mib())
reset_peak()
print(peak_mib())
reset_peak()
subprocess.run([sys.executable, "-c", "len(bytearray(b'x' * (128 << 20)) * 2)"], check=True)
print(peak_mib())
"""


@pytest.fixture(scope="module")
def peaks() -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", STEPS], check=True, stdout=subprocess.PIPE, text=True
    )
    return [float(line) for line in done.stdout.split()]


def test_a_peak_is_in_mebibytes_and_holds_what_the_step_held(peaks: list[float]) -> None:
    assert 256 < peaks[0] < 600


def test_a_reset_forgets_the_step_before(peaks: list[float]) -> None:
    assert peaks[1] < 100


def test_memory_of_another_process_is_not_added(peaks: list[float]) -> None:
    assert peaks[2] < 100
