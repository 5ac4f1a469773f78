"""The page of rules shows what the tests of the rules draw."""

from __future__ import annotations

import subprocess
import sys

from tests.spec_page import PAGE, ROOT


def test_the_page_is_what_the_command_prints() -> None:
    """In a process of its own: the command runs pytest."""
    command = [sys.executable, "-m", "tests.spec_page"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert found.returncode == 0, found.stderr
    assert found.stdout == PAGE.read_text("utf-8"), "run python -m tests.spec_page --write"
