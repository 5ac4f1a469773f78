"""Publish folders of files for other people: each list appears complete or not at all.

    lists/restock/
        2026-10-31            link → .versions/2026-10-31-1f09…  (the list of that day)
        .versions/…           every list as published: never changed, only added and pruned
        latest.json           the last good day, and whether a newer one failed
        清单状态.txt           the same in a sentence, for people who open the folder

A link is used because a folder cannot be renamed over a non-empty one, and two renames leave a
moment (or, after a crash between them, a morning) without a list. Replacing a relative link is
atomic on every POSIX file system. A reader that resolves the link once (`current`) reads one
version to the end, even while the next is published: the previous version is kept. Samba shows such
a link as an ordinary folder, and `zip -r`, `cp -rL` and browsers follow it; `tar` and `rsync` need
`-h` and `-L`. Point sync clients that skip links to the download page instead.

A version is named after its content, so publishing the same list twice changes nothing. Contains:
placing files. Not here: their content (`spreadsheet`), or which lists exist.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.resources.files.atomic_file import remove_all_abandoned, sync, write_atomically
from data_contracts.messages import Bilingual
from data_contracts.records.json_form import to_json
from data_contracts.records.list_state import ListFailure, ListState
from data_contracts.records.manifest import PublishedFile

MANIFEST = "manifest.json"
LATEST = "latest.json"
STATUS_TEXT = "清单状态.txt"
_VERSIONS = ".versions"
_UNFINISHED = ".unfinished-"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Writer = Callable[[Path], int]


class OutboxError(RuntimeError):
    """A list could not be published, or a published one does not match its manifest."""


@dataclass(frozen=True)
class Published:
    """A published list: `folder` is what people open, `version` the immutable folder behind it."""

    folder: Path
    version: Path
    manifest: Mapping[str, Any]


def publish(
    folder: Path,
    as_of: date,
    files: Mapping[str, Writer],
    facts: Mapping[str, Any],
    *,
    is_new: bool = True,
) -> Published:
    """Publish a list at `folder/<as_of>`: all of its files and a manifest, or nothing.

    Each writer of `files` (name → writer) receives the path to write and returns the rows it wrote;
    a name may begin with a folder, such as `orders/`.
    `facts` are added to the manifest, with sha256, bytes and rows of every file. When a writer
    raises, the previous list stays unchanged. `is_new`: a run computed the list, and an earlier
    failure of its day is cleared; False: the list is published again without rows that must be
    removed, and stays stale if it was.
    """
    versions = folder / _VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    with _only_writer(folder):
        _clear_unfinished(folder)
        building = versions / f"{_UNFINISHED}{as_of.isoformat()}"
        building.mkdir()
        try:
            manifest = _write_files(building, as_of, files, facts)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        before = _target(folder / as_of.isoformat())
        version = _name_version(
            building, f"{as_of.isoformat()}-{_digest(building / MANIFEST)[:12]}"
        )
        _link_version(folder / as_of.isoformat(), version)
        _prune(versions, as_of, keep={version.name, before.name if before else version.name})
        _write_state(folder, _failure_after_success(folder, as_of if is_new else None))
    return Published(folder / as_of.isoformat(), version, manifest)


NO_MESSAGE = Bilingual("", "")


def mark_failed(
    folder: Path,
    as_of: date,
    reason_code: str,
    failed_at: Bilingual = NO_MESSAGE,
    reason: Bilingual = NO_MESSAGE,
) -> ListState:
    """Record that the run of `as_of` failed; the last good list stays, marked with its date.

    `reason_code` is a short code for programs such as `run_failed`; `failed_at` and `reason`
    explain the failure to people. None of them contains values of rows. Returns the state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    failure = ListFailure(
        as_of=as_of.isoformat(),
        reason_code=reason_code,
        failed_at=str(failed_at),
        failed_at_zh=failed_at.zh,
        reason=str(reason),
        reason_zh=reason.zh,
    )
    with _only_writer(folder):
        noted = _noted_failure(folder)
        if noted is not None and noted.as_of > failure.as_of:
            failure = noted  # a failed backfill does not hide that a newer day failed
        return _write_state(folder, failure)


def state(folder: Path) -> ListState:
    """Return the state of the outbox, read from the disk."""
    return _state_with(folder, _noted_failure(folder))


