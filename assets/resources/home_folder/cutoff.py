"""Check that the rows of a lake match the cut-off and UTC offset stated for the platform.

The business day of a stored row depends on the cut-off it was loaded with, its timestamps on the
offset. If either is changed later, nothing is computed until the change is accepted, which reads
the exports again.
"""

from __future__ import annotations

from assets.resources.home import LinliHome
from assets.resources.home_folder.platforms import PLATFORM_FILE
from assets.resources.home_folder.stored_platform import StoredPlatform
from data_contracts.errors import LinliError
from data_contracts.exports import ORDERS
from data_contracts.platform_file import Platform
from data_contracts.tables.bookkeeping import INGEST_LEDGER


def changed_day_setting(home: LinliHome) -> tuple[str, str, str] | None:
    """Return name, old and new value of the setting that changed since loading.

    None when nothing changed or nothing was loaded.
    """
    stored, stated = home.stored, home.platform()
    is_as_loaded = (stored.cutoff, stored.utc_offset) == (stated.cutoff, stated.utc_offset)
    if is_as_loaded or not home.lakehouse.has_rows(INGEST_LEDGER):
        return None
    return _changed(home, stored, stated)


def require_same_business_day(home: LinliHome) -> None:
    """Raise LinliError when the lake was loaded with another cut-off or offset."""
    if home.chosen_lake:
        return
    changed = changed_day_setting(home)
    if changed is not None:
        name, before, now = changed
        file = home.exports_dir / PLATFORM_FILE
        raise LinliError(
            f"{name} was {before} when the rows of this home were loaded and is {now} now, so that "
            "their business days would be wrong. Accept it with: linli run --accept-cutoff "
            f'(reads every export again), or state {name} = "{before}" again in {file}',
            f"导入已有数据时 {name} 为 {before}，现在是 {now}，业务日会算错。"
            "如确实要改，请运行 linli run --accept-cutoff（会重新读取全部导出文件）；"
            f'否则请在 {file} 中改回 {name} = "{before}"',
        )


def record_platform(home: LinliHome) -> None:
    """Record in the home which platform is loaded, from where and with which cut-off.

    Raises LinliError when existing rows were loaded with other settings, or another id is stated.
    """
    if home.chosen_lake:
        return
    stored, stated = home.stored, home.platform()
    if stated.id and stored.id and stated.id != stored.id:
        raise LinliError(
            f"{home.exports_dir / PLATFORM_FILE}: states id {stated.id!r}, but the platform "
            f"chosen is {stored.id!r}; choose the other one, or correct the id",
            f"{home.exports_dir / PLATFORM_FILE}：写的是 id {stated.id!r}，而所选平"
            f"台是 {stored.id!r}；请改选平台，或更正 id",
        )
    require_same_business_day(home)
    home.platforms.note(
        stored,
        home.exports_dir,
        stated,
        cutoff=stated.cutoff,
        utc_offset=stated.utc_offset,
    )


def _changed(
    home: LinliHome, stored: StoredPlatform, stated: Platform
) -> tuple[str, str, str] | None:
    if stored.cutoff is None:
        before = _cutoff_of_rows(home, stated)
        if before is not None:
            return "cutoff", before, stated.cutoff
    elif stored.cutoff != stated.cutoff:
        return "cutoff", stored.cutoff, stated.cutoff
    if stored.utc_offset is not None and stored.utc_offset != stated.utc_offset:
        return "utc_offset", stored.utc_offset, stated.utc_offset
    return None


def _cutoff_of_rows(home: LinliHome, stated: Platform) -> str | None:
    """Return the latest cut-off that fits the stored orders; None when the stated one fits."""
    with home.lakehouse.session(ORDERS) as session:
        rows = session.rows(
            "select max(minute) filter (not is_next), min(minute) filter (is_next) from (select "
            "hour(ordered_at) * 60 + minute(ordered_at) as minute, "
            "business_date > ordered_at::date as is_next from orders where ordered_at is not null)"
        )
    last, first = rows[0]
    earliest = 1 if last is None else last + 1
    latest = 1440 if first is None else first
    if earliest <= stated.cutoff_minutes <= latest:
        return None
    return f"{latest // 60:02}:{latest % 60:02}"
