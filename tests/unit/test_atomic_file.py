"""A file is written whole or not at all, and nothing of a failed attempt stays."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assets.resources.files.atomic_file import atomic_writer, write_atomically


def test_what_a_killed_process_left_is_removed_and_what_a_running_one_writes_is_kept(
    tmp_path: Path,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    path = tmp_path / "notes [1].json"
    abandoned = tmp_path / f".{path.name}.{gone.pid}"
    others = [tmp_path / f".{path.name}.{os.getppid()}", tmp_path / f".other.{gone.pid}"]
    for file in (abandoned, *others):
        file.write_text("half")
    write_atomically(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert not abandoned.exists() and all(file.exists() for file in others)


def test_a_failed_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.json"
    write_atomically(path, b"before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["notes.json"]


@pytest.mark.parametrize("is_private", [False, True])
def test_who_may_read_is_the_folder_s_to_say_but_for_private_files(
    tmp_path: Path, is_private: bool
) -> None:
    path = tmp_path / "a"
    path.write_text("before")
    path.chmod(0o666)
    before = os.umask(0o027)
    try:
        with atomic_writer(path, is_private=is_private) as stream:
            assert stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o007 == 0
            stream.write(b"after")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == (0o600 if is_private else 0o640)
