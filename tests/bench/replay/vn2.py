"""What do the orders of the VN2 inventory challenge cost, beside its benchmark?

    python -m tests.bench.replay.vn2 ../shared/data/vn2_inventory [--threads 1] [--tried]

599 store-products; weeks 3 to 8 of a window of eight cost 0.2 per unit left and 1 per unit lost.
The window from column 157 (2024-04-15) is the challenge itself, with its state at the start. Five
earlier ones, from columns 109, 125, 133, 141 and 149, end before it; parameters are chosen on
these. No state is handed down for them, so they are played twice: without any stock, and with what
the benchmark leaves after eight weeks. Ours: a LightGBM forecast (`vn2_forecast.py`) that is fitted
before the window and sees each week's sales as it orders, its draws, stock projected to the week of
arrival, and the order whose last unit still lowers expected cost (`order_by_worth`). About two
minutes of CPU on one thread; seeds are fixed. `--tried`: other parameters on the five windows.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from models.replenishment.lead_times import LeadTimeLaw
from models.replenishment.replay.learning_policy import LearningPolicy
from models.replenishment.replay.policies import NoOrders, PerfectForesight
from models.replenishment.replay.simulator import Observation
from tests.bench.replay.vn2_data import (
    HISTORY_WEEKS,
    LEAD_WEEKS,
    ROUNDS,
    WEEKS,
    OfficialBenchmark,
    State,
    Vn2,
    cost_of,
    read_vn2,
    warm_state,
)
from tests.bench.replay.vn2_forecast import (
    LEAST_WEEKS,
    WEEKS_AHEAD,
    History,
    Inputs,
    WeeklyModel,
    WeeklyParams,
    fit_weekly,
)

CHOSEN_ON = (109, 125, 133, 141, 149)
KNOWN_LAW = LeadTimeLaw(np.array([0.0] * LEAD_WEEKS + [1.0]), np.zeros(()))


class WeeklyForecasts:
    """Inputs of every origin, made once, and the policy of a window."""

    def __init__(self, data: Vn2, params: WeeklyParams, threads: int) -> None:
        self.sales, self.threads = data.known_sales(), threads
        history = History(self.sales, data.mondays, data.master)
        with warnings.catch_warnings():  # items out of stock for long have no scatter
            warnings.simplefilter("ignore", RuntimeWarning)
            last = HISTORY_WEEKS + ROUNDS
            self.inputs: dict[int, Inputs] = {
                origin: history.at(origin, params) for origin in range(LEAST_WEEKS, last)
            }

    def model(self, start: int, params: WeeklyParams) -> WeeklyModel:
        return fit_weekly(self.inputs, self.sales, start, params, self.threads)

    def policy(self, start: int, model: WeeklyModel) -> LearningPolicy:
        def draws(seen: Observation, periods: int) -> np.ndarray:
            origin = seen.demand_units.shape[1]
            weeks = model.draws(self.inputs[min(origin, start + ROUNDS - 1)], seed=seen.period)
            beyond = np.zeros((*weeks.shape[:2], max(periods - WEEKS_AHEAD, 0)))
            return np.concatenate([weeks, beyond], axis=2)[:, :, :periods]

        return LearningPolicy(LEAD_WEEKS, fixed_law=KNOWN_LAW, demand_draws=draws)


def states_of(data: Vn2, start: int) -> dict[str, State]:
    if start == HISTORY_WEEKS:
        return {"of the challenge": data.state}
    return {"empty": data.empty(), "left by the benchmark": warm_state(data, start)}


def bounds(data: Vn2) -> str:
    """The figures that a simulator must print."""
    future = data.sales[:, HISTORY_WEEKS:]
    rows = {
        "perfect foresight": PerfectForesight(future, LEAD_WEEKS),
        "no orders": NoOrders(),
        "official benchmark (cover 4 weeks)": OfficialBenchmark(data),
        "same, cover 3 weeks": OfficialBenchmark(data, 3),
    }
    costs = {name: cost_of(data, rows[name], HISTORY_WEEKS, data.state) for name in rows}
    return "\n".join(f"{name:36}{cost:10,.1f}" for name, cost in costs.items())


def compare(data: Vn2, starts: tuple[int, ...], threads: int) -> pd.DataFrame:
    params = WeeklyParams()
    forecasts = WeeklyForecasts(data, params, threads)
    rows = []
    for start in starts:
        model = forecasts.model(start, params)
        for name, state in states_of(data, start).items():
            policies = {
                "benchmark": OfficialBenchmark(data),
                "cover 3": OfficialBenchmark(data, 3),
                "foresight": PerfectForesight(data.sales[:, start : start + WEEKS], LEAD_WEEKS),
                "ours": forecasts.policy(start, model),
            }
            costs = {key: cost_of(data, policy, start, state) for key, policy in policies.items()}
            rows.append({"start": start, "state": name, **costs})
    return pd.DataFrame(rows)


def shown(table: pd.DataFrame) -> str:
    """Costs, and ours as a share of the benchmark, per window and pooled."""
    parts = []
    challenge = table["start"] == HISTORY_WEEKS
    for state in ("empty", "left by the benchmark"):
        part = table[(table["state"] == state) | challenge].drop(columns="state")
        part = part.set_index("start")
        part.loc["pooled"] = part.sum()
        part["ours ÷ benchmark"] = part["ours"] / part["benchmark"]
        parts.append(f"earlier windows start {state}\n{part.round(3).to_string()}")
    return "\n\n".join(parts)


def variants() -> dict[str, WeeklyParams]:
    base = WeeklyParams()
    return {
        "chosen": base,
        "spread 1": replace(base, spread=1.0),
        "spread 0.7": replace(base, spread=0.7),
        "spread 0.5": replace(base, spread=0.5),
        "spread 0.3": replace(base, spread=0.3),
        "trees alone": replace(base, level_share=0.0),
        "level share 0.6": replace(base, level_share=0.6),
        "variance power 1.3": replace(base, tweedie_variance_power=1.3),
        "300 trees": replace(base, trees=300),
        "31 leaves": replace(base, leaves=31),
        "quantiles of 26 weeks": replace(base, held_out_weeks=26),
    }


def tried(data: Vn2, threads: int) -> Iterator[str]:
    """Ours ÷ benchmark, pooled over the five earlier windows, by parameters."""
    forecasts = WeeklyForecasts(data, WeeklyParams(), threads)
    states = {start: states_of(data, start) for start in CHOSEN_ON}
    peer = OfficialBenchmark(data)
    for name, params in variants().items():
        sums = {state: np.zeros(2) for state in ("empty", "left by the benchmark")}
        for start in CHOSEN_ON:
            ours = forecasts.policy(start, forecasts.model(start, params))
            for state, total in sums.items():
                total += [cost_of(data, one, start, states[start][state]) for one in (ours, peer)]
        shares = ", ".join(f"{state} {total[0] / total[1]:.4f}" for state, total in sums.items())
        yield f"{name:24}{shares}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    shared = os.environ.get("LINLI_SHARED_DATA")
    default = Path(shared) / "vn2_inventory" if shared else None
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--threads", type=int, default=1, help="of LightGBM")
    parser.add_argument("--tried", action="store_true", help="other parameters, earlier windows")
    asked = parser.parse_args()
    if asked.folder is None:
        parser.error("name the folder of the challenge, or set LINLI_SHARED_DATA")
    data = read_vn2(asked.folder)
    if asked.tried:
        for line in tried(data, asked.threads):
            print(line, flush=True)
        return
    print(f"weeks 3 to 8 of the challenge\n{bounds(data)}\n")
    print(shown(compare(data, (*CHOSEN_ON, HISTORY_WEEKS), asked.threads)))


if __name__ == "__main__":
    main()
