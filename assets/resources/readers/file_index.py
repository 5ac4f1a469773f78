"""List the files of an exports folder and hash their content.

Only regular files inside the folder are opened: a pipe would block the run, and a link out of the
folder would read a file that is not an export.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assets.resources.readers.decompress import damage
from assets.resources.readers.file_order import file_order
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".xlsx", ".jsonl", ".ndjson", ".json", ".parquet")
NOT_EXPORTS = {
    "platform.toml",
    "truth",
    "mappings",
}  # the ground truth of sample data is never read
_UNFINISHED = (".part", ".crdownload", ".tmp", ".partial", ".download")
_BLOCK_BYTES = 4 << 20
# Control characters break terminal output; lone surrogates are bytes that are not UTF-8.
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u2028\\u2029]")
_NOT_OPENED = (
    "cannot be opened; give the user that runs Linli read permission",
    "无法打开，请授予读取权限",
)


@dataclass(frozen=True)
class InboxFile:
    """A regular file in the exports folder.

    `name`: path relative to the exports folder, with `/`. `changed_ns`: time of the last change of
    content or owner (ctime), which copying tools cannot set back.
    """

    path: Path
    name: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int

    @property
    def mark(self) -> tuple[int, int, int, int]:
        """Return size, mtime, ctime and inode; while they are equal the file is unchanged."""
        return self.size_bytes, self.modified_ns, self.changed_ns, self.inode


@dataclass(frozen=True)
class IgnoredPath:
    """A path in the folder that is not read, with the reason."""

    name: str
    reason: str
    reason_zh: str


def list_files(exports: Path) -> tuple[list[InboxFile], list[IgnoredPath]]:
    """List the files under `exports` that may be exports, by name, and the ignored paths with
    reasons.

    Hidden files, `~$…` locks, `platform.toml`, `truth/` and `mappings/` are skipped without a
    report. Raises ExportError when the folder does not exist.
    """
    if not exports.is_dir():
        raise ExportError(
            f"{exports}: no such folder; put the exports there, or choose another with --exports",
            f"{exports}：没有这个文件夹；请把导出文件放在那里，或用 --exports 指定其他文件夹",
        )
    root = exports.resolve()
    files: list[InboxFile] = []
    ignored: list[IgnoredPath] = []
    found_paths = {path.relative_to(exports).as_posix(): path for path in _walk(exports, ignored)}
    for name in sorted(found_paths, key=file_order):
        entry = _classify(found_paths[name], root, name)
        if isinstance(entry, InboxFile):
            files.append(entry)
        elif entry is not None:
            ignored.append(entry)
    return files, ignored


def as_inbox_file(path: Path) -> InboxFile:
    """Return the single file that a user named; raise ExportError when it cannot be read."""
    if not path.is_symlink() and not path.exists():
        raise ExportError(
            f"{printable_name(path.name)}: no such file; check the name",
            f"{printable_name(path.name)}：没有这个文件，请检查名称",
        )
    if path.is_dir():
        raise ExportError(
            f"{printable_name(path.name)}: is a folder; give one file in it",
            f"{printable_name(path.name)}：是文件夹，请指定其中一个文件",
        )
    try:
        entry = _classify(path, path.resolve().parent, path.name)
    except OSError as error:
        raise ExportError(
            f"{path.name}: cannot be read ({said_of(error)})",
            f"{path.name}：无法读取（{said_of(error).zh}）",
        ) from error
    if isinstance(entry, InboxFile):
        return entry
    reason = entry.reason if entry else "hidden files are not read; rename it"
    reason_zh = entry.reason_zh if entry else "不读取隐藏文件；请改名"
    name = printable_name(path.name)
    raise ExportError(f"{name}: {reason}", f"{name}：{reason_zh}")


def content_sha256(file: InboxFile) -> str:
    """Return the sha256 of the content; raise ExportError when it cannot be read."""
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
    """Raise ExportError when the file changed since it was listed."""
    try:
        now = file.path.stat()
    except OSError as error:
        raise ExportError(
            f"{file.name}: disappeared while it was read; nothing was loaded",
            f"{file.name}：读取过程中文件消失，未导入任何内容",
        ) from error
    if (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino) != file.mark:
        raise ExportError(
            f"{file.name}: changed while it was read; nothing was loaded. "
            "Run again when the file is complete",
            f"{file.name}：读取过程中文件有变动，未导入任何内容。请等文件写完后重新运行",
        )


def _walk(folder: Path, ignored: list[IgnoredPath]) -> Iterator[Path]:
    try:
        paths = list(folder.iterdir())
    except OSError:
        ignored.append(IgnoredPath(printable_name(folder.name), *_NOT_OPENED))
        return
    for path in paths:
        if path.name.startswith((".", "~")) or path.name in NOT_EXPORTS:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, ignored)
        else:
            yield path


def printable_name(name: str) -> str:
    """Escape a file name so that it prints on one line.

    >>> printable_name("a\\nb.csv"), printable_name("订单.csv")
    ('a\\\\nb.csv', '订单.csv')
    """
    return "".join(
        sign.encode("unicode_escape").decode("ascii") if _UNPRINTABLE.match(sign) else sign
        for sign in name
    )


def _classify(path: Path, root: Path, name: str) -> InboxFile | IgnoredPath | None:
    if path.name.startswith((".", "~")):
        return None
    if _UNPRINTABLE.search(name):
        return IgnoredPath(
            printable_name(name),
            "has control characters or invalid characters in its name; rename it",
            "文件名含有控制字符或乱码，请改名",
        )
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except (OSError, RuntimeError):
        return IgnoredPath(name, "is a broken link; remove it", "链接已失效，请删除")
    if not target.is_relative_to(root):
        return IgnoredPath(
            name,
            "is a link out of the exports folder; copy the file itself",
            "链接指向导出文件夹之外，请复制文件本身",
        )
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            return IgnoredPath(name, "is a link to a folder; copy it", "链接指向文件夹，请复制")
        return IgnoredPath(name, "is not a regular file; remove it", "不是普通文件，请删除")
    lower = path.name.lower()
    if lower.endswith(_UNFINISHED):
        return IgnoredPath(name, "is an unfinished download; wait for it", "下载未完成，请等待")
    if lower.endswith(".xls"):
        return IgnoredPath(
            name,
            "is an old Excel file; save it as .xlsx or CSV UTF-8",
            "旧版 Excel 文件，请另存为 .xlsx 或 CSV UTF-8",
        )
    if not lower.endswith(SUFFIXES):
        return IgnoredPath(
            name,
            "is not a supported file type (CSV, XLSX, JSON lines, Parquet, each also .gz)",
            "不是可读取的文件类型（CSV、XLSX、JSON Lines、Parquet，可加 .gz）",
        )
    return InboxFile(
        path, name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    )
