"""Write a whole home into one archive, and restore it verified.

    linli-backup.json      every entry: its kind, sha256 and bytes, or the target of a link
    linli-backup.sha256    sha256 of that list
    home/…                 the unchanged files: encrypted parts encrypted, links as links, modes

Two archives of the same home are identical to the byte. Files that are regenerated are left out
(the database people open, scratch, locks, the run history of Dagster), and by default the keys:
archive and keys together reveal all identities. An archive is extracted next to its target,
compared with its list, and put in place by one rename, or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from assets.resources.home_folder.run_lock import LOCK
from data_contracts.errors import LinliError
from data_contracts.system_errors import said_of

MANIFEST, SEAL, ROOT = "linli-backup.json", "linli-backup.sha256", "home"
SUFFIXES = (".tar", ".tar.gz", ".tgz")
_FORMAT = 1
_BLOCK_BYTES = 4 << 20
_REGENERATED = re.compile(r"\.?linli(-[^/]+)?\.duckdb(\.[^/]+)?|lake/\.scratch")
_KEPT_OF_DAGSTER = {"dagster/dagster.yaml"}
_LOCKS = (".lock", LOCK, ".platforms.lock")


@dataclass(frozen=True)
class ArchiveContents:
    """What an archive contains: files, their bytes, and skipped links that lead out of the home."""

    files: int
    size_bytes: int
    has_keys: bool
    left_out: tuple[str, ...] = ()


def write_archive(home: Path, target: Path, *, with_keys: bool) -> ArchiveContents:
    """Write `home` to `target`, readable only by its owner. The caller holds the lock of the home.

    Raises LinliError when the target exists, is inside the home, or does not end in `SUFFIXES`.
    """
    if not target.name.endswith(SUFFIXES):
        raise LinliError(
            f"{target.name}: the name must end in {', '.join(SUFFIXES)}",
            f"{target.name}：文件名须以 {', '.join(SUFFIXES)} 结尾",
        )
    if target.exists():
        raise LinliError(
            f"{target}: already exists; choose another name", f"{target}：已存在，请换一个名称"
        )
    if target.resolve().is_relative_to(home.resolve()):
        raise LinliError(
            f"{target}: is inside the home; write it elsewhere, preferably to another disk",
            f"{target}：位于数据目录内；请写到别处，最好是另一块磁盘",
        )
    building = target.with_name(f".{target.name}.{os.getpid()}")
    left_out: list[str] = []
    entries: dict[str, dict[str, Any]] = {}
    try:
        with _open_for_writing(building, is_packed=target.suffix != ".tar") as archive:
            for path in _entries(home, with_keys, left_out):
                entries[path.relative_to(home).as_posix()] = _add(archive, home, path)
            _add_manifest(archive, entries, with_keys)
        os.replace(building, target)
    except OSError as error:
        raise LinliError(
            f"{target}: cannot be written ({said_of(error)})",
            f"{target}：无法写入（{said_of(error).zh}）",
        ) from error
    finally:
        building.unlink(missing_ok=True)
    return _kept(entries, with_keys, left_out)


def read_archive(source: Path, home: Path) -> ArchiveContents:
    """Restore the archive `source` as `home`, completely or not at all.

    Raises LinliError when `home` is not empty, or the archive is incomplete.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise LinliError(
            f"{home}: is not empty; choose an empty folder, or one that does not exist",
            f"{home}：不是空文件夹；请指定空文件夹或尚不存在的文件夹",
        )
    building = home.with_name(f".{home.name}.restoring-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True, mode=0o700)
        said, entries = _extract(source, building)
        _validate_entries(source, said, entries)
        os.replace(building, home)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError, KeyError) as error:
        raise LinliError(
            f"{source}: is not a complete linli backup; nothing was changed",
            f"{source}：不是完整的 linli 备份；未作任何更改",
        ) from error
    except OSError as error:
        raise LinliError(
            f"{error.filename or source}: {said_of(error)}; nothing was changed",
            f"{error.filename or source}：{said_of(error).zh}；未作任何更改",
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return _kept(said["entries"], said["with_keys"], [])


def _kept(
    entries: dict[str, dict[str, Any]], with_keys: bool, left_out: list[str]
) -> ArchiveContents:
    sizes = [entry["bytes"] for entry in entries.values() if entry["kind"] == "file"]
    return ArchiveContents(len(sizes), sum(sizes), with_keys, tuple(left_out))


# -- writing -------------------------------------------------------------------------------------


def _entries(home: Path, with_keys: bool, left_out: list[str]) -> Iterator[Path]:
    """Yield the folders, files and links that belong in an archive, in a fixed order."""
    for folder, folders, files in os.walk(home):
        folders.sort()
        here = Path(folder)
        for name in list(folders):
            inside = (here / name).relative_to(home).as_posix()
            if _REGENERATED.fullmatch(inside) or (inside.startswith("dagster/")):
                folders.remove(name)
        for name in sorted([*folders, *files]):
            path = here / name
            inside = path.relative_to(home).as_posix()
            if path.is_symlink():
                if path.resolve().is_relative_to(home.resolve()):
                    yield path
                else:
                    left_out.append(inside)
            elif path.is_dir() or (path.is_file() and _belongs(inside, with_keys)):
                yield path


def _belongs(inside: str, with_keys: bool) -> bool:
    name = PurePosixPath(inside).name
    if inside.startswith("dagster/"):
        return inside in _KEPT_OF_DAGSTER
    if _REGENERATED.fullmatch(inside) or name in _LOCKS:
        return False
    return with_keys or not (inside.startswith("vault/") and name.endswith(".key"))


def _add(archive: tarfile.TarFile, home: Path, path: Path) -> dict[str, Any]:
    inside = path.relative_to(home).as_posix()
    info = archive.gettarinfo(path, f"{ROOT}/{inside}")
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = int(info.mtime)
    mode = {"mode": f"{info.mode & 0o777:o}"}
    if path.is_symlink():
        info.mtime, info.mode = 0, 0o777
        archive.addfile(info)
        return {"kind": "link", "to": info.linkname}
    if path.is_dir():
        info.mtime = 0
        archive.addfile(info)
        return {"kind": "folder"} | mode
    info.type, info.linkname = tarfile.REGTYPE, ""  # hard links are stored as separate files
    info.size = path.stat().st_size
    with path.open("rb") as stream:
        hashed = _HashingReader(stream)
        archive.addfile(info, hashed)
    return {"kind": "file", "bytes": info.size, "sha256": hashed.digest.hexdigest()} | mode


class _HashingReader:
    """Hash the bytes of a stream while they are read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def _add_manifest(
    archive: tarfile.TarFile, entries: dict[str, dict[str, Any]], with_keys: bool
) -> None:
    said = {"format": _FORMAT, "with_keys": with_keys, "entries": entries}
    text = json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8", "surrogateescape")
    for name, content in (
        (MANIFEST, text),
        (SEAL, hashlib.sha256(text).hexdigest().encode("ascii")),
    ):
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        archive.addfile(info, io.BytesIO(content))


@contextmanager
def _open_for_writing(path: Path, *, is_packed: bool) -> Iterator[tarfile.TarFile]:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as stream:
        if is_packed:
            # neither name nor time in its header: the same home gives the same bytes
            with (
                gzip.GzipFile("", "wb", 6, stream, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
            ):
                yield archive
        else:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                yield archive
        stream.flush()
        os.fsync(stream.fileno())


# -- reading -------------------------------------------------------------------------------------


def _extract(source: Path, building: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Extract into `building`; return the list of the archive and the extracted entries."""
    texts: dict[str, bytes] = {}
    entries: dict[str, dict[str, Any]] = {}
    folders: list[tuple[Path, int]] = []
    with tarfile.open(source, "r:*") as archive:
        for info in archive:
            if info.name in (MANIFEST, SEAL):
                stream = archive.extractfile(info)
                texts[info.name] = stream.read() if stream else b""
                continue
            inside = _inside(info.name)
            path = building / inside
            if info.isdir():
                path.mkdir(parents=True, exist_ok=True, mode=0o700)
                folders.append((path, info.mode & 0o777))
                entries[inside] = {"kind": "folder", "mode": f"{info.mode & 0o777:o}"}
            elif info.issym():
                entries[inside] = {"kind": "link", "to": info.linkname}
                _require_inside(building, path, info.linkname)
                path.symlink_to(info.linkname)
            elif info.isreg():
                entries[inside] = _unpacked(archive, info, path)
            else:
                raise ValueError(f"{info.name} is neither file, folder nor link")
    if hashlib.sha256(texts[MANIFEST]).hexdigest() != texts[SEAL].decode("ascii"):
        raise ValueError("the list of the archive was changed")
    for path, mode in reversed(folders):
        path.chmod(mode)
    return json.loads(texts[MANIFEST].decode("utf-8", "surrogateescape")), entries


def _inside(name: str) -> str:
    parts = PurePosixPath(name).parts
    if len(parts) < 2 or parts[0] != ROOT or ".." in parts:
        raise ValueError(f"{name} has no place in a home")
    return "/".join(parts[1:])


def _require_inside(building: Path, path: Path, target: str) -> None:
    led = Path(os.path.normpath(path.parent / target))
    if os.path.isabs(target) or not led.is_relative_to(building):
        raise ValueError(f"{path.name} leads out of the home")


def _unpacked(archive: tarfile.TarFile, info: tarfile.TarInfo, path: Path) -> dict[str, Any]:
    digest, mode = hashlib.sha256(), info.mode & 0o777
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stream = archive.extractfile(info)
    assert stream is not None
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as target:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
        os.fchmod(target.fileno(), mode)
    os.utime(path, (info.mtime, info.mtime))
    size = path.stat().st_size
    entry = {"kind": "file", "bytes": size, "sha256": digest.hexdigest()}
    return entry | {"mode": f"{mode:o}"}


def _validate_entries(
    source: Path, said: dict[str, Any], entries: dict[str, dict[str, Any]]
) -> None:
    """Raise LinliError when the archive does not match its list."""
    if said["format"] != _FORMAT:
        raise LinliError(
            f"{source}: was written by a later version of linli",
            f"{source}：由更新版本的 linli 生成，无法读取",
        )
    wrong = [
        name
        for name in {**said["entries"], **entries}
        if said["entries"].get(name) != entries.get(name)
    ]
    if wrong:
        raise LinliError(
            f"{source}: {len(wrong)} of {len(said['entries'])} entries are missing or damaged, "
            f"the first is {sorted(wrong)[0]}; nothing was changed",
            f"{source}：{len(said['entries'])} 项中有 {len(wrong)} 项缺失或损坏，第"
            f"一项是 {sorted(wrong)[0]}；未作任何更改",
        )
