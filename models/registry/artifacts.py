"""Store models on disk: LightGBM text plus a JSON manifest with its sha256.

The only disk access in `models`. LightGBM crashes the process on a truncated model text, so the
hash is verified before loading. Files are written under a temporary name and then renamed, so a
reader never sees half a model. No pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_contracts.errors import BilingualError

if TYPE_CHECKING:
    from lightgbm import Booster


class ArtifactError(BilingualError, RuntimeError):
    """A part of a stored model is missing, or was changed after it was written."""


@dataclass(frozen=True)
class Artifact:
    """A model: boosters by name, with the details needed to use and assess it.

    `trained_as_of`: last business day in the training data. `details` must be JSON-compatible:
    features, parameters, calibration, backtest figures.
    """

    kind: str
    trained_as_of: date
    boosters: Mapping[str, Booster]
    details: Mapping[str, Any]

    @property
    def version(self) -> str:
        """Return the name used in lists and manifests: kind, day, and eight digits of the content
        hash.
        """
        digest = hashlib.sha256()
        for name in sorted(self.boosters):
            digest.update(self.boosters[name].model_to_string().encode())
        digest.update(json.dumps(self.details, sort_keys=True, default=str).encode())
        return f"{self.kind}-{self.trained_as_of.isoformat()}-{digest.hexdigest()[:8]}"


def save_artifact(root: Path, artifact: Artifact) -> Path:
    """Write `artifact` to `root/<kind>/<trained_as_of>/`; return that folder."""
    folder = root / artifact.kind / artifact.trained_as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for name, booster in artifact.boosters.items():
        text = booster.model_to_string()
        _write(folder / f"{name}.txt", text)
        files[name] = hashlib.sha256(text.encode()).hexdigest()
    manifest = {
        "kind": artifact.kind,
        "version": artifact.version,
        "trained_as_of": artifact.trained_as_of.isoformat(),
        "sha256": files,
        "details": dict(artifact.details),
    }
    _write(
        folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1, default=str)
    )
    return folder


def load_artifact(root: Path, kind: str, trained_as_of: date) -> Artifact:
    """Read a model; raises ArtifactError if a part is missing or its hash differs."""
    folder = root / kind / trained_as_of.isoformat()
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        hashes, details = dict(manifest["sha256"]), dict(manifest["details"])
    except (OSError, ValueError, KeyError, TypeError) as error:  # text, JSON or parts of it
        raise ArtifactError(
            f"{folder.name}/manifest.json of {kind} cannot be read",
            f"无法读取 {kind} 的 {folder.name}/manifest.json",
        ) from error
    import lightgbm as lgb

    boosters = {}
    for name, expected in hashes.items():
        try:
            content = (folder / f"{name}.txt").read_bytes()
        except OSError as error:
            raise ArtifactError(
                f"{kind} {trained_as_of}: {name}.txt is missing",
                f"{kind} {trained_as_of}：缺少 {name}.txt",
            ) from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise ArtifactError(
                f"{kind} {trained_as_of}: {name}.txt is not the file its manifest names; retrain",
                f"{kind} {trained_as_of}：{name}.txt 与 manifest.json 的记录不符；请重新训练",
            )
        try:
            boosters[name] = lgb.Booster(model_str=content.decode())
        except lgb.basic.LightGBMError as error:
            raise ArtifactError(
                f"{kind} {trained_as_of}: {name}.txt cannot be loaded",
                f"{kind} {trained_as_of}：无法读取 {name}.txt",
            ) from error
    return Artifact(kind, trained_as_of, boosters, details)


def log_lines(root: Path, kind: str, name: str) -> list[str]:
    """Read the log `name` in the folder of this kind of model; empty without a log."""
    path = root / kind / name
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []


def add_to_log(root: Path, kind: str, name: str, line: str) -> None:
    """Append `line` to the log `name` in the folder of this kind of model."""
    lines = [*log_lines(root, kind, name), line]
    (root / kind).mkdir(parents=True, exist_ok=True)
    _write(root / kind / name, "\n".join(lines) + "\n")


def newest_day(root: Path, kind: str, not_after: date) -> date | None:
    """Return the day of the newest model trained on data up to `not_after`; None without one."""
    return max((day for day in stored_days(root, kind) if day <= not_after), default=None)


def stored_days(root: Path, kind: str) -> list[date]:
    """List the training days of stored models of this kind, oldest first."""
    folder = root / kind
    if not folder.is_dir():
        return []
    return sorted(date.fromisoformat(path.name) for path in folder.iterdir() if path.is_dir())


def recent_artifact(
    root: Path,
    kind: str,
    as_of: date,
    *,
    days: int,
    expected: Mapping[str, Any],
    log: Callable[[str], None],
) -> Artifact | None:
    """Return the newest model trained up to `as_of` if it is less than `days` old and matches.

    It matches if its details contain `expected` (features, parameters). None for models that are
    older, later, damaged or different.
    """
    day = newest_day(root, kind, as_of)
    if day is None or day <= as_of - timedelta(days=days):
        return None
    return usable_artifact(root, kind, day, expected, log)


def usable_artifact(
    root: Path,
    kind: str,
    trained_as_of: date,
    expected: Mapping[str, Any],
    log: Callable[[str], None],
) -> Artifact | None:
    """Return the model of that day if it loads and its details contain `expected`; else None.

    Logs a missing or damaged part.
    """
    try:
        artifact = load_artifact(root, kind, trained_as_of)
    except ArtifactError as error:
        log(f"{kind}: {error}")
        return None
    is_same = all(artifact.details.get(name) == value for name, value in expected.items())
    return artifact if is_same else None


def _write(path: Path, text: str) -> None:
    """Replace the content of `path` atomically.

    One command writes to a home at a time, so the temporary file has a fixed name, and a leftover
    of a killed process is overwritten.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
