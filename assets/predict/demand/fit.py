"""Fit the two demand boosters of a step at once, and log progress.

Contains what every fitting step shares. Not here: which rows are used (`demand_model_steps.py`,
`assets/evaluate/rolling_origin`), the fit itself (`models/demand/forecast.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd

from assets.framework.day_asset import DayRun
from assets.predict.demand.serving_model import DEMAND, SALES
from models.demand import forecast
from models.params.demand import DemandParams
from models.registry.fit_errors import named_failures

if TYPE_CHECKING:
    from models.registry.fit_errors import Booster

_LOG_SECONDS = 4.0
_ROWS_OF = {DEMAND: forecast.fully_in_stock_rows, SALES: forecast.offered_rows}


class _StoppedError(Exception):
    """The other fit failed, or the run was stopped."""


def fit_threads(run: DayRun, params: DemandParams) -> int:
    """Return the threads for the fits of one run, so that concurrent runs do not share cores."""
    return max(1, run.threads // params.model.concurrent_fits)


def fit_boosters(
    run: DayRun, rows: pd.DataFrame, params: DemandParams, what: str
) -> forecast.Boosters:
    """Fit demand on fully in-stock days and sales on all offered days; `what` names the fit in the
    log.

    Both run at once with two threads or more. On 341,606 rows of FreshRetailNet-50K both finished
    after about 34 s at once, and after 39 s one after the other on both threads of a quiet machine;
    on a busy machine fits of one thread wait for no other thread. Raises
    `models.registry.fit_errors.FitError` if nothing can be fitted.
    """
    at_once = min(len(_ROWS_OF), run.threads)
    threads = max(1, fit_threads(run, params) // at_once)
    trees_done = dict.fromkeys(_ROWS_OF, 0)
    is_over = False

    def fit(name: str) -> Booster:
        def progress(done: int, _: int) -> None:
            trees_done[name] = done
            if is_over:
                raise _StoppedError

        rows_to_fit = forecast.hash_sample(_ROWS_OF[name](rows), params.model.max_fit_rows)
        run.log(f"demand: {what} model of {name} on {len(rows_to_fit):,} rows, {threads} threads")
        with named_failures(f"{what} model of {name}"):
            return forecast.fit_booster(rows_to_fit, params.model, threads, progress)

    with ThreadPoolExecutor(at_once, thread_name_prefix="fit") as pool:
        fits = {name: pool.submit(fit, name) for name in _ROWS_OF}
        try:
            _wait_and_log(run, fits, trees_done, params.model.trees, f"{what} trees")
            return forecast.Boosters(fits[DEMAND].result(), fits[SALES].result())
        finally:
            is_over = True
            pool.shutdown(wait=False, cancel_futures=True)


def _wait_and_log(
    run: DayRun,
    fits: Mapping[str, Future[Booster]],
    trees_done: Mapping[str, int],
    trees: int,
    what: str,
) -> None:
    """Wait until all `fits` are done, and log every few seconds; re-raises the first failure."""
    started = perf_counter()
    while True:
        waited = wait(fits.values(), timeout=_LOG_SECONDS, return_when=FIRST_EXCEPTION)
        for fit in waited.done:
            fit.result()
        if not waited.not_done:
            return
        parts = ", ".join(f"{name} {done}" for name, done in trees_done.items())
        left = _left(started, sum(trees_done.values()), trees * len(fits))
        run.log(f"{what}: {parts} of {trees} each{left}")


def log_progress(run: DayRun, what: str) -> Callable[[int, int], None]:
    """Return a callback that logs the progress of a fit every few seconds."""
    started = last = perf_counter()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = perf_counter()
        if now - last >= _LOG_SECONDS or done == total:
            last = now
            run.log(f"{what}: {done}/{total}{_left(started, done, total)}")

    return report


def _left(started: float, done: int, total: int) -> str:
    """Describe progress and remaining time; empty before the first tree."""
    if not done:
        return ""
    seconds = (perf_counter() - started) / done * (total - done)
    return f" ({100 * done // total} %), about {seconds:.0f} s left"
