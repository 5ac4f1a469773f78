"""What a home holds, in a form that two homes can be compared by.

Left out is what differs between two undisturbed runs: the clock, durations, names with a random or
process number in them, versions of tables, caches and indexes that are made anew when they do not
fit.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse, stored_columns, table_by_name
from assets.resources.outbox.outbox import LATEST, current, problems, published_days
from assets.resources.vault.vault import Book, Vault
from data_contracts.table import Table
from pipelines.cli.commands.deliver import NOT_DELIVERED, STARTED
from pipelines.web import audit

State = dict[str, Any]

# Columns that tell how a run went and not what came of it.
WALL_CLOCK = {"run_steps": {"seconds", "peak_memory_mib"}, "restock_edits": {"taken_at"}}
_CLOCKED = {
    "at", "files_searched", "made_at", "published_at", "run_id", "steps", "check_seconds",
    "step_seconds", "total_seconds", "peak_memory_mib", "sha256", "bytes", "seconds",
}  # fmt: skip
# Caches and indexes: judged by what is loaded with them.
_DERIVED = ("_keys",)
_DERIVED_TABLES = {"inbox_manifest"}
_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27,}|[0-9a-f]{32}|\b\d{1,7}\.tmp|(?<=-)\d{6}(?=\.sealed)"
)
# Folders whose files only their owner may read.
_PRIVATE = ("vault", "quarantine", "audit", "lake/.scratch")


def state_of(home: LinliHome) -> State:
    """Everything a home holds that a run must leave the same, disturbed before or not."""
    found: State = {}
    for lake, vault in home.lakes():
        found |= {f"table {name}": rows for name, rows in _tables(lake).items()}
        found |= _beside(lake)
        found |= {f"vault {book}": rows for book, rows in _books(vault).items()}
    found |= {f"file {name}": text for name, text in _handed_back(home.root).items()}
    found |= _published(home.root)
    found |= _reports(home.root)
    found |= {f"model {name}": text for name, text in _models(home.root).items()}
    found |= _audit(home.root)
    found |= _beside_home(home.root.parent)
    found["files in place"] = _files(home.root)
    found["files others may read"] = _wide(home.root)
    return found


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs between two states, in a line each; no value of a row is shown."""
    said = []
    for name in sorted(expected.keys() | found.keys()):
        before, after = expected.get(name), found.get(name)
        if before == after:
            continue
        if isinstance(before, list) and isinstance(after, list):
            lost = [item for item in before if item not in after]
            more = [item for item in after if item not in before]
            shown = "" if name.startswith(("table", "vault")) else f" {lost[:3]} {more[:3]}"
            said.append(
                f"{name}: {len(before)} expected, {len(after)} found, "
                f"{len(lost)} missing, {len(more)} more{shown}"
            )
        else:
            said.append(
                f"{name}: differs"
                if name in expected and name in found
                else f"{name}: " + ("missing" if name in expected else "not expected")
            )
    return said


def _tables(lake: Lakehouse) -> dict[str, list[str]]:
    names = sorted(path.parent.name for path in lake.root.glob("*/_delta_log"))
    tables = [table_by_name(name) for name in names if name not in _DERIVED_TABLES]
    if not tables:
        return {}
    with lake.session(*tables) as session:
        return {
            table.name: _rows(table, session.arrow(f"select * from {table.name}"))
            for table in tables
        }


def _rows(table: Table, found: pa.Table) -> list[str]:
    names = [
        name for name in stored_columns(table) if name not in WALL_CLOCK.get(table.name, set())
    ]
    return sorted(map(repr, zip(*(found.column(name).to_pylist() for name in names), strict=True)))


def _beside(lake: Lakehouse) -> State:
    """Notes beside the tables: days no check has looked at (not by which version), renames."""
    found: State = {}
    for path in sorted(lake.root.glob("_touched/*.json")):
        found[f"touched {path.stem}"] = sorted(json.loads(path.read_text("utf-8")))
    for name in (
        "_sku_renames.json",
        "_product_units.json",
        "_pseudonyms.json",
        "_forgetting.json",
    ):
        if (lake.root / name).is_file():
            found[f"note {name}"] = (lake.root / name).read_text("utf-8")
    return found


