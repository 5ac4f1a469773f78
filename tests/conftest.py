"""The real job, run once per session on a small sample; every test that needs it shares it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner, Result
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from assets.resources.home import LinliHome
from models.simulate.config import SimulationConfig
from pipelines.cli.app import app
from pipelines.sample import write_sample
from pipelines.settings import Settings
from tests.events import instance_in_memory
from tests.lake import give_key

# Dagster and SQL's parser make objects by the thousand: looking through all of them as often as
# Python does by default takes a tenth of the time.
gc.set_threshold(100_000, 50, 100)

SMALL = SimulationConfig(days=120, users=300, communities=6, skus=40, seed=3)
# The day the whole job runs for; what comes after it lies in the exports too.
AS_OF = SMALL.end - timedelta(days=9)


@dataclass(frozen=True)
class FinishedRun:
    """A home in which the whole job ran once for `as_of`, and what the CLI printed."""

    settings: Settings
    as_of: date
    output: str

    @property
    def home(self) -> LinliHome:
        return self.settings.linli_home()


def linli(*arguments: object) -> Result:
    """Run the CLI in this process, as a user would type it.

    Of a run Dagster's events are hardly stored: in SQLite they are a quarter of a whole job's time.
    """
    with instance_in_memory() if arguments[:1] == ("run",) else nullcontext():
        return CliRunner().invoke(app, [str(argument) for argument in arguments])


class OneRun(LoadFileScheduling):
    """A file runs in one process, and all files that share the finished run in the same one: dealt
    out otherwise, each process would make the run anew."""

    def _split_scope(self, nodeid: str) -> str:
        name = str(super()._split_scope(nodeid))
        is_sharing = "finished_run" in (self.config.rootpath / name).read_text("utf-8")
        return "finished run" if is_sharing else name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneRun:
    return OneRun(config, log)


@pytest.fixture(autouse=True, scope="session")
def _environment() -> Iterator[None]:
    """Set what a user could set: messages in English, and one thread, because each core already
    has a process of tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LC_ALL", "C.UTF-8")
        patched.setenv("LINLI_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def sample_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of a small simulated platform."""
    folder = tmp_path_factory.mktemp("sample") / "exports"
    write_sample(folder, SMALL)
    return folder


@pytest.fixture(scope="session")
def finished_run(
    sample_exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FinishedRun]:
    """The whole job on the small sample, through the CLI, with as many threads as a user's."""
    home = tmp_path_factory.mktemp("home")
    give_key(home)
    day = ("run", "--exports", sample_exports, "--as-of", AS_OF, "--home", home, "--debug")
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("LINLI_THREADS")
        patched.setattr(dg.DagsterInstance, "get", dg.DagsterInstance.ephemeral)
        result = CliRunner().invoke(app, [str(argument) for argument in day])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    settings = Settings.from_environment({}, home=home, exports=sample_exports)
    yield FinishedRun(settings, AS_OF, result.output)
