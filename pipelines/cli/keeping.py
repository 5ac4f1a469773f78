"""`linli backup` and `linli restore`: a whole home into one archive, and back."""

from __future__ import annotations

from pathlib import Path

from assets.resources.archive import Kept, read_archive, write_archive
from assets.resources.platforms import Platforms
from assets.write.report.database import people_views
from data_contracts.errors import LinliError
from pipelines.cli.console import err, out
from pipelines.cli.holding import only_run
from pipelines.settings import Settings


def back_up(target: Path, home: Path | None, *, with_keys: bool) -> None:
    """Write the home to one archive; raises LinliError without one, or where the place is taken."""
    settings = Settings.from_environment(home=home)
    if not settings.platforms():
        raise LinliError(f"{settings.home}: nothing was loaded here, so there is nothing to keep")
    with only_run(settings, "linli backup"):
        kept = write_archive(settings.home, target.expanduser().absolute(), with_keys=with_keys)
    _say(kept, f"kept in {target}")
    for name in kept.left_out:
        err.print(f"[yellow]left out[/yellow] {name}: leads out of the home", highlight=False)
    for platform in Platforms(settings.home).all():
        folder = platform.exports_folder(settings.home)
        if folder is not None and not folder.is_relative_to(settings.home):
            err.print(f"[yellow]not in it[/yellow] the exports in {folder}: they lie elsewhere")
    if with_keys:
        out.print("the keys are in it: whoever has this file can read everybody's names")
        out.print("密钥已在其中：得到此文件的人可读出所有姓名与电话")
    else:
        out.print("the keys are not in it: keep vault/*.key apart, a restored home needs them")
        out.print("密钥不在其中：请另行保管 vault/*.key，恢复后需要它们")


def restore(source: Path, home: Path) -> None:
    """Put an archive in place as `home`, verified, whole or not at all."""
    archive = source.expanduser().absolute()
    if not archive.is_file():
        raise LinliError(f"{archive}: no such file")
    settings = Settings.from_environment(home=home)
    kept = read_archive(archive, settings.home)
    settings = Settings.from_environment(home=home)
    _publish_views(settings)
    _say(kept, f"restored to {settings.home}")
    if not kept.has_keys:
        out.print(f"the keys were not in it: put them into {settings.home / 'vault'}, or set")
        out.print("LINLI_PSEUDONYM_KEY and LINLI_VAULT_KEY; 请放回密钥文件，或设置以上变量")


def _publish_views(settings: Settings) -> None:
    """The database people open names files by their place, which is another one now."""
    known = settings.platforms()
    if len(known) == 1:
        linli = settings.only_platform().resource()
        linli.lakehouse.publish(linli.database, people_views())


def _say(kept: Kept, what: str) -> None:
    out.print(
        f"{what}: {kept.files:,} files, {kept.size_bytes / 1e6:,.1f} MB, each with its sha256",
        markup=False,
    )
