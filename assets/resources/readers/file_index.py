"""Which files lie in an exports folder, and what each file's content is called.

Nothing here opens what is not a regular file inside the folder: a pipe would hang the run, a link
out of the folder would read what nobody exported.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from assets.resources.atomic_file import write_atomically
from assets.resources.readers.decompress import damage
from assets.resources.readers.file_order import file_order
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".xlsx", ".jsonl", ".ndjson", ".json", ".parquet")
BESIDE_EXPORTS = {"platform.toml", "truth", "mappings"}  # a sample's truth is never read
_UNFINISHED = (".part", ".crdownload", ".tmp", ".partial", ".download")
_BLOCK_BYTES = 4 << 20
# Control characters break lines and colour terminals; lone surrogates are bytes that are no UTF-8.
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u2028\\u2029]")
_NOT_OPENED = (
    "cannot be opened; give the user that runs Linli the right to read it",
    "无法打开，请授予读取权限",
)
# A file changed again within the clock's grain may keep its time: such a hash is not trusted later.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class InboxFile:
    """A regular file. `name`: its path inside the exports folder, with `/`.

    `changed_ns`: when content or owner last changed, which no copying tool can set back.
    """

    path: Path
    name: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int

    @property
    def mark(self) -> tuple[int, int, int, int]:
        """A file counts as the same while its mark is."""
        return self.size_bytes, self.modified_ns, self.changed_ns, self.inode


@dataclass(frozen=True)
class Ignored:
    """Something in the folder that is not read, and why."""

    name: str
    reason: str
    reason_zh: str


def list_files(exports: Path) -> tuple[list[InboxFile], list[Ignored]]:
    """Files under `exports` that may be exports, by name, and what is left out with its reason.

    Hidden files, `~$…` locks, `platform.toml`, `truth/` and `mappings/` are left out in silence.
    Raises ExportError when the folder does not exist.
    """
    if not exports.is_dir():
        raise ExportError(
            f"{exports}: no such folder; put the exports there, or name another with --exports",
            f"{exports}：没有这个文件夹；请把导出文件放在那里，或用 --exports 指定其他文件夹",
        )
    root = exports.resolve()
    files: list[InboxFile] = []
    ignored: list[Ignored] = []
    found_paths = {path.relative_to(exports).as_posix(): path for path in _walk(exports, ignored)}
    for name in sorted(found_paths, key=file_order):
        found = _look(found_paths[name], root, name)
        if isinstance(found, InboxFile):
            files.append(found)
        elif found is not None:
            ignored.append(found)
    return files, ignored


def as_inbox_file(path: Path) -> InboxFile:
    """A single file named by a person; raises ExportError when it is none that can be read."""
    if not path.is_symlink() and not path.exists():
        raise ExportError(
            f"{shown_name(path.name)}: no such file; check the name",
            f"{shown_name(path.name)}：没有这个文件，请检查名称",
        )
    if path.is_dir():
        raise ExportError(
            f"{shown_name(path.name)}: is a folder; name one file in it",
            f"{shown_name(path.name)}：是文件夹，请指定其中一个文件",
        )
    try:
        found = _look(path, path.resolve().parent, path.name)
    except OSError as error:
        raise ExportError(
            f"{path.name}: cannot be read ({said_of(error)})",
            f"{path.name}：无法读取（{said_of(error).zh}）",
        ) from error
    if isinstance(found, InboxFile):
        return found
    reason = found.reason if found else "hidden files are not read; rename it"
    reason_zh = found.reason_zh if found else "不读取隐藏文件；请改名"
    name = shown_name(path.name)
    raise ExportError(f"{name}: {reason}", f"{name}：{reason_zh}")


def content_sha256(file: InboxFile) -> str:
    """sha256 of the content; raises ExportError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        english, chinese = damage(error)
        raise ExportError(f"{file.name}: {english}", f"{file.name}：{chinese}") from error
    return digest.hexdigest()


def assert_unchanged(file: InboxFile) -> None:
    """Raise ExportError when the file is no longer what it was when it was found."""
    try:
        now = file.path.stat()
    except OSError as error:
        raise ExportError(
            f"{file.name}: vanished while it was read; nothing is loaded",
            f"{file.name}：读取过程中文件消失，未导入任何内容",
        ) from error
    if (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino) != file.mark:
        raise ExportError(
            f"{file.name}: changed while it was read; nothing is loaded. "
            "Run again when it is written to the end",
            f"{file.name}：读取过程中文件有变动，未导入任何内容。请等文件写完后重新运行",
        )


