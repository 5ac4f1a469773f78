"""Chinese sentences that explain associations and over-indexed SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_contracts.codes.affinity import AssociationKind, SegmentKind
from data_contracts.codes.labels import Layer
from data_contracts.codes.users import AgeBand
from models.params.affinity import AssociationParams, CommunityParams


def segment_zh(kind: str, value: str) -> str:
    """Who is spoken of: `品质追求型用户`.

    >>> segment_zh("all", "all"), segment_zh("layer", "mixed"), segment_zh("age_band", "25_34")
    ('用户', '混合型用户', '25-34岁用户')
    """
    if kind == SegmentKind.LAYER.value:
        return f"{Layer.zh_of(value)}用户"
    return f"{AgeBand.zh_of(value)}用户" if kind == SegmentKind.AGE_BAND.value else "用户"


def association_zh(row: Mapping[Any, Any], params: AssociationParams) -> str:
    """One sentence with the figures that decided; says association, never cause."""
    who = segment_zh(row["segment_kind"], row["segment_value"])
    if row["kind"] == AssociationKind.CO_PURCHASE.value:
        what = f"在同一订单里也买了“{row['consequent_name']}”"
    else:
        what = (
            f"在之后{params.follow_days}天内的另一天首次买了“{row['consequent_name']}”"
            f"（间隔中位数{row['median_lag_days']:g}天）"
        )
    verdict = "建议" if row["is_suggested"] else f"不建议：{_why_not(row, params)}"
    return (
        f"近{row['window_days']}天买过“{row['antecedent_name']}”的{row['users_antecedent']}名{who}中，"
        f"{row['users_both']}人{what}，占{row['confidence']:.1%}；同组用户买同样多时平均为"
        f"{row['expected_confidence']:.1%}，是其{row['lift']:.2f}倍"
        f"（{params.confidence:.0%}区间{row['lift_low']:.2f}至{row['lift_high']:.2f}，"
        f"{row['looks']}对校正后q={row['q_value']:.2g}）；{verdict}；只是关联，不说明原因"
    )


def _why_not(row: Mapping[Any, Any], params: AssociationParams) -> str:
    if row["q_value"] > params.q_most:
        return f"与偶然无法区分（q高于{params.q_most:g}）"
    return f"提升度下限不足{params.lift_floor:g}"


def community_sku_zh(row: Mapping[Any, Any], params: CommunityParams) -> str:
    """One sentence: how many, how many expected, the shrunk index and its lower bound."""
    return (
        f"近{params.window_days}天小区{row['community_users']}名用户中{row['users']}人购买，"
        f"按全平台比例预期{row['expected_users']:.1f}人，收缩后指数{row['sku_index']:.2f}"
        f"（下限{row['sku_index_low']:.2f}）；只是对比，不说明原因"
    )
