"""The CLI in children of the server: `linli …` on the platform in a folder, as jobs of a sweep.

Apart from `jobs`, because it imports what a whole run needs, which takes seconds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import great_expectations  # noqa: F401  # imported once, before children are forked
import lightgbm as lgb
import numpy as np
from typer.testing import CliRunner

import pipelines.definitions  # noqa: F401
from models.demand.feature_names import FEATURES
from models.params.demand import DEFAULTS
from models.registry.artifacts import Artifact, save_artifact
from models.registry.champion_log import ChampionEntry, log_champion
from pipelines.cli.app import app
from tests.events import instance_in_memory
from tests.faults.jobs import home_in


def linli(folder: Path, *arguments: str) -> str:
    """Run the CLI; `{exports}`, `{home}` and `{out}` in the arguments are the platform's folders.

    Dagster's events are not stored: what is written of a run is everything else. Raises
    RuntimeError with what it printed when it fails.
    """
    places = {name: folder / name for name in ("exports", "home", "out")}
    places["out"].mkdir(exist_ok=True)  # a delivery makes no folder
    given = [str(argument).format(**places) for argument in arguments]
    with instance_in_memory():
        result = CliRunner().invoke(app, given)
    if result.exit_code != 0:
        said = [line for line in result.output.strip().splitlines() if not line.startswith("  ")]
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        raise RuntimeError(" / ".join(said[-4:]))
    return result.output


def two_models(folder: Path) -> None:
    """Store two demand models, the later of which serves; and an older one that may be promoted."""
    home = home_in(folder)
    booster = lgb.train(
        {"verbosity": -1, "num_threads": 1},
        lgb.Dataset(np.arange(40.0)[:, None], np.arange(40.0)),
        1,
    )
    details = {"features": list(FEATURES), "params": DEFAULTS.as_dict()}
    first = Artifact("demand", date(2026, 9, 5), {"demand": booster, "sales": booster}, details)
    for weeks in range(3):
        model = replace(first, trained_as_of=first.trained_as_of + timedelta(weeks=weeks))
        save_artifact(home.models_dir, model)
        if weeks:
            entry = ChampionEntry(model.trained_as_of, model.trained_as_of, model.version, "test")
            log_champion(home.models_dir, "demand", entry)
