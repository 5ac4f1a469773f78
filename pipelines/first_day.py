"""Find the first business day of a platform: its first partition in Dagster."""

from datetime import date

from assets.resources.home import LinliHome
from data_contracts.errors import LinliError
from data_contracts.exports import ORDERS
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from models.clock import FIRST_DAY

_FIRST = "select min(first_day) from ingest_ledger where export = $export"


def first_day(home: LinliHome) -> date:
    """Return the first business day with an order; FIRST_DAY when no order is loaded yet."""
    try:
        lake = home.lakehouse
    except LinliError:  # several platforms, or a platform.toml that cannot be read
        return FIRST_DAY
    if not lake.path(INGEST_LEDGER).is_dir():
        return FIRST_DAY
    with lake.session(INGEST_LEDGER) as session:
        first = session.scalar(_FIRST, export=ORDERS.name)
    return first or FIRST_DAY
