"""The CLI as a user meets it: help with an example, exit codes, one-line errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli.app import app
from tests.conftest import FinishedRun, linli
from tests.events import QUIET, ephemeral
from tests.lake import write_export

COMMANDS = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    result = linli(command, "--help")
    assert result.exit_code == 0
    assert f"linli {command}" in " ".join(result.output.split())
    assert "Example" in result.output


def failing(*arguments: object, code: int = 1) -> str:
    result = linli(*arguments)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    message = result.output[result.output.find("error") :].strip()
    assert len(message.splitlines()) <= 2, message
    return message


def test_wrong_words_exit_with_2() -> None:
    assert linli("run").exit_code == 2
    assert linli("nonsense").exit_code == 2
    assert linli("sample", "--days", "x").exit_code == 2


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    message = failing(
        "run", "--exports", tmp_path / "no", "--as-of", "2026-10-31", "--home", tmp_path
    )
    assert "no such folder" in message


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    run = ("run", "--exports", tmp_path / "exports", "--as-of", "2026-10-31")
    message = failing(*run, "--home", tmp_path / "h")
    assert "no orders file" in message and "The folder is empty" in message
    write_export(
        tmp_path / "exports", "商品表", ["商品编码", "商品名称", "商品分类"], [["1", "a", "b"]]
    )
    (tmp_path / "exports" / "read.me").write_text("", "utf-8")
    message = failing(*run, "--home", tmp_path / "h")
    assert (
        "商品表.csv (taken for products); read.me (not read: is not a supported file type"
        in message
    )
    assert not (tmp_path / "h").exists(), "nothing is written when nothing can work"


def test_a_file_that_is_no_export_is_named(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    for name in ("order.csv", "browse.xlsx", "platform.toml", "~lock"):
        (tmp_path / "e" / name).write_text("", "utf-8")
    result = linli(
        "run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of", "1990-01-01"
    )
    said = " ".join(result.output.split())
    assert "not read browse.xlsx: the file is empty; export it again, or remove it" in said
    assert "not read order.csv: the file is empty" in said and "lock" not in said


def test_a_date_that_is_none(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    arguments = ("run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of")
    assert "write it like 2026-10-31" in failing(*arguments, "31.10.2026")
    assert "must lie between" in failing(*arguments, "1989-01-01")


def test_a_day_the_exports_do_not_cover(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    message = failing(
        "run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of", "2026-09-10"
    )
    assert "cover 2026-09-04 to 2026-09-04" in message


def test_a_missing_column_is_named_before_anything_runs(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER[:-1], [["1", "1", "2026-09-04 10:00:00", "s"]])
    message = failing(
        "run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of", "2026-09-04"
    )
    assert "orders.csv: the required column quantity_units (数量) is missing" in message


def test_an_export_that_is_not_indispensable_is_named_and_left_out(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    write_export(tmp_path / "e", "browse", ["event_id", "user_id", "occurred_at"], [])
    result = linli(
        "run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of", "1990-01-01"
    )
    said = " ".join(result.output.split())
    assert "not read browse.csv: the required column action (行为) is missing" in said


def test_orders_alone_are_enough(tmp_path: Path) -> None:
    rows = [
        [f"{day}-{user}", "1", f"2026-09-{day:02} 10:00:00", f"s{user % 3}", "2", f"u{user}"]
        for day in range(1, 29)
        for user in range(12)
        if (day + user) % 3
    ]
    write_export(tmp_path / "e", "orders", [*HEADER, "user_id"], rows)
    result = linli(
        "run", "--exports", tmp_path / "e", "--home", tmp_path / "h", "--as-of", "2026-09-28"
    )
    assert result.exit_code == 0, result.output
    assert "lists/restock/2026-09-28" in result.output


def test_an_unknown_data_set_names_the_known_ones(tmp_path: Path) -> None:
    message = failing("import", "mnist", tmp_path, "--out", tmp_path / "o")
    assert "frn50k" in message and "uci_online_retail" in message


def test_lists_before_any_run_says_what_to_do(tmp_path: Path) -> None:
    assert "no list is published yet" in failing("lists", "--home", tmp_path)


def test_lists_after_a_run(finished_run: FinishedRun) -> None:
    result = linli("lists", "--home", finished_run.settings.home)
    assert result.exit_code == 0
    assert "补货清单" in result.output and "唤醒清单" in result.output


def test_a_failed_run_leaves_the_last_good_list_marked(
    finished_run: FinishedRun, tmp_path: Path
) -> None:
    import shutil

    home = tmp_path / "home"
    shutil.copytree(finished_run.settings.home, home, symlinks=True)
    result = linli(
        "run", "--exports", finished_run.settings.exports, "--as-of", "2026-11-10", "--home", home
    )
    assert result.exit_code == 1 and "the exports cover" in result.output
    shown = linli("lists", "--home", home)
    assert "stale" in shown.output and "2026-11-10" in shown.output
    assert f"lists/restock/{finished_run.as_of}" in shown.output


def test_a_run_that_fails_in_dagster_marks_the_lists_too(
    finished_run: FinishedRun, tmp_path: Path
) -> None:
    import shutil

    from data_contracts.lists import DAILY_LIST_NAMES
    from pipelines.definitions import build_defs
    from pipelines.settings import Settings

    home = tmp_path / "home"
    shutil.copytree(finished_run.settings.home / "lists", home / "lists", symlinks=True)
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    settings = Settings.from_environment({}, home=home, exports=tmp_path / "e")
    result = (
        build_defs(settings)
        .resolve_job_def("the_day")
        .execute_in_process(
            partition_key="2026-11-10",
            raise_on_error=False,
            instance=ephemeral(),
            run_config=QUIET,
        )
    )
    assert not result.success
    for name in DAILY_LIST_NAMES:
        state = json.loads((home / "lists" / name / "latest.json").read_text("utf-8"))
        assert state["status"] == "stale" and state["failed_as_of"] == "2026-11-10"
        assert state["last_good"] == finished_run.as_of.isoformat()