# Every export's step asks for the same files: each is hashed once per process.
_HASHED: dict[InboxFile, str] = {}


class KnownContents:
    """sha256 of files seen before, so that a day with two years of files behind it reads only its
    own. A file counts as the same while its mark is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list] = {}
        if path.is_file():
            written = path.stat().st_mtime_ns
            try:
                stored = json.loads(path.read_text("utf-8"))
            except ValueError:
                stored = {}  # a cache; made anew
            self._known = {
                name: mark
                for name, mark in stored.items()
                if len(mark) == 5 and written - max(mark[1:3]) > _SETTLED_NS
            }

    def sha256(self, file: InboxFile) -> str:
        """sha256 of `file`, read only when it is not known. Raises ExportError when unreadable."""
        if self._is_known(file):
            return str(self._known[file.name][4])
        if file not in _HASHED:
            _HASHED[file] = content_sha256(file)
        self._known[file.name] = [*file.mark, _HASHED[file]]
        return _HASHED[file]

    def look_at(self, files: Sequence[InboxFile], threads: int) -> None:
        """Hash those of `files` that are not known, `threads` at a time; what cannot be read is
        left for `sha256` to say."""
        new = [f for f in files if f not in _HASHED and not self._is_known(f)]
        with ThreadPoolExecutor(max_workers=threads) as pool:
            for file, digest in zip(new, pool.map(_digest_if_readable, new), strict=True):
                if digest is not None:
                    _HASHED[file] = digest

    def _is_known(self, file: InboxFile) -> bool:
        known = self._known.get(file.name)
        return known is not None and known[:4] == list(file.mark)

    def save(self) -> None:
        """Write the cache, atomically."""
        write_atomically(self._path, json.dumps(self._known, ensure_ascii=False).encode())


def _digest_if_readable(file: InboxFile) -> str | None:
    try:
        return content_sha256(file)
    except ExportError:
        return None


def _walk(folder: Path, ignored: list[Ignored]) -> Iterator[Path]:
    try:
        paths = list(folder.iterdir())
    except OSError:
        ignored.append(Ignored(shown_name(folder.name), *_NOT_OPENED))
        return
    for path in paths:
        if path.name.startswith((".", "~")) or path.name in BESIDE_EXPORTS:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, ignored)
        else:
            yield path


def shown_name(name: str) -> str:
    """A file's name as it can be printed on one line.

    >>> shown_name("a\\nb.csv"), shown_name("订单.csv")
    ('a\\\\nb.csv', '订单.csv')
    """
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if _UNPRINTABLE.match(sign) else sign
        for sign in name
    )


def _look(path: Path, root: Path, name: str) -> InboxFile | Ignored | None:
    if path.name.startswith((".", "~")):
        return None
    if _UNPRINTABLE.search(name):
        return Ignored(
            shown_name(name),
            "has control characters or broken letters in its name; rename it",
            "文件名含有控制字符或乱码，请改名",
        )
    try:
        target = path.resolve(strict=True)
        found = target.stat()
    except (OSError, RuntimeError):
        return Ignored(name, "is a link to nothing; remove it", "链接已失效，请删除")
    if not target.is_relative_to(root):
        return Ignored(
            name,
            "is a link out of the exports folder; copy the file itself",
            "链接指向导出目录之外，请复制文件本身",
        )
    if not stat.S_ISREG(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            return Ignored(name, "is a link to a folder; copy it", "链接指向文件夹，请复制")
        return Ignored(name, "is no regular file; remove it", "不是普通文件，请删除")
    lower = path.name.lower()
    if lower.endswith(_UNFINISHED):
        return Ignored(name, "is an unfinished download; wait for it", "下载未完成，请等待")
    if lower.endswith(".xls"):
        return Ignored(
            name,
            "is an old Excel file; save it as .xlsx or CSV UTF-8",
            "旧版Excel，请另存为xlsx或CSV",
        )
    if not lower.endswith(SUFFIXES):
        return Ignored(
            name,
            "is no kind of file that is read (CSV, XLSX, JSON lines, Parquet, each also .gz)",
            "不是可读取的文件类型（CSV、XLSX、JSON Lines、Parquet，可加 .gz）",
        )
    return InboxFile(path, name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
