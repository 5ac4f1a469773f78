"""Homes that hold one file of a preset, for tests of what is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assets.resources.home import LinliHome
from tests.lake import TEST_KEY, ingest


def loaded(tmp_path: Path, name: str, write: Callable[[Path], None]) -> LinliHome:
    exports = tmp_path / name.replace(".", "_")
    exports.mkdir(parents=True)
    write(exports / name)
    home = LinliHome(
        home=str(tmp_path / f"home-{name}"),
        exports=str(exports),
        given_pseudonym_key=TEST_KEY,  # the same people have the same names in every home
    )
    ingest(home)
    return home


def preset_of(home: LinliHome) -> str:
    with home.lakehouse.session() as session:
        return session.scalar("select distinct preset from ingest_ledger")
