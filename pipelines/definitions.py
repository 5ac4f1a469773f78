"""Assemble assets, checks, jobs, schedules and sensors.

The assets are named in `flow.py`.

Dagster loads `defs`; tests and the CLI call `build_defs` with their own settings.
"""

import dagster as dg

from assets.checks.asset_checks import checks_of
from assets.checks.demand_drift_check import demand_drift_check
from assets.framework.home_resource import HomeResource
from assets.resources.files.private_files import set_private_umask
from pipelines.flow import CHECKED, FLOW, ON_DEMAND, OPEN_DAY, OPEN_DAY_CHECKED
from pipelines.jobs import backtest_demand, nowcast, the_day
from pipelines.schedules import after_cutoff, upkeep_daily
from pipelines.sensors import inbox_sensor
from pipelines.settings import PSEUDONYM_KEY, VAULT_KEY, Settings
from pipelines.upkeep import upkeep


def build_defs(settings: Settings | None = None, **resources: object) -> dg.Definitions:
    """Build everything Dagster loads; `resources` override those built from the settings."""
    chosen = settings or Settings.from_environment()
    return dg.Definitions(
        assets=[*FLOW, *ON_DEMAND, *OPEN_DAY],
        asset_checks=[
            *checks_of((*CHECKED, *OPEN_DAY_CHECKED)),
            demand_drift_check,
        ],
        jobs=[the_day, backtest_demand, nowcast, upkeep],
        schedules=[after_cutoff(chosen), upkeep_daily],
        sensors=[inbox_sensor(chosen)],
        resources={"linli": home_resource(chosen), **resources},
        executor=dg.in_process_executor,
    )


def home_resource(settings: Settings) -> HomeResource:
    """Build the Dagster resource of `settings`; keys as variable names, never shown."""
    return HomeResource(
        home=str(settings.home),
        exports=str(settings.exports),
        threads=settings.threads,
        memory_limit=settings.memory_limit,
        given_pseudonym_key=dg.EnvVar(PSEUDONYM_KEY) if settings.has_pseudonym_key else "",
        given_vault_key=dg.EnvVar(VAULT_KEY) if settings.has_vault_key else "",
        rebuild=settings.rebuild,
        peers_python=settings.peers_python,
        chosen_platform=settings.platform,
    )


set_private_umask()  # files of a Dagster process are readable by its owner only
defs = build_defs()
