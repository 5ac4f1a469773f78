"""Publish the nowcast of an open day to the buyer, complete or not at all.

Not here: its figures (`assets/predict/nowcast`), the lists of a closed day. The nowcast of a later
clock time replaces that of an earlier one.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.resources.outbox import outbox
from data_contracts.lists import NOWCAST
from data_contracts.records.json_form import to_json
from data_contracts.records.manifest import Manifest
from data_contracts.tables.bookkeeping import PROVENANCE_TABLES
from data_contracts.tables.nowcast import WAREHOUSE_NOWCAST


@day_asset(
    NOWCAST.table(),
    deps=["order_nowcast"],
    reads=(WAREHOUSE_NOWCAST, *PROVENANCE_TABLES),
    kinds={"excel", "csv"},
)
def nowcast_list(run: DayRun) -> Written:
    """当日订单预估: units ordered so far and expected until the cut-off, per warehouse and SKU.

    CSV and XLSX with a manifest; the workbook adds the sums per warehouse, pieces and kilograms
    apart. Sorted by warehouse, the largest of the day first.
    """
    from assets.publish import provenance
    from assets.publish.lists.publish_list import relative_path
    from assets.resources.outbox.spreadsheet import displayed_table, write_csv
    from assets.resources.outbox.workbook import Sheet, write_xlsx

    with run.session() as session:
        lines = session.arrow(NOWCAST.query(), as_of=run.as_of)
        summary = session.arrow(
            "select * from warehouse_nowcast where as_of = $as_of order by warehouse_id, sale_unit",
            as_of=run.as_of,
        )
        fallbacks = provenance.fallbacks(session, run)
    moments = set(lines.column("known_until_at").to_pylist())
    manifest = Manifest(
        as_of=run.as_of.isoformat(),
        list=NOWCAST.name,
        title_zh=NOWCAST.zh,
        rows=lines.num_rows,
        platform=provenance.platform_facts(run),
        cutoff=run.platform.cutoff,
        data_before=max(map(str, moments), default=None),
        fallbacks=fallbacks,
    )
    cells = displayed_table(NOWCAST.columns, lines)
    sheets = [
        Sheet(NOWCAST.zh, NOWCAST.columns, cells, NOWCAST.frozen_columns),
        Sheet("汇总", NOWCAST.summary, displayed_table(NOWCAST.summary, summary), 2),
    ]
    files: dict[str, outbox.Writer] = {
        NOWCAST.file_name(run.as_of, "csv"): lambda path: write_csv(path, NOWCAST.columns, cells),
        NOWCAST.file_name(run.as_of, "xlsx"): lambda path: write_xlsx(path, sheets, run.as_of),
    }
    folder = run.home.lists_dir(NOWCAST.name)
    published = outbox.publish(folder, run.as_of, files, to_json(manifest))
    return Written(lines.num_rows, {"folder": relative_path(run, published.folder)})
