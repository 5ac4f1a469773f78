"""Write the Chinese reason of a wake-up line, and its warnings.

Contains wording, no decision. No text may reveal an allergen: an excluded product is "not
suitable", whatever the cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_contracts.codes.wake_up import WakeUpAction
from models.params.wake_up import WakeUpParams
from models.wake_up.offered_product import Choice


def reason_zh(user: Mapping[str, Any], choice: Choice, params: WakeUpParams) -> str:
    """Write one sentence with the figures that decided: silence, own rhythm, risk, product.

    >>> from models.params.wake_up import WakeUpParams
    >>> user = {"action": "wake_up", "recency_days": 17, "rhythm_days": 5.0, "churn_30d": 0.82,
    ...         "failed_run": 0}
    >>> reason_zh(user, Choice("S1", "本地菠菜500g", is_favourite=True), WakeUpParams())
    '已17天未下单，平时约每5天一单；30天流失概率82%；常购本地菠菜500g'
    """
    silence = f"已{int(user['recency_days'])}天未下单，{_rhythm(user['rhythm_days'])}"
    risk = f"30天流失概率{min(99, max(1, round(user['churn_30d'] * 100)))}%"
    if user["action"] == WakeUpAction.APOLOGY.value:
        silence = f"最近连续{int(user['failed_run'])}次履约失败；{silence}"
    if user["action"] == WakeUpAction.RETAIN.value:
        risk += f"，居活跃用户前{params.retain_top_share:.0%}"
    if user["action"] == WakeUpAction.CARE.value:
        late = user["recency_days"] - user["rhythm_days"]
        silence += f"，已晚{late:.0f}天"
    return "；".join(part for part in (silence, risk, _product(choice)) if part)


def flag_zh(user: Mapping[str, Any], choice: Choice) -> str | None:
    """List what could not be checked or had to be replaced on this line; None if nothing."""
    flags = []
    if not user["in_user_file"]:
        flags.append("无用户档案，未核对拒绝营销名单")
    if not user["is_calibrated"]:
        flags.append("流失概率按平时周期估算，未经校准")
    if not user["in_profile"]:
        flags.append("无用户画像，常购商品按订单推算")
    if user["rhythm_days"] != user["rhythm_days"] or user["rhythm_days"] is None:
        flags.append("只在一天下过单，没有平时周期")
    if choice.sku_id is None:
        flags.append("无可推荐商品")
    elif choice.had_favourite and not choice.is_favourite:
        flags.append("常购商品不宜推荐，已换同品类热销商品")
    if choice.is_on_promotion:
        flags.append("商品正在促销，注意优惠叠加")
    return "；".join(flags) or None


def _rhythm(rhythm_days: Any) -> str:
    if rhythm_days is None or rhythm_days != rhythm_days:
        return "此前只在一天下过单"
    return "平时几乎每天下单" if rhythm_days < 1.5 else f"平时约每{rhythm_days:.0f}天一单"


def _product(choice: Choice) -> str | None:
    if choice.sku_id is None:
        return None
    if choice.is_favourite:
        return f"常购{choice.sku_name}"
    return f"常购品类{choice.category}，热销{choice.sku_name}"
