"""Choose the demand model that serves a day, or the last good one if that cannot be used.

Contains the stored model of a day, the last good one, and access to their parts. Not here: the log
(`models/registry/champion_log.py`), fitting and promotion (`demand_model_steps.py`).
"""

from dataclasses import dataclass, fields

import pandas as pd

from assets.framework.day_asset import DayRun
from models.demand import forecast
from models.demand.feature_names import FEATURES
from models.demand.naive_forecasts import MEAN_OF_DAYS, METHODS
from models.demand.quantiles import RatioQuantiles
from models.params.demand import DEFAULTS, DemandParams, ModelParams
from models.registry.artifacts import Artifact
from models.registry.champion_log import (
    ChampionEntry,
    champion_entry,
    champion_model,
    last_good_model,
)

KIND = "demand"
DEMAND, SALES = "demand", "sales"


@dataclass(frozen=True)
class ChosenModel:
    """The model to use (None: means of past days); `is_last_good`: it replaces the one that is
    due.
    """

    artifact: Artifact | None
    is_last_good: bool


def serving_model(run: DayRun, params: DemandParams) -> Artifact | None:
    """Return the model that serves `as_of` if it loads and matches these features and
    parameters.
    """
    champion = champion_with_entry(run, params)
    return None if champion is None else champion[1]


def champion_with_entry(run: DayRun, params: DemandParams) -> tuple[ChampionEntry, Artifact] | None:
    """Return the log entry and model of `serving_model`."""
    expected = {"features": list(FEATURES), "params": params.as_dict()}
    return champion_model(run.models_dir, KIND, run.as_of, expected, run.log)


def last_good_demand_model(run: DayRun) -> Artifact | None:
    """Return the most recent serving model that loads and whose features are all still computed."""
    return last_good_model(run.models_dir, KIND, run.as_of, _has_all_inputs, run.log)


def choose_model(run: DayRun) -> ChosenModel:
    """Choose the model for `as_of`: the one that is due, else the last good one, else none."""
    champion = champion_with_entry(run, DEFAULTS)
    if champion is not None:
        return ChosenModel(champion[1], champion[0].is_last_good)
    substitute = last_good_demand_model(run)
    return ChosenModel(substitute, substitute is not None)


def note_substitute_model(run: DayRun, serving_now: ChosenModel) -> None:
    """Report a substitute model if `demand_model` could not: it did not run, or files changed
    since.
    """
    entry, artifact = champion_entry(run.models_dir, KIND, run.as_of), serving_now.artifact
    is_noted = entry is not None and entry.is_last_good and entry.since == run.as_of
    if artifact is None:
        run.fallback(
            "demand_no_model",
            "no demand model can be used: means of past days are used instead",
            "没有可用的需求模型，改用历史均值（同星期与近7天）预测",
        )
    elif serving_now.is_last_good and not is_noted:
        why, why_zh = "the model that is due cannot be used", "本应使用的模型缺失、损坏或不再适用"
        note_last_good(run, artifact, why, why_zh)


def note_last_good(run: DayRun, artifact: Artifact, why: str, why_zh: str) -> None:
    """Report that an older model serves, which one and how old it is."""
    days = (run.as_of - artifact.trained_as_of).days
    run.fallback(
        "demand_last_good_model",
        f"{why}: {artifact.version}, fitted {days} days ago, is used instead",
        f"{why_zh}，沿用 {days} 天前训练的需求模型 {artifact.version}",
    )


def boosters_of(artifact: Artifact) -> forecast.Boosters | None:
    """Return the fitted boosters; None if means replace the model."""
    if not artifact.boosters:
        return None
    features = tuple(artifact.details["features"])
    return forecast.Boosters(artifact.boosters[DEMAND], artifact.boosters[SALES], features)


def naive_of(artifact: Artifact | None) -> str:
    """Return the naive method that its backtest chose for use without a model."""
    chosen = artifact.details.get("naive") if artifact is not None else None
    return str(chosen) if chosen in METHODS else MEAN_OF_DAYS


def params_of(artifact: Artifact | None) -> ModelParams:
    """Return the parameters a model was fitted with; today's value for names it does not have."""
    if artifact is None:
        return DEFAULTS.model
    own = artifact.details["params"]["model"]
    names = {field.name for field in fields(ModelParams)}
    return ModelParams(**{name: value for name, value in own.items() if name in names})


def model_inputs(artifact: Artifact, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the design matrix of `rows` with the features of this model."""
    return forecast.design_matrix(rows, tuple(artifact.details["features"]))


def quantiles_of(artifact: Artifact) -> tuple[RatioQuantiles, RatioQuantiles]:
    """Return the quantiles of days and of 72-hour sums."""
    return (
        RatioQuantiles.from_dict(artifact.details["day_quantiles"]),
        RatioQuantiles.from_dict(artifact.details["sum_quantiles"]),
    )


def _has_all_inputs(artifact: Artifact) -> bool:
    """Return whether every feature of the model is still computed, and all its parts exist."""
    details = artifact.details
    names = details.get("features", [])
    parts = [artifact.boosters.get(name) for name in (DEMAND, SALES)]
    whole = all(part is not None and part.num_feature() == len(names) for part in parts)
    is_known = {"params", "day_quantiles", "sum_quantiles"} <= set(details)
    return whole and is_known and set(names) <= set(FEATURES)
