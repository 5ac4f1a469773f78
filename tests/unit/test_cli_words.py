"""The CLI speaks Chinese or English as asked, and its help says what is taken by default."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_contracts.mappings.presets import preset_facts
from pipelines.cli import words
from pipelines.cli.app import app
from pipelines.settings import language_of_terminal


def said(*words: object, **environment: str) -> str:
    result = CliRunner().invoke(
        app, [str(word) for word in words], env={"COLUMNS": "200", **environment}
    )
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_HK"}, "zh"),
        ({"LC_ALL": "", "LANG": "ZH_TW"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_terminal_says_which_language(environment: dict[str, str], language: str) -> None:
    assert language_of_terminal(environment) == language


NONE_YET = {"en": "no list is published yet", "zh": "还没有发布过清单"}


@pytest.mark.parametrize(
    ("words", "environment", "language"),
    [
        (["lists"], {"LC_ALL": "C"}, "en"),
        (["lists"], {"LC_ALL": "zh_CN.UTF-8"}, "zh"),
        (["--lang", "zh", "lists"], {"LC_ALL": "C"}, "zh"),
        (["lists", "--lang", "zh"], {"LC_ALL": "C"}, "zh"),
        (["lists", "--lang=en"], {"LC_ALL": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_messages_are_in_the_language_asked_for(
    words: list[str], environment: dict[str, str], language: str, tmp_path: Path
) -> None:
    assert NONE_YET[language] in said(*words, "--home", tmp_path, **environment)


def test_a_language_is_asked_for_one_command_alone(tmp_path: Path) -> None:
    said("lists", "--lang", "zh", "--home", tmp_path, LC_ALL="C")
    assert words.language() == "en"


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    assert "'fr'" in said("lists", "--lang", "fr", "--home", tmp_path)


@pytest.mark.parametrize(
    ("command", "default"),
    [
        ("run", "$LINLI_HOME, or ./home"),
        ("run", "$LINLI_EXPORTS, or inbox in the home"),
        ("sample", "inbox in the home"),
        ("sample", "[default: 365]"),
        ("map", "mappings/ beside the file"),
    ],
)
def test_help_shows_what_is_taken_by_default(command: str, default: str) -> None:
    assert default in said(command, "--help")


def test_help_names_every_preset() -> None:
    shown = said("check", "--help")
    assert all(name in shown for name in preset_facts())


def test_the_version_is_shown() -> None:
    assert said("--version").startswith("linli 0.")


def test_forgetting_without_a_terminal_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    shown = said("forget", "U1", "--home", tmp_path, LC_ALL="C")
    assert "nothing is removed" in shown and "--yes" in shown and "Traceback" not in shown
    assert "请加上 --yes" in said("forget", "U1", "--home", tmp_path, "--lang", "zh")
