"""Version of the text classifier: a digest of code, parameters, packages and training set.

Not here: the digest of a message (`messages_with_digest.sql`). Two classifiers with the same digest
give the same signals for the same message, to the bit.
"""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import data_contracts.codes.feedback
import models.feedback
import models.params.feedback
from assets.profiles.feedback.polarity_training_set import TrainingSet
from assets.resources.lakehouse.lakehouse import engine_version
from models.params.feedback import FeedbackParams

# Packages that compute a signal or split a text; Python itself brings the Unicode tables.
_PACKAGES = ("numpy", "pandas", "rjieba", "scikit-learn", "scipy")
_CODE_SUFFIXES = (".py", ".sql")


def classifier_digest(params: FeedbackParams, lesson: TrainingSet) -> str:
    """Return the sha256 of code, parameters, package versions and training set."""
    parts = (code_digest(), repr(params), engine_version(), *_versions(), lesson.digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return the sha256 of the classifier's files: `models/feedback`, its parameters and codes, and
    all of this folder (more than is needed, so that none is forgotten)."""
    folders = [Path(models.feedback.__path__[0]), Path(__file__).parent]
    files = [
        path for folder in folders for path in folder.iterdir() if path.suffix in _CODE_SUFFIXES
    ]
    files += [
        Path(models.params.feedback.__file__),
        Path(data_contracts.codes.feedback.__file__),
    ]
    digest = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.parent.name}/{path.name} {content}\n".encode())
    return digest.hexdigest()


def _versions() -> list[str]:
    return [platform.python_version(), *(f"{name} {version(name)}" for name in _PACKAGES)]
