"""Provide the home to Dagster runs as the resource `linli`, locked for the run that uses it.

Contains the resource alone. Not here: what a home holds (`assets/resources/home.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.resources.home import LinliHome
from assets.resources.home_folder.run_lock import one_run


class HomeResource(dg.ConfigurableResource):
    """Hold the fields of `LinliHome` that a run may set.

    `given_pseudonym_key`, `given_vault_key`: names of environment variables (`dg.EnvVar`), so that
    Dagster never shows a key.
    """

    home: str
    exports: str
    threads: int = 2
    memory_limit: str = "6GB"
    given_pseudonym_key: str = ""
    given_vault_key: str = ""
    rebuild: bool = False
    peers_python: str = ""
    chosen_platform: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[LinliHome]:
        """Yield the home while holding its lock; wait for a run that holds it."""
        run = context.run
        job = f"Dagster {run.job_name}" if run is not None else "Dagster"
        day = run.tags.get("dagster/partition", "") if run is not None else ""
        log = context.log
        home = LinliHome(
            home=self.home,
            exports=self.exports,
            threads=self.threads,
            memory_limit=self.memory_limit,
            given_pseudonym_key=_value_of(self.given_pseudonym_key),
            given_vault_key=_value_of(self.given_vault_key),
            rebuild=self.rebuild,
            peers_python=self.peers_python,
            chosen_platform=self.chosen_platform,
        )
        with one_run(home.root, job, day, report=log.info if log is not None else print):
            yield home


def _value_of(given: str) -> str:
    """Read the environment variable behind `given`; a plain text is returned as it is."""
    return given.get_value() or "" if isinstance(given, dg.EnvVar) else given
