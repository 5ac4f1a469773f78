"""Restrict Dagster's web server to requests of this machine.

It listens on 127.0.0.1, without a login. A page of another site can still reach it through a local
browser: under its own host name that resolves to 127.0.0.1 (DNS rebinding; foreign Host), or by a
cross-site request or web socket (foreign Origin). Both are rejected. Other users and programs of
this machine are not kept out.

    python -m pipelines.cli.local_only server …    Dagster's web server, guarded
    python -m pipelines.cli.local_only …           `dagster dev`, whose web server is that one
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SERVER = "server"

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class LocalOnly:
    """ASGI middleware: answer 403 unless Host and Origin are names of this machine."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        kind = scope["type"]
        if kind not in ("http", "websocket") or is_local(scope["headers"]):
            await self._app(scope, receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            said = b"Linli: this address answers 127.0.0.1 and localhost only"
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(said))]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": said})


def is_local(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether Host, and Origin if present, are names of this machine.

    >>> is_local([(b"host", b"127.0.0.1:3000")])
    True
    >>> is_local([(b"host", b"127.0.0.1:3000"), (b"origin", b"https://evil.example")])
    False
    """
    hosts = [value for name, value in headers if name == b"host"]
    origins = [value for name, value in headers if name == b"origin"]
    return (
        len(hosts) == 1
        and _name(b"//" + hosts[0]) in LOCAL_NAMES
        and all(_name(origin) in LOCAL_NAMES for origin in origins)
    )


def _name(address: bytes) -> str | None:
    try:
        return urlsplit(address.decode("ascii")).hostname
    except ValueError:
        return None


def guard_server() -> None:
    """Add the check to every web server that Dagster creates in this process."""
    from dagster_webserver.webserver import DagsterWebserver
    from starlette.middleware import Middleware

    own = DagsterWebserver.build_middleware

    def build_middleware(self: DagsterWebserver) -> list[Middleware]:
        return [Middleware(LocalOnly), *own(self)]

    DagsterWebserver.build_middleware = build_middleware  # type: ignore[method-assign]


def guard_services() -> None:
    """Make `dagster dev` start the guarded web server instead of its own."""
    from dagster._cli import dev

    own = dev.open_ipc_subprocess

    def guarded(parts: Sequence[str], **options: Any) -> Any:
        return own(with_guard(list(parts)), **options)

    dev.open_ipc_subprocess = guarded


def with_guard(parts: list[str]) -> list[str]:
    """
    >>> with_guard(["python", "-m", "dagster_webserver", "--port", "3000"])
    ['python', '-m', 'pipelines.cli.local_only', 'server', '--port', '3000']
    """
    if "dagster_webserver" not in parts:
        return parts
    index = parts.index("dagster_webserver")
    return [*parts[:index], "pipelines.cli.local_only", SERVER, *parts[index + 1 :]]


def main() -> None:
    if sys.argv[1:2] == [SERVER]:
        from dagster_webserver.cli import main as serve

        del sys.argv[1]
        guard_server()
        serve()
    else:
        from dagster._cli import main as dagster

        from pipelines.cli.reload_days import keep_days_current
        from pipelines.settings import Settings

        guard_services()
        keep_days_current(Settings.from_environment().linli_home(), _port(sys.argv))
        dagster()


def _port(words: Sequence[str]) -> int:
    """
    >>> _port(["dev", "-h", "127.0.0.1", "-p", "3001"]), _port(["dev"])
    (3001, 3000)
    """
    return int(words[words.index("-p") + 1]) if "-p" in words else 3000


if __name__ == "__main__":
    main()
