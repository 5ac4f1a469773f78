"""Give each reason of the run card a next step and its urgency, and order the reasons.

Contains one step per code, in both languages. Not here: the reasons of a run (`run_verdict`), the
page. A code without an entry is worth knowing and has no step;
`tests/contract/test_run_card_steps.py` finds codes without an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.verdict import Reason, Verdict

ABSENT = "absent"  # an optional export that was never delivered
REFUSED = "refused"  # "refused <file>": a file that was not loaded


# Without any user id, the codes about users add nothing.
_WITHOUT_USERS = ("no_user", "no_users")
_ABOUT_USERS = (
    "consent_unknown",
    "contacts_unknown",
    "profile_unknown",
    "churn_unmeasured",
    "churn_no_model",
    "churn_no_backtest",
    "churn_by_rule",
)


class Urgency(StrEnum):
    """How soon a reason needs attention, in the order of the page."""

    ACT = "act"
    KNOW = "know"
    BACKGROUND = "background"

    @property
    def zh(self) -> str:
        return {"act": "现在要处理", "know": "值得知道", "background": "背景"}[self.value]

    @property
    def en(self) -> str:
        return {"act": "Act now", "know": "Worth knowing", "background": "Background"}[self.value]


@dataclass(frozen=True)
class NextStep:
    """Urgency and what to do; an empty text means nothing to do."""

    urgency: Urgency
    step_zh: str = ""
    step: str = ""


def _act(step_zh: str, step: str) -> NextStep:
    return NextStep(Urgency.ACT, step_zh, step)


def _know(step_zh: str = "", step: str = "") -> NextStep:
    return NextStep(Urgency.KNOW, step_zh, step)


_BACKGROUND = NextStep(Urgency.BACKGROUND)
_MORE_DAYS = _know("历史更长后自动改善，无需操作", "improves as more days are added")

STEPS: Mapping[str, NextStep] = {
    # reasons that make today's lists wrong, unsafe or empty
    "list_missing": _act(
        "先看失败的步骤，修好后重新运行当天",
        "check the step that failed, fix it, run the day again",
    ),
    "order_preset_unusable": _act(
        "按原因改正 platform.toml 的 order_preset 或它指的文件，再导入订单文件",
        "correct order_preset of platform.toml or its file, before order files are imported",
    ),
    "list_damaged": _act(
        "不要使用该文件，重新运行当天以重新发布", "do not use the file; run the day again"
    ),
    "export_absent": _act(
        "补上该导出文件后重新运行", "put the file into the exports folder and run again"
    ),
    "export_behind": _act(
        "导出缺少的日期后重新运行；用旧数据算出的清单不准",
        "export the missing days and run again; lists from old data are wrong",
    ),
    "checks_failed": _act(
        "打开 checks.html 看哪一列，改正导出后重新运行",
        "open checks.html, correct the column in the export, run again",
    ),
    "rows_quarantined": _act(
        "打开数据目录（home）下 quarantine/ 里的文件，改正后放回导出文件夹",
        "correct the rows in quarantine/ of the home and put the file into the exports folder",
    ),
    "nothing_loaded": _act(
        "按原因改正该文件（问题行见 quarantine/）后放回导出文件夹",
        "correct the file (its bad rows are in quarantine/) and put it back",
    ),
    "rows_differ": _act(
        "重新运行一次导入；仍不一致请查台账",
        "load again; if they still differ, check the ledger",
    ),
    REFUSED: _act(
        "按提示改正该文件后放回导出文件夹", "correct the file as described and put it back"
    ),
    **dict.fromkeys(
        ("no_user", "no_users"),
        _act(
            "在订单导出中加上用户编号一列，否则没有唤醒清单",
            "add the user id column to the orders export; without it there is no wake-up list",
        ),
    ),
    "units_known_later": _act(
        "按原文件名重新导出带“单位”列的订单",
        "export those orders with their unit column, under the same file names",
    ),
    "error_cells": _know(
        "如需这些数值，请更正公式后按原文件名重新导出",
        "if you need these values, correct the formulas and export again under the same file name",
    ),
    "lost_phones": _know(
        "如需这些电话，请将电话列设为文本后按原文件名重新导出",
        "if you need these phones, export the phone column as text under the same file name",
    ),
    "boxes_unknown": _act(
        "在商品档案填上箱规，并按原文件名重新导出这些数据",
        "fill in 箱规 in the product file, and export those files again under the same names",
    ),
    "orders_in_parts": _know(
        "如为换货，请带订单行号导出，或按原文件名重新导出",
        "if products were exchanged, export with line numbers, or under the same file name",
    ),
    "rows_counted": _know(
        "如一行可能多件，请导出数量列", "if a row can be several pieces, export the quantity column"
    ),
    "consent_unknown": _act(
        "发送前人工核对拒绝营销名单，并补上用户档案",
        "check refusals by hand before sending, and add the users export",
    ),
    "consent_not_read": _act(
        "把表头改为“营销授权”或“拒绝营销”，或在 mappings/*.csv 中说明；在此之前不会交付唤醒清单",
        "rename the header to 营销授权 or 拒绝营销, or map it in mappings/*.csv; until then the "
        "wake-up list is not delivered",
    ),
    "contacts_unknown": _know(
        "补上触达记录，才能避免重复打扰",
        "add the contacts export; without it users may be contacted too often",
    ),
    "empty_restock_list": _act(
        "确认订单导出里有商品编码和近期订单", "check that the orders have SKU ids and recent days"
    ),
    "nothing_to_restock": _act(
        "确认订单导出里有商品编码和近期订单", "check that the orders have SKU ids and recent days"
    ),
    "no_forecast": _act(
        "先看需求预测步骤为何没有结果，再使用补货清单",
        "check why the forecast step has no result before using the restock list",
    ),
    "no_stock_file": _act(
        "按实际库存核减补货量，或补上库存导出再运行",
        "subtract your stock from the quantities, or add the stock export and run again",
    ),
    "no_rows_on_day": _act(
        "确认当天的导出是否完整", "check that the export of the day is complete"
    ),
    "calendar_ends": _act("补充新一年的节假日文件", "add the holiday calendar of the new year"),
    "sold_after_delisting": _act(
        "更正商品档案的下架日期；重新上架的，更新上架日期",
        "correct the delisting dates in the products export",
    ),
    "inputs_drift": _act("先查对应的导出是否口径变了", "check the named export first"),
    "error_drift": _act(
        "按清单订货前，先核对重点商品",
        "check the main SKUs before ordering by the list",
    ),
    "all_held_out": _act(
        "清单上的人都在对照组，今天不发送", "all users are held out: send nothing today"
    ),
    # worth knowing
    "nobody_due": _know("今天无需触达", "no user needs a contact today"),
    "orders_in_hand_unknown": _know(
        "补上物流导出或订单状态，才能扣除已发货的订单", "add logistics or the order status"
    ),
    "default_service_level": _know(
        "在商品档案中补上成本价", "add cost prices to the products export"
    ),
    "no_lead_time": _know("在商品档案中补上到货周期", "add lead times to the products export"),
    "no_pack_size": _know("在商品档案中补上箱规", "add pack sizes to the products export"),
    "demand_no_model": _MORE_DAYS,
    "demand_last_good_model": _know(
        "沿用旧模型；连续多天如此请查日志",
        "an older model is in use; check the log if this continues",
    ),
    "demand_not_better": _know(
        "预测不比简单方法准，重点商品请人工复核", "check the main SKUs by hand"
    ),
    "demand_unmeasured": _MORE_DAYS,
    "quantile_off": _know(
        "备货余量可能偏大或偏小，留意缺货与损耗", "safety stock may be too large or too small"
    ),
    "churn_not_better": _know("流失排序仅供参考", "use the churn ranking as a hint only"),
    "churn_unmeasured": _MORE_DAYS,
    "churn_no_model": _MORE_DAYS,
    "churn_no_backtest": _MORE_DAYS,
    "churn_by_rule": _MORE_DAYS,
    "checks_warned": _know("打开 checks.html 查看", "see checks.html"),
    "checks_not_run": _know(
        "运行完整的每日任务，其中包含质量检查",
        "run the complete daily job, which includes the checks",
    ),
    "no_money": _know("在订单导出中加上实付金额", "add the amount paid to the orders export"),
    "products_unknown": _know(
        "补上商品档案，才能排除过敏原与下架商品", "add the products export before offers go out"
    ),
    "leaders_unknown": _know("补上小区档案", "add the communities export"),
    "profile_unknown": _know("运行完整的每日任务", "run the complete daily job"),
    "lines_without_community": _know("在订单导出中补上小区", "add the community to the orders"),
    "no_categories": _know("在商品档案中补上分类", "add categories to the products export"),
    "weather_missing": _know("补上未来几天的天气预报", "add the forecast of the days ahead"),
    # results that need an optional export: covered by the line of absent exports
    **dict.fromkeys(
        (
            ABSENT,
            "no_weather",
            "observed_weather",
            "no_holidays",
            "no_promotions",
            "no_availability",
            "hidden_demand_by_rule",
            "no_logistics",
            "no_chat",
            "no_browse",
            "no_addresses",
            "no_list_price",
            "no_price_ranks",
            "no_pairs",
            "no_rain",
            "churn_features_partial",
            "few_starred_reviews",
            "users_without_registration",
        ),
        _BACKGROUND,
    ),
}


def step_of(reason: Reason) -> NextStep:
    """Return the step for a reason; a reason that makes the lists unusable is always urgent."""
    step = STEPS.get(reason.code.split(" ", 1)[0], _know())
    if reason.verdict is Verdict.UNUSABLE and step.urgency is not Urgency.ACT:
        return NextStep(Urgency.ACT, step.step_zh, step.step)
    return step


def ordered(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Order reasons for the card: unusable first, then by urgency; equal reasons once."""
    order = list(Urgency)
    shown = [(reason, step_of(reason)) for reason in reasons]
    shown.sort(
        key=lambda pair: (pair[0].verdict is not Verdict.UNUSABLE, order.index(pair[1].urgency))
    )
    records = [
        {
            "verdict": reason.verdict.value,
            "code": reason.code,
            "message": reason.message,
            "message_zh": reason.message_zh,
            "urgency": step.urgency.value,
            "urgency_zh": step.urgency.zh,
            "step": step.step,
            "step_zh": step.step_zh,
        }
        for reason, step in shown
    ]
    return list({(one["code"], one["message"]): one for one in records}.values())


def groups(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Group the records of `ordered` by urgency; empty groups are left out.

    Absent exports have a line of their own. Without any user id, that is reported once, and other
    reasons about users become background.
    """
    shown = _without_consequences([one for one in reasons if one["code"] != ABSENT])
    grouped = [
        {
            "urgency": urgency.value,
            "zh": urgency.zh,
            "en": urgency.en,
            "reasons": [one for one in shown if one["urgency"] == urgency.value],
        }
        for urgency in Urgency
    ]
    return [group for group in grouped if group["reasons"]]


def _without_consequences(reasons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    without_users = [one for one in reasons if one["code"] in _WITHOUT_USERS]
    if not without_users:
        return list(reasons)
    kept = min(without_users, key=lambda one: _WITHOUT_USERS.index(one["code"]))
    background = {"urgency": Urgency.BACKGROUND.value, "urgency_zh": Urgency.BACKGROUND.zh}
    return [
        {**one, **background} if one["code"] in _ABOUT_USERS else one
        for one in reasons
        if one["code"] not in _WITHOUT_USERS or one is kept
    ]


def absent_zh(exports: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the Chinese labels of the absent exports."""
    return [str(item["zh"]) for item in exports.values() if item["status"] != "loaded"]
