"""Review drivers: facts associated with more or fewer stars. Associations, never causes.

Contains differences of mean stars with intervals, corrected for the number of comparisons. A user
who criticises the price may be another kind of buyer, of other goods, on other days; only an
experiment could show the effect of a change.

For a fact with reviews W, without V: d = mean(W) − mean(V). One user writes several reviews, so the
spread is taken between users: var(mean) = G/(G−1) · Σ_g (Σ_{i∈g} (y_i − mean) / n)², g the users, G
their number (Liang & Zeger 1986); the shares of a user with reviews on both sides are added before
squaring. The interval is d ± t · sd, t with the smaller G − 1 degrees at 1 − (1 − confidence) / (2
· looks) (Bonferroni): all intervals of the day hold together with that confidence.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Aspect, DriverFact
from data_contracts.codes.logistics import ShipmentIssue
from models.params.feedback import DriverParams

COLUMNS: Final = (
    "driver", "driver_fact", "reviews_with", "reviews_without", "users_with", "users_without",
    "stars_with", "stars_without", "stars_difference", "low", "high", "confidence", "looks",
    "is_clear", "reason_zh",
)  # fmt: skip
_ZH: Final = {
    DriverFact.PRAISED: "称赞",
    DriverFact.CRITICISED: "批评",
    DriverFact.HAPPENED: "发生",
}


def find_review_drivers(reviews: pd.DataFrame, params: DriverParams | None = None) -> pd.DataFrame:
    """One row per fact with enough users on both sides, strongest first.

    `reviews`: user_id, stars, the seven `<aspect>_polarity`, `issue` (ShipmentIssue of the order;
    missing: nothing known of its delivery, left out of the comparisons about deliveries).
    """
    params = params or DriverParams()
    compared = []
    for driver, fact, has, among in _facts(reviews):
        chosen = reviews[among]
        with_fact = has[among]
        users = [chosen["user_id"][side].nunique() for side in (with_fact, ~with_fact)]
        if min(users) >= params.users_from:
            compared.append((driver, fact, chosen, with_fact, users))
    level = 1 - (1 - params.confidence) / (2 * max(len(compared), 1))
    rows = [_row(*one, level, len(compared), params) for one in compared]
    drivers = pd.DataFrame(rows, columns=list(COLUMNS))
    order = drivers["stars_difference"].astype("float64").abs().sort_values(ascending=False).index
    return drivers.loc[order].reset_index(drop=True)


def _facts(reviews: pd.DataFrame) -> list[tuple[str, DriverFact, np.ndarray, np.ndarray]]:
    """List (driver, kind, mask of reviews that have it, mask of reviews that are compared)."""
    everywhere = np.ones(len(reviews), dtype=bool)
    facts = []
    for aspect in Aspect:
        value = reviews[f"{aspect.value}_polarity"].astype("float64").fillna(0).to_numpy()
        facts.append((aspect.value, DriverFact.CRITICISED, value < 0, everywhere))
        facts.append((aspect.value, DriverFact.PRAISED, value > 0, everywhere))
    has_issue_field = reviews["issue"].notna().to_numpy()
    for issue in ShipmentIssue:
        if issue is not ShipmentIssue.NONE:
            happened = (reviews["issue"] == issue.value).fillna(False).to_numpy(dtype=bool)
            facts.append((issue.value, DriverFact.HAPPENED, happened, has_issue_field))
    return facts


def _row(
    driver: str,
    fact: DriverFact,
    reviews: pd.DataFrame,
    with_fact: np.ndarray,
    users: list[int],
    level: float,
    looks: int,
    params: DriverParams,
) -> dict[str, Any]:
    from scipy.stats import t as student

    stars = reviews["stars"].astype("float64").to_numpy()
    mean_with, mean_without = stars[with_fact].mean(), stars[~with_fact].mean()
    difference = float(mean_with - mean_without)
    spread = difference_spread(stars, with_fact, reviews["user_id"])
    low = high = None
    if spread > 0:
        reach = float(student.ppf(level, min(users) - 1)) * spread
        low, high = difference - reach, difference + reach
    return {
        "driver": driver,
        "driver_fact": fact.value,
        "reviews_with": int(with_fact.sum()),
        "reviews_without": int((~with_fact).sum()),
        "users_with": users[0],
        "users_without": users[1],
        "stars_with": float(mean_with),
        "stars_without": float(mean_without),
        "stars_difference": difference,
        "low": low,
        "high": high,
        "confidence": params.confidence,
        "looks": looks,
        "is_clear": low is not None and high is not None and (low > 0 or high < 0),
        "reason_zh": _reason(driver, fact, with_fact, mean_with, mean_without, low, high, params),
    }


def difference_spread(stars: np.ndarray, with_fact: np.ndarray, users: pd.Series) -> float:
    """Return the standard error of mean(with) − mean(without), clustered by user."""
    sides = np.where(with_fact, 1.0 / with_fact.sum(), -1.0 / (~with_fact).sum())
    means = np.where(with_fact, stars[with_fact].mean(), stars[~with_fact].mean())
    share = pd.Series(sides * (stars - means)).groupby(users.to_numpy()).sum().to_numpy()
    groups = len(share)
    return float(np.sqrt(groups / (groups - 1) * np.sum(share**2))) if groups > 1 else 0.0


def _reason(
    driver: str,
    fact: DriverFact,
    with_fact: np.ndarray,
    mean_with: float,
    mean_without: float,
    low: float | None,
    high: float | None,
    params: DriverParams,
) -> str:
    name = (
        ShipmentIssue.zh_of(driver) if fact is DriverFact.HAPPENED else Aspect.zh_of(driver)
    )  # fmt: skip
    interval = (
        "无法给出区间"
        if low is None
        else f"校正后{params.confidence:.0%}区间{low:+.2f}至{high:+.2f}"
    )
    return (
        f"{_ZH[fact]}“{name}”的{int(with_fact.sum())}条评价平均{mean_with:.2f}星，"
        f"其余{int((~with_fact).sum())}条平均{mean_without:.2f}星，"
        f"相差{mean_with - mean_without:+.2f}星"
        f"（{interval}）；只是关联，不说明原因"
    )
