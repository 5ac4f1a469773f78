"""Run tests in one copy of the tree, asked line by line; each answer is a line too.

What tests import of other people's packages is imported once; every run is a fork of this process,
so that it starts in half a second and leaves nothing behind. A request is JSON: `tests`, `seconds`
and, for a mutation, `path` and the file's changed content.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_HEAVY = (
    "dagster", "deltalake", "duckdb", "great_expectations", "hypothesis", "lightgbm", "numpy",
    "openpyxl", "pandas", "pyarrow.parquet", "pytest", "scipy.optimize", "sklearn.cluster",
    "sklearn.isotonic", "sklearn.linear_model", "sklearn.metrics", "typer.testing", "xlsxwriter",
)  # fmt: skip
_OUTCOMES = {0: "survived", 1: "killed", 2: "killed"}  # 2: what is changed cannot be imported


def answer(request: dict[str, object]) -> dict[str, object]:
    """Run the tests of a request, on the mutation it may bring, and say how they ended."""
    path = request.get("path")
    started = time.monotonic()
    with _changed(Path(str(path)), str(request["content"])) if path else contextlib.nullcontext():
        code, said = _tested([str(test) for test in request["tests"]], float(request["seconds"]))  # type: ignore[arg-type, attr-defined]
    outcome = "timeout" if code is None else _OUTCOMES.get(code, f"error {code}")
    return {"outcome": outcome, "seconds": time.monotonic() - started, "said": said}


@contextlib.contextmanager
def _changed(path: Path, content: str) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content.encode())
    # bytecode is known by size and second of its source, which a mutation may share
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    try:
        yield
    finally:
        path.write_bytes(before)


def _tested(tests: list[str], seconds: float) -> tuple[int | None, str]:
    """Exit code of pytest in a fork, None when it took too long, and the last it said."""
    said = Path("mutation_output.txt")
    child = os.fork()
    if not child:
        os.setsid()
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.dont_write_bytecode = True
        import pytest

        os._exit(int(pytest.main(["-x", "-q", "-p", "no:xdist", "-p", "no:randomly", *tests])))
    code = _waited(child, seconds)
    return code, said.read_text("utf-8", "replace")[-1500:]


def _waited(child: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main() -> None:
    sys.path.insert(0, os.getcwd())
    with contextlib.redirect_stdout(io.StringIO()):
        for name in _HEAVY:
            importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
