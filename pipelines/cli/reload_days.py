"""Reload Dagster's code location when the platform's first business day has changed.

`pipelines.dagster_location` reads that day once, at import: after the first load of exports its
partitions would begin in 1990 until a manual reload.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from pathlib import Path

from assets.resources.home import LinliHome
from assets.resources.home_folder.run_lock import is_free
from data_contracts.errors import LinliError
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from pipelines.first_day import first_day

LOCATION = "linli"  # its name in workspace.yaml
POLL_SECONDS = 20.0
_RELOAD = f"""mutation {{
  reloadRepositoryLocation(repositoryLocationName: "{LOCATION}") {{ __typename }}
}}"""


class FirstDayWatch:
    """Detect a change of the first business day of a home."""

    def __init__(self, home: LinliHome) -> None:
        self._home = home
        self._commit = self._last_commit()
        self._day = first_day(home)

    def has_changed(self) -> bool:
        """Return whether the first day has changed since the last call; False during a run.

        The ledger is read only after a commit to it.
        """
        commit = self._last_commit()
        if commit == self._commit or not is_free(self._home.root):
            return False
        self._commit = commit
        before, self._day = self._day, first_day(self._home)
        return self._day != before

    def _last_commit(self) -> str:
        """Return the file name of the ledger's newest commit; empty without one."""
        try:
            log = Path(self._home.lakehouse.path(INGEST_LEDGER)) / "_delta_log"
        except LinliError:  # several platforms, or a platform.toml that cannot be read
            return ""
        return max((path.name for path in log.glob("*.json")), default="")


def reload_location(port: int) -> None:
    """Ask the web server on `port` of this machine to load the code location again.

    Raises OSError when it does not answer.
    """
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": _RELOAD}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()


def keep_days_current(home: LinliHome, port: int) -> None:
    """Poll for a changed first day in a background thread until the process ends."""

    def look() -> None:
        watch = FirstDayWatch(home)
        while True:
            time.sleep(POLL_SECONDS)
            try:
                if watch.has_changed():
                    reload_location(port)
            except (OSError, LinliError) as error:  # days stay as they are; the server goes on
                logging.getLogger(__name__).warning("the days cannot be reloaded: %s", error)

    threading.Thread(target=look, name="first day", daemon=True).start()
