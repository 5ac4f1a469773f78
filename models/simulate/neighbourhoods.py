"""Draw communities with their leader, warehouse and region; build COMMUNITIES."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.exports import COMMUNITIES
from models.simulate import arrow
from models.simulate.config import SimulationConfig
from models.simulate.simulated_days import Timeline

COMMUNITIES_PER_WAREHOUSE = 5
MOST_REGIONS = 3
CITIES = ("杭州市", "苏州市", "合肥市")
_FIRST = (
    "幸福",
    "阳光",
    "翠湖",
    "锦绣",
    "金桂",
    "和谐",
    "东方",
    "紫荆",
    "滨江",
    "玉兰",
    "星河",
    "枫林",
    "书香",
    "清水",
)
_SECOND = ("里", "花园", "家园", "苑", "新村", "名邸", "小区", "雅居", "公馆", "府")
_SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗")
_GIVEN = tuple("芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英玉兰宁欣怡佳浩然梓涵")


@dataclass(frozen=True)
class Communities:
    """One entry per community; a warehouse and its communities lie in one region."""

    names: list[str]
    warehouse: np.ndarray
    region: np.ndarray
    leader_names: list[str]
    leader_pull: np.ndarray  # factor of the leader on order intensity
    churn_pull: np.ndarray  # factor of the leader on the churn hazard
    households: np.ndarray
    opened_day: np.ndarray
    size_weight: np.ndarray

    @property
    def count(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> list[str]:
        return [f"C{index + 1:04d}" for index in range(self.count)]

    @property
    def warehouses(self) -> int:
        return int(self.warehouse.max()) + 1

    @property
    def warehouse_ids(self) -> list[str]:
        return [f"W{index + 1:02d}" for index in range(self.warehouses)]

    @property
    def regions(self) -> int:
        return int(self.region.max()) + 1

    @property
    def region_ids(self) -> list[str]:
        return [f"R{index + 1:02d}" for index in range(self.regions)]

    def warehouse_region(self) -> np.ndarray:
        """Region of each warehouse."""
        return np.array([self.region[self.warehouse == w][0] for w in range(self.warehouses)])


def build_communities(
    config: SimulationConfig, timeline: Timeline, rng: np.random.Generator
) -> Communities:
    """Draw the communities; warehouses hold about five each, regions a third of the warehouses."""
    count = config.communities
    warehouses = max(1, round(count / COMMUNITIES_PER_WAREHOUSE))
    warehouse = np.arange(count) * warehouses // count
    regions = min(MOST_REGIONS, warehouses)
    weight = rng.lognormal(0, 0.45, count)
    return Communities(
        names=community_names(count),
        warehouse=warehouse,
        region=warehouse * regions // warehouses,
        leader_names=person_names(count, rng),
        leader_pull=rng.lognormal(0, 0.15, count),
        churn_pull=rng.lognormal(0, 0.25, count),
        households=np.round(250 + 900 * weight).astype(int),
        opened_day=-rng.integers(120, 900, count),
        size_weight=weight,
    )


def community_names(count: int) -> list[str]:
    """Distinct invented names."""
    pairs = len(_FIRST) * len(_SECOND)
    names = []
    for index in range(count):
        pair = index * 37 % pairs  # 37 shares no factor with 140: every pair once per round
        phase = index // pairs
        name = _FIRST[pair % len(_FIRST)] + _SECOND[pair // len(_FIRST)]
        names.append(name if phase == 0 else f"{name}{phase + 1}期")
    return names


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """Invented full names of two or three characters; two people may share one."""
    surname = rng.integers(0, len(_SURNAMES), count)
    given = rng.integers(0, len(_GIVEN), (count, 2))
    short = rng.random(count) < 0.3
    return [
        _SURNAMES[s] + _GIVEN[g[0]] + ("" if is_short else _GIVEN[g[1]])
        for s, g, is_short in zip(surname, given, short, strict=True)
    ]


def communities_export(communities: Communities, timeline: Timeline) -> pa.Table:
    """COMMUNITIES, one row each."""
    return arrow.table_of(
        COMMUNITIES,
        {
            "community_id": pa.array(communities.ids),
            "community_name": pa.array(communities.names),
            "warehouse_id": arrow.pick(communities.warehouse_ids, communities.warehouse),
            "region_id": arrow.pick(communities.region_ids, communities.region),
            "city": arrow.pick(CITIES, communities.region),
            "leader_id": arrow.numbered("L", np.arange(1, communities.count + 1), 4),
            "leader_name": pa.array(communities.leader_names),
            "households": arrow.integers(communities.households),
            "opened_on": arrow.days(timeline, communities.opened_day),
        },
    )
