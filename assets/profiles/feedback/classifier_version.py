"""Who reads: a digest of all a reading hangs on besides the message itself.

Belongs here: code, parameters, packages, what was learnt from. Does not: the message (`said.sql`).
Two days whose readers have the same digest read the same message to the same bit.
"""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import data_contracts.tables.feedback_codes
import models.feedback
import models.params.feedback
from assets.profiles.feedback.polarity_training_set import Lesson
from assets.resources.lakehouse.lakehouse import engine_version
from models.params.feedback import VoicesParams

# What computes a number or cuts a text of a reading; Python itself brings the signs of Unicode.
_PACKAGES = ("numpy", "pandas", "rjieba", "scikit-learn", "scipy")
_READS = (".py", ".sql")


def reader_digest(params: VoicesParams, lesson: Lesson) -> str:
    """sha256 of code, parameters, versions and lesson."""
    said = (code_digest(), repr(params), engine_version(), *_versions(), lesson.digest)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


@cache
def code_digest() -> str:
    """sha256 of the files that read, by name: those of `models.feedback`, its parameters and codes,
    and all of this folder, which is more than need be and forgets none."""
    folders = [Path(models.feedback.__path__[0]), Path(__file__).parent]
    files = [path for folder in folders for path in folder.iterdir() if path.suffix in _READS]
    files += [
        Path(models.params.feedback.__file__),
        Path(data_contracts.tables.feedback_codes.__file__),
    ]
    digest = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.parent.name}/{path.name} {content}\n".encode())
    return digest.hexdigest()


def _versions() -> list[str]:
    return [platform.python_version(), *(f"{name} {version(name)}" for name in _PACKAGES)]
