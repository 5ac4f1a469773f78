"""Show the first lines of a list in Dagster, and the forecast next to actual sales.

Not here: the list itself. No column about a person is shown, masked or not: requests to forget a
person do not reach Dagster's store.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.framework.day_asset import DayRun
from assets.publish.lists.publish_list import relative_path
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.outbox.spreadsheet import displayed_table
from data_contracts.lists import ListColumn, ListSpec

LINES = 8
_SHOWN = {
    "warehouse_id", "sku_name", "suggested_units", "sale_unit", "suggested_packs", "priority",
    "action", "channel", "contact_hour", "offer_yuan", "flag_zh",
}  # fmt: skip
_SHOWN_DAYS = 28

# Sold and forecast the evening before, of the series that had a forecast; and what is to come.
_FORECAST_AND_SOLD = """
select d.day, sum(d.sold_units) as sold, sum(coalesce(f.sold_units, f.mean_units)) as forecast
from demand_day d
join demand_forecast f
  on f.warehouse_id = d.warehouse_id and f.sku_id = d.sku_id and f.target_day = d.day
where d.as_of = $as_of and d.day > $since and f.as_of >= $since and f.horizon = 'day_1'
group by d.day
union all
select target_day, null, sum(coalesce(sold_units, mean_units))
from demand_forecast
where as_of = $as_of and horizon in ('day_1', 'day_2', 'day_3')
group by target_day
order by 1
"""


def first_lines(spec: ListSpec, lines: pa.Table) -> dg.MetadataValue:
    """Return the first lines as a markdown table, without columns about people."""
    columns = [column for column in spec.columns if column.column.name in _SHOWN]
    rows = displayed_table(columns, lines.slice(0, LINES)).to_pylist()
    head = ["| " + " | ".join(column.header for column in columns) + " |"]
    head.append("|" + "|".join("---" for _ in columns) + "|")
    body = ["| " + " | ".join(_cell(row[c.header]) for c in columns) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join([*head, *body]))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text.replace("|", "｜").replace("\n", " ")


def lineage(columns: Sequence[ListColumn], source: str) -> dg.TableColumnLineage:
    """Trace each column of a list to the column of the same name in the table `source`."""
    return dg.TableColumnLineage(
        {
            column.column.name: [
                dg.TableColumnDep(asset_key=source, column_name=column.column.name)
            ]
            for column in columns
        }
    )


def links(run: DayRun, spec: ListSpec) -> dict[str, dg.MetadataValue]:
    """Return the paths of the list, its workbook and the day's run card, relative to the home."""
    folder = run.home.lists_dir(spec.name) / run.as_of.isoformat()
    paths = {
        "list": folder / spec.file_name(run.as_of, "csv"),
        "workbook": folder / spec.file_name(run.as_of, "xlsx"),
        "run_card": run.home.report_dir(run.as_of) / "run_card.html",
    }
    return {name: dg.MetadataValue.path(relative_path(run, path)) for name, path in paths.items()}


def forecast_and_sold(session: Session, as_of: date) -> dg.MetadataValue | None:
    """Draw sales and forecast of the last weeks and the days ahead; None with under two days."""
    since = as_of - timedelta(days=_SHOWN_DAYS)
    rows = session.rows(_FORECAST_AND_SOLD, as_of=as_of, since=since)
    if len(rows) < 2:
        return None
    picture = base64.b64encode(_chart_png(rows)).decode()
    return dg.MetadataValue.md(f"![forecast and sold](data:image/png;base64,{picture})")


def _chart_png(rows: Sequence[tuple[date, float | None, float | None]]) -> bytes:
    import matplotlib  # takes a third of a second, which every other step can do without
    from matplotlib.figure import Figure

    style: Any = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(5.2, 2.2), dpi=80, layout="constrained")
        axes = figure.subplots()
        nan = float("nan")
        positions = range(len(rows))
        for name, line, values in (
            ("sold", "o-", [sold for _, sold, _ in rows]),
            ("forecast", "o--", [forecast for _, _, forecast in rows]),
        ):
            heights = [nan if value is None else value for value in values]
            axes.plot(positions, heights, line, ms=3, label=name)
        labelled = positions[:: max(1, len(rows) // 7)]
        axes.set_xticks(list(labelled), [f"{rows[x][0]:%m-%d}" for x in labelled])
        axes.set_ylim(bottom=0)
        axes.set_ylabel("units a day")
        axes.legend(frameon=False, ncols=2, loc="lower left")
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
