"""Compute the asset `database`, which `database.py` declares and describes.

Contains the choice of views. Not here: how the file is built (`Lakehouse.publish`).
"""

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.publish.database.user_values import user_values
from assets.publish.lists.publish_list import relative_path
from assets.resources.lakehouse.sql_text import literal
from data_contracts.lists import DAILY_LISTS, DATA_DICTIONARY, ListSpec
from data_contracts.stored_tables import STORED_TABLES
from data_contracts.table import Table


def make_database(run: DayRun) -> Written:
    """Compute the asset `database` for the business date of `run`."""
    views = people_views()
    run.lake.publish(run.home.database, views)
    return Written(
        _columns(),
        {
            "file": relative_path(run, run.home.database),
            "views": len(STORED_TABLES) + len(views),
        },
    )


def people_views() -> dict[str, str]:
    """Return the views in addition to those of the contracts: name → SQL."""
    return {
        "user_profile": sql_beside(__file__, "user_profile.sql"),
        "user_values": user_values(),
        "label_history": sql_beside(__file__, "label_history.sql"),
        "labels_changed": sql_beside(__file__, "labels_changed.sql"),
        **{f"{spec.name}_today": _today(spec) for spec in DAILY_LISTS},
        DATA_DICTIONARY.name: _dictionary(),
    }


def _today(spec: ListSpec) -> str:
    """Write the SQL of the newest list, filtered and sorted as published, with stored names."""
    newest = f"(select max(as_of) from {spec.source.name})"
    return spec.query().replace("$as_of", newest)


def _columns() -> int:
    return sum(len(table.lake_columns) for table in STORED_TABLES)


def _dictionary() -> str:
    rows = ",\n".join(
        f"({', '.join(literal(value) for value in row)})"
        for table in STORED_TABLES
        for row in _described(table)
    )
    names = ", ".join(DATA_DICTIONARY.column_names)
    return f"select * from (values {rows}) as d ({names})"


def _described(table: Table) -> list[tuple[str, ...]]:
    return [
        (
            table.name,
            table.zh,
            column.name,
            column.zh,
            column.type.name.lower(),
            column.unit.value,
            column.personal.value,
            column.meaning,
        )
        for column in table.lake_columns
    ]
