"""Settings: defaults, the environment, and one error that names everything wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data_contracts.errors import LinliError
from pipelines.settings import Settings


def test_defaults_stand_on_the_home(tmp_path: Path) -> None:
    settings = Settings.from_environment({"LINLI_HOME": str(tmp_path)})
    assert settings.exports == tmp_path / "inbox"
    assert (settings.threads, settings.memory_limit) == (2, "6GB")


def test_arguments_win_over_the_environment(tmp_path: Path) -> None:
    environment = {"LINLI_HOME": "/elsewhere", "LINLI_EXPORTS": "/elsewhere/too"}
    settings = Settings.from_environment(environment, home=tmp_path, exports=tmp_path / "x")
    assert (settings.home, settings.exports) == (tmp_path, tmp_path / "x")


def test_every_wrong_variable_is_named_at_once() -> None:
    with pytest.raises(LinliError) as caught:
        Settings.from_environment({"LINLI_THREADS": "zero", "LINLI_MEMORY_LIMIT": "much"})
    assert "LINLI_THREADS='zero'" in str(caught.value)
    assert "LINLI_MEMORY_LIMIT='much'" in str(caught.value)


def test_a_rebuild_is_asked_for_by_word_or_by_the_environment(tmp_path: Path) -> None:
    def rebuild(environment: dict[str, str], **asked: bool) -> bool:
        settings = Settings.from_environment(environment, home=tmp_path, **asked)
        return settings.linli_home().rebuild

    assert not rebuild({}) and not rebuild({"LINLI_REBUILD": "0"})
    assert rebuild({"LINLI_REBUILD": "1"}) and rebuild({}, rebuild=True)
    with pytest.raises(LinliError, match="LINLI_REBUILD='yes' is neither 0 nor 1"):
        rebuild({"LINLI_REBUILD": "yes"})


def test_lakes_of_two_platforms_never_mix(tmp_path: Path) -> None:
    def key(exports: str, toml: str) -> str:
        folder = tmp_path / exports
        folder.mkdir(exist_ok=True)
        (folder / "platform.toml").write_text(toml, "utf-8")
        return Settings.from_environment({}, home=tmp_path, exports=folder).linli_home().source_key

    keys = [
        key("a", 'id = "one"'),
        key("a", 'id = "two"'),
        key("a", 'id = "第三家"'),
        key("a", 'id = "第四家"'),
        key("a", ""),
    ]
    assert len(set(keys)) == 5
    assert key("b", 'id = "one"\ncutoff = "23:00"') == keys[0]


def test_a_wrong_platform_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "platform.toml").write_text('cutoff = "late"', "utf-8")
    settings = Settings.from_environment({}, home=tmp_path, exports=tmp_path)
    with pytest.raises(LinliError, match=r"platform\.toml.*not a time of day"):
        settings.linli_home().platform()


def test_a_home_is_its_owner_s_alone_whoever_makes_it(tmp_path: Path) -> None:
    """A notebook or a program that loads files has the umask of its own."""
    before = os.umask(0)
    try:
        settings = Settings.from_environment({}, home=tmp_path / "home", exports=tmp_path)
        with settings.linli_home().lakehouse.exclusive():
            pass
        settings.prepare_home()
    finally:
        os.umask(before)
    lake = settings.linli_home().lakehouse.root
    folders = [settings.home, lake.parent, lake, *settings.home.iterdir()]
    open_to_others = [path.name for path in folders if path.stat().st_mode & 0o077]
    assert open_to_others == []
    assert (settings.dagster_home / "dagster.yaml").stat().st_mode & 0o777 == 0o600
