"""The README tells the truth: its commands exist, its files exist, its options are accepted."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from pipelines.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
GUIDES = sorted((ROOT / "pipelines" / "guide").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *GUIDES]
COMMAND_TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
COMMANDS = re.findall(r"^\.venv/bin/linli (.+?)(?:\s+#.*)?$", COMMAND_TEXT, re.M)


def test_make_targets_of_the_readme_exist() -> None:
    targets = {
        first or second for first, second in re.findall(r"`make (\w+)`|^make (\w+)", README, re.M)
    }
    assert {"demo", "test", "ui"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.M), target


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_readme_are_accepted(line: str) -> None:
    words = shlex.split(line)
    command = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    command.make_context(words[0], words[1:])


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_pictures_of_a_page_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_readme_leads_to_every_guide(guide: Path) -> None:
    assert f"(pipelines/guide/{guide.name})" in README


def test_no_placeholder_is_left() -> None:
    assert re.findall(r"^[A-Z_]{8,}$", README, re.M) == []


def test_the_folder_map_is_the_tree() -> None:
    for folder in ("pipelines", "assets", "models", "data_contracts", "notebooks", "tests"):
        assert f"`{folder}/`" in README and (ROOT / folder).is_dir()