def published_days(folder: Path) -> list[date]:
    """List the days that have a list, oldest first."""
    if not folder.is_dir():
        return []
    names = [path.name for path in folder.iterdir() if _DAY.fullmatch(path.name)]
    return sorted(
        date.fromisoformat(name) for name in names if (folder / name / MANIFEST).is_file()
    )


def current(folder: Path, as_of: date) -> Path | None:
    """Return the live version, resolved once: read all of its files by this path."""
    link = folder / as_of.isoformat()
    return link.resolve() if (link / MANIFEST).is_file() else None


def problems(version: Path) -> list[str]:
    """List the problems of a published folder: files missing, changed or not in its manifest."""
    try:
        listed = json.loads((version / MANIFEST).read_text("utf-8"))["files"]
        digests = {
            path.relative_to(version).as_posix(): _digest(path)
            for path in version.rglob("*")
            if path.is_file() and path != version / MANIFEST
        }
    except FileNotFoundError:
        return [f"no {MANIFEST}, or the version was replaced twice while it was read"]
    except (ValueError, KeyError):
        return [f"{MANIFEST} cannot be read"]
    wrong = [f"{name} is missing" for name in sorted(set(listed) - set(digests))]
    wrong += [f"{name} is not in the manifest" for name in sorted(set(digests) - set(listed))]
    wrong += [
        f"{name} was changed since it was published"
        for name in sorted(set(digests) & set(listed))
        if digests[name] != listed[name]["sha256"]
    ]
    return wrong


def drop_versions(folder: Path, is_doomed: Callable[[Path], bool]) -> list[date]:
    """Remove every version for which `is_doomed` is true; return the days that lost their list.

    For lists that must not be read any more, not even by a download in progress.
    """
    lost = []
    versions = folder / _VERSIONS
    if not versions.is_dir():
        return []
    with _only_writer(folder):
        _clear_unfinished(folder)
        doomed = [path for path in sorted(versions.iterdir()) if path.is_dir() and is_doomed(path)]
        for day in published_days(folder):
            if _target(folder / day.isoformat()) in [path.resolve() for path in doomed]:
                (folder / day.isoformat()).unlink()
                lost.append(day)
        for path in doomed:
            shutil.rmtree(path)
        if doomed or not _is_state_current(folder):
            _write_state(folder, _noted_failure(folder))
    return lost


