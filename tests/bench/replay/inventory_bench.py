"""How well does the learning policy play InventoryBench's games, beside capped base stock?

    python -m tests.bench.replay.inventory_bench ../shared/data/inventory_bench [--tried]

720 synthetic games: ten patterns of demand, four variants each, two draws, three profits (1, 4, 19
at a holding cost of 1), and three settings of lead time: 0, 4, and random (1, 2, 3 or never). Games
are numbered from 1 in the order of their sorted names; odd ones are for choosing parameters, even
ones are scored. A policy sees five past demands, then demand in full, its own orders, what arrived
in total per period, stock on hand, profit and holding cost, and the promised lead time (0, 4, 2).
It sees no lead time, no amount in transit and no lost order. Score of a game: reward ÷ (profit ×
total demand), at least 0. Means over games with 95 % intervals of a bootstrap over games.

Peers in the same simulator: capped base stock of the benchmark's authors, re-made from its
description (mean and spread of all demand so far, level μ (L + 1) + Φ⁻¹(p ÷ (p + h)) σ √(L + 1)
with the promised L, an order of at most μ + Φ⁻¹(0.95) σ; it takes every order as still to come
until it arrives), and the learning policy given the law of lead times. `--tried`: other parameters
on the odd games; minutes.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from models.params.demand import MixtureParams
from models.params.replenishment import LeadTimeParams, LearningParams
from models.replenishment.lead_times import LeadTimeLaw
from models.replenishment.replay.figures import mean_with_interval
from models.replenishment.replay.learning_policy import LearningPolicy
from models.replenishment.replay.simulator import Observation, Policy, replay_policy
from tests.bench.replay.games_data import PROMISED, Games, read_games

CAP_LEVEL = 0.95


@dataclass(frozen=True)
class CappedBaseStock:
    """The authors' policy, re-made."""

    promised_periods: int

    def orders(self, seen: Observation) -> np.ndarray:
        mean, spread = seen.demand_units.mean(axis=1), seen.demand_units.std(axis=1, ddof=1)
        ratio = seen.items.price_yuan / (seen.items.price_yuan + seen.items.holding_yuan)
        safety = np.array([NormalDist().inv_cdf(value) for value in ratio])
        periods = self.promised_periods + 1
        level = periods * mean + safety * np.sqrt(periods) * spread
        transit = seen.orders_units.sum(axis=1) - seen.arrived_units.sum(axis=1)
        cap = mean + NormalDist().inv_cdf(CAP_LEVEL) * spread
        wanted = np.minimum(level - seen.on_hand_units.sum(axis=1) - transit, cap)
        return np.round(np.maximum(wanted, 0.0))


def told_law(games: Games) -> LeadTimeLaw:
    """The law that lead times of these games really have: what knowing it would be worth."""
    ages = int(games.lead[np.isfinite(games.lead)].max()) + 1
    shares = [(games.lead == age).mean() for age in range(ages)]
    return LeadTimeLaw(np.array(shares), np.zeros(()))


def policies(games: Games) -> dict[str, Policy]:
    promised = PROMISED[games.setting]
    return {
        "learning policy": LearningPolicy(promised),
        "capped base stock, re-made": CappedBaseStock(promised),
        "learning policy, given the law": LearningPolicy(promised, fixed_law=told_law(games)),
    }


def told(values: np.ndarray) -> str:
    mean, low, high = mean_with_interval(values)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def compare(games: list[Games]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores by setting and by pattern, policies as columns."""
    settings: dict[str, dict[str, str]] = {}
    patterns: dict[str, pd.DataFrame] = {}
    of_policy: dict[str, list[np.ndarray]] = {}
    for part in games:
        for name, policy in policies(part).items():
            began = time.process_time()
            scores = part.scores(replay_policy(part.shop(), policy))
            seconds = time.process_time() - began
            row = settings.setdefault(f"L = {part.setting}", {})
            row[name] = f"{told(scores)} {seconds:5.1f} s"
            of_policy.setdefault(name, []).append(scores)
            if name != "learning policy, given the law":
                by = (
                    pd.Series(scores)
                    .groupby(part.patterns)
                    .agg(lambda group: told(group.to_numpy()))
                )
                patterns[f"{name}, L = {part.setting}"] = by
    row = settings.setdefault("mean of the three", {})
    for name, parts in of_policy.items():
        row[name] = told(np.mean(parts, axis=0))
    return pd.DataFrame(settings).T, pd.DataFrame(patterns)


def variants() -> Iterator[tuple[str, LearningPolicy]]:
    """What was tried on odd games; the first are the defaults."""
    base = LearningPolicy(0)
    learning, lead, mixture = LearningParams(), LeadTimeParams(), MixtureParams()
    yield "defaults", base
    yield "400 draws", replace(base, params=replace(learning, draws=400))
    for orders in (1.0, 4.0):
        yield (
            f"prior weighs {orders:g} orders",
            replace(base, lead_times=replace(lead, prior_orders=orders)),
        )
    for late in (1, 2):
        yield f"late by at most {late}", replace(base, lead_times=replace(lead, late_periods=late))
    yield "prior of 15 % lost", replace(base, lead_times=replace(lead, lost_share=0.15))
    yield "prior of half on time", replace(base, lead_times=replace(lead, on_time_share=0.5))
    for memory in (0.9, 0.95, 0.99, 1.0):
        yield f"memory {memory}", replace(base, mixture=replace(mixture, memory=memory))
    for memory in (0.93, 0.99):
        yield (
            f"memory of scatter {memory}",
            replace(base, mixture=replace(mixture, scatter_memory=memory)),
        )
    few = replace(mixture, level_share=0.65, trend_share=0.05)
    yield "fewer trends", replace(base, mixture=few)
    yield "steeper trends", replace(base, mixture=replace(mixture, trend_spread=0.2))
    many = replace(mixture, level_share=0.4, season_share=0.25)
    yield "more seasons", replace(base, mixture=many)


def tried(games: list[Games]) -> pd.DataFrame:
    rows = {}
    for name, policy in variants():
        scores = {}
        for part in games:
            own = replace(policy, promised_periods=PROMISED[part.setting])
            scores[f"L = {part.setting}"] = part.scores(replay_policy(part.shop(), own)).mean()
        rows[name] = {**scores, "mean": float(np.mean(list(scores.values())))}
    return pd.DataFrame(rows).T


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    shared = os.environ.get("LINLI_SHARED_DATA")
    default = Path(shared) / "inventory_bench" if shared else None
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--tried", action="store_true", help="other parameters on the odd games")
    asked = parser.parse_args()
    if asked.folder is None:
        parser.error("name the folder of synthetic_games.parquet, or set LINLI_SHARED_DATA")
    games = read_games(asked.folder / "synthetic_games.parquet")
    if asked.tried:
        odd = [part.kept(part.numbers % 2 == 1) for part in games]
        print("odd games\n" + tried(odd).round(4).to_string())
        return
    for name, rest in (("even games (scored)", 0), ("odd games", 1)):
        settings, patterns = compare([part.kept(part.numbers % 2 == rest) for part in games])
        print(f"{name}\n{settings.to_string()}\n")
        if rest == 0:
            for policy in ("learning policy", "capped base stock, re-made"):
                own = patterns[[column for column in patterns if column.startswith(policy + ",")]]
                own.columns = [column.split(", ")[-1] for column in own]
                print(f"{policy}\n{own.to_string()}\n")


if __name__ == "__main__":
    main()
