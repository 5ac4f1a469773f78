"""Parameters of the demand panel, its features, the model and its backtest.

Field names of `DemandParams` and its parts are stored in model manifests: renaming one makes the
models of an existing home unusable.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PanelParams:
    """The daily history per warehouse and SKU.

    `history_days`: days kept up to and including `as_of`. `dead_after_days`: a series without a
    sale for longer gets no forecast. `hour_profile_days`: recent days that give the share of each
    clock hour in a day's demand, per category if it has at least `hour_profile_min_units` on fully
    in-stock days, else over all categories. `usual_days`: recent days whose sales rate fills
    stock-out hours; `min_seen_days`: full days' worth of hours on sale they need (else demand is
    empty). `min_buyers`: users who bought at least the purchase limit while none was in force,
    needed to estimate from an SKU's own purchases what the limit refused; with fewer, its
    category's are used.
    """

    history_days: int = 120
    dead_after_days: int = 28
    hour_profile_days: int = 28
    hour_profile_min_units: float = 200.0
    usual_days: int = 28
    min_seen_days: float = 1.0
    min_buyers: int = 30


@dataclass(frozen=True, kw_only=True)
class UncensoringParams:
    """The model of demand lost in stock-out hours, and the masking of hours to train it.

    `hidden_share`: least part of a day that is masked, as in the benchmark of FreshRetailNet-50K.
    `hidden_hours`: range of hours that may be masked, the end excluded. `rounds`: fits, each
    trained on days completed by the one before. `whole_day_share`: share of the days without
    simulated stock that are masked completely. `shelf_days`: simulated stock in mean days, minimum
    and maximum; our choice. `min_rows`: fewer days with masked hours give no model; our choice.
    `max_rows`: training days, bounds the run time of a fit. `max_series`: series in memory at once,
    about 60 KB each.
    """

    hidden_share: float = 0.3
    hidden_hours: tuple[int, int] = (0, 24)
    rounds: int = 2
    whole_day_share: float = 0.1
    shelf_days: tuple[float, float] = (0.1, 2.0)
    min_rows: int = 5_000
    max_rows: int = 200_000
    max_series: int = 40_000
    tweedie_variance_power: float = 1.3
    trees: int = 200
    learning_rate: float = 0.08
    leaves: int = 63
    min_rows_per_leaf: int = 100
    feature_fraction: float = 0.7
    bagging_fraction: float = 0.8
    bins: int = 127
    seed: int = 20240608


@dataclass(frozen=True, kw_only=True)
class ModelParams:
    """Fit and backtest of the model, and the limits below which no model is fitted.

    `lookback_days`: the longest feature window. `min_lookback_days`: days of the panel before the
    first training origin. `min_training_days`, `min_training_rows`: with less before the first
    backtest origin, the forecast uses means of past days. `short_history_days`: a younger series is
    marked; without a model its mean is shrunk towards similar SKUs, which count as `prior_days`
    days. `prior_series_days`: series-days of an SKU in other warehouses, or of a sub-category, that
    count as much as its category. `concurrent_fits`: runs that may fit at once; each gets that part
    of the threads, because OpenMP threads that wait for a busy core spin (160 trees took 64 s on
    both threads of a busy two-core machine, a tenth of that on one).

    `max_training_rows`: rows computed; `max_fit_rows`: rows of those in the fit of a booster. On
    FreshRetailNet-50K at 2024-06-02 (three draws each) the WAPE of sales of all days is 29.17 %
    fitted on 598,909 rows, 29.21 % on half of them, 29.28 % on a third. `feature_fraction`: 0.6
    gives 27.50 % on in-stock days, 0.4 27.35 %, 0.25 27.29 %, 0.15 27.52 % (means of three draws);
    a fit takes 29, 20, 15 and 11 s.

    `rows_per_leaf` sets the size of the trees within `min_leaves` and `max_leaves`;
    `min_rows_per_leaf` is the least number of rows in a leaf.

    Loss and trees were chosen on FreshRetailNet-50K at as_of 2024-06-02 (origins 05-24, 05-27,
    05-30; in-stock WAPE) and on simulated platforms at earlier days. 200 trees of 95 leaves: this
    loss 28.2 %, unscaled Tweedie 28.9 %, scaled L1 28.4 %, scaled L2 28.7 %; unscaled Tweedie on
    the uncensored demand of all days 32.1 %. 160 trees of 63 leaves: 28.4 %; with the own past as
    multiples of the level 28.2 %, and a learning rate of 0.06 instead of 0.1 28.0 %.
    """

    max_training_rows: int = 800_000
    max_fit_rows: int = 400_000
    max_backtest_rows: int = 1_000_000
    lookback_days: int = 56
    min_lookback_days: int = 21
    min_training_days: int = 14
    min_training_rows: int = 2_000
    short_history_days: int = 7
    prior_days: float = 3.0
    prior_series_days: float = 14.0
    backtest_origins: int = 3
    backtest_spacing_days: int = 3
    retrain_every_days: int = 7
    tweedie_variance_power: float = 1.3
    concurrent_fits: int = 2
    trees: int = 160
    learning_rate: float = 0.06
    min_leaves: int = 7
    max_leaves: int = 63
    rows_per_leaf: int = 1_500
    min_rows_per_leaf: int = 100
    feature_fraction: float = 0.3
    bagging_fraction: float = 0.8
    bins: int = 127
    seed: int = 20240608


@dataclass(frozen=True, kw_only=True)
class ShiftParams:
    """Correction of categories, and of SKUs in all warehouses, by the errors of the last `days`.

    `day_scatter`: standard deviation of the logarithm of a category's sales on similar days.
    `sku_scatter`: the same for the total sales of an SKU, beyond chance; `sku_share` of it stays
    for the next days. `usual_dispersion`: variance ÷ mean of a series-day with fewer than
    `min_rows` rows to estimate it. `most`: largest factor. `max_rows`: rows of past days; above,
    series are sampled by hash.

    Chosen on simulated days of mid August to mid September and on FreshRetailNet-50K before
    2024-06-02 (decisions 0015 and 0016).
    """

    days: int = 3
    day_scatter: float = 0.2
    sku_scatter: float = 0.1
    sku_share: float = 0.5
    usual_dispersion: float = 2.0
    min_rows: int = 200
    most: float = 4.0
    max_rows: int = 200_000


@dataclass(frozen=True, kw_only=True)
class LaunchParams:
    """Forecast of SKUs that have not sold yet.

    `min_launches`: pairs of SKU and warehouse needed to estimate the uptake from past launches.
    `default_uptake`: used with fewer pairs (our choice: launches on simulated platforms reached
    0.4 to 0.8). `given_up_after_days`: a launch without a sale for longer gets no line.
    `prior_days`: days on offer without a sale that halve the forecast.
    """

    min_launches: int = 20
    default_uptake: float = 0.5
    given_up_after_days: int = 7
    prior_days: float = 3.0


@dataclass(frozen=True, kw_only=True)
class LevelParams:
    """The level that scales a series: the mean of its last `days`.

    Similar SKUs count as `similar_days` of them. 3 and 10 gave equal results on a simulated
    platform with many launches.
    """

    days: int = 28
    similar_days: float = 3.0


@dataclass(frozen=True, kw_only=True)
class SumParams:
    """The model of longer sums, and its backtest.

    `booster`: size and rate of the fit, and its row limits. `backtest_days`: origins of the last
    days are scored, at most half of those that can be fitted on; the model that is scored is fitted
    on sums that were over before. `max_scored_rows`: per span. `centring_series`: other series of
    an origin at which half of what they missed counts as missed by all; our choice, it matters only
    on platforms of a few dozen series. `steady_windows`: spans one after another in the fitted
    days at which half of a common rise or fall is kept; our choice.
    """

    booster: ModelParams = ModelParams(
        max_fit_rows=250_000, trees=100, max_leaves=31, feature_fraction=0.4
    )
    backtest_days: int = 31
    max_scored_rows: int = 30_000
    centring_series: float = 10.0
    steady_windows: float = 4.0


@dataclass(frozen=True, kw_only=True)
class QuantileParams:
    """Quantiles from residual ratios, in bins by forecast size.

    Each bin has at least `min_rows_per_bin` rows; a category with `min_rows_per_group` rows has
    bins of its own.
    """

    max_bins: int = 12
    min_rows_per_bin: int = 300
    min_rows: int = 50
    min_rows_per_group: int = 1_500


@dataclass(frozen=True, kw_only=True)
class NaiveParams:
    """Naive methods, used if no model can be fitted.

    `origins`: last days in succession on which the means are scored. A mean needs no fit, so every
    day is an origin, and 26 days of history give enough errors for `quantiles` of their own.
    """

    origins: int = 28
    quantiles: QuantileParams = QuantileParams(min_rows=12)


@dataclass(frozen=True, kw_only=True)
class MixtureParams:
    """Small models of items with few periods of history, and how they are weighed.

    - `level_discounts`, `trend_discounts`, `season_discount`, `returning_discount`: share of what
      is known that is kept per period; 1 forgets nothing.
    - `season_periods`: lengths of seasons. `returning_shares`: of a deviation that stays until the
      next period.
    - `level_share` …: weight of each kind before the first period, together 1.
    - `level_spread` …: variance of the first state in variances of demand.
    - `memory`: of the models' record per period, `scatter_memory`: of the scatter.
    - `first_periods`: periods that the first level and scatter are measured on, `first_freedom`:
      periods that the first scatter weighs as much as.
    - `least_scatter`: smallest standard deviation as a share of demand.
    """

    level_discounts: tuple[float, ...] = (0.5, 0.7, 0.85, 0.95, 1.0)
    trend_discounts: tuple[float, ...] = (0.8, 0.9, 0.97)
    season_periods: tuple[float, ...] = (5.0, 7.0, 10.0, 14.0, 25.0)
    season_discount: float = 0.98
    returning_shares: tuple[float, ...] = (0.35, 0.65)
    returning_discount: float = 0.98
    level_share: float = 0.5
    trend_share: float = 0.2
    season_share: float = 0.15
    returning_share: float = 0.15
    level_spread: float = 1.0
    trend_spread: float = 0.05
    season_spread: float = 0.5
    memory: float = 0.97
    scatter_memory: float = 0.97
    first_periods: int = 5
    first_freedom: float = 3.0
    least_scatter: float = 0.02

    def __post_init__(self) -> None:
        shares = self.level_share, self.trend_share, self.season_share, self.returning_share
        if abs(sum(shares) - 1) > 1e-9 or min(shares) <= 0:
            raise ValueError("the shares of kinds must be above 0 and together 1")
        for name in ("memory", "scatter_memory"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie above 0, at most 1")
        discounts = (*self.level_discounts, *self.trend_discounts)
        if not all(
            0 < share <= 1 for share in (*discounts, self.season_discount, self.returning_discount)
        ):
            raise ValueError("every discount must lie above 0, at most 1")


@dataclass(frozen=True, kw_only=True)
class DemandParams:
    """All parameters of the demand model; the constructor rejects unknown names."""

    panel: PanelParams = PanelParams()
    recovery: UncensoringParams = UncensoringParams()
    model: ModelParams = ModelParams()
    quantiles: QuantileParams = QuantileParams()
    shift: ShiftParams = ShiftParams()
    level: LevelParams = LevelParams()
    sums: SumParams = SumParams()

    def as_dict(self) -> dict[str, Any]:
        """Return nested plain values as a model's manifest stores them; tuples become lists."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


DEFAULTS = DemandParams()
LAUNCHES = LaunchParams()
NAIVE = NaiveParams()
