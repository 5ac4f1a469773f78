"""What children of the server do with a platform: a folder with `exports` and `home`.

A platform is always worked on in the same place, because where a lake lies may name it.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.resources.home import LinliHome
from assets.resources.person_search.people_lookup import load_person
from data_contracts.mappings.presets import presets
from data_contracts.regions.regions import spellings
from tests.faults.state import state_of
from tests.lake import home_at, ingest

# read once, before children are forked
spellings()
presets()


def home_in(folder: Path) -> LinliHome:
    return home_at(folder, folder / "exports")


def load(folder: Path) -> None:
    """Load whatever is new in the exports."""
    ingest(home_in(folder))


def look(folder: Path) -> dict[str, Any]:
    """What the home holds, for comparing."""
    return state_of(home_in(folder))


def again(folder: Path, job: str, arguments: tuple[object, ...]) -> dict[str, Any]:
    """Do a job once more, undisturbed, and look at the home."""
    module, _, name = job.partition(":")
    getattr(importlib.import_module(module), name)(folder, *arguments)
    return look(folder)


def forget(folder: Path, user: str) -> None:
    """Take a person out of the lake and its vault, as `linli forget` does."""
    home = home_in(folder)
    pseudonym = home.pseudonym_key().pseudonym(user)
    lakes = home.lakes()
    person = load_person(user, pseudonym, [vault for _, vault in lakes])
    erase_person(home.root, lakes, person)
    finish_erasure(lakes, pseudonym)
