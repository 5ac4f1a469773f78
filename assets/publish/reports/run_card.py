"""The run card: one page that says whether the day's lists may be trusted, and why.

Belongs here: gathering what the run left behind, and writing it as JSON and as a page. Does not:
the rules of the verdict (`models.monitoring.run_verdict`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from assets.checks.checks_page import NOT_EVALUATED
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.ingest.match.match_headers import LINE_PARTS
from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS
from assets.publish import provenance
from assets.publish.lists.publish_list import relative_path
from assets.publish.reports.feedback_section import heard
from assets.publish.reports.lost_sales_section import lost_sales
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.outbox import outbox
from assets.resources.outbox.html_page import template_beside, with_labels
from data_contracts.codes import LeftOut
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.lists import DAILY_LISTS, RUN_CARD
from data_contracts.repairs import RepairKind
from data_contracts.tables import TABLES
from data_contracts.tables.nowcast import OPEN_DAY_STEPS
from models.demand.drift import wording as drift_words
from models.monitoring import next_steps as steps_of
from models.monitoring import run_verdict as rules
from models.params.drift import DRIFT
from models.verdict import verdict_of

# What a list's manifest says beyond its rows.
_FIGURES = ("lines_to_order", "warehouses", "held_out_users", "left_out_users", "rows_by_action")


@day_asset(
    RUN_CARD,
    name="run_card",
    deps=["restock_list", "wake_up_list", "database", "demand_drift"],
    reads=(*EXPORTS, *TABLES),  # it tells of everything
    kinds={"json", "html"},
)
def run_card(run: DayRun) -> Written:
    """运行报告: `reports/<as-of>/run_card.json` and `.html`: the verdict on the day's lists,
    and what a person is to do about it, first.

    Rows, money and freshness per export (read = loaded + quarantined + duplicate + superseded +
    forgotten is verified, to the fen; an imbalance fails the run), what was repaired, quality
    checks, accuracy beside the naive peers, fallbacks, the lists with their sha256, seconds and
    peak memory per step. This step's own time is not on the card it writes.
    """
    card = gather(run)
    folder = run.home.report_dir(run.as_of)
    text = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
    outbox.write_atomically(folder / "run_card.json", text.encode())
    outbox.write_atomically(folder / "run_card.html", page(card).encode())
    return Written(
        1,
        {
            "verdict": card["verdict"],
            "结论": card["verdict_zh"],
            "file": relative_path(run, folder / "run_card.html"),
            "checks_seconds": round(card["check_seconds"]["exports"], 2),
            "checks_share_of_ingest": _percent(card["check_seconds"]["share_of_ingest"]),
            "reasons": dg.MetadataValue.md(
                "\n".join(
                    f"- **{group['zh']}** {reason['message_zh']} {reason['step_zh']}"
                    for group in steps_of.groups(card["reasons"])
                    for reason in group["reasons"]
                )
                or "-"
            ),
        },
    )


def gather(run: DayRun) -> dict[str, Any]:
    """Everything on the card, ready for JSON. Raises `UnbalancedError` when rows went missing."""
    with run.session() as session:
        rules.refuse_imbalance(session.frame("select * from ingest_ledger"))
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
            session.frame(sql_beside(__file__, "repairs.sql"), made=RepairKind.MADE.value)
        )
        made = made_columns(session)
        money = _records(session.frame(sql_beside(__file__, "money.sql")))
        fruitless = _records(
            session.frame(sql_beside(__file__, "nothing_loaded.sql"), totals=TOTALS)
        )
        told = heard(session, run.as_of)
        lost = lost_sales(session, run.as_of)
        drift = drift_words.drift_section(
            session.frame(
                "select * from demand_drift where as_of = $as_of order by kind, name",
                as_of=run.as_of,
            )
        )
        versions = provenance.model_versions(session, run.as_of, "demand_forecast", "churn_scores")
    checks = _checks(run.home.report_dir(run.as_of) / "checks.json")
    lists = _lists(run)
    demand_rows, churn_rows = rules.demand_accuracy(demand), rules.churn_accuracy(churn)
    reasons = [
        *rules.judge_lists(lists),
        *rules.judge_exports(exports, [table.name for table in EXPORTS if table.indispensable]),
        *rules.judge_files(fruitless),
        *rules.judge_checks(checks),
        *rules.judge_demand(demand_rows),
        *drift_words.judge_drift(drift),
        *rules.judge_churn(churn_rows),
        *rules.judge_fallbacks(fallbacks),
    ]
    verdict = verdict_of(reasons)
    seconds = rules.check_seconds(checks, steps, [table.name for table in EXPORTS])
    return {
        "as_of": run.as_of.isoformat(),
        "verdict": verdict.value,
        "verdict_zh": verdict.zh,
        "reasons": steps_of.ordered(reasons),
        "absent_exports": steps_of.absent_zh(exports),
        **provenance.platform_facts(run),
        "lists": lists,
        "exports": exports,
        "not_read": not_read,
        "quarantined": quarantined,
        "repairs": [row | {"kind_zh": RepairKind.zh_of(row["kind"])} for row in repairs],
        "made": made,
        "money": money,
        "checks": checks,
        "demand_backtest": {"as_of": demand_day, "rows": demand_rows},
        "churn_backtest": {"as_of": churn_day, "rows": churn_rows},
        "drift": drift,
        "heard": told,
        "lost_sales": lost,
        "model_versions": versions,
        "fallbacks": fallbacks,
        "steps": steps,
        "check_seconds": seconds,
        "total_seconds": sum(step["seconds"] or 0.0 for step in steps) + (seconds["all"] or 0.0),
        "peak_memory_mib": max((step["peak_memory_mib"] or 0.0 for step in steps), default=None),
    }


def _exports(session: Session, as_of: date) -> dict[str, dict[str, Any]]:
    exports = provenance.freshness(session, as_of)
    for name, item in exports.items():
        item["rows_in_table"] = session.scalar(f"select count(*) from {name}")
    return exports


def made_columns(session: Session) -> list[dict[str, Any]]:
    """Columns that files have not, with what ours were made of: so far line numbers of orders."""
    rows = session.frame(sql_beside(__file__, "made.sql"), kind=RepairKind.MADE.value)
    found = []
    for row in _records(rows):
        table = BY_NAME[row["export"]]
        parts = [table.column(name) for name in LINE_PARTS]
        found.append(
            row
            | {"zh": table.zh, "column_zh": table.column(row["column_name"]).zh}
            | {"parts": [part.name for part in parts], "parts_zh": [part.zh for part in parts]}
        )
    return found


def _latest(session: Session, table: str, as_of: date) -> tuple[pd.DataFrame, str | None]:
    """Rows of the newest backtest that is not younger than `as_of`, and its day."""
    frame = session.frame(
        f"select * from {table} where as_of = "
        f"(select max(as_of) from {table} where as_of <= $as_of)",
        as_of=as_of,
    )
    return frame, None if frame.empty else str(frame["as_of"].iloc[0])[:10]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python values that JSON knows; a missing value is None."""
    return [
        {
            str(name): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _checks(path: Path) -> list[dict[str, Any]] | None:
    """Results the check steps of this day wrote, not those of a nowcast; None when none ran."""
    if not path.is_file():
        return None
    written = json.loads(path.read_text("utf-8"))
    return [row for row in written if row["table"] not in OPEN_DAY_STEPS] or None


def _lists(run: DayRun) -> list[dict[str, Any]]:
    found = []
    for spec in DAILY_LISTS:
        folder = run.home.lists_dir(spec.name)
        version = outbox.current(folder, run.as_of)
        manifest: Mapping[str, Any] = (
            json.loads((version / outbox.MANIFEST).read_text("utf-8")) if version else {}
        )
        found.append(
            {
                "name": spec.name,
                "zh": spec.zh,
                "published": version is not None,
                "problems": outbox.problems(version) if version else [],
                "rows": manifest.get("rows"),
                "files": manifest.get("files", {}),
                "folder": relative_path(run, folder / run.as_of.isoformat()),
                "figures": {name: manifest[name] for name in _FIGURES if name in manifest},
                "left_out_zh": [
                    [LeftOut.zh_of(why), users]
                    for why, users in manifest.get("left_out_users", {}).items()
                ],
            }
        )
    return found


def page(card: Mapping[str, Any]) -> str:
    """The card as one self-contained HTML page, Chinese first; every value is escaped."""
    filters = {"number": _number, "percent": _percent, "seconds": _seconds}
    template = template_beside(__file__, "run_card.html.j2", filters)
    found = {group["urgency"]: group for group in steps_of.groups(card["reasons"])}
    groups = {urgency.value: found.get(urgency.value) for urgency in steps_of.Urgency}
    checked = _by_table(card["checks"] or [])
    return with_labels(template.render(card=card, groups=groups, checked=checked, **_labels()))


def _by_table(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(checks, key=lambda check: check["table"])
    return [
        {
            "table": table,
            "count": len(group),
            "failed": [check for check in group if not check["passed"]],
            "undecided": sum(check.get("status") in NOT_EVALUATED for check in group),
        }
        for table, rows in groupby(ordered, key=lambda check: check["table"])
        for group in [list(rows)]
    ]


def _labels() -> dict[str, Any]:
    return {
        "tone": {"usable": "good", "degraded": "warn", "unusable": "bad"},
        "scopes": rules.SCOPES_ZH,
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
    return f"{value:.1f} 秒" if value < 90 else f"{value / 60:.1f} 分"
