"""Compute the asset `run_card`, which `run_card.py` declares and describes.

Not here: the rules of the verdict (`models.monitoring.run_verdict`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from assets.checks.checks_page import NOT_EVALUATED
from assets.checks.store import stored_results
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.ingest.match.match_headers import LINE_PARTS
from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS
from assets.publish import provenance
from assets.publish.lists.publish_list import relative_path
from assets.publish.reports.feedback_section import feedback_section
from assets.publish.reports.lost_sales_section import lost_sales_section
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.outbox import outbox
from assets.resources.outbox.html_page import add_cell_labels, load_template
from data_contracts.codes.wake_up import LeftOut
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.lists import DAILY_LISTS, OPEN_DAY_STEPS
from data_contracts.records.json_form import to_json
from data_contracts.records.manifest import Freshness, PublishedFile
from data_contracts.records.run_card import (
    CardList,
    CardReason,
    ChurnAccuracy,
    ChurnBacktest,
    DemandAccuracy,
    DemandBacktest,
    DerivedColumn,
    MoneyBalance,
    QuarantineReason,
    RepairCount,
    RunCard,
    StepUsage,
)
from data_contracts.repairs import RepairKind
from models.demand.drift import wording as drift_words
from models.monitoring import next_steps
from models.monitoring import run_verdict as rules
from models.params.drift import DRIFT
from models.verdict import verdict_of

# Figures of a list's manifest in addition to its rows.
_FIGURES = ("lines_to_order", "warehouses", "held_out_users", "left_out_users", "rows_by_action")


def make_run_card(run: DayRun) -> Written:
    """Compute the asset `run_card` for the business date of `run`."""
    card = build_run_card(run)
    folder = run.home.report_dir(run.as_of)
    text = json.dumps(to_json(card), ensure_ascii=False, indent=1) + "\n"
    outbox.write_atomically(folder / "run_card.json", text.encode())
    outbox.write_atomically(folder / "run_card.html", render_run_card(card).encode())
    return Written(
        1,
        {
            "verdict": card.verdict,
            "结论": card.verdict_zh,
            "file": relative_path(run, folder / "run_card.html"),
            "checks_seconds": round(card.check_seconds.exports, 2),
            "checks_share_of_ingest": _percent(card.check_seconds.share_of_ingest),
            "reasons": dg.MetadataValue.md(
                "\n".join(
                    f"- **{group['zh']}** {reason['message_zh']} {reason['step_zh']}"
                    for group in next_steps.groups(to_json(card.reasons))
                    for reason in group["reasons"]
                )
                or "-"
            ),
        },
    )


def build_run_card(run: DayRun) -> RunCard:
    """Collect the figures of the run and derive the verdict.

    Raises `UnbalancedError` if rows or money of a file do not add up.
    """
    with run.session() as session:
        rules.require_balance(session.frame("select * from ingest_ledger"))
        exports = _exports(session, run.as_of)
        not_read = provenance.not_read(session, run)
        fallbacks = provenance.fallbacks(session, run)
        demand, demand_day = _latest(session, "demand_backtest", run.as_of)
        churn, churn_day = _latest(session, "churn_backtest", run.as_of)
        steps = _records(
            session.frame(
                "select step, seconds, peak_memory_mib, rows from run_steps "
                "where as_of = $as_of and step not in (select unnest($others)) "
                "order by seconds desc, step",
                as_of=run.as_of,
                others=[run.step, *OPEN_DAY_STEPS],
            )
        )
        quarantined = _records(session.frame(sql_beside(__file__, "quarantine_reasons.sql")))
        repairs = _records(
            session.frame(sql_beside(__file__, "repair_counts.sql"), derived=RepairKind.MADE.value)
        )
        derived = derived_columns(session)
        money = _records(session.frame(sql_beside(__file__, "money_balance.sql")))
        files_without_rows = _records(
            session.frame(sql_beside(__file__, "files_without_loaded_rows.sql"), totals=TOTALS)
        )
        feedback = feedback_section(session, run.as_of)
        lost_sales = lost_sales_section(session, run.as_of)
        drift = drift_words.drift_section(
            session.frame(
                "select * from demand_drift where as_of = $as_of order by kind, name",
                as_of=run.as_of,
            )
        )
        versions = provenance.model_versions(session, run.as_of, "demand_forecast", "churn_scores")
    checks = _checks(run.home.report_dir(run.as_of))
    lists = _lists(run)
    demand_rows, churn_rows = rules.demand_accuracy(demand), rules.churn_accuracy(churn)
    reasons = [
        *rules.judge_lists(to_json(lists)),
        *rules.judge_exports(
            to_json(exports), [table.name for table in EXPORTS if table.indispensable]
        ),
        *rules.judge_files(files_without_rows),
        *rules.judge_checks(checks),
        *rules.judge_demand(demand_rows),
        *drift_words.judge_drift(drift),
        *rules.judge_churn(churn_rows),
        *rules.judge_fallbacks(to_json(fallbacks)),
    ]
    verdict = verdict_of(reasons)
    seconds = rules.check_seconds(checks, steps, [table.name for table in EXPORTS])
    return RunCard(
        as_of=run.as_of.isoformat(),
        verdict=verdict.value,
        verdict_zh=verdict.zh,
        reasons=[CardReason(**row) for row in next_steps.ordered(reasons)],
        absent_exports=next_steps.absent_zh(to_json(exports)),
        platform=provenance.platform_facts(run),
        cutoff=run.platform.cutoff,
        data_before=provenance.data_before(run),
        lists=lists,
        exports=exports,
        not_read=not_read,
        quarantined=[QuarantineReason(**row) for row in quarantined],
        repairs=[RepairCount(**row, kind_zh=RepairKind.zh_of(row["kind"])) for row in repairs],
        made=derived,
        money=[MoneyBalance(**row) for row in money],
        checks=checks,
        demand_backtest=DemandBacktest(
            as_of=demand_day, rows=[DemandAccuracy(**row) for row in demand_rows]
        ),
        churn_backtest=ChurnBacktest(
            as_of=churn_day, rows=[ChurnAccuracy(**row) for row in churn_rows]
        ),
        drift=drift,
        heard=feedback,
        lost_sales=lost_sales,
        model_versions=versions,
        fallbacks=fallbacks,
        steps=[StepUsage(**row) for row in steps],
        check_seconds=seconds,
        total_seconds=sum(step["seconds"] or 0.0 for step in steps) + seconds.all,
        peak_memory_mib=max((step["peak_memory_mib"] or 0.0 for step in steps), default=None),
    )


def _exports(session: Session, as_of: date) -> dict[str, Freshness]:
    return {
        name: replace(item, rows_in_table=session.scalar(f"select count(*) from {name}"))
        for name, item in provenance.freshness(session, as_of).items()
    }


def derived_columns(session: Session) -> list[DerivedColumn]:
    """List the columns that files lack, with the columns they were derived from.

    So far these are line numbers of orders.
    """
    rows = session.frame(sql_beside(__file__, "derived_columns.sql"), kind=RepairKind.MADE.value)
    derived = []
    for row in _records(rows):
        table = BY_NAME[row["export"]]
        parts = [table.column(name) for name in LINE_PARTS]
        derived.append(
            DerivedColumn(
                **row,
                zh=table.zh,
                column_zh=table.column(row["column_name"]).zh,
                parts=[part.name for part in parts],
                parts_zh=[part.zh for part in parts],
            )
        )
    return derived


def _latest(session: Session, table: str, as_of: date) -> tuple[pd.DataFrame, str | None]:
    """Read the newest backtest up to `as_of`, and its day."""
    frame = session.frame(
        f"select * from {table} where as_of = "
        f"(select max(as_of) from {table} where as_of <= $as_of)",
        as_of=as_of,
    )
    return frame, None if frame.empty else str(frame["as_of"].iloc[0])[:10]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert rows to plain Python values for JSON; a missing value is None."""
    return [
        {
            str(name): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _checks(folder: Path) -> list[dict[str, Any]] | None:
    """Read the day's check results without those of a nowcast; None when no check ran."""
    results = stored_results(folder)
    return [row for row in results if row["table"] not in OPEN_DAY_STEPS] or None


def _lists(run: DayRun) -> list[CardList]:
    lists = []
    for spec in DAILY_LISTS:
        folder = run.home.lists_dir(spec.name)
        version = outbox.current(folder, run.as_of)
        manifest: Mapping[str, Any] = (
            json.loads((version / outbox.MANIFEST).read_text("utf-8")) if version else {}
        )
        lists.append(
            CardList(
                name=spec.name,
                zh=spec.zh,
                published=version is not None,
                problems=outbox.problems(version) if version else [],
                rows=manifest.get("rows"),
                files={
                    name: PublishedFile(**file) for name, file in manifest.get("files", {}).items()
                },
                folder=relative_path(run, folder / run.as_of.isoformat()),
                figures={name: manifest[name] for name in _FIGURES if name in manifest},
                left_out_zh=[
                    (LeftOut.zh_of(reason), users)
                    for reason, users in manifest.get("left_out_users", {}).items()
                ],
            )
        )
    return lists


def render_run_card(card: RunCard) -> str:
    """Render the card as one self-contained HTML page, Chinese first; every value is escaped."""
    filters = {"number": _number, "percent": _percent, "seconds": _seconds}
    template = load_template(__file__, "run_card.html.j2", filters)
    by_urgency = {group["urgency"]: group for group in next_steps.groups(to_json(card.reasons))}
    groups = {urgency.value: by_urgency.get(urgency.value) for urgency in next_steps.Urgency}
    checked = _by_table(card.checks or [])
    return add_cell_labels(template.render(card=card, groups=groups, checked=checked, **_labels()))


def _by_table(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(checks, key=lambda check: check["table"])
    return [
        {
            "table": table,
            "count": len(group),
            "failed": [check for check in group if not check["passed"]],
            "not_evaluated": sum(check.get("status") in NOT_EVALUATED for check in group),
        }
        for table, rows in groupby(ordered, key=lambda check: check["table"])
        for group in [list(rows)]
    ]


def _labels() -> dict[str, Any]:
    return {
        "tone": {"usable": "good", "degraded": "warn", "unusable": "bad"},
        "scopes": rules.SCOPES_ZH | rules.SUMS_ZH,
        "levels": rules.LEVELS_ZH,
        "alarm_days": DRIFT.errors.alarm_run_days,
        "metrics": {
            "auc": "AUC(排序能力)",
            "average_precision": "平均精度",
            "lift_top_decile": "前10%提升度",
            "brier": "Brier(越小越好)",
            "ece": "校准误差(越小越好)",
            "base_rate": "实际流失率",
        },
    }


def _number(value: float | None, decimals: int = 0) -> str:
    return "—" if value is None else f"{value:,.{decimals}f}"


def _percent(value: float | None, decimals: int = 1) -> str:
    return "—" if value is None else f"{value:.{decimals}%}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.1f} 秒" if value < 90 else f"{value / 60:.1f} 分钟"
