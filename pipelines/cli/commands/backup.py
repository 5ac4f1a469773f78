"""Back up a whole home into one archive and restore it: `linli backup`, `linli restore`."""

from __future__ import annotations

from pathlib import Path

from assets.resources.home_folder.backup_archive import ArchiveContents, read_archive, write_archive
from assets.resources.home_folder.platforms import Platforms
from data_contracts.errors import LinliError
from pipelines.cli.console import err, out
from pipelines.cli.home_lock import hold_home_lock
from pipelines.cli.language import say
from pipelines.settings import Settings


def back_up(target: Path, home: Path | None, *, with_keys: bool) -> None:
    """Write the home to one archive; raises LinliError without a home or if the target exists."""
    settings = Settings.from_environment(home=home)
    if not settings.platforms():
        raise LinliError(
            f"{settings.home}: nothing is loaded here, so there is nothing to back up",
            f"{settings.home}：这里没有导入过任何数据，无需备份",
        )
    with hold_home_lock(settings, "linli backup", is_reading=True):
        kept = write_archive(settings.home, target.expanduser().absolute(), with_keys=with_keys)
    said = say(f"kept in {target}: {_sum(kept)}", f"已备份到 {target}：{_sum_zh(kept)}")
    out.print(said, markup=False)
    for name in kept.left_out:
        what = say("points outside the home and is left out", "指向目录之外，未备份")
        err.print(f"{name}: {what}", markup=False)
    for platform in Platforms(settings.home).all():
        folder = platform.exports_folder(settings.home)
        if folder is not None and not folder.is_relative_to(settings.home):
            what = say(
                "these exports are outside the home and not included", "导出文件在别处，未备份"
            )
            err.print(f"{folder}: {what}", markup=False)
    if with_keys:
        said = say(
            "the keys are included: anyone with this file can read all names and phones",
            "密钥已在其中：得到此文件的人可读出所有姓名与电话",
        )
    else:
        said = say(
            "the keys are not included: keep vault/*.key separately, a restored home needs them",
            "密钥不在其中：请另行保管 vault/*.key，恢复后需要它们",
        )
    out.print(said, markup=False)


def restore(source: Path, home: Path) -> None:
    """Verify an archive and restore it as `home`, completely or not at all."""
    archive = source.expanduser().absolute()
    if not archive.is_file():
        raise LinliError(f"{archive}: no such file", f"{archive}：没有这个文件")
    settings = Settings.from_environment(home=home)
    kept = read_archive(archive, settings.home)
    settings = Settings.from_environment(home=home)
    _publish_views(settings)
    where = settings.home
    out.print(
        say(f"restored to {where}: {_sum(kept)}", f"已恢复到 {where}：{_sum_zh(kept)}"),
        markup=False,
    )
    if not kept.has_keys:
        said = say(
            f"the keys were not included: put them into {where / 'vault'}, or set "
            "LINLI_PSEUDONYM_KEY and LINLI_VAULT_KEY",
            f"密钥不在其中：请放回 {where / 'vault'}，或设置 LINLI_PSEUDONYM_KEY 与 "
            "LINLI_VAULT_KEY",
        )
        out.print(said, markup=False)


def _publish_views(settings: Settings) -> None:
    """Publish the database views again: they contain absolute paths, which have changed."""
    from assets.publish.database.database_steps import people_views

    for platform in settings.platforms():
        linli = settings.linli_home().of(platform)
        linli.lakehouse.publish(linli.database, people_views())


def _sum(kept: ArchiveContents) -> str:
    return f"{kept.files:,} files, {kept.size_bytes / 1e6:,.1f} MB, each with its sha256"


def _sum_zh(kept: ArchiveContents) -> str:
    return f"{kept.files:,} 个文件，{kept.size_bytes / 1e6:,.1f} MB，均有 sha256 校验"
