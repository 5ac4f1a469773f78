"""Compute the asset `supply_options`, which `supply_options.py` declares and describes."""

from datetime import timedelta

from assets.framework.day_asset import DayRun, Written, sql_beside
from data_contracts.tables.supply import SUPPLY_OPTIONS
from models.params.supply import SUPPLY

_FLAGS = (
    "select flag, count(*)::bigint from (select unnest(string_split(flags, '|')) as flag "
    "from supply_options where as_of = $as_of and choice_rank = 1) group by 1 order by 1"
)


def make_supply_options(run: DayRun) -> Written:
    """Compute the asset `supply_options` for the business date of `run`."""
    day = {"as_of": run.as_of, "as_of_end": run.as_of_end}
    since = {"since": run.as_of - timedelta(days=SUPPLY.seen_days)}
    ordered_since = {"since": run.as_of - timedelta(days=SUPPLY.history_days)}
    with run.session() as session:
        session.table("supply_pairs", sql_beside(__file__, "supply_pairs.sql"), **day, **since)
        session.table(
            "terms_of_day",
            sql_beside(__file__, "terms_of_day.sql"),
            first_day=run.as_of + timedelta(days=1),
        )
        session.table(
            "named_suppliers",
            sql_beside(__file__, "named_suppliers.sql"),
            as_of_end=run.as_of_end,
            **ordered_since,
        )
        rows = session.replace(
            SUPPLY_OPTIONS,
            run.as_of,
            sql_beside(__file__, "supply_options.sql"),
            pack_change_days=SUPPLY.pack_change_days,
            **day,
        )
        flags = dict(session.rows(_FLAGS, as_of=run.as_of))
    return Written(rows, {"flags_of_first_choice": str(flags)})
