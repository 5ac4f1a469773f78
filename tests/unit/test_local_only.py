"""The web server answers this machine's names only, whoever leads a browser to it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.cli import local_only
from pipelines.cli.local_only import is_local

pytestmark = pytest.mark.slow  # starts web servers


@pytest.mark.parametrize(
    ("host", "origin", "answers"),
    [
        ("127.0.0.1:3000", None, True),
        ("localhost:3000", "http://localhost:3000", True),
        ("LOCALHOST", "http://127.0.0.1:8080", True),
        ("[::1]:3000", None, True),
        ("evil.example:3000", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost.evil.example:3000", None, False),
        ("evil.example@127.0.0.1:3000", "https://evil.example", False),
        ("127.0.0.1:3000", "https://evil.example", False),
        ("127.0.0.1:3000", "null", False),
        ("127.0.0.1:3000", "http://127.0.0.1.evil.example", False),
        ("[", None, False),
        ("", None, False),
    ],
)
def test_names_that_are_answered(host: str, origin: str | None, answers: bool) -> None:
    headers = [(b"host", host.encode())]
    headers += [(b"origin", origin.encode())] if origin is not None else []
    assert is_local(headers) == answers


def test_a_request_without_or_with_two_hosts_is_refused() -> None:
    assert not is_local([])
    assert not is_local([(b"host", b"localhost"), (b"host", b"evil.example")])


def test_dagsters_services_start_the_guarded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster._cli import dev

    started: list[list[str]] = []
    monkeypatch.setattr(dev, "open_ipc_subprocess", lambda parts, **_: started.append(parts))
    local_only.guard_services()
    dev.open_ipc_subprocess([sys.executable, "-m", "dagster_webserver", "--port", "1"])
    dev.open_ipc_subprocess([sys.executable, "-m", "dagster._daemon", "run"])
    assert started[0][2:4] == ["pipelines.cli.local_only", "server"]
    assert started[1][2] == "dagster._daemon"
    source = Path(dev.__file__).read_text("utf-8")
    assert (
        'open_ipc_subprocess(\n                [sys.executable, "-m", "dagster_webserver"]'
        in source
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the real server, with nothing to show."""
    home = tmp_path_factory.mktemp("dagster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "pipelines.cli.local_only", "server", "--empty-workspace"]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    environment = os.environ | {"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def status(port: int, path: str = "/server_info", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    return connection.getresponse().status


def test_real_requests(server: int) -> None:
    local = f"127.0.0.1:{server}"
    assert status(server, Host=local) == 200
    assert status(server, Host="localhost") == 200
    assert status(server, Host="evil.example") == 403
    assert status(server, Host=local, Origin="https://evil.example") == 403
    upgrade = {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec_WebSocket_Protocol": "graphql-ws",
    }  # fmt: skip
    assert status(server, "/graphql", Host=local, **upgrade) == 101
    assert status(server, "/graphql", Host=local, Origin="https://evil.example", **upgrade) == 403
    assert status(server, "/graphql", Host="evil.example", **upgrade) == 403