def move_day(source: Path, target: Path, as_of: date) -> None:
    """Move the list of a day to another outbox, unless that has a list of the day.

    A reader finds the list in one of them at every moment. A failure that makes it stale is copied
    and also stays in `source`, because it is unknown whose run it was.
    """
    version = current(source, as_of)
    if version is None:
        return
    versions = target / _VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    with _only_writer(target):
        _clear_unfinished(target)
        if current(target, as_of) is None:
            building = versions / f"{_UNFINISHED}{as_of.isoformat()}"
            shutil.copytree(version, building)
            _link_version(target / as_of.isoformat(), _name_version(building, version.name))
        failures = [one for one in map(_noted_failure, (target, source)) if one is not None]
        _write_state(target, max(failures, key=lambda one: one.as_of, default=None))
    with _only_writer(source):
        (source / as_of.isoformat()).unlink()
        shutil.rmtree(version)
        _write_state(source, _noted_failure(source))


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder: concurrent runs publish in turn. It is released with its
    process.
    """
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear_unfinished(folder: Path) -> None:
    """Remove what a killed process left; the lock holder knows that no other writer is active."""
    for path in (folder / _VERSIONS).glob(f"{_UNFINISHED}*"):
        shutil.rmtree(path)
    for path in folder.glob(f"{_UNFINISHED}*"):
        path.unlink()
    remove_all_abandoned(folder)


def _write_files(
    building: Path, as_of: date, files: Mapping[str, Writer], facts: Mapping[str, Any]
) -> dict[str, Any]:
    described = {}
    for name, write in files.items():
        path = building / name
        path.parent.mkdir(exist_ok=True)
        rows = write(path)
        sync(path)
        described[name] = PublishedFile(sha256=_digest(path), bytes=path.stat().st_size, rows=rows)
    manifest = {"as_of": as_of.isoformat(), **facts, "files": to_json(described)}
    (building / MANIFEST).write_text(_json(manifest), "utf-8")
    sync(building / MANIFEST)
    for inside in sorted({(building / name).parent for name in files} | {building}):
        sync(inside)
    wrong = problems(building)
    if wrong:
        raise OutboxError(f"the list of {as_of} is incomplete: {'; '.join(wrong)}")
    return manifest


def _name_version(building: Path, name: str) -> Path:
    """Name the finished folder; equal content is stored once, a damaged version is kept aside."""
    version, attempt = building.with_name(name), 1
    while version.exists():
        if not problems(version):
            shutil.rmtree(building)
            return version
        attempt += 1
        version = building.with_name(f"{name}-{attempt}")
    os.rename(building, version)
    sync(version.parent)
    return version


def _link_version(link: Path, version: Path) -> None:
    """Point `link` to `version` in one step."""
    if link.is_dir() and not link.is_symlink():
        # A person copied a folder back by hand. It is renamed, never deleted; only here is there
        # a moment without a list.
        os.rename(link, _free(version.with_name(f"found-{link.name}")))
    fresh = link.with_name(f"{_UNFINISHED}{link.name}")
    fresh.symlink_to(Path(_VERSIONS) / version.name, target_is_directory=True)
    os.replace(fresh, link)
    sync(link.parent)


def _free(path: Path) -> Path:
    attempt, candidate = 1, path
    while candidate.exists():
        attempt += 1
        candidate = path.with_name(f"{path.name}-{attempt}")
    return candidate


def _prune(versions: Path, as_of: date, keep: set[str]) -> None:
    """Remove versions of the day older than the previous one, which a download may still read."""
    for path in versions.glob(f"{as_of.isoformat()}-*"):
        if path.name not in keep:
            doomed = path.with_name(f"{_UNFINISHED}{path.name}")
            os.rename(path, doomed)
            shutil.rmtree(doomed)


def _target(link: Path) -> Path | None:
    return link.resolve() if link.is_symlink() else None


def _noted_failure(folder: Path) -> ListFailure | None:
    try:
        noted = json.loads((folder / LATEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not noted.get("failed_as_of"):
        return None
    return ListFailure(
        as_of=noted["failed_as_of"],
        reason_code=noted.get("reason_code") or "unknown",
        failed_at=noted.get("failed_at") or "",  # an earlier version has no texts
        failed_at_zh=noted.get("failed_at_zh") or "",
        reason=noted.get("reason") or "",
        reason_zh=noted.get("reason_zh") or "",
    )


def _failure_after_success(folder: Path, made: date | None) -> ListFailure | None:
    """Return the failure unless a run has computed the list of its day or a later one."""
    failure = _noted_failure(folder)
    is_over = failure is not None and made is not None and failure.as_of <= made.isoformat()
    return None if is_over else failure


def _state_with(folder: Path, failure: ListFailure | None) -> ListState:
    days = published_days(folder)
    last_good = days[-1].isoformat() if days else None
    is_stale = failure is not None and last_good is not None and failure.as_of >= last_good
    return ListState(
        status="nothing_published" if last_good is None else "stale" if is_stale else "published",
        last_good=last_good,
        failed_as_of=failure.as_of if failure else None,
        reason_code=failure.reason_code if failure else None,
        failed_at=failure.failed_at if failure else None,
        failed_at_zh=failure.failed_at_zh if failure else None,
        reason=failure.reason if failure else None,
        reason_zh=failure.reason_zh if failure else None,
    )


def _write_state(folder: Path, failure: ListFailure | None) -> ListState:
    now = _state_with(folder, failure)
    write_atomically(folder / LATEST, _json(to_json(now)).encode())
    write_atomically(folder / STATUS_TEXT, _sentence(now).encode("utf-8-sig"))
    return now


def _is_state_current(folder: Path) -> bool:
    """Return whether both state files are up to date: a kill between them leaves an older text."""
    now = _state_with(folder, _noted_failure(folder))
    try:
        noted = (folder / LATEST).read_text("utf-8")
        sentence = (folder / STATUS_TEXT).read_text("utf-8-sig")
    except (OSError, ValueError):
        return False
    return noted == _json(to_json(now)) and sentence == _sentence(now)


def _sentence(now: ListState) -> str:
    what = "：".join(filter(None, (now.failed_at_zh, now.reason_zh)))
    why = f"（{what}）" if what else ""
    if now.status == "published":
        return f"最新清单：截至 {now.last_good}。\r\n"
    if now.status == "stale":
        return (
            f"注意：截至 {now.failed_as_of} 的运行失败{why}，清单没有更新。\r\n"
            f"最后一份可用清单：截至 {now.last_good}。\r\n"
        )
    return f"还没有可用清单：截至 {now.failed_as_of} 的运行失败{why}。\r\n"


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
