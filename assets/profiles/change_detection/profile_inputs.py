"""Asset `profile_inputs`: digests of the inputs of each profile; equal digests, equal profile."""

import hashlib
from pathlib import Path
from types import ModuleType

from assets.core.community_day_kinds import community_day_kinds
from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, day_asset, sql_beside
from assets.profiles.change_detection.price_ranks import ranks
from assets.resources.lakehouse.lakehouse import engine_version
from data_contracts.tables.profile_inputs import PROFILE_INPUTS
from models.params.profiles import ProfileParams

# rooms whose code computes a profile, in addition to `core`
_ROOMS = ("basic", "change_detection", "consumption", "emotion", "labels", "scene")
_CODE = ("*.sql", "*.py")
STEPS = ("input_lines", "input_browse", "input_shipments", "input_signals")
DEPS = [
    "profile_basic",
    "price_ranks",
    "message_signals",
    "browse",
    "logistics",
    "weather",
    "holidays",
    *ORDER_LINE_SOURCES,
]


@day_asset(PROFILE_INPUTS, deps=DEPS, kinds={"duckdb", "sql"})
def profile_inputs(run: DayRun) -> int:
    """Digest the inputs of each user's profile, one number per dimension.

    A user whose digest equals that of an earlier row keeps that row; the others are computed. So
    any cause of a change counts: a purchase, a late file, a cancellation, late weather data, or a
    line that left a window.
    """
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    with run.session() as session:
        order_lines_as_of(session, run)
        community_day_kinds(session, run)
        ranks(session, run)
        for step in STEPS:
            session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
        return session.replace(
            PROFILE_INPUTS,
            run.as_of,
            sql_beside(__file__, "profile_inputs.sql"),
            as_of=run.as_of,
            seed=code_version(),
        )


def code_version(*modules: ModuleType) -> str:
    """Return the digest of code, parameters and engine, and of further `modules` an asset uses."""
    assets = Path(__file__).parents[2]
    rooms = [assets / "core", *(assets / "profiles" / room for room in _ROOMS)]
    digest = hashlib.sha256(f"{engine_version()} {ProfileParams()!r}".encode())
    code = [path for room in rooms for kind in _CODE for path in sorted(room.glob(kind))]
    for path in [*code, *(Path(str(module.__file__)) for module in modules)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