def _books(vault: Vault) -> dict[str, list[str]]:
    return {
        book.title: sorted(map(repr, vault.read(book).to_pylist()))
        for book in Book
        if vault.folder.is_dir()
    }


def _handed_back(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8-sig")
        for path in sorted((root / "quarantine").glob("*.csv"))
    }


def _published(root: Path) -> State:
    """Of each list the version people see, and what is said of it."""
    found: State = {}
    for folder in sorted((root / "lists").glob("*")):
        found[f"list {folder.name}"] = json.loads((folder / LATEST).read_text("utf-8"))
        for day in published_days(folder):
            version = current(folder, day)
            name = f"list {folder.name} {day}"
            found[name] = [] if version is None else problems(version)
            for path in sorted(version.rglob("*")) if version is not None else ():
                if not path.is_file():
                    continue
                found[f"{name} {path.relative_to(version).as_posix()}"] = _content(path)
    return found


def _content(path: Path) -> Any:
    if path.suffix == ".json":
        return _without_clock(json.loads(path.read_text("utf-8")))
    if path.suffix == ".parquet":
        return sorted(map(repr, pq.read_table(path).to_pylist()))
    if path.suffix == ".xlsx":
        return "a workbook"  # what it holds stands in the CSV beside it
    return path.read_bytes()


def _reports(root: Path) -> State:
    return {
        f"report {path.relative_to(root / 'reports')}": _content(path)
        for path in sorted((root / "reports").glob("*/*.json"))
    }


def _without_clock(item: Any) -> Any:
    """JSON without what the clock and random names put into it."""
    if isinstance(item, dict):
        return {
            name: _without_clock(value)
            for name, value in item.items()
            if name not in _CLOCKED and not name.startswith("table_version")
        }
    if isinstance(item, list):
        return [_without_clock(value) for value in item]
    return item


def _models(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root / "models").as_posix(): path.read_text("utf-8", "replace")
        for path in sorted((root / "models").rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _audit(root: Path) -> State:
    """Lines of every book; an attempt that delivered nothing is noted, and makes no difference."""
    found: State = {}
    for path in sorted((root / "audit").glob("*.jsonl")):
        lines = [_without_clock(line) for line in audit.entries(root, path.stem)]
        for failed in [line for line in lines if line.get("state") == NOT_DELIVERED]:
            lines.remove(failed)
            lines.remove(failed | {"state": STARTED})
        found[f"audit {path.stem}"] = [json.dumps(line, sort_keys=True) for line in lines]
    return found


def _beside_home(folder: Path) -> State:
    """What was written outside the home: delivered files, proposed mappings."""
    paths = [*(folder / "out").glob("**/*"), *(folder / "exports").glob("**/mappings/*")]
    return {
        f"beside {path.relative_to(folder)}": _content(path)
        for path in sorted(paths)
        if path.is_file()
    }


def _files(root: Path) -> list[str]:
    """Names of all files but those of tables, of which the log says what counts."""
    found = set()
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        parts = path.relative_to(root).parts
        is_derived = parts[0] == "dagster" or any(part in _DERIVED for part in parts)
        is_of_table = any((parent / "_delta_log").is_dir() for parent in path.parents)
        if path.is_file() and not is_derived and not is_of_table:
            found.add(_RANDOM.sub("*", name))
    return sorted(found)


def _wide(root: Path) -> list[str]:
    """Files of people's data, and of scratch, that others than the owner may read."""
    return sorted(
        _RANDOM.sub("*", path.relative_to(root).as_posix())
        for folder in _PRIVATE
        for path in (root / folder).rglob("*")
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077 and path.name != ".lock"
    )


def uncommitted(root: Path) -> list[Path]:
    """Files of tables in which no current row stands."""
    found = []
    for log in root.glob("lake/*/*/_delta_log"):
        table = log.parent
        live = set(pa.table(DeltaTable(str(table)).get_add_actions()).column("path").to_pylist())
        found += [
            path
            for path in table.rglob("*.parquet")
            if "_delta_log" not in path.parts and path.relative_to(table).as_posix() not in live
        ]
    return found
