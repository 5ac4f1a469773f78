"""`linli forget`: a person out of every lake, list, quarantine file and vault, and the proof."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import typer

from assets.ingest.forgetting import Removed, forget_in_lake
from assets.resources import outbox
from assets.resources.home import LinliHome
from assets.resources.traces import Searched, search
from data_contracts.errors import LinliError
from data_contracts.lists import WAKE_UP
from pipelines import audit
from pipelines.cli.console import err, out
from pipelines.cli.holding import alone
from pipelines.settings import Settings


@alone("linli forget")
def forget(
    user: str,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
    *,
    is_sure: bool,
) -> None:
    """Remove the user and show that nothing names them; exits 1 when something still does."""
    raw = (sys.stdin.readline() if user == "-" else user).strip()
    if not raw:
        raise LinliError("no user id was given; write it, or - to read it from standard input")
    settings = Settings.of_one_platform(home=home, exports=exports, platform=platform)
    linli = settings.resource()
    if not (linli.root / "lake").is_dir():
        raise LinliError(f"{linli.root}: nothing was loaded here")
    if not is_sure:
        typer.confirm("Remove this person for good? It cannot be undone", abort=True)
    pseudonym = linli.pseudonym_key().pseudonym(raw)
    names = [raw, pseudonym, *_known_phones(linli, pseudonym)]
    removed = [
        forget_in_lake(linli.root, lake, vault, pseudonym, names) for lake, vault in linli.lakes()
    ]
    days = _lists_without(linli, pseudonym)
    _publish_views(linli)
    _say(removed, days)
    _say_what_is_not_ours(settings.home, removed, days)
    found = search(linli.root, names, [vault for _, vault in linli.lakes()], linli.exports_dir)
    audit.note(
        settings.home,
        audit.REMOVALS,
        rows=sum(sum(one.rows.values()) for one in removed),
        sealed=sum(one.sealed for one in removed),
        lists=len(days),
        files_searched=found.files,
        places_left=len(found.places),
    )
    _say_proof(found)


def _known_phones(linli: LinliHome, pseudonym: str) -> list[str]:
    people = [vault.person(pseudonym) for _, vault in linli.lakes()]
    phones = {person["phone"] for person in people if person is not None}
    return sorted(phone for phone in phones if phone)


def _lists_without(linli: LinliHome, pseudonym: str) -> list[date]:
    """Publish anew every list that names the person, and drop the versions that do."""
    folder = linli.lists_dir(WAKE_UP.name)

    def names_them(version: Path) -> bool:
        return any(pseudonym.encode() in path.read_bytes() for path in version.glob("*.csv"))

    days = [
        day
        for day in outbox.published_days(folder)
        if (version := outbox.current(folder, day)) is not None and names_them(version)
    ]
    for day in days:
        _publish_again(linli, day)
    outbox.drop_versions(folder, names_them)
    return days


def _publish_again(linli: LinliHome, day: date) -> None:
    """The list of `day` from its lines as they now stand; where that fails, the day has none."""
    from assets.write.wake_up.wake_up_list import wake_up_list

    done = dg.materialize(
        [wake_up_list],
        partition_key=day.isoformat(),
        resources={"linli": linli},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    if not done.success:
        err.print(
            f"[yellow]withdrawn[/yellow] {WAKE_UP.zh} {day}: it could not be published again; "
            f"run that day with: linli run --as-of {day}"
        )


def _publish_views(linli: LinliHome) -> None:
    """The database people open must not look for files that are gone."""
    if linli.database.is_file() and linli.lakehouse.root.is_dir():
        from assets.write.report.database import people_views

        linli.lakehouse.publish(linli.database, people_views())


def _say(removed: Sequence[Removed], days: Sequence[date]) -> None:
    if all(one.is_nothing for one in removed):
        err.print("[yellow]not known[/yellow] no row names this user; later ones will be left out")
    for one in removed:
        for table, rows in one.rows.items():
            out.print(f"removed {rows:,} rows of {table}")
        if one.handed_back:
            out.print(f"removed {one.handed_back:,} lines of the files to hand back")
        if one.sealed:
            out.print(f"removed {one.sealed:,} sealed entries of the vault")
    for day in days:
        out.print(f"published again without them: {WAKE_UP.zh} {day}")


def _say_what_is_not_ours(home: Path, removed: Sequence[Removed], days: Sequence[date]) -> None:
    files = sorted({name for one in removed for name in one.files})
    if files:
        shown = ", ".join(files[:10]) + (" …" if len(files) > 10 else "")
        err.print(
            f"[yellow]yours to change[/yellow] {len(files)} export file(s) still name them: "
            f"{shown}; loaded again, those rows are left out",
            markup=True,
        )
    delivered = [
        line["file"]
        for line in audit.noted(home, audit.DELIVERIES)
        if line["day"] in {day.isoformat() for day in days} and Path(line["file"]).exists()
    ]
    for name in delivered:
        err.print(f"[yellow]yours to delete[/yellow] delivered earlier, may name them: {name}")


def _say_proof(found: Searched) -> None:
    if found.places:
        for place in found.places:
            err.print(f"[red]still named in[/red] {place}")
        raise LinliError(
            f"{len(found.places)} of {found.files:,} files still name this person; "
            "run again when no run is under way"
        )
    out.print(f"proof: {found.files:,} files searched, nothing names this person")
