"""Compute the asset `restock_list`, which `restock_list.py` declares and describes."""

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.publish.lists import previews
from assets.publish.lists.order_files import order_files, stated_preset
from assets.publish.lists.publish_list import EmptyListError, publish_list, relative_path
from assets.publish.lists.restock_pages.pages import restock_pages
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.lists import RESTOCK


def make_restock_list(run: DayRun) -> Written:
    """Compute the asset `restock_list` for the business date of `run`."""
    with run.session() as session:
        lines = session.arrow(RESTOCK.query(), as_of=run.as_of)
        if lines.num_rows == 0:
            _accept_empty(session, run)
        summary = session.arrow(sql_beside(__file__, "restock_summary.sql"), as_of=run.as_of)
        to_order = sum(summary.column("lines_to_order").to_pylist())
        preset = stated_preset(run.platform.order_preset, run.home.exports_dir, run.fallback)
        warehouses = len(set(lines.column("warehouse_id").to_pylist()))
        published = publish_list(
            run,
            session,
            RESTOCK,
            lines=lines,
            summary=summary,
            models=("demand_forecast",),
            figures={"lines_to_order": to_order, "warehouses": warehouses},
            first_pages=lambda draft: restock_pages(draft.lines, draft.manifest),
            more_files=lambda draft: order_files(draft, preset),
        )
        picture = previews.forecast_and_sold(session, run.as_of)
    return Written(
        lines.num_rows,
        {
            "folder": relative_path(run, published.folder),
            **previews.links(run, RESTOCK),
            "lines_to_order": to_order,
            "warehouses": warehouses,
            "preview": previews.first_lines(RESTOCK, lines),
            **({"forecast and sold": picture} if picture else {}),
            "dagster/column_lineage": previews.lineage(RESTOCK.columns, RESTOCK.source.name),
        },
    )


def _accept_empty(session: Session, run: DayRun) -> None:
    """Accept an empty list only if nothing was ever sold; else raise EmptyListError."""
    series = session.scalar(
        "select count(*) from (select distinct warehouse_id, sku_id from demand_day "
        "where as_of = $as_of)",
        as_of=run.as_of,
    )
    if series:
        raise EmptyListError(
            f"the restock list of {run.as_of} has no line although {series} warehouse-SKU series "
            "have a history: nothing is published, the last good list stays; "
            "run restock_lines again",
            f"{run.as_of} 的补货清单没有任何行，但有 {series} 个网格仓×商品有销售历史："
            "没有发布，仍保留上一份可用清单；请重新运行 restock_lines",
        )
    run.fallback(
        "empty_restock_list",
        "no warehouse and SKU has a history: the list is empty",
        "没有任何网格仓的任何商品有销售历史，补货清单为空",
    )
