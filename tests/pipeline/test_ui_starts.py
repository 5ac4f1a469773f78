"""`linli ui` finds the workspace of this checkout and starts Dagster on it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from pipelines.cli.commands.ui import WORKSPACE

ROOT = Path(__file__).resolve().parents[2]


def test_the_workspace_is_the_one_of_the_checkout() -> None:
    assert WORKSPACE == ROOT / "workspace.yaml"
    assert WORKSPACE.is_file()


def test_it_says_where_the_pages_are_and_stops_on_a_signal(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipelines.cli.app", "ui", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--home", str(tmp_path / "home")],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            said = next((line for line in server.stdout if "http://" in line), "")
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(60)
    assert f"http://127.0.0.1:{port}" in said
