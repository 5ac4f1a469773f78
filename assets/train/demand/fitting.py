"""Fitting the two boosters of demand inside a step: threads, and a line in the log now and then.

Belongs here: what every step that fits shares. Does not: which rows it fits on
(`demand_model.py`, `assets/train/rolling`), the fit itself (`models/demand.py`).
"""

from collections.abc import Callable
from time import perf_counter

import pandas as pd

from assets.day import DayRun
from assets.train.demand.demand_serving import DEMAND, SALES
from models import demand
from models.fitting import named_failures
from models.params.demand import DemandParams

_LOG_SECONDS = 4.0


def threads_of(run: DayRun, params: DemandParams) -> int:
    """Threads of one fit, so that runs at once do not wait for each other's cores."""
    return max(1, run.threads // params.model.concurrent_fits)


def fit_boosters(
    run: DayRun, rows: pd.DataFrame, params: DemandParams, what: str
) -> demand.Boosters:
    """Demand on days wholly on sale, sales on all days; `what` names the fit in the log.

    Raises `models.fitting.FitError` where nothing can be fitted."""
    threads = threads_of(run, params)
    fitted = {}
    for name, chosen in ((DEMAND, demand.fitting_rows), (SALES, demand.selling_rows)):
        some = chosen(rows)
        run.log(f"demand: {what} model of {name} on {len(some):,} rows, {threads} threads")
        progress = logged(run, f"{what} trees of {name}")
        with named_failures(f"{what} model of {name}"):
            fitted[name] = demand.fit(some, params.model, threads, progress)
    return demand.Boosters(fitted[DEMAND], fitted[SALES])


def logged(run: DayRun, what: str) -> Callable[[int, int], None]:
    """Logs a line every few seconds of a fit."""
    started = last = perf_counter()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = perf_counter()
        if now - last >= _LOG_SECONDS or done == total:
            last = now
            left = (now - started) / done * (total - done)
            run.log(f"{what}: {done}/{total} ({100 * done // total} %), about {left:.0f} s left")

    return report
